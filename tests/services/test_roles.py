"""Admins change people: each change is guarded, written down, and an active admin always remains."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.permission import Role
from app.domain.sign_in import Method, Visitor
from app.extensions import db
from app.models import AccountEvent, Mail, User, UserSession
from app.services import roles, sessions
from app.services.problems import NotAllowed, NotFound
from app.services.roles import LastAdmin, NotForOneself, PersonChanged

VISITOR = Visitor("192.0.2.7", "a browser")
TIMES = 3


@pytest.fixture
def people(app, make_user):
    """people(*roles) → ids; each thread reads the rows in a session of its own."""
    return lambda *wanted: [make_user(role).id for role in wanted]


def person(user_id):
    return db.session.get_one(User, user_id)


@pytest.fixture
def seen(app):
    """seen(statement) → rows."""

    def read(statement):
        with app.app_context():
            rows = list(db.session.scalars(statement))
            db.session.expunge_all()
            return rows

    return read


def change(user_id, admin_id, given, now, seen=Role.PHYSICIST, new=Role.VIEWER):
    return roles.change_role(user_id, given, seen, new, person(admin_id), VISITOR, now)


def test_a_role_is_given_written_down_and_told(app, people, seen, now):
    admin, user = people("admin", "physicist")

    with app.app_context():
        assert change(user, admin, Role.MANAGER, now) is Role.MANAGER

    [row] = seen(select(User).where(User.id == user))
    [event] = seen(select(AccountEvent))
    [mail] = seen(select(Mail))
    assert (row.role, row.given_role) == ("manager", "manager")
    assert (event.kind, event.user_id, event.actor_id) == ("role_changed", user, admin)
    assert (event.words, event.address) == ("physicist → manager", "192.0.2.7")
    assert (mail.kind, mail.user_id, json.loads(mail.facts)) == ("role_changed", user, {"role": "manager"})


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("from_groups", "new_account", "expected"),
    [("manager", Role.VIEWER, "manager"), (None, Role.VIEWER, "viewer"), (None, Role.PHYSICIST, "physicist")],
)
def test_without_a_given_role_the_groups_decide(app, people, seen, now, from_groups, new_account, expected):
    admin, user = people("admin", "physicist")

    with app.app_context():
        db.session.execute(update(User).where(User.id == user).values(group_role=from_groups))
        db.session.commit()
        change(user, admin, None, now, new=new_account)

    [row] = seen(select(User).where(User.id == user))
    assert (row.role, row.given_role, row.group_role) == (expected, None, from_groups)
    assert len(seen(select(Mail))) == (expected != "physicist")


def test_a_page_that_is_old_changes_nothing(app, people, seen, now):
    admin, user = people("admin", "physicist")

    with app.app_context(), pytest.raises(PersonChanged):
        change(user, admin, Role.MANAGER, now, seen=Role.VIEWER)
    with app.app_context(), pytest.raises(PersonChanged):
        change(user, admin, Role.MANAGER, now, seen=None)

    assert [row.role for row in seen(select(User).where(User.id == user))] == ["physicist"]
    assert seen(select(AccountEvent)) == seen(select(Mail)) == []


def test_disabling_ends_the_sessions_in_the_same_moment(app, people, seen, now):
    admin, user = people("admin", "physicist")
    limits = sessions.Limits(timedelta(hours=1), {Method.PASSWORD: timedelta(hours=8)})

    with app.app_context():
        token = sessions.begin_session(person(user), Method.PASSWORD, VISITOR, now)
        own = sessions.begin_session(person(admin), Method.PASSWORD, VISITOR, now)
        assert roles.disable(user, "left the experiment", person(admin), VISITOR, now) == 1

        assert sessions.find_session(token, now, limits) is None
        assert sessions.find_session(own, now, limits) is not None
    [event] = seen(select(AccountEvent))
    assert (event.kind, event.words, event.actor_id) == ("disabled", "left the experiment", admin)
    assert len(seen(select(UserSession).where(UserSession.ended_at.is_(None)))) == 1


def test_enabling_lets_in_again_but_brings_back_no_session(app, people, seen, now):
    admin, user = people("admin", "physicist")

    with app.app_context():
        sessions.begin_session(person(user), Method.PASSWORD, VISITOR, now)
        roles.disable(user, "why", person(admin), VISITOR, now)
        with pytest.raises(PersonChanged):
            roles.disable(user, "again", person(admin), VISITOR, now)
        roles.enable(user, person(admin), VISITOR, now)
        with pytest.raises(PersonChanged):
            roles.enable(user, person(admin), VISITOR, now)

    assert [row.is_disabled for row in seen(select(User).where(User.id == user))] == [False]
    assert seen(select(UserSession).where(UserSession.ended_at.is_(None))) == []
    assert [event.kind for event in seen(select(AccountEvent).order_by(AccountEvent.id))] == [
        "disabled",
        "enabled",
    ]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_lowers_or_locks_out_themselves(app, people, seen, now):
    admin, _other = people("admin", "admin")

    with app.app_context():
        me = person(admin)
        for step in (
            lambda: change(admin, admin, Role.VIEWER, now, seen=Role.ADMIN),
            lambda: change(admin, admin, None, now, seen=Role.ADMIN),
            lambda: roles.disable(admin, "why", me, VISITOR, now),
            lambda: roles.end_sessions(admin, me, VISITOR, now),
        ):
            with pytest.raises(NotForOneself):
                step()

    assert {row.role for row in seen(select(User))} == {"admin"}
    assert seen(select(AccountEvent)) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("role", ["viewer", "physicist", "manager"])
def test_only_an_active_admin_changes_people(app, people, seen, now, role):
    user, actor = people("viewer", role)

    with app.app_context():
        for step in (
            lambda: change(user, actor, Role.ADMIN, now, seen=Role.VIEWER),
            lambda: roles.disable(user, "why", person(actor), VISITOR, now),
            lambda: roles.enable(user, person(actor), VISITOR, now),
            lambda: roles.end_sessions(user, person(actor), VISITOR, now),
        ):
            with pytest.raises(NotAllowed):
                step()
    assert seen(select(AccountEvent)) == []


@pytest.mark.parametrize("number", [0, -1, 2_000_000_000, 2**31 - 1])
def test_who_is_not_there_is_not_found(app, people, now, number):
    [admin] = people("admin")

    with app.app_context(), pytest.raises(NotFound):
        roles.disable(number, "why", person(admin), VISITOR, now)


@pytest.mark.parametrize("change_values", [{"is_disabled": True}, {"email_confirmed_at": None}])
def test_an_admin_who_cannot_sign_in_does_not_count_as_one_that_remains(app, people, now, change_values):
    active, other = people("admin", "admin")

    with app.app_context():
        db.session.execute(update(User).where(User.id == other).values(**change_values))
        db.session.commit()
        with pytest.raises(LastAdmin):
            roles.give_role(person(active).username, Role.MANAGER, now)


def left_over(seen):
    return [row.id for row in seen(select(User)) if row.role == "admin" and not row.is_disabled]


def test_of_two_admins_who_lower_each_other_one_remains(app, at_once, people, seen, now):
    for _ in range(TIMES):
        with app.app_context():  # those of the round before no longer count
            db.session.execute(update(User).values(is_disabled=True))
            db.session.commit()
        one, other = people("admin", "admin")

        results = at_once(
            lambda one=one, other=other: change(one, other, Role.VIEWER, now, seen=Role.ADMIN),
            lambda one=one, other=other: change(other, one, Role.VIEWER, now, seen=Role.ADMIN),
        )

        assert sorted(type(result).__name__ for result in results) == ["NotAllowed", "Role"]
        assert len(left_over(seen)) == 1


def test_of_three_admins_who_disable_each_other_one_remains(app, at_once, people, seen, now):
    three = people("admin", "admin", "admin")

    results = at_once(
        *[
            lambda victim=victim, actor=actor: roles.disable(victim, "why", person(actor), VISITOR, now)
            for victim, actor in zip(three, [*three[1:], three[0]], strict=True)
        ]
    )

    assert len(left_over(seen)) >= 1
    assert {type(result) for result in results} <= {int, NotAllowed}


def test_two_shells_at_once_do_not_lower_the_last_admin(app, at_once, people, seen, now):
    ids = people("admin", "admin")
    names = [row.username for row in seen(select(User).where(User.id.in_(ids)))]

    results = at_once(*[lambda name=name: roles.give_role(name, Role.VIEWER, now) for name in names])

    assert sorted(type(result).__name__ for result in results) == ["LastAdmin", "bool"]
    assert len(left_over(seen)) == 1


def test_of_two_who_give_a_role_on_the_same_page_one_does(app, at_once, people, seen, now):
    user, one, other = people("physicist", "admin", "admin")

    results = at_once(
        lambda: change(user, one, Role.MANAGER, now), lambda: change(user, other, Role.VIEWER, now)
    )

    assert sorted(type(result).__name__ for result in results) == ["PersonChanged", "Role"]
    assert len(seen(select(AccountEvent))) == len(seen(select(Mail))) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_shell_says_that_it_was_it(app, people, seen, now):
    [user] = people("physicist")
    [name] = [row.username for row in seen(select(User))]

    with app.app_context():
        assert roles.give_role(name, Role.ADMIN, now)
        assert not roles.give_role("nobody", Role.ADMIN, now)

    [event] = seen(select(AccountEvent))
    assert (event.user_id, event.actor_id) == (user, None)
    assert event.words == "physicist → admin by flask set-role"
