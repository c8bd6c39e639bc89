"""The codes of the second factor: taken once, within a step of the clock, few tries; the secret is sealed."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from app.domain.sign_in import Event, Method, Visitor
from app.extensions import db, write_unit
from app.models import AccountEvent, Mail, RecoveryCode, User, UserSession
from app.services import second_factor
from app.services.codes import check_code, count_recovery_codes, secret_of
from app.services.sealing import seal, unseal
from app.services.sessions import begin_session
from app.services.throttle import TooManyTries

KEY, HERE = "a key of tests that is long enough", Visitor("192.0.2.1", "a browser")


def code_at(secret, moment):
    return pyotp.TOTP(secret).at(moment)


@pytest.fixture
def start(now):
    """The beginning of a step of 30 seconds."""
    return now - timedelta(seconds=now.timestamp() % 30)


@pytest.fixture
def guarded(app_context, make_user, start):
    """guarded() → (a user with a second factor, the secret, the recovery codes)."""

    def make():
        user = db.session.get(User, make_user().id)
        second_factor.propose(user, KEY)
        secret, before = secret_of(user, KEY), start - timedelta(minutes=2)
        codes = second_factor.switch_on(user, code_at(secret, before), KEY, HERE, before, session_id=0)
        return user, secret, codes

    return make


def check(user, code, now):
    return check_code(user, code, KEY, HERE, now)


def test_a_code_is_taken_once(guarded, start):
    user, secret, _codes = guarded()
    code = code_at(secret, start)

    assert check(user, code, start)
    assert not check(user, code, start + timedelta(seconds=1))
    assert check(user, code_at(secret, start + timedelta(seconds=30)), start + timedelta(seconds=31))
    assert not check(user, code, start + timedelta(seconds=32))


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(guarded, start, steps, is_taken):
    user, secret, _codes = guarded()

    assert check(user, code_at(secret, start + timedelta(seconds=30 * steps)), start) is is_taken


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_blanks_in_a_code_do_not_matter(guarded, start):
    user, secret, _codes = guarded()
    code = code_at(secret, start)

    assert check(user, f" {code[:3]} {code[3:]}\t", start)


def test_of_the_same_code_twice_at_once_one_is_taken(app, guarded, at_once, start):
    user, secret, codes = guarded()
    user_id, code = user.id, code_at(secret, start)

    def use(typed):
        return lambda: check(db.session.get(User, user_id), typed, start)

    assert sorted(at_once(use(code), use(code))) == [False, True]
    assert sorted(at_once(use(codes[0]), use(codes[0]))) == [False, True]


def test_five_wrong_codes_and_then_none_is_looked_at(guarded, start):
    user, secret, codes = guarded()
    for wrong in ("000000x", "", "x" * 60, "é", "1"):
        assert not check(user, wrong, start)

    for right in (code_at(secret, start), codes[0]):
        with pytest.raises(TooManyTries):
            check(user, right, start)

    later = start + timedelta(minutes=5)
    assert check(user, code_at(secret, later), later)
    refused = select(AccountEvent.words).where(AccountEvent.kind == Event.REFUSED)
    assert list(db.session.scalars(refused)) == ["wrong code"] * 5


def test_a_recovery_code_stands_in_once(guarded, start):
    user, _secret, codes = guarded()

    assert check(user, codes[3].upper().replace("-", " "), start)
    assert not check(user, codes[3], start)
    assert check(user, codes[4], start)
    assert count_recovery_codes(user) == 8
    used = select(AccountEvent).where(AccountEvent.kind == Event.RECOVERY_CODE_USED)
    assert len(db.session.scalars(used).all()) == 2


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_ten_recovery_codes_of_120_bits_are_kept_as_hashes(guarded):
    _user, _secret, codes = guarded()

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){5}", code) for code in codes)
    stored = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert {len(value) for value in stored} == {64}
    assert not set(stored) & {*codes, *(code.replace("-", "") for code in codes)}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_codes_of_somebody_else_are_refused(guarded, start):
    user, other = guarded(), guarded()

    assert not check(user[0], code_at(other[1], start), start)
    assert not check(user[0], other[2][0], start)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_new_recovery_codes_make_the_old_ones_worthless(guarded, start):
    user, _secret, old = guarded()

    new = second_factor.make_recovery_codes(user, HERE, start)

    assert not check(user, old[0], start)
    assert check(user, new[0], start)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_secret_is_sealed_and_worth_nothing_elsewhere(guarded):
    user, secret, _codes = guarded()
    other = guarded()[0]
    stored = user.totp_secret

    assert secret not in stored
    assert secret_of(user, "another key") is None
    other.totp_secret = stored
    assert secret_of(other, KEY) is None


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_was_sealed_comes_back_and_a_change_is_noticed(app_context):
    sealed = seal("текст", KEY, "a purpose")

    assert unseal(sealed, KEY, "a purpose") == "текст"
    assert unseal(sealed, KEY, "another purpose") is None
    assert unseal(sealed[:-2] + "AA", KEY, "a purpose") is None
    assert unseal("nothing", KEY, "a purpose") is None
    assert seal("текст", KEY, "a purpose") != sealed


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_after_another_secret_key_only_recovery_codes_help(guarded, start):
    user, secret, codes = guarded()

    assert not check_code(user, code_at(secret, start), "another key", HERE, start)
    assert check_code(user, codes[0], "another key", HERE, start)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_on_is_not_replaced_by_a_proposal(guarded):
    user, secret, _codes = guarded()

    second_factor.propose(user, KEY)

    assert secret_of(user, KEY) == secret


def test_an_admin_takes_it_away_and_the_person_is_told(guarded, start):
    user, _secret, _codes = guarded()
    admin = guarded()[0]

    with write_unit() as session:
        was_there = second_factor.remove_second_factor(session, user, admin, HERE, start)
    with write_unit() as session:
        is_there = second_factor.remove_second_factor(session, user, admin, HERE, start)

    assert (was_there, is_there) == (True, False)
    assert (user.totp_secret, user.totp_confirmed_at, count_recovery_codes(user)) == (None, None, 0)
    [event] = db.session.scalars(select(AccountEvent).where(AccountEvent.kind == Event.SECOND_FACTOR_OFF))
    assert (event.user_id, event.actor_id) == (user.id, admin.id)
    mails = db.session.scalars(select(Mail).where(Mail.user_id == user.id).order_by(Mail.id)).all()
    assert [(mail.kind, mail.facts) for mail in mails] == [
        ("second_factor_changed", '{"change": "on"}'),
        ("second_factor_changed", '{"change": "removed"}'),
    ]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_switching_on_ends_the_sessions_that_began_without(app_context, make_user, start):
    user = db.session.get(User, make_user().id)
    for _ in range(3):
        begin_session(user, Method.PASSWORD, HERE, start)
    mine = db.session.scalars(select(UserSession.id)).first()
    second_factor.propose(user, KEY)
    code = code_at(secret_of(user, KEY), start)

    second_factor.switch_on(user, code, KEY, HERE, start, session_id=mine)

    live = select(UserSession.id).where(UserSession.ended_at.is_(None))
    assert db.session.scalars(live).all() == [mine]
