"""The pages about oneself: what a person may change, and what that does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.models import User, UserSession
from tests.conftest import PASSWORD
from tests.mailbox import link_in
from tests.views.alike import seen
from tests.views.reading import read

NEW = "another one of tests"
CHANGE = {"old_password": PASSWORD, "password": NEW, "password_again": NEW}
PROFILE = {
    "first_name": "Ада",
    "last_name": "O'Neil",
    "language": "ru",
    "time_zone": "Asia/Tokyo",
    "theme": "dark",
}


def signs_in(app, username, password):
    typed = {"username": username, "password": password}
    return app.test_client().post("/sign-in", data=typed).status_code == 303


def test_names_and_preferences_are_kept_and_count_at_once(sign_in, ask):
    browser = sign_in("physicist")

    answer = browser.post("/profile", data=PROFILE)

    assert (answer.status_code, answer.location) == (303, "/profile")
    page = read(browser.get("/profile"))
    assert "Профиль сохранён." in page.one(id="messages").text
    shown = page.one("form", action="/profile")
    assert {name: shown.value(name) for name in PROFILE} == PROFILE
    assert page.one("html").attributes["lang"] == "ru"
    [user] = ask(select(User))
    assert {name: getattr(user, name) for name in PROFILE} == PROFILE


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_empty_choice_follows_browser_and_service(sign_in, ask):
    browser = sign_in("physicist")
    browser.post("/profile", data=PROFILE)

    browser.post("/profile", data=PROFILE | {"language": "", "time_zone": "", "theme": "auto"})

    [user] = ask(select(User))
    assert (user.language, user.time_zone, user.theme) == (None, None, "auto")
    assert read(browser.get("/profile")).one("html").attributes["lang"] == "en"


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("first_name", ""), ("last_name", "x" * 101), ("first_name", "\u200b"),
        ("language", "de"), ("time_zone", "Mars/Olympus"), ("time_zone", "../../etc/passwd"),
        ("theme", "pink"),
    ],
)  # fmt: skip
def test_what_is_no_choice_is_refused_at_its_field(sign_in, ask, name, typed):
    browser = sign_in("physicist")

    answer = browser.post("/profile", data=PROFILE | {name: typed})

    assert answer.status_code == 422
    assert read(answer).has(id=f"errors-{name}")
    assert ask(select(User))[0].first_name == "Test"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_times_are_shown_in_the_zone_of_the_person(sign_in, make_task, alter):
    browser = sign_in("physicist")
    task = make_task("queued")
    browser.post("/profile", data=PROFILE | {"language": "en"})

    with time_machine.travel(task.created_at + timedelta(days=3), tick=False):
        alter(update(UserSession).values(created_at=datetime.now(UTC), active_at=datetime.now(UTC)))
        page = browser.get(f"/tasks/{task.id}").text

    assert f"{task.created_at.astimezone(UTC) + timedelta(hours=9):%H:%M}" in page


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_changes_more_than_their_own_names_and_preferences(sign_in, make_user, ask):
    other, browser = make_user("viewer"), sign_in("viewer")
    before = {user.id: (user.username, user.role, user.given_role, user.email) for user in ask(select(User))}
    forged = {
        "id": str(other.id), "user_id": str(other.id), "username": "admin", "role": "admin",
        "given_role": "admin", "email": "x@example.org", "is_disabled": "", "password_hash": "x",
    }  # fmt: skip

    browser.post("/profile", data=PROFILE | forged)

    after = {user.id: (user.username, user.role, user.given_role, user.email) for user in ask(select(User))}
    assert after == before
    assert {user.id: user.first_name for user in ask(select(User))}[other.id] == "Test"


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "given by an administrator"),
        ({"given_role": None, "group_role": "manager"}, "given by your groups at spd-iam"),
        ({"given_role": None}, "the role of every new account"),
    ],
)
def test_a_person_sees_their_role_and_why_they_have_it(sign_in, alter, values, words):
    browser = sign_in("manager")
    if values:
        alter(update(User).values(**values))

    page = read(browser.get("/profile")).one("main").text

    assert f"production manager {words}" in page
    assert "For another role ask an administrator of this service." in page


def test_a_changed_password_ends_the_other_sessions_and_renews_this_one(app, sign_in, mailbox):
    browser = sign_in("physicist")
    other, copy = sign_in(browser.user), app.test_client()
    copy.set_cookie("spd", browser.get_cookie("spd").value)

    answer = browser.post("/profile/password", data=CHANGE)

    assert (answer.status_code, answer.location) == (303, "/profile/password")
    assert [b.get("/tasks").status_code for b in (browser, other, copy)] == [200, 303, 303]
    username = browser.user.username
    assert (signs_in(app, username, NEW), signs_in(app, username, PASSWORD)) == (True, False)
    message = mailbox.only()
    assert (message["To"], message["Subject"]) == (browser.user.email, "Your password was changed")


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"old_password": "wrong"}, "old_password", "This is not your current password."),
        ({"old_password": ""}, "old_password", "This must be filled in."),
        ({"old_password": NEW}, "password", "This is what you gave as the current password."),
        ({"password_again": "differs"}, "password_again", "The two passwords differ."),
        ({"password": "qwertyuiop[]", "password_again": "qwertyuiop[]"}, "password", "Too easy to guess"),
    ],
)
def test_a_refused_password_changes_nothing(app, sign_in, mailbox, change, field, words):
    browser = sign_in("physicist")

    answer = browser.post("/profile/password", data=CHANGE | change)

    assert answer.status_code == 422
    assert words in read(answer).one(id=f"errors-{field}").text
    assert PASSWORD not in answer.text
    assert NEW not in answer.text
    assert signs_in(app, browser.user.username, PASSWORD)
    assert mailbox.new() == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_old_password_cannot_be_guessed_in_a_stolen_session(sign_in):
    browser = sign_in("physicist")

    for _ in range(10):
        browser.post("/profile/password", data=CHANGE | {"old_password": "wrong"})
    answer = browser.post("/profile/password", data=CHANGE)

    assert answer.status_code == 422
    assert "Too many tries." in read(answer).one(id="errors-old_password").text


def test_a_new_address_counts_when_the_link_sent_there_is_used(sign_in, mailbox, ask):
    browser = sign_in("physicist")
    old = browser.user.email

    answer = browser.post("/profile/email", data={"email": "New@Example.org"})

    assert (answer.status_code, answer.location) == (303, "/profile/email")
    assert ask(select(User))[0].email == old
    message = mailbox.only()
    assert (message["To"], message["Subject"]) == ("new@example.org", "Confirm your new e-mail address")
    link = link_in(message)
    assert "is to get the address new@example.org" in browser.get(link).text
    assert ask(select(User))[0].email == old
    assert browser.post(link).location == "/profile/email"
    assert ask(select(User))[0].email == "new@example.org"
    told = mailbox.only()
    assert (told["To"], told["Subject"]) == (old, "Your e-mail address was changed")
    assert browser.post(link).status_code == 422


def test_an_address_that_somebody_has_is_answered_like_a_free_one(sign_in, make_user, mailbox, ask):
    other, browser = make_user("manager", "manager"), sign_in("physicist")

    browser.get("/profile/email")  # takes the greeting away
    answers = []
    for address in ("freebie@example.org", other.email):  # equally long
        mailbox.new()
        answer = browser.post("/profile/email", data={"email": address})
        answers.append((seen(answer, address), seen(browser.get("/profile/email"), address)))

    assert answers[0] == answers[1]
    message = mailbox.only()
    assert (message["To"], message["Subject"]) == (other.email, "You have an account already")
    assert "Hello manager," in message.get_body(("plain",)).get_content()
    assert {user.email for user in ask(select(User))} == {other.email, browser.user.email}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_address_that_was_taken_meanwhile_is_not_given_twice(sign_in, make_user, mailbox, ask):
    browser = sign_in("physicist")
    browser.post("/profile/email", data={"email": "manager@example.org"})
    link = mailbox.link()
    make_user("manager", "manager")

    answer = browser.post(link)

    assert answer.status_code == 422
    assert browser.user.email in {user.email for user in ask(select(User))}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_link_that_went_to_the_old_address_opens_nothing_any_more(client, sign_in, mailbox):
    browser = sign_in("physicist")
    client.post("/forgotten", data={"email": browser.user.email})
    reset = mailbox.link()
    browser.post("/profile/email", data={"email": "new@example.org"})

    browser.post(mailbox.link())

    assert client.get(reset).status_code == 422


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("typed", "words"), [("nothing", "does not look like"), ("{own}", "This is your address already.")]
)
def test_an_address_that_cannot_be_is_refused(sign_in, mailbox, typed, words):
    browser = sign_in("physicist")

    answer = browser.post("/profile/email", data={"email": typed.format(own=browser.user.email)})

    assert answer.status_code == 422
    assert words in read(answer).one(id="errors-email").text
    assert mailbox.new() == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_comes_by_the_identity_provider_is_told_where_these_are_changed(sign_in, alter, mailbox, ask):
    browser = sign_in("physicist")
    alter(update(User).values(password_hash=None))

    for path, typed in (("/profile/password", CHANGE), ("/profile/email", {"email": "new@example.org"})):
        page = read(browser.get(path)).one("main")
        assert "spd-iam" in page.text
        assert not page.has("form")
        assert browser.post(path, data=typed).status_code == 422
    assert ask(select(User))[0].password_hash is None
    assert mailbox.new() == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("path", ["/profile/password", "/profile/email"])
def test_what_guards_an_account_asks_for_a_fresh_proof(app, path):
    endpoint = {"/profile/password": "profile.password", "/profile/email": "profile.email"}[path]

    assert app.view_functions[endpoint].needs_proof


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_name_in_the_bar_leads_to_the_profile(sign_in):
    browser = sign_in("physicist")

    link = read(browser.get("/tasks")).one("a", class_="bar-person-name")

    assert link.attributes["href"] == "/profile"
    assert browser.user.username in link.text
