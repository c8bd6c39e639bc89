"""Mails are in the language that a person chose, else in the one they last read the service in."""

import pytest
from sqlalchemy import select, update

from app.models import User
from tests.conftest import PASSWORD
from tests.views.reading import read

RUSSIAN = {"Accept-Language": "ru"}


def subjects(mailbox):
    return [message["Subject"] for message in mailbox.new()]


def change_role(sign_in, person, role):
    sign_in("admin").post(f"/people/{person.id}/role", data={"role": role, "seen": person.given_role or ""})


def test_who_registered_on_a_russian_page_gets_russian_mails(client, new_person, mailbox, sign_in, ask):
    client.post("/register", data=new_person(), headers=RUSSIAN)
    client.post(mailbox.link())
    [person] = ask(select(User))

    change_role(sign_in, person, "manager")

    assert (person.language, person.seen_language) == (None, "ru")
    assert subjects(mailbox) == ["Ваша роль изменена"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_last_sign_in_counts_and_a_choice_counts_more(client, make_user, mailbox, sign_in, alter, ask):
    user = make_user("viewer")
    for language in ("ru", "en", "ru"):
        typed = {"username": user.username, "password": PASSWORD}
        client.post("/sign-in", data=typed, headers={"Accept-Language": language})
    change_role(sign_in, user, "manager")
    russian = subjects(mailbox)

    alter(update(User).where(User.id == user.id).values(language="en", given_role="viewer", role="viewer"))
    change_role(sign_in, user, "manager")

    assert russian == ["Ваша роль изменена"]
    assert subjects(mailbox) == ["Your role was changed"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_greeting_is_in_the_language_of_its_page_and_names_somebody(client, make_user, alter):
    user = make_user("viewer")
    alter(update(User).values(language="ru", first_name="", last_name=""))

    client.post("/sign-in", data={"username": user.username, "password": PASSWORD})

    page = read(client.get("/tasks"))
    assert page.one("html").attributes["lang"] == "ru"
    assert page.one(id="messages").text == f"Добро пожаловать, {user.username}."
