"""Registering: what is asked, what is refused, what is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.models import User
from app.services import password_rules
from tests.conftest import PASSWORD
from tests.views.reading import read

WAITING = "/register/waiting"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_too_many_registrations_from_one_place_are_refused(app, new_person, ask):
    app.config["MAILS_PER_ADDRESS_AND_HOUR"] = 3

    answers = [
        app.test_client().post("/register", data=new_person(username=f"p{n}00", email=f"p{n}@example.org"))
        for n in range(5)
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 422, 422]
    assert "Too many mails were asked for lately." in answers[-1].text
    assert len(ask(select(User))) == 3


@pytest.fixture
def judged(monkeypatch):
    """Passwords that were judged: that takes long."""
    found, real = [], password_rules.zxcvbn
    monkeypatch.setattr(
        password_rules, "zxcvbn", lambda password, **more: found.append(password) or real(password, **more)
    )
    return found


WEAK = "password1234"


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    "wrong", [{"username": "NO NAME"}, {"first_name": "x" * 470_000}, {"password_again": "differs"}]
)
def test_a_password_is_judged_only_where_the_rest_is_right(client, new_person, judged, wrong):
    assert client.post("/register", data=new_person(password=WEAK) | wrong).status_code == 422
    assert judged == []

    assert client.post("/register", data=new_person(password=WEAK)).status_code == 422
    assert set(judged) >= {WEAK}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_passwords_judged_for_one_network_are_few(app, client, new_person, judged):
    app.config["MAILS_PER_ADDRESS_AND_HOUR"] = 1
    answers = [client.post("/register", data=new_person(password=WEAK)) for _ in range(6)]

    assert ["Too easy to guess" in answer.text for answer in answers] == [True] * 4 + [False] * 2
    assert "Too many mails were asked for lately." in answers[-1].text
    assert judged.count(WEAK) == 4


def test_an_account_that_is_never_confirmed_is_deleted(client, new_person, mailbox, ask, now):
    client.post("/register", data=new_person())
    in_time, too_late = now + timedelta(hours=23), now + timedelta(hours=25)

    mailbox.tidy_up(too_late)
    assert len(ask(select(User))) == 1, "its mail still waits: the mail server may be away"
    mailbox.new()
    mailbox.tidy_up(in_time)
    assert len(ask(select(User))) == 1
    mailbox.tidy_up(too_late)

    assert ask(select(User)) == []


def test_the_housekeeping_deletes_nobody_who_is_confirmed(client, make_user, mailbox, ask, now, alter):
    make_user()
    from_iam = make_user()
    alter(update(User).where(User.id == from_iam.id).values(password_hash=None, email_confirmed_at=None))

    mailbox.tidy_up(now + timedelta(days=400))

    assert len(ask(select(User))) == 2


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
        ("password", "short", "Too short: 5 characters of at least 12."),
        ("password", "the stranger one", "anybody here would try: stranger."),
        ("password", "password1234", "Too easy to guess"),
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


def test_a_username_is_taken_once(client, new_person, ask):
    client.post("/register", data=new_person())

    answer = client.post("/register", data=new_person(email="other@example.org"))

    assert answer.status_code == 422
    assert "taken" in read(answer).one(id="errors-username").text
    assert len(ask(select(User))) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_second_of_two_clicks_waits_as_the_first_does(app, client, new_person, ask, mailbox):
    client.post("/register", data=new_person())

    answer = app.test_client().post("/register", data=new_person())  # with the cookie from before the first
    other = client.post("/register", data=new_person(password="another one of tests"))

    assert (answer.status_code, answer.location, other.status_code) == (303, WAITING, 422)
    assert len(ask(select(User))) == len(mailbox.new()) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_chooses_their_own_role(client, new_person, ask):
    forged = {"role": "admin", "given_role": "admin", "email_confirmed_at": "now", "password_hash": "x"}

    client.post("/register", data=new_person() | forged)

    [user] = ask(select(User))
    assert (user.role, user.given_role, user.email_confirmed_at) == ("viewer", None, None)


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
