"""Faults on demand: what networks and Slack do on a bad day."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Literal, get_args

FaultKind = Literal["429", "5xx_before", "5xx_after", "drop_before", "drop_after", "hang", "hang_after", "slow"]


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault waiting for its calls. `before`: not accepted. `after`: accepted and shown, then the reply is lost.

    "hang" is not accepted and "hang_after" is; both keep silent for `seconds`, then drop the connection. "slow" waits
    `seconds` and answers well. `times` None means always. `struck` is set with the first hit.
    """

    method: str
    kind: FaultKind
    times: int | None
    channel: str | None
    probability: float
    retry_after: int
    seconds: float
    status: int
    hits: int = 0
    struck: threading.Event = field(default_factory=threading.Event)


class Faults:
    """The faults of one playground, by Web API method; "response_url", "upload" and "*" (anything) work too."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._random = random.Random(seed)
        self._doubles = 0

    def add(
        self,
        method: str,
        kind: FaultKind,
        *,
        times: int | None = 1,
        channel: str | None = None,
        probability: float = 1.0,
        retry_after: int = 1,
        seconds: float = 30.0,
        status: int = 503,
    ) -> Fault:
        """Let the next *times* calls fail: only those to *channel* if given, and each with *probability*.

        The fault's `hits` says how many did. *channel* is the `channel`, `user_id` or `users` argument of the call.
        """
        if kind not in get_args(FaultKind):
            raise ValueError(f"{kind!r} is not a kind of fault: {', '.join(get_args(FaultKind))}.")
        fault = Fault(
            method=method,
            kind=kind,
            times=times,
            channel=channel,
            probability=probability,
            retry_after=retry_after,
            seconds=seconds,
            status=status,
        )
        with self._lock:
            self._faults.append(fault)
        return fault

    def double_envelopes(self, count: int) -> None:
        """Send each of the next *count* payloads to the app twice, as a workspace does that missed the first ack."""
        with self._lock:
            self._doubles += count

    def take_double(self) -> bool:
        """Whether this payload is one to send twice."""
        with self._lock:
            if self._doubles == 0:
                return False
            self._doubles -= 1
            return True

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()
            self._doubles = 0

    def strike(self, method: str, channel: str | None = None) -> Fault | None:
        """The fault that hits this call, counted; None when it is spared."""
        with self._lock:
            for fault in self._faults:
                if fault.method not in (method, "*") or fault.channel not in (None, channel):
                    continue
                if fault.probability < 1.0 and self._random.random() >= fault.probability:
                    continue
                fault.hits += 1
                fault.struck.set()
                if fault.times is not None and fault.hits >= fault.times:
                    self._faults.remove(fault)
                return fault
        return None
