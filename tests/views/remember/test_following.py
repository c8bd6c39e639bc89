"""The button that follows a task, and the preferences about it."""

import pytest
from sqlalchemy import select

from app.models import TaskFollower, User
from tests.views.reading import read


def follow_form(answer):
    return read(answer).one(id="follow")


def test_the_button_follows_and_ends_it(sign_in, make_task, ask):
    task, viewer = make_task("queued"), sign_in("viewer")
    said = []

    for _ in "123":
        form = follow_form(viewer.get(f"/tasks/{task.id}"))
        said.append(form.text)
        answer = viewer.post(form.attributes["action"], data=dict(form.sent()))
        assert (answer.status_code, answer.location) == (303, f"/tasks/{task.id}")

    assert said == ["Follow 1 follower", "Do not follow 2 followers", "Follow 1 follower"]
    assert {row.user_id for row in ask(select(TaskFollower))} == {task.creator_id, viewer.user.id}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_profile_says_whether_own_tasks_are_followed_and_mentions_mailed(browser, ask):
    form = read(browser.get("/profile")).one("form", action="/profile")
    sent = dict(form.sent())
    assert {"mail_mentions", "follow_own"} <= set(sent)

    browser.post("/profile", data={name: value for name, value in sent.items() if name != "mail_mentions"})

    [user] = ask(select(User))
    assert (user.mail_mentions, user.follow_own) == (False, True)
    shown = dict(read(browser.get("/profile")).one("form", action="/profile").sent())
    assert ("mail_mentions" in shown, "follow_own" in shown) == (False, True)
