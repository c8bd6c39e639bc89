"""Registering: what is asked, what is refused, what is kept."""

import re

import pytest
from sqlalchemy import select

from app.models import User
from tests.conftest import PASSWORD
from tests.views.reading import read


def test_somebody_who_registers_is_signed_in_as_a_viewer(client, new_person, ask):
    answer = client.post("/register", data=new_person())

    assert (answer.status_code, answer.location) == (303, "/tasks")
    assert "Welcome, Some Stranger." in read(client.get("/tasks")).one(id="messages").text
    assert [user.role for user in ask(select(User))] == ["viewer"]


def test_a_password_is_stored_as_an_argon2id_hash(client, new_person, ask):
    client.post("/register", data=new_person())

    [user] = ask(select(User))
    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in user.password_hash


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("username", "", "This must be filled in."),
        ("username", "ab", "3 to 64 small Latin letters"),
        ("username", "Casper", "3 to 64 small Latin letters"),
        ("username", "ca sper", "3 to 64 small Latin letters"),
        ("username", "каспер", "3 to 64 small Latin letters"),
        ("username", "a" * 65, "3 to 64 small Latin letters"),
        ("username", "casper\n", None),
        ("first_name", "", "This must be filled in."),
        ("first_name", "   ", "This must be filled in."),
        ("first_name", "\u200b\u202e\x00", "This must be filled in."),
        ("last_name", "x" * 101, "At most 100 characters."),
        ("email", "somebody", "does not look like an e-mail address"),
        ("email", "somebody@localhost", "does not look like an e-mail address"),
        ("email", "two words@example.org", "does not look like an e-mail address"),
        ("email", "<script>@example.org", "does not look like an e-mail address"),
        ("email", "a@example.org, b@example.org", "does not look like an e-mail address"),
        ("email", "a@example.org\nBcc: b@example.org", "does not look like an e-mail address"),
        ("email", "İ" * 120 + "@example.org", "does not look like an e-mail address"),
        ("email", "a" * 250 + "@example.org", "At most 254 characters."),
        ("email", "o'neil+spd@mail.example.org", None),
        ("password", "short", "At least 12 characters."),
        ("password", "the stranger one", "must not hold the username"),
        ("password", "p" * 1001, "At most 1000 characters."),
        ("password_again", "another password", "The two passwords differ."),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_error_stands_at_its_field(client, new_person, name, typed, words):
    answer = client.post("/register", data=new_person(**{name: typed}))

    if words is None:
        assert answer.status_code == 303
    else:
        assert answer.status_code == 422
        assert words in read(answer).one(id=f"errors-{name}").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_was_typed_stays_but_for_the_passwords(client, new_person):
    typed = new_person(username="No Such Name", first_name='"><i>Zoë</i>', password="Secret-Secret-1")

    page = read(client.post("/register", data=typed))

    form = page.one("form", action="/register")
    shown = dict(form.sent())
    assert {name: shown[name] for name in ("username", "first_name", "last_name", "email")} == {
        name: typed[name] for name in ("username", "first_name", "last_name", "email")
    }
    assert shown["password"] == shown["password_again"] == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "other@example.org"}, "username"),
        ({"username": "other"}, "email"),
        ({"username": "other", "email": "STRANGER@Example.org"}, "email"),
    ],
)
def test_a_username_and_an_address_are_taken_once(client, new_person, ask, changes, field):
    client.post("/register", data=new_person())

    answer = client.post("/register", data=new_person(**changes))

    assert answer.status_code == 422
    assert re.search("taken|has an account", read(answer).one(id=f"errors-{field}").text)
    assert len(ask(select(User))) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_chooses_their_own_role(client, new_person, ask):
    forged = {"role": "admin", "is_disabled": "", "id": "1", "password_hash": "x"}

    client.post("/register", data=new_person() | forged)

    assert [user.role for user in ask(select(User))] == ["viewer"]


class TestWithAnotherRole:
    @pytest.fixture
    def settings(self):
        return {"NEW_ACCOUNT_ROLE": "physicist"}

    @pytest.mark.parametrize("database_kind", ["sqlite"])
    def test_the_settings_say_which_role_a_new_account_has(self, client, new_person, ask):
        page = client.get("/register")
        client.post("/register", data=new_person())

        assert "has the role “physicist”" in page.text
        assert [user.role for user in ask(select(User))] == ["physicist"]
