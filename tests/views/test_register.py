"""Registering: what is asked, what is refused, what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.models import MailLink, User
from app.services import password_rules
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
