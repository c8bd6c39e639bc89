"""Who follows a task: who made it by default, and whoever wants to."""

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import TaskFollower, User
from app.services.followers import count_followers, follow, is_following, unfollow
from app.services.problems import NotFound
from app.services.tasks import delete_draft


@pytest.fixture
def other(app, make_user):
    user_id = make_user("viewer").id
    return lambda: db.session.get_one(User, user_id)


def test_who_makes_a_task_follows_it(make_task, app_context):
    task = make_task("draft")
    db.session.rollback()

    assert [row.user_id for row in db.session.scalars(select(TaskFollower))] == [task.creator_id]


def test_who_does_not_want_that_does_not(make_user, make_task, app_context):
    user = make_user("physicist")
    db.session.execute(update(User).where(User.id == user.id).values(follow_own=False))
    db.session.commit()

    task = make_task("draft", creator=db.session.get_one(User, user.id))
    db.session.rollback()

    assert count_followers(task.id) == 0


def test_following_twice_is_once_and_ends_at_once(make_task, other, app_context, now):
    task = make_task("queued")
    db.session.rollback()
    for _ in "12":
        follow(task.id, other(), now)
    seen = (is_following(task.id, other()), count_followers(task.id))

    for _ in "12":
        unfollow(task.id, other())

    assert seen == (True, 2)
    assert (is_following(task.id, other()), count_followers(task.id)) == (False, 1)


def test_two_clicks_at_once_are_one(at_once, make_task, other, now):
    task = make_task("queued")

    results = at_once(*[lambda: follow(task.id, other(), now)] * 4)

    assert results == [None] * 4


@pytest.mark.parametrize(
    "act", [lambda *who: follow(*who), lambda task_id, user, _now: unfollow(task_id, user)]
)
def test_a_draft_of_somebody_else_is_not_there(make_task, other, app_context, now, act):
    draft = make_task("draft")
    db.session.rollback()

    with pytest.raises(NotFound):
        act(draft.id, other(), now)

    assert count_followers(draft.id) == 1


def test_a_deleted_draft_is_followed_no_more(make_task, app_context):
    task = make_task("draft")
    db.session.rollback()

    delete_draft(task.id, db.session.get_one(User, task.creator_id), 1)

    assert db.session.scalars(select(TaskFollower)).all() == []
