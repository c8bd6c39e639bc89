"""After a password is changed or an account disabled, nothing that was begun before it is worth anything."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from app.domain.sign_in import Method, Visitor
from app.models import KnownDevice, User
from app.services import sessions
from app.services.signing_in import Guess, TryLimits
from app.services.signing_in import sign_in as look_at
from tests.conftest import PASSWORD
from tests.mailbox import link_in
from tests.views.second_factor import switch_on

NEW = {"password": "another one of tests", "password_again": "another one of tests"}
THIEF = "thief@evil.example"


def change_password(browser):
    answer = browser.post("/profile/password", data={"old_password": PASSWORD, **NEW})
    assert answer.status_code == 303


def entrant_of(app, user):
    """Return what the right password proves, as a sign-in that is under way has it."""
    with app.app_context():
        guess = Guess(user.username, PASSWORD, None)
        return look_at(guess, TryLimits(10, 200, sessions.CODE_WITHIN), Visitor(), datetime.now(UTC))


def begin(app, entrant):
    with app.app_context():
        return sessions.begin_session(
            entrant.user, Method.PASSWORD, Visitor(), datetime.now(UTC), grounds=entrant.grounds
        )


def disable(app, browser, alter):
    alter(update(User).values(is_disabled=True))


def switch_on_second_factor(_app, browser, _alter):
    switch_on(browser)


def test_a_sign_in_under_way_succeeds_while_nothing_changes(app, make_user):
    assert begin(app, entrant_of(app, make_user()))


@pytest.mark.parametrize(
    "change",
    [lambda _app, browser, _alter: change_password(browser), disable, switch_on_second_factor],
    ids=["password", "disabled", "second factor"],
)
def test_a_sign_in_under_way_begins_no_session_after_a_change(app, sign_in, alter, change):
    browser = sign_in()
    entrant = entrant_of(app, browser.user)

    change(app, browser, alter)

    with pytest.raises(sessions.GroundsGone):
        begin(app, entrant)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_link_for_a_new_address_does_not_survive_a_change_of_the_password(app, sign_in, mailbox, ask):
    thief = sign_in()
    thief.post("/profile/email", data={"email": THIEF})
    armed = mailbox.link()

    change_password(sign_in(thief.user))

    assert app.test_client().post(armed).status_code == 422
    assert THIEF not in [user.email for user in ask(select(User))]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nor_one_that_is_still_to_be_sent(sign_in, mailbox):
    thief = sign_in()
    thief.post("/profile/email", data={"email": THIEF})

    change_password(sign_in(thief.user))

    assert [mail["To"] for mail in mailbox.new() if mail["To"] == THIEF] == []


def link_to(mailbox, address):
    """Return the link in the one new mail to this address that holds any."""
    [mail] = [mail for mail in mailbox.new() if mail["To"] == address and "token" in mail.as_string()]
    return link_in(mail)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nor_does_it_survive_a_new_password_by_mail(app, client, sign_in, mailbox):
    thief = sign_in()
    thief.post("/profile/email", data={"email": THIEF})
    armed = link_to(mailbox, THIEF)
    client.post("/forgotten", data={"email": thief.user.email})

    assert client.post(link_to(mailbox, thief.user.email), data=NEW).status_code == 303

    assert app.test_client().post(armed).status_code == 422


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nor_does_it_survive_that_the_account_is_disabled(app, sign_in, mailbox):
    thief, admin = sign_in(), sign_in("admin")
    thief.post("/profile/email", data={"email": THIEF})
    armed = link_to(mailbox, THIEF)

    for action in ("disable", "enable"):
        admin.post(f"/people/{thief.user.id}/{action}", data={"reason": "a test"})

    assert app.test_client().post(armed).status_code == 422


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_reset_that_waits_to_be_mailed_is_dropped_by_one_that_was_used(app, client, make_user, mailbox):
    user = make_user()
    client.post("/forgotten", data={"email": user.email})
    first = mailbox.link()
    client.post("/forgotten", data={"email": user.email})

    assert client.post(first, data=NEW).status_code == 303

    late = [mail for mail in mailbox.new() if "token" in mail.as_string()]
    assert [app.test_client().post(link_in(mail), data=NEW).status_code for mail in late] == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_browsers_known_before_are_strangers_but_the_one_that_changed_it(sign_in_by_form, make_user, ask):
    user = make_user()
    for _browser in range(3):
        mine = sign_in_by_form(user)
    assert len(ask(select(KnownDevice))) == 3

    change_password(mine)

    assert len(ask(select(KnownDevice))) == 1
    mine.post("/sign-out")
    typed = {"username": user.username, "password": NEW["password"]}
    for _guess in range(10):
        mine.application.test_client().post("/sign-in", data=typed | {"password": "x"})
    assert mine.post("/sign-in", data=typed).status_code == 303


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_sets_a_new_password_by_mail_gets_in_while_strangers_guess(app, client, make_user, mailbox):
    user = make_user()
    for _guess in range(11):
        app.test_client().post("/sign-in", data={"username": user.username, "password": "x"})
    client.post("/forgotten", data={"email": user.email})

    client.post(mailbox.link(), data=NEW)

    typed = {"username": user.username, "password": NEW["password"]}
    assert client.post("/sign-in", data=typed).status_code == 303


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_late_answer_to_a_poll_leaves_the_cookie_alone(app, sign_in):
    browser, old = sign_in(), app.test_client()
    old.set_cookie("spd", browser.get_cookie("spd").value)
    change_password(browser)

    answer = old.get("/heartbeat", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
