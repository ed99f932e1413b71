"""What the app under rehearsal looks like: its commands, its buttons, its forms, the kinds of its messages.

All that the rehearsal knows of the app is here, as somebody who uses it would: which words to type, which buttons to
look for, which fields a form has. Every act raises `Refused` when the app said no and `NoAnswer` when it said nothing.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from playground import Delivery, Message, Person, Reply
from playground.company import Company, Member, directory_csv
from playground.forms import offered, places

Blocks = Sequence[Mapping[str, Any]]

COMMAND = "/tandem"
_DATE = re.compile(r"<!date\^(\d+)\^")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)")


class Kind(StrEnum):
    """Kinds of messages, by their metadata's event type."""

    PROPOSAL = "tandem_proposal_asked"
    PROPOSAL_CLOSED = "tandem_proposal_closed"
    DIGEST = "tandem_digest_posted"
    UNSERVED = "tandem_unserved"
    INTRODUCTION = "tandem_introduction"
    PLANNED = "tandem_session_planned"
    CANCELLED = "tandem_session_cancelled"
    LOGGED = "tandem_session_logged"
    ENDED = "tandem_pairing_ended"
    PROPOSAL_UNANSWERED = "tandem_nudge_proposal_unanswered"
    FIRST_UNPLANNED = "tandem_nudge_first_session_unplanned"
    NOTHING_PLANNED = "tandem_nudge_nothing_planned"
    BEFORE = "tandem_nudge_before_session"
    HOW_DID_IT_GO = "tandem_nudge_how_did_it_go"
    PULSE_UNANSWERED = "tandem_nudge_pulse_unanswered"


class Button(StrEnum):
    """What buttons do, by how their action id begins."""

    ACCEPT = "proposal_accept"
    DECLINE = "proposal_decline"
    PLAN = "open_plan"
    SLOT = "plan_slot"
    CANCEL = "cancel_session"
    LOG = "open_log"
    PULSE = "open_pulse"
    HELD = "went_held"
    NOT_YET = "went_not_yet"
    NOT_HELD = "went_cancelled"
    LEAVE = "leave"
    OPEN_COHORT = "open_cohort"
    DRAFT = "round_draft"
    NEXT_PAGE = "round_page_on"
    PUBLISH = "round_publish"
    APPLY_IMPORT = "import_apply"
    POST_DIGEST = "digest_post"


LONGEST_WORK = 120.0
"""Seconds that solving or publishing a round may take on a busy machine."""


class NoAnswer(Exception):
    """The app did not answer, or what it should show is not there."""


class Refused(Exception):
    """The app said no, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a volunteer would say of themselves. `topics` are positions in the app's catalogue, `languages` codes."""

    mentor: bool
    seats: int
    languages: tuple[str, ...]
    topics: tuple[int, ...]
    half_days: int


# -- reading


def kind(message: Delivery) -> str:
    """Return the message's kind: its metadata's event type, "" without."""
    return str((message.metadata or {}).get("event_type") or "")


def mentions(message: Delivery, *, apart_from: str) -> list[str]:
    """Return the user ids that *message* names, in reading order, without the reader's own."""
    found = _MENTION.findall(json.dumps([message.text, message.blocks]))
    return [user for user in dict.fromkeys(found) if user != apart_from]


def moment_in(message: Delivery | Message) -> datetime | None:
    """Return the first moment written in *message*, as Slack dates them."""
    return _moment_in([message.text, message.blocks])


def _moment_in(piece: Any) -> datetime | None:
    match = _DATE.search(json.dumps(piece))
    return datetime.fromtimestamp(int(match.group(1)), UTC) if match else None


def still_has(person: Person, message: Delivery, button: Button) -> bool:
    """Whether *person* still sees this button in *message* (used ones are gone)."""
    said = _as_it_is_now(person, message)
    return said is not None and bool(_buttons(said.blocks, button))


def _as_it_is_now(person: Person, message: Delivery) -> Message | None:
    assert message.channel is not None, "a message is somewhere"
    assert message.ts is not None, "a message has a ts"
    return person.workspace.message(message.channel, message.ts, user=person.id)


