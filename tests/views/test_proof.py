"""A fresh proof of who somebody is: asked once, good for a while, few tries."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import select, update

from app.models import AccountEvent, User
from tests.conftest import PASSWORD
from tests.views.reading import read
from tests.views.second_factor import PAGE, switch_on

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def stale(sign_in, clock):
    """A browser whose proof is too old."""
    browser = sign_in()
    clock.shift(timedelta(minutes=16))
    return browser


def test_a_page_that_guards_the_account_asks_and_is_then_open(stale, clock):
    answer = stale.get(PAGE)
    assert answer.location == f"/prove?next={PAGE}"
    form = dict(read(stale.get(answer.location)).one("form", action="/prove").sent())

    assert stale.post("/prove", data=form | {"password": PASSWORD}).location == PAGE

    assert stale.get(PAGE).status_code == 200
    clock.shift(timedelta(minutes=15))
    assert stale.get(PAGE).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert stale.get(PAGE).status_code == 303


@pytest.mark.parametrize("typed", ["", "wrong", PASSWORD + " ", "x" * 1001, "🚀"])
def test_a_wrong_password_proves_nothing(stale, typed):
    answer = stale.post("/prove", data={"password": typed, "next": PAGE})

    assert answer.status_code == 422
    form = read(answer).one("form", action="/prove")
    assert (form.value("next"), form.value("password")) == (PAGE, "")
    assert read(answer).has(id="errors-password")
    assert stale.get(PAGE).status_code == 303


def test_a_stolen_session_has_few_guesses(app, stale, ask):
    stale.set_cookie("spd-device", "")  # as a thief who has the session alone
    answers = [stale.post("/prove", data={"password": f"guess {number}"}) for number in range(12)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 300
    assert stale.post("/prove", data={"password": PASSWORD}).status_code == 429
    kinds = [event.kind for event in ask(select(AccountEvent))]
    assert (kinds.count("refused"), kinds.count("throttled")) == (10, 1)


def test_all_guesses_of_a_session_count_together(sign_in, monkeypatch):
    browser, looked_at, real = sign_in(), [], PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, *pair: looked_at.append(pair) or real(self, *pair)
    )
    new = {"password": "another one of tests", "password_again": "another one of tests"}

    for number in range(4):
        browser.post("/prove", data={"password": f"guess {number}"})
        browser.post("/profile/password", data=new | {"old_password": f"guess {number}"})
    browser.set_cookie("spd-device", "")
    for number in range(8):
        browser.post("/prove", data={"password": f"guess {number}"})

    assert len(looked_at) == 10


def test_with_a_second_factor_the_code_is_asked_too(sign_in, clock):
    guarded = switch_on(sign_in())
    browser = guarded.browser
    clock.shift(timedelta(minutes=16))
    right = {"password": PASSWORD, "next": PAGE}
    assert read(browser.get("/prove")).has("input", name="code")

    answers = [
        browser.post("/prove", data=right).status_code,
        browser.post("/prove", data=right | {"code": "000000"}).status_code,
        browser.post("/prove", data={"password": "wrong", "code": guarded.code(clock)}).status_code,
    ]
    assert answers == [422] * 3
    assert browser.get(PAGE).status_code == 303

    assert browser.post("/prove", data=right | {"code": guarded.code(clock)}).location == PAGE
    assert browser.get(PAGE).status_code == 200


def test_who_has_no_password_signs_in_anew(stale, alter):
    alter(update(User).values(password_hash=None))

    by_provider = f"/iam/sign-in?next={PAGE}"
    assert stale.get(f"/prove?next={PAGE}").location == by_provider
    assert stale.post("/prove", data={"password": "", "next": PAGE}).location == by_provider


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\t/evil.example", ""])
def test_the_proof_leads_nowhere_else(stale, target):
    answer = stale.post("/prove", data={"password": PASSWORD, "next": target})

    assert answer.location == "/profile/sessions"


@pytest.mark.parametrize(
    "referrer",
    [
        "http://localhost/profile/second-factor",
        "https://evil.example//x",
        "http://[",
        "http://localhost:x/",
        None,
    ],
)
def test_a_form_sent_with_a_stale_proof_says_that_nothing_was_saved(stale, referrer):
    headers = {"Referer": referrer} if referrer else {}

    answer = stale.post(f"{PAGE}/begin", headers=headers)

    assert answer.location == (f"/prove?next={PAGE}" if referrer and PAGE in referrer else "/prove")
    assert "Nothing was saved." in read(stale.get(answer.location)).one(id="messages").text


def test_a_proof_gives_the_session_another_token(app, stale):
    copied = app.test_client()
    copied.set_cookie("spd", stale.get_cookie("spd").value)
    stale.post("/prove", data={"password": PASSWORD, "next": PAGE})

    assert stale.get("/tasks").status_code == 200
    assert copied.get("/tasks").status_code == 303
