"""Signing in with a second factor: the password opens nothing, the code signs in with a new session."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.models import KnownDevice, User, UserSession
from tests.conftest import PASSWORD
from tests.views.reading import read
from tests.views.second_factor import PAGE, give_password, switch_on

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def guarded(sign_in_by_form):
    return switch_on(sign_in_by_form("manager"))


def token_in(browser, name):
    with browser.session_transaction() as cookie:
        return cookie.get(name)


def test_password_and_code_sign_in_and_lead_on(client, guarded, clock):
    answer = give_password(client, guarded.user, next="/calls?q=x")
    assert answer.location == "/sign-in/code?next=/calls?q%3Dx"
    form = dict(read(client.get(answer.location)).one("form", action="/sign-in/code").sent())

    answer = client.post("/sign-in/code", data=form | {"code": guarded.code(clock)})

    assert (answer.status_code, answer.location) == (303, "/calls?q=x")
    assert client.get("/tasks").status_code == 200


def test_the_password_alone_opens_nothing(app, client, guarded):
    give_password(client, guarded.user)

    for rule in app.url_map.iter_rules():
        if "<" not in rule.rule and "GET" in rule.methods and rule.endpoint != "static":
            is_public = getattr(app.view_functions[rule.endpoint], "is_public", False)
            assert is_public or client.get(rule.rule).location.startswith("/sign-in?"), rule
    # Nor does its token where the token of a session belongs.
    waiting = token_in(client, "awaiting")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = waiting
    assert client.get("/tasks").status_code == 303


@pytest.mark.parametrize("has_old_cookie", [True, False])
def test_the_second_of_two_clicks_leads_on_and_spoils_nothing(client, guarded, clock, has_old_cookie):
    give_password(client, guarded.user)
    before, sent = client.get_cookie("spd").value, {"code": guarded.code(clock), "next": "/calls"}
    client.post("/sign-in/code", data=sent)
    after = client.get_cookie("spd").value
    if has_old_cookie:
        client.set_cookie("spd", before)

    answer = client.post("/sign-in/code", data=sent)

    assert (answer.status_code, answer.location) == (303, "/calls")
    if has_old_cookie:
        assert "Set-Cookie" not in answer.headers, "it would overwrite the cookie of the first"
        client.set_cookie("spd", after)
    assert client.get("/calls").status_code == 200


def test_the_session_after_the_code_is_a_new_one(app, client, guarded, clock, ask):
    give_password(client, guarded.user)
    waiting, copied = token_in(client, "awaiting"), app.test_client()
    copied.set_cookie("spd", client.get_cookie("spd").value)

    client.post("/sign-in/code", data={"code": guarded.code(clock)})

    assert token_in(client, "_user_id") != waiting
    assert token_in(client, "awaiting") is None
    # The cookie from between is worth nothing, even with a good code.
    assert copied.post("/sign-in/code", data={"code": guarded.code(clock)}).status_code == 303
    assert copied.get("/tasks").location.startswith("/sign-in")
    assert copied.get("/tasks").status_code == 303
    assert [row.ended_at is None for row in ask(select(UserSession).where(UserSession.awaits_code))] == [
        False
    ]


def test_who_used_a_recovery_code_is_told_on_the_page_and_by_mail(client, guarded, mailbox):
    mailbox.new()
    give_password(client, guarded.user)

    answer = client.post("/sign-in/code", data={"code": guarded.recovery_codes[0]})

    assert "9 recovery codes are left." in read(client.get(answer.location)).one(id="messages").text
    assert mailbox.only()["Subject"] == "A recovery code of your account was used"


def test_a_recovery_code_signs_in_once(app, guarded):
    code = guarded.recovery_codes[0]

    answers = []
    for _ in range(2):
        browser = app.test_client()
        give_password(browser, guarded.user)
        answers.append(browser.post("/sign-in/code", data={"code": code}).status_code)

    assert answers == [303, 422]


def test_a_wrong_code_is_told_at_its_field_and_the_way_on_is_kept(client, guarded):
    give_password(client, guarded.user, next="/calls")

    for typed in ("000000", "", "🚀" * 30, "x" * 61):
        answer = client.post("/sign-in/code", data={"code": typed, "next": "/calls"})

        assert answer.status_code == 422
        assert read(answer).has(id="errors-code")
        assert read(answer).one("form", action="/sign-in/code").value("next") == "/calls"
    assert client.get("/tasks").status_code == 303


def test_a_browser_that_signed_in_before_still_gets_in(client, guarded, clock):
    give_password(client, guarded.user)
    for _ in range(6):
        client.post("/sign-in/code", data={"code": "000000"})

    give_password(guarded.browser, guarded.user)
    answer = guarded.browser.post("/sign-in/code", data={"code": guarded.code(clock)})

    assert answer.location == "/tasks"


def test_wrong_codes_at_sign_in_do_not_hinder_who_is_in(client, guarded, clock):
    give_password(client, guarded.user)
    for _ in range(6):
        client.post("/sign-in/code", data={"code": "000000"})

    answer = guarded.browser.post("/prove", data={"password": PASSWORD, "code": guarded.code(clock)})

    assert answer.status_code == 303


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_person_is_told_once_that_somebody_knows_the_password(
    client, guarded, clock, mailbox, alter, language
):
    mailbox.new()
    alter(update(User).values(language=language))
    give_password(client, guarded.user)

    for _ in range(4):
        client.post("/sign-in/code", data={"code": "000000"})
    before = mailbox.new()
    for _ in range(3):
        client.post("/sign-in/code", data={"code": "000000"})
        clock.shift(timedelta(minutes=1))

    assert before == []
    subject = {"en": "Somebody knows your password", "ru": "Кто-то знает ваш пароль"}[language]
    message = mailbox.only()
    assert message["Subject"] == subject
    assert "/forgotten" in message.get_body(("plain",)).get_content()


def test_five_wrong_codes_close_the_way_for_all_browsers_of_the_account(app, guarded, clock):
    answers = []
    for number in range(7):
        browser = app.test_client()
        give_password(browser, guarded.user)
        answers.append(browser.post("/sign-in/code", data={"code": f"00000{number}"}).status_code)

    assert answers == [422] * 5 + [429] * 2
    right = browser.post("/sign-in/code", data={"code": guarded.code(clock)})
    assert (right.status_code, right.headers["Retry-After"]) == (429, "270")
    clock.shift(270)
    assert browser.post("/sign-in/code", data={"code": guarded.code(clock)}).status_code == 303


def test_the_code_is_waited_for_ten_minutes(client, guarded, clock):
    give_password(client, guarded.user, next="/calls")
    clock.shift(timedelta(minutes=9))
    assert client.get("/sign-in/code").status_code == 200

    clock.shift(timedelta(minutes=2))
    answer = client.post("/sign-in/code", data={"code": guarded.code(clock), "next": "/calls"})

    assert answer.location == "/sign-in?next=/calls"
    assert "waited for too long" in client.get(answer.location).text
    assert client.get("/tasks").status_code == 303


@pytest.mark.parametrize(
    "change",
    [{"is_disabled": True}, {"totp_confirmed_at": None, "totp_secret": None}],
    ids=["disabled", "removed"],
)
def test_what_changes_meanwhile_counts(client, guarded, clock, alter, change):
    give_password(client, guarded.user)
    alter(update(User).values(**change))

    answer = client.post("/sign-in/code", data={"code": guarded.code(clock)})

    assert answer.status_code in {303, 422}
    assert client.get("/tasks").status_code == 303


def test_without_a_password_before_the_page_leads_to_sign_in(client, guarded, clock):
    for token in (None, "x", 1, ["a"]):
        with client.session_transaction() as cookie:
            cookie["awaiting"] = token

        assert client.get("/sign-in/code?next=/calls").location == "/sign-in?next=/calls"
        code = guarded.code(clock)
        assert client.post("/sign-in/code", data={"code": code}).location == "/sign-in"


def test_a_browser_is_known_only_after_the_code(client, guarded, clock, ask):
    before = len(ask(select(KnownDevice)))

    give_password(client, guarded.user)
    assert (client.get_cookie("spd-device"), len(ask(select(KnownDevice)))) == (None, before)
    client.post("/sign-in/code", data={"code": guarded.code(clock)})

    assert client.get_cookie("spd-device")
    assert len(ask(select(KnownDevice))) == before + 1


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_code_leads_nowhere_else(client, guarded, clock, target):
    assert give_password(client, guarded.user, next=target).location == "/sign-in/code"

    answer = client.post("/sign-in/code", data={"code": guarded.code(clock), "next": target})

    assert answer.location == "/tasks"


def test_no_key_and_no_code_is_logged(app, client, guarded, clock, caplog):
    app.logger.setLevel("DEBUG")
    with caplog.at_level("DEBUG"):
        give_password(client, guarded.user)
        waiting, code = token_in(client, "awaiting"), guarded.code(clock)
        client.post("/sign-in/code", data={"code": code})
        guarded.browser.get(PAGE)

    secrets = [guarded.secret, code, waiting, guarded.recovery_codes[0]]
    assert caplog.text
    assert not [secret for secret in secrets if secret in caplog.text]
