"""What the workspace refuses, in Slack's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SlackError(Exception):
    """A refusal as the Web API gives it: an error code, sometimes messages that say where the fault is."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        messages: Sequence[str] = (),
        status: int = 200,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail or "; ".join(messages)
        self.messages = list(messages)
        self.status = status
        self.headers = headers or {}
        self.fields = fields

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.fields}
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
            if self.code == "invalid_blocks":
                body["errors"] = [message.removeprefix("[ERROR] ") for message in self.messages]
        return body


class CannotDoThat(ValueError):
    """Slack's own client would not let a person do this: no such button, a choice that is not offered."""
