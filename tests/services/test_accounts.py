"""Passwords and sessions, below the pages."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from app.domain.sign_in import Method, Visitor
from app.extensions import db, write_unit
from app.models import User, UserSession
from app.services import sessions
from app.services.accounts import find_by_password
from app.services.passwords import hash_password, password_matches
from tests.conftest import PASSWORD

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=8)
LIMITS = sessions.Limits(IDLE, {Method.PASSWORD: ABSOLUTE, Method.IAM: timedelta(hours=2)})
MOMENT = timedelta(microseconds=1)


def test_a_password_is_found_by_username_or_address_only(app_context, make_user):
    user = make_user("physicist", "casper")

    assert find_by_password("casper", PASSWORD).id == user.id
    assert find_by_password("casper@example.org", PASSWORD).id == user.id
    for wrong in ("caspe", "casper%", "c_sper", "example.org", "", str(user.id)):
        assert find_by_password(wrong, PASSWORD) is None


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_has_no_password(app_context):
    for stored in (None, "", "!"):
        assert not password_matches(stored, "nobody's password")
        assert not password_matches(stored, "")
    assert not password_matches("", "")
    assert not password_matches("no hash at all", "no hash at all")
    assert not password_matches("$argon2id$v=19$m=8,t=1,p=1$broken", PASSWORD)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_hash_is_salted_and_takes_any_text(app_context):
    for password in (PASSWORD, "пароль с пробелами", "🚀" * 12, "a\x00b" * 5, "x" * 1000):
        first, second = hash_password(password), hash_password(password)
        assert first != second
        assert password_matches(first, password)
        assert not password_matches(first, password + " ")


def test_a_hash_of_other_parameters_is_made_anew_at_sign_in(sign_in_by_form, app, make_user):
    user = make_user()
    strong = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    store_hash(app, strong)

    app.test_client().post("/sign-in", data={"username": user.username, "password": "wrong"})
    assert stored_hash(app) == strong
    sign_in_by_form(user)

    fresh = stored_hash(app)
    assert fresh != strong
    sign_in_by_form(user)
    assert stored_hash(app) == fresh


def store_hash(app, value):
    with app.app_context(), write_unit() as session:
        session.execute(update(User).values(password_hash=value))


def stored_hash(app):
    with app.app_context():
        return db.session.scalars(select(User.password_hash)).one()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_address_of_somebody_without_a_password_signs_nobody_else_out(app_context, make_user):
    from_iam, local = make_user("physicist", "by-iam"), make_user("physicist", "local")
    with write_unit() as session:
        values = {"password_hash": None, "email": "local@example.org"}
        session.execute(update(User).where(User.id == from_iam.id).values(**values))

    assert find_by_password("local@example.org", PASSWORD).id == local.id
    assert find_by_password("by-iam", PASSWORD) is None


def begin(user, now, method=Method.PASSWORD):
    return sessions.begin_session(user, method, Visitor(), now)


def test_a_session_through_the_identity_provider_has_a_limit_of_its_own(app_context, make_user, now):
    token = begin(make_user(), now, Method.IAM)
    db.session.execute(update(UserSession).values(active_at=now + timedelta(hours=2)))

    assert sessions.find_session(token, now + timedelta(hours=2), LIMITS) is not None
    assert sessions.find_session(token, now + timedelta(hours=2) + MOMENT, LIMITS) is None


def test_a_session_lives_to_its_limits_and_no_longer(app_context, make_user, now):
    token = begin(make_user(), now)

    def lives(at):
        return sessions.find_session(token, at, LIMITS) is not None

    assert lives(now + IDLE)
    assert not lives(now + IDLE + MOMENT)
    session_id = db.session.scalars(select(UserSession.id)).one()
    for hours in range(1, 8):
        sessions.note_activity(session_id, now + timedelta(hours=hours))
    sessions.note_activity(session_id, now + ABSOLUTE - MOMENT)
    assert lives(now + ABSOLUTE)
    assert not lives(now + ABSOLUTE + MOMENT)


def test_an_ended_session_stays_ended(app_context, make_user, now):
    user = make_user()
    token, other = begin(user, now), begin(user, now)

    sessions.end_session(token, now)
    sessions.end_session(token, now + timedelta(hours=1))
    sessions.end_session("no token", now)

    assert sessions.find_session(token, now, LIMITS) is None
    assert sessions.find_session(other, now, LIMITS).user_id == user.id
    ended = db.session.scalars(select(UserSession.ended_at).where(UserSession.ended_at.is_not(None))).all()
    assert ended == [now]


def test_tokens_are_long_and_never_the_same(app_context, make_user, now):
    user = make_user()

    tokens = {begin(user, now) for _ in range(20)}

    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 43  # 256 random bits