def _buttons(blocks: Blocks, wanted: Button) -> list[str]:
    found = [place.action_id for place in places([dict(block) for block in blocks])]
    return [action_id for action_id in found if action_id == wanted or action_id.startswith(f"{wanted}_")]


# -- what anybody does with any app


def _checked(reply: Reply) -> Reply:
    if not reply.acked or reply.error:
        raise NoAnswer(reply.error or "no ack")
    return reply


def _command(person: Person, text: str, channel: str | None = None) -> str:
    """Type a command; return what it answered, "" for nothing.

    An answer that gives back what was typed, to be mended, is a refusal.
    """
    response = _checked(person.slash(f"{COMMAND} {text}", channel)).response or {}
    said = str(response.get("text") or "")
    if any(COMMAND in _text(block) for block in response.get("blocks") or () if block["type"] == "context"):
        raise Refused(said)
    return said


def _click(person: Person, said: Message, button: Button, nth: int = 0) -> None:
    """Press the *nth* such button of a message (the last when there are fewer); an answer beside it is a refusal."""
    found = _buttons(said.blocks, button)
    if not found:
        raise NoAnswer(f"there is no {button} button")
    seen = {message.ts for message in person.ephemerals}
    _checked(person.click(found[min(nth, len(found) - 1)], message=said))
    now = person.workspace.message(said.channel, said.ts, user=person.id)
    answers = [message for message in person.ephemerals if message.ts not in seen]
    if answers and now is not None and now.blocks == said.blocks:
        raise Refused(answers[-1].text)


def _form(person: Person) -> str:
    """Return the callback id of the modal on top; NoAnswer when none is open."""
    view = person.view
    if view is None:
        raise NoAnswer("no modal was opened")
    return str(view["callback_id"])


def _fields(person: Person) -> dict[str, Mapping[str, Any]]:
    """Return the element of each input of the modal on top, by block id."""
    view = person.view
    return {} if view is None else {place.block_id: place.element for place in places(view["blocks"]) if place.is_input}


def _submit(person: Person, values: Mapping[str, Any]) -> None:
    """Submit the modal on top; a modal pushed onto it is a refusal, as is an error beside a field."""
    depth = len(person.views)
    done = person.submit(values)
    if not done.sent:
        raise NoAnswer(f"the form wants {dict(done.errors)}")
    if not done.acked or done.error:
        raise NoAnswer(done.error or "no ack")
    if done.errors:
        raise Refused(" ".join(done.errors.values()))
    if len(person.views) > depth:
        raise Refused(_text(person.views[-1]))


@contextmanager
def _modals(person: Person) -> Iterator[None]:
    """Close whatever is left open at the end, as people do."""
    try:
        yield
    finally:
        while person.view is not None:
            person.close_view()


def _text(piece: Any) -> str:
    """Return all the text inside blocks, in reading order."""
    if isinstance(piece, Mapping):
        if isinstance(piece.get("text"), str):
            return str(piece["text"])
        return " ".join(filter(None, (_text(value) for value in piece.values())))
    return " ".join(filter(None, map(_text, piece))) if isinstance(piece, (list, tuple)) else ""


# -- coming and going


def an_enrolment(member: Member, *, mentor: bool, seats: int, chance: random.Random) -> Enrolment:
    """Return what *member* would say: juniors speak a second language more often than seniors do."""
    own, second = ("fr", "en") if member.locale == "fr-FR" else ("en", "fr")
    bilingual = chance.random() < (0.8 if member.age < 35 else 0.5)
    return Enrolment(
        mentor=mentor,
        seats=seats,
        languages=(own, second) if bilingual else (own,),
        topics=tuple(chance.sample(range(9), 3)),
        half_days=chance.randint(4, 10),
    )


