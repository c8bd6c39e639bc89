"""A forgotten password: one link, used once, that opens the account to whoever has the mail."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from app.models import AccountEvent, KnownDevice, Mail, MailLink, User
from tests.conftest import PASSWORD
from tests.mailbox import link_in
from tests.views.alike import seen
from tests.views.reading import read

NEW = "another one of tests"
SENT = "/forgotten/sent"
TYPED = {"password": NEW, "password_again": NEW}


@pytest.fixture
def user(make_user):
    return make_user("physicist", "physicist")


def ask_for_link(browser, address="physicist@example.org"):
    return browser.post("/forgotten", data={"email": address})


def signs_in(app, password):
    typed = {"username": "physicist", "password": password}
    return app.test_client().post("/sign-in", data=typed).status_code == 303


def test_the_link_sets_a_new_password_once(app, client, user, mailbox):
    assert ask_for_link(client, "Physicist@Example.ORG").location == SENT
    link = mailbox.link()

    page = read(client.get(link)).one("main").text
    answer = client.post(link, data=TYPED)

    assert "For the account physicist." in page
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert "Your new password is set." in client.get("/sign-in").text
    assert (signs_in(app, NEW), signs_in(app, PASSWORD)) == (True, False)
    again = client.post(link, data={"password": PASSWORD, "password_again": PASSWORD})
    assert again.status_code == 422
    assert signs_in(app, NEW)
    [told] = mailbox.new()
    assert told["Subject"] == "Your password was changed"


def test_it_ends_all_sessions_and_the_other_links_and_forgets_browsers(
    client, user, sign_in, mailbox, ask, now, alter
):
    thief = sign_in(user)
    for _ in range(2):
        ask_for_link(client)
    first, second = (link_in(message) for message in mailbox.new())
    alter(insert(KnownDevice).values(user_id=user.id, token_hash="x", created_at=now, used_at=now))

    client.post(second, data=TYPED)

    assert thief.get("/tasks").status_code == 303
    assert client.get(first).status_code == client.post(first, data=TYPED).status_code == 422
    # Known is only the browser in which the link was used.
    known = ask(select(KnownDevice.token_hash))
    assert len(known) == 1
    assert "x" not in known
    kinds = [event.kind for event in ask(select(AccountEvent).order_by(AccountEvent.id))]
    assert kinds[-3:] == ["reset_asked", "reset_asked", "password_changed"]


def test_a_known_and_an_unknown_address_are_answered_alike(app, user, mailbox, ask):
    known, unknown, answers = app.test_client(), app.test_client(), []

    addresses = ["physicist@example.org", "no-one-at@example.org"]  # equally long

    for browser, address in zip((known, unknown), addresses, strict=True):
        answers.append((seen(ask_for_link(browser, address), address), seen(browser.get(SENT), address)))

    assert answers[0] == answers[1]
    queued = [(mail.user_id, mail.state) for mail in ask(select(Mail))]
    assert queued == [(None, "waiting")] * 2
    assert [message["To"] for message in mailbox.new()] == ["physicist@example.org"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("password", "again", "field", "words"),
    [
        ("", "", "password", "This must be filled in."),
        ("short", "short", "password", "Too short"),
        (NEW, "differs", "password_again", "The two passwords differ."),
        ("physicist spd", "physicist spd", "password", "anybody here would try"),
    ],
)
def test_a_refused_password_leaves_the_link_good(app, client, user, mailbox, password, again, field, words):
    ask_for_link(client)
    link = mailbox.link()

    answer = client.post(link, data={"password": password, "password_again": again})

    assert answer.status_code == 422
    assert words in read(answer).one(id=f"errors-{field}").text
    assert signs_in(app, PASSWORD)
    assert client.post(link, data=TYPED).status_code == 303


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_link_lives_an_hour(client, user, mailbox, ask, alter):
    ask_for_link(client)
    link = mailbox.link()
    [row] = ask(select(MailLink))

    alter(update(MailLink).values(expires_at=datetime.now(UTC)))

    assert (row.expires_at - row.created_at).total_seconds() == 3600
    assert client.post(link, data=TYPED).status_code == 422


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_has_the_mail_owns_the_address(app, client, user, mailbox, alter, ask):
    alter(update(User).values(email_confirmed_at=None))
    ask_for_link(client)

    client.post(mailbox.link(), data=TYPED)

    assert ask(select(User))[0].email_confirmed_at is not None
    assert signs_in(app, NEW)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_disabled_person_sets_no_password(app, client, user, mailbox, alter):
    ask_for_link(client)
    link = mailbox.link()
    alter(update(User).values(is_disabled=True))

    assert client.get(link).status_code == 422
    assert client.post(link, data=TYPED).status_code == 422
    ask_for_link(client)
    assert mailbox.new() == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("address", ["physicist@example.org", "nobody@example.org"])
def test_a_mailbox_is_not_filled_by_our_hand(client, user, mailbox, address):
    answers = [ask_for_link(client, typed) for typed in [address, address.title()] * 4]

    assert [answer.status_code for answer in answers] == [303] * 5 + [422] * 3
    assert "Too many mails were asked for lately." in read(answers[-1]).one(role="alert").text
    assert len(mailbox.new()) == (5 if address.startswith(user.username) else 0)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_is_shut_out_of_it_by_mails_of_another_kind(client, user, new_person, mailbox):
    client.post("/register", data=new_person(email=user.email))
    for _ in range(10):
        client.post("/register/again")
    mailbox.new()

    assert ask_for_link(client).location == SENT
    assert mailbox.only()["Subject"] == "Set a new password"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_link_leads_to_our_address_whatever_host_was_asked(client, user, mailbox):
    headers = {"Host": "localhost:9", "X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}
    client.post("/forgotten", data={"email": user.email}, headers=headers)

    text = mailbox.only().as_string()

    assert set(re.findall(r"https?://[\w.-]+(?::\d+)?", text)) == {"http://127.0.0.1:8080"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_typing_error_is_told(client, mailbox):
    answer = client.post("/forgotten", data={"email": "physicist"})

    assert answer.status_code == 422
    assert "does not look like an e-mail address" in read(answer).one(id="errors-email").text
    assert client.get(SENT).location == "/forgotten"
    assert mailbox.new() == []
