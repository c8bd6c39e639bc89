"""A mistyped address is corrected before its mail has come."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from app.models import User
from tests.mailbox import link_in
from tests.views.alike import seen
from tests.views.reading import read

WAITING = "/register/waiting"


ADDRESS = "/register/address"


def test_a_mistyped_address_is_corrected_and_its_link_is_void(client, new_person, mailbox, ask):
    client.post("/register", data=new_person(email="strangr@example.org"))
    old = mailbox.link()
    client.post("/register/again")  # waits to be sent there, too

    answer = client.post(ADDRESS, data={"email": "Stranger@example.org"})

    assert (answer.status_code, answer.location) == (303, WAITING)
    assert "A message was sent to Stranger@example.org." in read(client.get(WAITING)).one("main").text
    message = mailbox.only()
    assert message["To"] == "stranger@example.org"
    assert client.post(old).status_code == 422
    assert client.post(link_in(message)).status_code == 303
    assert [user.email for user in ask(select(User))] == ["stranger@example.org"]
    assert client.post(ADDRESS, data={"email": "third@example.org"}).status_code == 422
    assert [user.email for user in ask(select(User))] == ["stranger@example.org"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_only_the_browser_that_registered_corrects_the_address(app, client, new_person, ask, alter):
    client.post("/register", data=new_person())
    alter(update(User).values(created_at=datetime.now(UTC)))  # another person has the name by now

    stranger = app.test_client().post(ADDRESS, data={"email": "mine@example.org"})
    of_before = client.post(ADDRESS, data={"email": "mine@example.org"})

    assert (stranger.location, of_before.status_code) == ("/register", 422)
    assert [user.email for user in ask(select(User))] == ["stranger@example.org"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_corrected_address_does_not_tell_whose_it_is(app, make_user, new_person, mailbox):
    make_user("physicist", "known")
    told = []
    for address in ("known@example.org", "fresh@example.org"):
        browser, name = app.test_client(), f"new-{address[:5]}"
        typed = new_person(username=name, email=f"first.{address}", password="what nobody else has")
        browser.post("/register", data=typed)
        mailbox.new()
        answers = [browser.post(ADDRESS, data={"email": address}), browser.get(WAITING)]
        answers += [browser.post(ADDRESS, data={"email": address}), browser.get(WAITING)]
        assert {message["To"] for message in mailbox.new()} == {address}
        answers.append(browser.post("/sign-in", data=typed))
        told.append([seen(answer, address, name) for answer in answers])

    assert told[0] == told[1]