def enrol(person: Person, enrolment: Enrolment, chance: random.Random) -> None:
    """Fill in the three steps of the enrolment form."""
    role, topics = ("mentor", "offers") if enrolment.mentor else ("mentee", "wants")
    with _modals(person):
        _command(person, "join")
        _form(person)
        half_days = [option["value"] for option in offered(dict(_fields(person)["half_days"]))]
        _submit(
            person,
            {
                "roles": [role],
                "languages": list(enrolment.languages),
                "half_days": sorted(chance.sample(half_days, enrolment.half_days)),
            },
        )
        catalogue = [option["value"] for option in offered(dict(_fields(person)[topics]))]
        chosen = [catalogue[position % len(catalogue)] for position in enrolment.topics]
        _submit(person, {topics: chosen} | ({"seats": str(enrolment.seats)} if enrolment.mentor else {}))
        levels = {}
        for block_id, element in _fields(person).items():
            choices = [option["value"] for option in offered(dict(element))]
            # Mentors show what they master, mentees want what they hardly use.
            levels[block_id] = chance.choice(choices[-2:] if enrolment.mentor else choices[:2])
        _submit(person, levels)
        if _fields(person):
            raise NoAnswer("the enrolment form goes on after its last step")


def pause(person: Person, until: date) -> None:
    """Ask for a rest, with *until* as the first day back."""
    with _modals(person):
        _command(person, "pause")
        _form(person)
        _submit(person, {"until": until})


def leave(person: Person) -> None:
    """Leave the programme, and confirm it."""
    _command(person, "leave")
    question = person.ephemerals[-1]
    if not _buttons(question.blocks, Button.LEAVE):
        raise NoAnswer("nothing asks whether to leave")
    _click(person, question, Button.LEAVE)


# -- what the lead does


def import_directory(person: Person, company: Company) -> None:
    """Hand over the export of the HR system, look at the dry run, apply it."""
    file = person.upload("annuaire.csv", directory_csv(company), "text/csv")
    with _modals(person):
        _command(person, "import")
        _form(person)
        wanted = next(block_id for block_id, element in _fields(person).items() if element["type"] == "file_input")
        _submit(person, {wanted: [file.id]})
        _click_in_modal(person, Button.APPLY_IMPORT)


def open_cohort(person: Person, *, starts_on: date, ends_on: date) -> None:
    """Open a cohort with these dates (*ends_on* is the day after its last)."""
    dates = {
        "enrol_until": starts_on - timedelta(days=1),
        "starts_on": starts_on,
        "ends_on": ends_on - timedelta(days=1),
    }
    with _modals(person):
        _command(person, "cohort")
        _click(person, person.ephemerals[-1], Button.OPEN_COHORT)
        _form(person)
        _submit(person, {"name": "Printemps", **dates})


def post_digest(person: Person, channel: str) -> None:
    """Look at the digest of the cohort in *channel*, then post it there."""
    _command(person, "digest cohort", channel)
    _click(person, person.ephemerals[-1], Button.POST_DIGEST)


def publish_round(person: Person) -> None:
    """Draft a round, read every page of it, publish it."""
    with _modals(person):
        _command(person, "round")
        _click_in_modal(person, Button.DRAFT)
        _wait_for_work(person)
        while _in_modal(person, Button.NEXT_PAGE):
            _click_in_modal(person, Button.NEXT_PAGE)
        _click_in_modal(person, Button.PUBLISH)
        _wait_for_work(person)
        if _in_modal(person, Button.PUBLISH):
            raise NoAnswer("the round is still a draft")


def _wait_for_work(person: Person) -> None:
    """Wait while the modal on top says nothing but that the app is at work, which ends in another view."""

    def done() -> bool | None:
        view = person.view
        return None if view is not None and len(view["blocks"]) == 1 and "…" in _text(view) else True

    try:
        person.workspace.wait_for(done, LONGEST_WORK, what="what the app is at work on")
    except TimeoutError as late:
        raise NoAnswer("the app is still at work") from late


def _in_modal(person: Person, button: Button) -> list[str]:
    view = person.view
    return _buttons(view["blocks"], button) if view is not None else []


