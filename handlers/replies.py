"""Answering a button where it was pressed: in a message, in a modal, in the Home tab."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from http import HTTPStatus
from http.client import HTTPException
from threading import Lock
from time import sleep
from typing import Any, TypeAlias

from slack_bolt import Ack, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.ids import new_id
from bot.locales import Mrkdwn, Texts, escape
from bot.services.once import Repeated
from bot.views import blocks, notices
from handlers import errors

PATIENCE_SECONDS = 1.5
"""How long a listener waits for slow work; the rest of Slack's three seconds is for showing it."""
TRIES, SECONDS_BETWEEN_TRIES = 12, 0.25
"""How often a view that was acknowledged is looked for: it is there once Slack has the answer."""
UNREACHABLE = (SlackClientError, OSError, HTTPException)
"""What a call to Slack raises when it fails."""
_OF_A_FORM = ("type", "callback_id", "title", "submit", "close", "private_metadata")
_one_at_a_time = [Lock() for _ in range(64)]
"""Each message has one of these, held while one of its rows is answered."""
_slow_work = ThreadPoolExecutor(2, thread_name_prefix="slow-work")
_late_answers = ThreadPoolExecutor(2, thread_name_prefix="late-answer")
_untold: set[Future[None]] = set()
"""One for each word that stands in the place of what is being made; done once that has taken its place."""
_Answered: TypeAlias = Callable[[Sequence[blocks.Block], str], Sequence[blocks.Block]]
"""What a message shows once it is answered, of what it shows and which block was pressed."""
logger = logging.getLogger(__name__)


def replace(body: dict[str, Any], client: WebClient, respond: Respond, t: Texts, message: dict[str, Any]) -> None:
    """Put *message* in the place of what held the button; over the Home tab it opens as a modal."""
    if body.get("response_url"):
        respond({**message, "replace_original": True})
    elif body["view"]["type"] == "modal":
        client.views_update(view_id=body["view"]["id"], view=notices.holding(t, message))
    else:
        client.views_open(trigger_id=body["trigger_id"], view=notices.holding(t, message))


def replace_row(body: dict[str, Any], client: WebClient, respond: Respond, t: Texts, message: dict[str, Any]) -> None:
    """Put *message* in the place of the row that held the button; the rest of what is shown stays, in a form as well.

    Slack does not tell what a message for one person alone shows: that one is replaced as a whole, and so are modals
    that are no forms.
    """
    if "message" not in body:
        view = body.get("view", {})
        if view.get("type") == "modal" and view.get("submit"):
            # What was filled in meanwhile stays, as long as its fields keep their names.
            kept = {key: view[key] for key in _OF_A_FORM if view.get(key)}
            answered = blocks.answer_row(view["blocks"], body["actions"][0]["block_id"], message["blocks"])
            client.views_update(view_id=view["id"], view={**kept, "blocks": answered})
        else:
            replace(body, client, respond, t, message)
        return
    channel, ts = body["channel"]["id"], body["message"]["ts"]
    with _lock_of(channel, ts):
        shown = _shown_soon(client, channel, ts, or_else=body["message"]["blocks"])
        answered = blocks.answer_row(shown, body["actions"][0]["block_id"], message["blocks"])
        replace(body, client, respond, t, {**message, "blocks": answered})


def replace_unanswered(
    body: dict[str, Any], client: WebClient, respond: Respond, t: Texts, message: dict[str, Any]
) -> None:
    """Put *message* in the place of all that held the button; rows of it that were answered stay."""
    put = replace_row if blocks.has_answers(body["message"]["blocks"]) else replace
    put(body, client, respond, t, message)


def _lock_of(channel: str, ts: str) -> Lock:
    return _one_at_a_time[hash((channel, ts)) % len(_one_at_a_time)]


def _shown_soon(client: WebClient, channel: str, ts: str, *, or_else: Sequence[blocks.Block]) -> Sequence[blocks.Block]:
    """Return what a message shows now, or else what the press told, since that waits three seconds for its answer."""
    reading = _late_answers.submit(_shown, client, channel, ts)
    try:
        return reading.result(PATIENCE_SECONDS)
    except (*UNREACHABLE, TimeoutError) as unread:
        logger.warning("could not read a message before answering in it: %s", type(unread).__name__)
        return or_else


def _shown(client: WebClient, channel: str, ts: str) -> Sequence[blocks.Block]:
    """Return what a message shows now, nothing if it is gone.

    A press, and a form, tell what it showed as they were made: answered by that, a row answered since would ask again.
    """
    found = client.conversations_history(channel=channel, latest=ts, limit=1, inclusive=True)["messages"]
    return found[0].get("blocks", ()) if found and found[0]["ts"] == ts else ()


