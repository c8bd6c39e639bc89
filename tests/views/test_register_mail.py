"""Who registers waits for a mail: its link opens the account, and nobody learns whose address is known."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.models import MailLink, User
from tests.conftest import PASSWORD
from tests.mailbox import link_in
from tests.views.alike import seen
from tests.views.reading import read

WAITING = "/register/waiting"


def test_who_registers_waits_for_a_mail_and_is_not_signed_in(app, client, new_person, ask):
    answer = client.post("/register", data=new_person())

    assert (answer.status_code, answer.location) == (303, WAITING)
    page = read(client.get(WAITING)).one("main").text
    assert "A message was sent to stranger@example.org." in page
    assert f"mails are files in the folder {app.instance_path}/mail." in page
    assert "has the role “viewer”. For another one ask an administrator of this service." in page
    assert client.get("/tasks").status_code == 303
    [user] = ask(select(User))
    assert (user.role, user.given_role, user.email_confirmed_at) == ("viewer", None, None)


def test_the_link_in_the_mail_opens_the_account(client, new_person, mailbox):
    client.post("/register", data=new_person())
    message = mailbox.only()
    link = link_in(message)

    page = read(client.get(link)).one("main").text
    answer = client.post(link)

    assert (message["To"], message["Subject"]) == ("stranger@example.org", "Confirm your e-mail address")
    assert "Was that you?" in page
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert "Your address is confirmed." in read(client.get("/sign-in")).one(id="messages").text
    signed_in = client.post("/sign-in", data={"username": "stranger", "password": PASSWORD})
    assert signed_in.location == "/tasks"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_looking_at_a_link_changes_nothing(client, new_person, mailbox, ask):
    client.post("/register", data=new_person())
    link = mailbox.link()

    pages = [client.get(link), client.head(link), client.get(link)]

    assert [page.status_code for page in pages] == [200] * 3
    assert {"stranger", "Some Stranger"} <= {fact.text for fact in read(pages[0]).all("dd")}
    assert ask(select(User))[0].email_confirmed_at is None
    assert client.post(link).status_code == 303


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_link_that_is_used_old_or_made_up_says_so(client, new_person, mailbox, alter, ask):
    client.post("/register", data=new_person())
    link = mailbox.link()
    paths = [
        link[:-1],
        link.replace("confirm", "password"),
        link.replace("confirm", "email"),
        "/link/confirm",
    ]
    alter(update(MailLink).values(expires_at=datetime.now(UTC)))

    for path in [link, *paths, f"{link}%00", "/link/confirm?token=%F0%9F%9A%80%00"]:
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 422
            assert "This link no longer works" in answer.text

    assert ask(select(User))[0].email_confirmed_at is None


def test_who_is_not_confirmed_is_told_so_only_with_the_right_password(client, new_person, mailbox):
    client.post("/register", data=new_person())
    first = mailbox.link()

    wrong = client.post("/sign-in", data={"username": "stranger", "password": "wrong"})
    right = client.post("/sign-in", data={"username": "stranger", "password": PASSWORD})
    again = client.post("/register/again")

    assert wrong.status_code == 422
    assert "The username or the password is wrong." in wrong.text
    assert (right.location, again.location) == (WAITING, WAITING)
    assert "is not confirmed yet" in read(client.get(WAITING)).one(id="messages").text
    assert client.get("/tasks").status_code == 303
    second = mailbox.link()
    assert first != second
    assert client.post(first).status_code == 303  # the one that came first works too


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_mail_is_not_sent_again_without_end(client, new_person, mailbox):
    client.post("/register", data=new_person())

    for _ in range(10):
        client.post("/register/again")

    assert "Too many mails were asked for lately." in client.get(WAITING).text
    assert len(mailbox.new()) == 5


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_waits_for_a_mail_without_registering(client, mailbox):
    assert client.get(WAITING).location == "/register"
    assert client.post("/register/again").location == WAITING
    assert mailbox.new() == []


def test_a_known_address_is_answered_like_a_fresh_one(app, new_person, mailbox, ask):
    fresh, known = app.test_client(), app.test_client()
    address = "stranger@example.org"

    first = fresh.post("/register", data=new_person())
    mailbox.new()
    second = known.post("/register", data=new_person(username="other", email=address.upper()))

    assert seen(first, address) == seen(second, address)
    assert seen(fresh.get(WAITING), address) == seen(known.get(WAITING), address)
    message = mailbox.only()
    assert (message["To"], message["Subject"]) == (address, "You have an account already")
    assert [user.email_confirmed_at for user in ask(select(User))] == [None, None]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_no_later_step_tells_whether_the_address_has_an_account(
    app, make_user, new_person, mailbox, ask, now
):
    make_user("physicist", "known")
    told = []
    for address in ("known@example.org", "fresh@example.org"):
        browser, name = app.test_client(), f"new-{address[:5]}"
        typed = new_person(username=name, email=address, password="what nobody else has")
        answers = [browser.post("/register", data=typed)]
        mails = mailbox.new()
        later = app.test_client()
        for called in (name, address):
            answers.append(later.post("/sign-in", data=typed | {"username": called}))
        answers += [later.get(WAITING), later.post("/register/again"), later.get(WAITING)]
        mails += mailbox.new()
        answers.append(app.test_client().post("/register", data=typed | {"email": f"x{address}"}))
        told.append([seen(answer, address, name) for answer in answers])
        assert {message["To"] for message in mails} == {address}
        assert len(mails) == 2

    assert told[0] == told[1]
    assert [status for status, _text, _headers in told[0]] == [303, 303, 422, 200, 303, 200, 422]
    for ahead in (23, 25):
        mailbox.tidy_up(now + timedelta(hours=ahead))
        left = {user.username for user in ask(select(User))}
        assert {"new-known", "new-fresh"} - left == (set() if ahead == 23 else {"new-known", "new-fresh"})
