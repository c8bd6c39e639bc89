"""The attack set: every case is refused with a plain page and one line, and begins no session."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.domain.sign_in import Event
from tests.iam.attacks import ATTACKS, Lab
from tests.views.reading import read

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def canary():
    """A server of the attacker: (address, what it was asked)."""
    asked = []

    class Note(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Note)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/keys", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_an_attack_is_refused(attack, way, new_way, provider, canary, events, sessions_begun, said):
    address, asked = canary

    answer = attack.deed(Lab(provider, way, new_way, address))

    assert answer.status_code == 400
    assert read(answer).one("h1").text == "Sign-in through spd-iam was refused"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not way.is_signed_in()
    assert sessions_begun() == 0
    assert asked == []
    # Some cases say no at the provider first, to spend the state.
    [line] = [event for event in events() if not event.words.startswith("broken off")]
    assert line.words == f"{attack.reason.value} (request {read(answer).one('code').text})"
    seen = said() + answer.text
    assert not {secret for secret in provider.secrets if secret in seen}


def test_each_refusal_is_one_line_of_the_log(way, events, caplog):
    caplog.set_level("INFO", "spd.accounts")

    way.browser.get("/iam/callback?code=x&state=y")

    [line] = [json.loads(record.getMessage()) for record in caplog.records if record.name == "spd.accounts"]
    assert line["event"] == Event.ATTACK_REFUSED
    assert line["words"].startswith("the sign-in was not begun in this browser (request ")


def test_a_refusal_leaves_the_present_session_alone(sign_in, new_way):
    browser = sign_in()

    answer = browser.get("/iam/callback?code=x&state=y")

    assert answer.status_code == 400
    assert browser.get("/tasks").status_code == 200


@pytest.mark.parametrize(
    ("path", "answers", "kinds"),
    [
        ("/iam/callback?code=x&state=y", [400, 400, 429], ["attack_refused", "attack_refused", "throttled"]),
        ("/iam/sign-in", [303, 303, 429], ["throttled"]),
    ],
)
def test_many_tries_from_one_address_are_stopped(app, way, events, path, answers, kinds):
    app.config["SIGN_IN_TRIES_PER_ADDRESS"] = 2

    codes = [way.browser.get(path).status_code for _ in range(3)]

    assert codes == answers
    assert [event.kind for event in events()] == kinds


@pytest.mark.parametrize("path", ["/iam/callback?code=x&state=y", "/iam/sign-in"])
def test_refusals_without_a_look_are_written_down_once_a_minute(app, way, events, path):
    app.config["SIGN_IN_TRIES_PER_ADDRESS"] = 1

    codes = [way.browser.get(path).status_code for _ in range(8)]

    assert codes[1:] == [429] * 7
    assert len(events("throttled")) == 1


@pytest.mark.parametrize("part", ["image", "iframe", "script", "empty", "nonsense"])
@pytest.mark.parametrize("path", ["/iam/callback?state=x", "/iam/sign-in"])
def test_a_part_of_another_sites_page_uses_no_tries_up(app, way, events, path, part):
    app.config["SIGN_IN_TRIES_PER_ADDRESS"] = 2

    codes = [app.test_client().get(path, headers={"Sec-Fetch-Dest": part}).status_code for _ in range(4)]

    assert codes == [400] * 4
    assert events() == []
    back = way.at_provider(way.begin())
    assert way.browser.get(back, headers={"Sec-Fetch-Dest": "document"}).status_code == 303
    assert way.is_signed_in()


def test_answers_that_nobody_waits_for_shut_nobody_out(app, way):
    app.config["SIGN_IN_TRIES_PER_ADDRESS"] = 2
    codes = [app.test_client().get("/iam/callback?code=x&state=y").status_code for _ in range(4)]

    assert codes == [400, 400, 429, 429]
    assert way.sign_in().status_code == 303


def test_the_language_buttons_of_a_refusal_do_not_hold_the_code(way):
    answer = way.browser.get("/iam/callback?code=unseen-code&state=unseen-state")

    assert "unseen" not in answer.text


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_refusal_is_told_in_the_readers_language(way, language):
    answer = way.browser.get("/iam/callback", headers={"Accept-Language": language})

    title = {"en": "Sign-in through spd-iam was refused", "ru": "Вход через spd-iam отклонён"}[language]
    assert read(answer).one("h1").text == title