def open_form(body: dict[str, Any], client: WebClient, view: dict[str, Any]) -> None:
    """Open the form *view*, which keeps the row that held the button, for :func:`answer_row`."""
    pressed = body["actions"][0].get("block_id", "")
    if "message" in body and blocks.is_in_row(pressed):
        kept = json.loads(view["private_metadata"])
        origin = {"channel": body["channel"]["id"], "ts": body["message"]["ts"], "pressed": pressed}
        view = {**view, "private_metadata": json.dumps({**kept, "origin": origin})}
    open_modal(body, client, view)


def keep_origin(submitted: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Return the form *view*, which takes the place of the one *submitted*, with the row that opened that one."""
    origin = json.loads(submitted["private_metadata"]).get("origin")
    kept = json.loads(view["private_metadata"])
    return {**view, "private_metadata": json.dumps({**kept, "origin": origin})} if origin else view


def answer_row(view: dict[str, Any], client: WebClient, message: dict[str, Any], *, used: str | None = None) -> None:
    """Put *message* in the place of the row that the submitted form *view* was opened from, if it is still there.

    Where the row has other buttons than *used*, it only loses that one. This takes two calls, for which whoever
    submitted need not wait.
    """

    def answered(shown: Sequence[blocks.Block], pressed: str) -> Sequence[blocks.Block]:
        kept = blocks.without_button(shown, pressed, used) if used else ()
        return blocks.answer_row(shown, pressed, kept or message["blocks"])

    _answer_origin(view, client, message["text"], answered)


def answer_message(view: dict[str, Any], client: WebClient, message: dict[str, Any]) -> None:
    """Put *message* in the place of the whole one that the form *view* was opened from, as :func:`answer_row` does.

    Rows of it that were answered stay, as in :func:`replace_unanswered`.
    """

    def answered(shown: Sequence[blocks.Block], pressed: str) -> Sequence[blocks.Block]:
        return blocks.answer_row(shown, pressed, message["blocks"]) if blocks.has_answers(shown) else message["blocks"]

    _answer_origin(view, client, message["text"], answered)


def _answer_origin(view: dict[str, Any], client: WebClient, text: str, answered: _Answered) -> None:
    if origin := json.loads(view["private_metadata"]).get("origin"):
        _late_answers.submit(_write_answer, client, text, answered, **origin)


def _write_answer(client: WebClient, text: str, answered: _Answered, *, channel: str, ts: str, pressed: str) -> None:
    try:
        with _lock_of(channel, ts):
            shown = _shown(client, channel, ts)
            if blocks.has_row(shown, pressed):
                client.chat_update(channel=channel, ts=ts, text=text, blocks=answered(shown, pressed))
    except UNREACHABLE as unshown:
        # What was submitted counts all the same, and its form said so.
        logger.warning("could not show an answer in its message: %s", type(unshown).__name__)


def beside(respond: Respond, message: dict[str, Any]) -> None:
    """Say *message* to whoever pressed a button of a message, which stays as it is."""
    respond({**message, "replace_original": False, "response_type": "ephemeral"})


def open_modal(body: dict[str, Any], client: WebClient, view: dict[str, Any]) -> None:
    """Open *view*, on top of the modal that held the button if one did."""
    opens = client.views_push if body.get("view", {}).get("type") == "modal" else client.views_open
    opens(trigger_id=body["trigger_id"], view=view)


def open_over(body: dict[str, Any], client: WebClient, view: dict[str, Any]) -> None:
    """Open the form *view*, which keeps the way back to the message that held the button, for :func:`back`."""
    if url := body.get("response_url"):
        view = {**view, "private_metadata": json.dumps({"response_url": url})}
    open_modal(body, client, view)


def back(ack: Ack, view: dict[str, Any], client: WebClient, t: Texts, message: dict[str, Any]) -> None:
    """Close the submitted form *view* onto the message or the modal it was opened from, which shows *message* now.

    Where neither can be written, the form becomes that modal. Modals would pile up otherwise, and Slack stacks three.
    """
    shown = notices.holding(t, message)
    if below := view.get("previous_view_id"):
        client.views_update(view_id=below, view=shown)
        ack()
    elif _shows_below(view, message):
        ack()
    else:
        ack(response_action="update", view=shown)


def _shows_below(view: dict[str, Any], message: dict[str, Any]) -> bool:
    """Put *message* in the place of the one that the form *view* was opened from; False where that cannot be done."""
    url = json.loads(view["private_metadata"] or "{}").get("response_url")
    if url is None:
        return False
    try:
        return Respond(response_url=url)({**message, "replace_original": True}).status_code == HTTPStatus.OK
    except UNREACHABLE as unshown:
        # What was submitted counts all the same, and its form says so.
        logger.warning("could not show what was submitted in its message: %s", type(unshown).__name__)
        return False


def show_when_ready(
    body: dict[str, Any],
    client: WebClient,
    t: Texts,
    work: Callable[[], dict[str, Any]],
    *,
    meanwhile: Mrkdwn | None = None,
) -> None:
    """Show the view that *work* makes: at once if it is quick, else when it is done, since Slack waits three seconds.

    What a quick *work* raises goes on to the error handler; what a slow one raises is told where the view would be.
    """
    making = _slow_work.submit(work)
    if _is_done(making):
        show(body, client, making.result())
        return
    view_id = show(body, client, notices.done(t, meanwhile or notices.solving(t)))

    def update(view: dict[str, Any]) -> None:
        client.views_update(view_id=view_id, view=view)

    _when_done(making, t, body["user"]["id"], update, or_say=lambda sentence: update(notices.modal(t, sentence)))


def replace_when_ready(
    body: dict[str, Any], client: WebClient, respond: Respond, t: Texts, work: Callable[[], dict[str, Any]]
) -> None:
    """Put the message that *work* makes in the place of what held the button, as :func:`show_when_ready` does."""
    if not body.get("response_url"):
        show_when_ready(body, client, t, lambda: notices.holding(t, work()), meanwhile=notices.working(t))
        return
    making = _slow_work.submit(work)
    if _is_done(making):
        replace(body, client, respond, t, making.result())
        return

    def update(message: dict[str, Any]) -> None:
        replace(body, client, respond, t, message)

    update(notices.sentence(notices.working(t)))
    _when_done(
        making, t, body["user"]["id"], update, or_say=lambda sentence: update(notices.sentence(escape(sentence)))
    )


def submit_when_ready(
    ack: Ack, body: dict[str, Any], client: WebClient, t: Texts, work: Callable[[], dict[str, Any]]
) -> None:
    """Show the view that *work* makes in the place of the submitted form, as :func:`show_when_ready` does."""
    making = _slow_work.submit(work)
    if _is_done(making):
        ack(response_action="update", view=making.result())
        return
    # Slack shows what is acknowledged only after this listener has returned. Under an id of its own the view is not
    # found until then, so that what is made meanwhile can never be shown too early and be covered again.
    external_id = new_id()
    ack(response_action="update", view={**notices.done(t, notices.solving(t)), "external_id": external_id})

    def update(view: dict[str, Any]) -> None:
        for _ in range(TRIES - 1):
            try:
                client.views_update(external_id=external_id, view=view)
            except SlackApiError as error:
                if error.response["error"] != "not_found":
                    raise
                sleep(SECONDS_BETWEEN_TRIES)
            else:
                return
        client.views_update(external_id=external_id, view=view)

    _when_done(making, t, body["user"]["id"], update, or_say=lambda sentence: update(notices.modal(t, sentence)))


def open_when_ready(
    ack: Ack,
    body: dict[str, Any],
    client: WebClient,
    respond: Respond,
    t: Texts,
    work: Callable[[], dict[str, Any]],
) -> None:
    """Open the view that *work* makes for a command; what comes too late to open a modal is said under the command."""
    making = _slow_work.submit(work)
    if _is_done(making):
        client.views_open(trigger_id=body["trigger_id"], view=making.result())
        ack()
        return
    ack(notices.sentence(notices.solving(t)))
    _when_done(
        making,
        t,
        body["user_id"],
        lambda view: beside(respond, notices.shown(view)),
        or_say=lambda sentence: beside(respond, notices.ephemeral(sentence)),
    )


def _is_done(making: Future[dict[str, Any]]) -> bool:
    done, _ = wait([making], timeout=PATIENCE_SECONDS)
    return bool(done)


def _when_done(
    making: Future[dict[str, Any]],
    t: Texts,
    user_id: str,
    show_late: Callable[[dict[str, Any]], None],
    *,
    or_say: Callable[[str], None],
) -> None:
    """Show what is being made once it is there, else say why it is not; the listener goes on meanwhile."""
    told: Future[None] = Future()
    _untold.add(told)

    def tell() -> None:
        error = making.exception()
        try:
            if error is None:
                show_late(making.result())
            elif not isinstance(error, Repeated):
                or_say(errors.sentence_of(error, t, what="slow work", user_id=user_id))
        except UNREACHABLE as unshown:
            # Whoever asked may have closed it meanwhile; nothing is lost, they can ask again.
            logger.warning("could not show slow work to %s: %s", user_id, type(unshown).__name__)
        finally:
            told.set_result(None)
            _untold.discard(told)

    making.add_done_callback(lambda _: _late_answers.submit(tell))


def finish() -> None:
    """Wait until all slow work that was announced is done and told; nothing may be begun meanwhile."""
    wait(_untold.copy())


def show(body: dict[str, Any], client: WebClient, view: dict[str, Any]) -> str:
    """Show *view* in the place of the modal that held the button, elsewhere it opens; return the id it has there."""
    if body.get("view", {}).get("type") == "modal":
        shown = client.views_update(view_id=body["view"]["id"], view=view)
    else:
        shown = client.views_open(trigger_id=body["trigger_id"], view=view)
    return str(shown["view"]["id"])
