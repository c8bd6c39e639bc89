"""A session: it ends when it should, and nobody gains one by a cookie of somebody else."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.json.tag import TaggedJSONSerializer
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, update

from app.models import User, UserSession
from tests.conftest import PASSWORD
from tests.databases import counted_statements
from tests.views.conftest import HTMX


def credentials(user, password=PASSWORD):
    return {"username": user.username, "password": password}


def is_signed_in(browser):
    return browser.get("/tasks").status_code == 200


def test_a_disabled_user_is_out_at_once(sign_in, alter):
    browser = sign_in("admin")
    assert is_signed_in(browser)

    alter(update(User).values(is_disabled=True))

    assert not is_signed_in(browser)


def test_a_changed_role_counts_at_once(sign_in, alter):
    browser = sign_in("physicist")

    alter(update(User).values(role="viewer"))

    assert browser.get("/tasks/new").status_code == 403


def cookie_of(browser):
    return browser.get_cookie("spd").value


def test_signing_out_ends_the_session_even_for_a_copied_cookie(app, sign_in):
    browser, thief = sign_in(), app.test_client()
    thief.set_cookie("spd", cookie_of(browser))
    assert is_signed_in(thief)

    answer = browser.post("/sign-out")

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert not is_signed_in(browser)
    assert not is_signed_in(thief)


def test_signing_out_ends_one_session_only(sign_in, app):
    browser = sign_in()
    other = app.test_client()
    other.post("/sign-in", data=credentials(browser.user))

    browser.post("/sign-out")

    assert is_signed_in(other)


def test_signing_in_again_ends_the_session_before(app, sign_in):
    browser, old = sign_in(), app.test_client()
    old.set_cookie("spd", cookie_of(browser))

    browser.post("/sign-in", data=credentials(browser.user))

    assert is_signed_in(browser)
    assert not is_signed_in(old)


def test_a_cookie_from_before_signing_in_gains_nothing(app, client, make_user):
    client.post("/preferences", data={"theme": "dark"})
    planted = app.test_client()
    planted.set_cookie("spd", cookie_of(client))

    client.post("/sign-in", data=credentials(make_user()))

    assert is_signed_in(client)
    assert not is_signed_in(planted)


def test_the_database_holds_only_the_hash_of_a_session(sign_in, ask):
    browser = sign_in()
    with browser.session_transaction() as cookie:
        token = cookie["_user_id"]

    [session] = ask(select(UserSession))

    assert len(token) >= 32
    assert session.token_hash != token
    assert len(session.token_hash) == 64


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_made_up_session_is_refused(client, make_user):
    make_user()
    for token in ("", "x", "1", None, 1, ["a"], "é" * 2000):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token

        assert client.get("/tasks").status_code == 303


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_cookie_signed_with_another_secret_is_refused(client):
    client.set_cookie("spd", "eyJfdXNlcl9pZCI6IjEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")

    assert client.get("/tasks").status_code == 303


class TestTimeouts:
    @pytest.fixture
    def settings(self):
        return {"SESSION_IDLE_MINUTES": 30, "SESSION_ABSOLUTE_HOURS": 2}

    @pytest.fixture
    def clock(self):
        with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
            yield clock

    def test_a_session_ends_after_the_idle_time(self, clock, sign_in):
        browser = sign_in()

        clock.shift(timedelta(minutes=29))
        assert is_signed_in(browser)
        clock.shift(timedelta(minutes=29))
        assert is_signed_in(browser)
        clock.shift(timedelta(minutes=31))
        assert not is_signed_in(browser)

    def test_a_session_ends_at_the_absolute_time_whatever_is_clicked(self, clock, sign_in):
        browser = sign_in()

        for _ in range(6):
            clock.shift(timedelta(minutes=19))
            assert is_signed_in(browser)
        clock.shift(timedelta(minutes=19))

        assert not is_signed_in(browser)

    @pytest.mark.parametrize(
        "path", ["/heartbeat", "/tasks/{id}/status", "/tasks?revision=x", "/calls?revision=x"]
    )
    def test_pages_that_refresh_themselves_do_not_renew_a_session(self, clock, sign_in, make_task, path):
        browser = sign_in("manager")
        url = path.format(id=make_task("queued").id)

        clock.shift(timedelta(minutes=20))
        assert browser.get(url, headers=HTMX).status_code == 200
        clock.shift(timedelta(minutes=20))

        assert browser.get(url, headers=HTMX).status_code == 401
        assert not is_signed_in(browser)

    def test_activity_is_written_once_a_minute_at_most(self, clock, sign_in, ask):
        browser = sign_in()
        began = ask(select(UserSession))[0].active_at

        clock.shift(timedelta(seconds=59))
        browser.get("/tasks")
        assert ask(select(UserSession))[0].active_at == began
        clock.shift(timedelta(seconds=2))
        browser.get("/tasks")

        assert ask(select(UserSession))[0].active_at == began + timedelta(seconds=61)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_only_an_answer_that_changes_the_cookie_sends_it(app, sign_in):
    browser = sign_in()
    browser.get("/tasks")  # takes the greeting away

    for path in ("/tasks", "/heartbeat", "/tasks/new"):
        assert "Set-Cookie" not in browser.get(path).headers
    with counted_statements(app) as statements, browser.get("/static/favicon.svg") as picture:
        assert "Set-Cookie" not in picture.headers
    assert statements == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("digest", "counts"), [(hashlib.sha256, True), (hashlib.sha1, False)])
def test_a_cookie_is_signed_with_sha_256(app, sign_in, digest, counts):
    browser = sign_in()
    signing = {"key_derivation": "hmac", "digest_method": digest}
    signer = URLSafeTimedSerializer(
        app.secret_key, salt="cookie-session", serializer=TaggedJSONSerializer(), signer_kwargs=signing
    )
    with browser.session_transaction() as cookie:
        content = dict(cookie)

    browser.set_cookie("spd", signer.dumps(content))

    assert is_signed_in(browser) is counts
