"""One-time links, below the pages."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.sign_in import Visitor
from app.extensions import db, write_unit
from app.models import MailLink, User
from app.services.links import Purpose, forget_old_links, look_at_link, mint_link, use_link
from app.services.password_changes import reset_password
from app.services.passwords import password_matches

HOUR = timedelta(hours=1)


@pytest.fixture
def token(app, make_user, now):
    user = make_user("physicist", "physicist")
    with app.app_context(), write_unit() as session:
        return mint_link(session, user.id, Purpose.RESET, user.email, HOUR, now)


def test_of_many_who_use_a_link_at_once_one_does(app, at_once, token, now):
    def use():
        return reset_password(token, "a password", "en", Visitor(), now) is not None

    results = at_once(*[use] * 6)

    assert sorted(results) == [False] * 5 + [True]
    with app.app_context():
        assert password_matches(db.session.scalars(select(User.password_hash)).one(), "a password")


def test_a_first_password_needs_an_address_that_nobody_else_signs_in_with(app, make_user, token, now):
    other = make_user("manager", "manager")
    with app.app_context(), write_unit() as session:
        without = {"password_hash": None, "email": other.email}
        session.execute(update(User).where(User.username == "physicist").values(**without))

    with app.app_context():
        assert reset_password(token, "a password", "en", Visitor(), now) is None
        of_physicist = select(User.password_hash).where(User.username == "physicist")
        assert db.session.scalars(of_physicist).one() is None


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_link_is_good_to_its_last_moment_for_its_purpose_only(app_context, token, now):
    assert look_at_link(token, Purpose.RESET, now + HOUR - timedelta(microseconds=1))
    assert not look_at_link(token, Purpose.RESET, now + HOUR)
    for purpose in (Purpose.CONFIRM, Purpose.EMAIL):
        assert not look_at_link(token, purpose, now)
        with write_unit() as session:
            assert use_link(session, token, purpose, now) is None
    assert len(token) >= 43


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_old_links_are_forgotten(app_context, token, now):
    forget_old_links(now + HOUR)
    assert len(db.session.scalars(select(MailLink)).all()) == 1

    forget_old_links(now + HOUR + timedelta(seconds=1))

    assert db.session.scalars(select(MailLink)).all() == []