def _click_in_modal(person: Person, button: Button) -> None:
    """Press a button of the modal on top; a modal pushed onto it is a refusal."""
    found = _in_modal(person, button)
    if not found:
        raise NoAnswer(f"the modal has no {button} button")
    depth = len(person.views)
    _checked(person.click(found[0], view=person.view))
    if len(person.views) > depth:
        raise Refused(_text(person.views[-1]))


# -- sessions


def press(person: Person, message: Delivery, button: Button, nth: int = 0) -> None:
    """Press a button of a message that does its work at once."""
    said = _as_it_is_now(person, message)
    if said is None:
        raise NoAnswer("the message is gone")
    with _modals(person):
        _click(person, said, button, nth)


def plan(
    person: Person, partner: Person, moments: Sequence[datetime], minutes: int, message: Delivery | None
) -> datetime:
    """Plan a session in the form, from the button of *message* when it has one, else by the command.

    Each of *moments* is tried until one is free, as people do in front of a form. Return the one the app confirms.
    """
    with _modals(person):
        if message is not None and still_has(person, message, Button.PLAN):
            press_to_open(person, message, Button.PLAN)
        else:
            _command(person, f"plan @{partner.user.name}")
        _form(person)
        for moment in moments[:-1]:
            with suppress(Refused):
                _submit(person, {"date": moment, "minutes": str(minutes)})
                break
        else:
            _submit(person, {"date": moments[-1], "minutes": str(minutes)})
        return _confirmed(_moment_in(person.view))


def plan_in_one_tap(person: Person, message: Delivery, nth: int) -> datetime:
    """Plan a session at the *nth* moment that *message* offers; return the moment that the app confirms.

    A moment that is gone makes room for others: then the first of those, before anybody else takes it.
    """
    press(person, message, Button.SLOT, nth)
    if still_has(person, message, Button.SLOT):
        press(person, message, Button.SLOT)
    said = _as_it_is_now(person, message)
    return _confirmed(moment_in(said) if said is not None else None)


def _confirmed(moment: datetime | None) -> datetime:
    if moment is None:
        raise NoAnswer("nothing says when the session is")
    return moment


def press_to_open(person: Person, message: Delivery, button: Button) -> None:
    """Press a button of a message that opens a form."""
    said = _as_it_is_now(person, message)
    if said is None:
        raise NoAnswer("the message is gone")
    _click(person, said, button)


def log_by_command(person: Person, partner: Person, minutes: int, tried: str) -> None:
    """Log a session in one line; a form that asks whether it is another one than was logged is left at that."""
    with _modals(person):
        _command(person, f"log @{partner.user.name} {minutes}m {tried}")
        if person.view is not None:
            raise Refused(_text(person.view))


def log_by_form(person: Person, partner: Person, tried: str, chance: random.Random) -> None:
    """Log a session in the form, which the command opens."""
    with _modals(person):
        _command(person, f"log @{partner.user.name}")
        _log_in_form(person, tried, chance)


def log_from(person: Person, message: Delivery, tried: str, chance: random.Random) -> None:
    """Log the session that *message* asks about."""
    with _modals(person):
        press_to_open(person, message, Button.HELD)
        _log_in_form(person, tried, chance)


def _log_in_form(person: Person, tried: str, chance: random.Random) -> None:
    _form(person)
    _submit(person, {"tried": tried})
    if "another" in _fields(person):
        raise Refused(_text(person.view))
    if "useful" in _fields(person) and chance.random() < 0.8:
        _answer_pulse(person, chance)


def give_pulse(person: Person, message: Delivery, chance: random.Random) -> None:
    """Answer the pulse that *message* asks for."""
    with _modals(person):
        press_to_open(person, message, Button.PULSE)
        _form(person)
        _answer_pulse(person, chance)


def _answer_pulse(person: Person, chance: random.Random) -> None:
    taps = {
        block_id: chance.choice(offered(dict(element)))["value"]
        for block_id, element in _fields(person).items()
        if element["type"] == "radio_buttons"
    }
    _submit(person, taps)
