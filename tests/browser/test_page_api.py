"""What the page's own server promises, without a browser."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from playground import Playground
from tests.browser.bare_app import MANIFEST


@pytest.fixture
def quiet() -> Playground:
    """A workspace with one person and no app connected, not started."""
    pg = Playground(MANIFEST, ack_timeout=0.2)
    pg.add_member("ana", "Ana Silva", locale="en-GB")
    return pg


def connect(pg: Playground) -> HTTPConnection:
    """A connection to the workspace's server."""
    return HTTPConnection("127.0.0.1", int(pg.url.rpartition(":")[2]), timeout=5)


def ask(pg: Playground, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and bytes of an answer; a *body* is posted as JSON."""
    given = headers if body is None else {"Content-Type": "application/json", **headers}
    with closing(connect(pg)) as connection:
        connection.request("GET" if body is None else "POST", path, body and json.dumps(body), given)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()


def test_stopping_does_not_wait_for_open_pages_and_leaves_nothing_behind(quiet: Playground) -> None:
    threads, subscribers = threading.active_count(), len(quiet.workspace._subscribers)
    quiet.start()
    connection = connect(quiet)
    connection.request("GET", f"/ui/events?user={quiet.person('ana').id}")
    stream = connection.getresponse()
    assert stream.readline() == b'data: {"type": "hello"}\n'
    quiet.stop()
    assert stream.read() == b"\n"
    connection.close()
    assert len(quiet.workspace._subscribers) == subscribers
    assert threading.active_count() <= threads + 1  # a thread of the pool may be about to end


def test_the_page_loads_nothing_from_elsewhere(quiet: Playground) -> None:
    with quiet:
        for path in ("/", "/page/app.js", "/page/style.css"):
            status, headers, body = ask(quiet, path)
            assert status == 200
            assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
            assert b"https://" not in body


def test_another_site_cannot_act_through_the_browser(quiet: Playground) -> None:
    with quiet:
        said = {"user": quiet.person("ana").id, "channel": quiet.person("ana").dm.id, "text": "hello"}
        assert ask(quiet, "/ui/say", said, Origin="https://elsewhere.example")[0] == 403
        assert ask(quiet, "/ui/say", said, **{"Content-Type": "text/plain"})[0] == 415
        assert quiet.person("ana").inbox == []
        assert ask(quiet, "/ui/say", said, Origin=quiet.url)[0] == 200
        assert [message.text for message in quiet.person("ana").inbox] == ["hello"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ui/state?user=U0NOBODY", None),
        ("/ui/messages", None),
        ("/ui/messages?user=ana&channel=C0NOWHERE", None),
        ("/ui/events?user=U0NOBODY", None),
        ("/ui/files/F0NOTHING", None),
        ("/ui/say", ["hello"]),
        ("/ui/say", {"user": "ana", "channel": "nowhere", "text": "hello"}),
        ("/ui/say", {"user": "ana", "channel": "general", "text": "/unknown"}),
        ("/ui/action", {"user": "ana", "block_id": "b", "action_id": "a", "view_id": "V0"}),
        ("/ui/submit", {"user": "ana", "view_id": "V0", "state": {}}),
        ("/ui/time", {"seconds": -1}),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(quiet: Playground, path: str, body: Any) -> None:
    with quiet:
        status, _, answer = ask(quiet, path, body)
    assert 400 <= status < 500
    assert json.loads(answer)["error"].endswith(".")


def test_a_file_comes_back_but_never_as_a_page_of_ours(quiet: Playground) -> None:
    ana = quiet.person("ana")
    file = ana.upload("notes.html", b"<script>alert(1)</script>", "text/html", channel=ana.dm.id)
    assert ana.inbox[-1].files == (file.id,)
    with quiet:
        status, headers, body = ask(quiet, f"/ui/files/{file.id}")
    assert (status, body) == (200, b"<script>alert(1)</script>")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment"
    assert "sandbox" in headers["content-security-policy"]


def test_the_guide_is_given_in_the_language_of_the_reader(quiet: Playground) -> None:
    luc = quiet.add_member("luc", "Luc Petit", locale="fr-FR")
    quiet.guide = {"en": ["Try it."], "fr": ["Essayez."]}
    with quiet:
        guides = [json.loads(ask(quiet, f"/ui/state?user={key}")[2])["guide"] for key in ("ana", luc.id)]
    assert guides == [["Try it."], ["Essayez."]]
