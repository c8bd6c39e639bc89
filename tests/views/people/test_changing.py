"""What an admin changes about people, and how it is told."""

import pytest
from sqlalchemy import select, update

from app.models import AccountEvent, User
from tests.conftest import PASSWORD
from tests.views.people.seen import said
from tests.views.reading import read


def test_a_new_role_counts_at_once(admin, sign_in, press):
    browser = sign_in("viewer")
    assert browser.get("/tasks/new").status_code == 403

    page = press(browser.user.id, "/role", role="physicist")

    assert "The role is now: physicist." in said(page)
    assert browser.get("/tasks/new").status_code == 200
    assert "viewer → physicist" in read(page).one(id="events").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_same_role_again_is_no_change(press, make_user, ask, mailbox):
    user = make_user("viewer")
    before = len(ask(select(AccountEvent)))

    page = press(user.id, "/role", role="viewer")

    assert "The role was viewer already. Nothing was changed." in said(page)
    assert len(ask(select(AccountEvent))) == before
    assert mailbox.new() == []


def test_the_role_can_be_left_to_the_groups(press, make_user, alter, ask):
    user = make_user("viewer")
    alter(update(User).where(User.id == user.id).values(group_role="manager"))

    page = press(user.id, "/role", role="groups")

    assert "The role is now: production manager." in said(page)
    assert "as the groups of spd-iam say (now: production manager)" in read(page).one(id="role").text
    [row] = ask(User.__table__.select().with_only_columns(User.given_role).where(User.id == user.id))
    assert row is None


def test_disabling_ends_what_the_person_has_open(press, sign_in, app):
    browser = sign_in("physicist")
    assert browser.get("/tasks").status_code == 200

    page = press(browser.user.id, "/disable", reason=" left the\r\nexperiment ")

    assert said(page) == "The account is disabled. 1 session was ended."
    assert "left the experiment" in read(page).one(id="person-facts").text
    assert browser.get("/tasks").location == "/sign-in?next=/tasks"
    again = app.test_client().post("/sign-in", data={"username": browser.user.username, "password": PASSWORD})
    assert again.status_code == 422


def test_who_is_enabled_again_signs_in_again(press, sign_in):
    browser = sign_in("physicist")

    press(browser.user.id, "/disable", reason="by mistake")
    page = press(browser.user.id, "/enable")

    assert "is enabled" in said(page)
    assert browser.get("/tasks").status_code == 303
    assert sign_in(browser.user).get("/tasks").status_code == 200


def test_sessions_are_ended(press, sign_in, make_user):
    user = make_user("physicist")
    browsers = [sign_in(user), sign_in(user)]

    page = press(user.id, "/end-sessions")

    assert said(page) == "2 sessions were ended."
    assert [browser.get("/tasks").status_code for browser in browsers] == [303, 303]
    assert "Signed in now nowhere" in read(page).one(id="person-facts").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("end", "typed", "words"),
    [
        ("disable", {"reason": " \t\u200b "}, "Say why"),
        ("disable", {"reason": "x" * 251}, "At most 250 characters."),
        ("role", {}, "Choose a role."),
        ("role", {"role": "emperor"}, "Choose one of the roles listed."),
    ],
)
def test_what_is_missing_is_said_at_its_field(admin, make_user, ask, end, typed, words):
    user = make_user("physicist")

    answer = admin.post(f"/people/{user.id}/{end}", data=typed)

    assert answer.status_code == 422
    assert words in read(answer).one(class_="problem-summary").text
    assert read(answer).one(id="preferences").value("next_url") == f"/people/{user.id}"
    assert (typed.get("reason") or "").strip("\u200b \t") in answer.text
    [now] = ask(User.__table__.select().with_only_columns(User.role).where(User.id == user.id))
    assert now == "physicist"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_old_page_changes_nothing_and_says_so(admin, make_user):
    user = make_user("physicist")

    answer = admin.post(f"/people/{user.id}/role", data={"role": "admin", "seen": "viewer"})

    page = admin.get(answer.location)
    assert "changed meanwhile" in said(page)
    assert "physicist" in read(page).one(id="person-facts").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_ones_own_account_has_no_buttons_and_takes_no_change(admin):
    page = admin.get(f"/people/{admin.user.id}")
    assert "This is your own account" in page.text
    assert not read(page).has(id="person-access")

    for end, typed in (
        ("role", {"role": "viewer", "seen": "admin"}), ("disable", {"reason": "why"}), ("end-sessions", {}),
    ):  # fmt: skip
        answer = admin.post(f"/people/{admin.user.id}/{end}", data=typed)
        assert "another administrator must do it" in said(admin.get(answer.location))
    assert admin.get("/people").status_code == 200


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("end", ["role", "disable", "enable", "end-sessions"])
def test_a_change_asks_for_a_fresh_proof(app, end):
    assert app.view_functions[f"people.{end.replace('-', '_').replace('role', 'change_role')}"].needs_proof
