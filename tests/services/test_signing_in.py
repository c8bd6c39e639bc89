"""Guesses at passwords: how many are looked at, whoever sends them from wherever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain.sign_in import Event, Visitor
from app.extensions import db
from app.models import AccountEvent, Throttle, User
from app.services.devices import LIFE, find_device, forget_old_devices, remember_device
from app.services.signing_in import AccountDisabled, Guess, NotConfirmed, TryLimits, prove, sign_in
from app.services.throttle import TooManyTries
from tests.conftest import PASSWORD

LIMITS = TryLimits(account=10, address=200, window=timedelta(minutes=5))
HERE = Visitor("192.0.2.1", "a browser")


WRONG = "a wrong password"


def guess(name, now, *, password=WRONG, device=None, visitor=HERE, limits=LIMITS):
    """Return "in", "refused" after a look at the password, or "throttled" without one."""
    try:
        user = sign_in(Guess(name, password, device), limits, visitor, now)
    except TooManyTries:
        return "throttled"
    return "in" if user else "refused"


def events(kind):
    return db.session.scalar(select(func.count()).where(AccountEvent.kind == kind.value))


@pytest.mark.parametrize("addresses", [1, 100])
def test_of_300_guesses_at_once_ten_are_looked_at(app, make_user, now, addresses):
    user = make_user()

    def attack(number):
        with app.app_context():
            name = (user.username, user.email, user.username.upper())[number % 3]
            # Processes do not come to the database in the order in which they looked at the clock.
            at = now + timedelta(milliseconds=number * 37 % 300)
            return guess(name, at, visitor=Visitor(f"192.0.2.{number % addresses}"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attack, range(300)))

    assert (answers.count("refused"), answers.count("throttled")) == (10, 290)
    with app.app_context():
        assert events(Event.REFUSED) == 10  # each is written after a look at the password
        assert events(Event.THROTTLED) == 2  # by name, by address


def test_a_browser_that_signed_in_before_gets_in_while_strangers_guess(app_context, make_user, now):
    user = make_user()
    device = remember_device(None, user, now)
    for _ in range(12):
        guess(user.username, now)

    assert guess(user.username, now, password=PASSWORD) == "throttled"
    assert guess(user.username, now, password=PASSWORD, device=device) == "in"
    assert guess(user.email, now, password=PASSWORD, device=device) == "in"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_known_browser_has_ten_guesses_too_and_none_for_other_accounts(app_context, make_user, now):
    owner, other = make_user(), make_user()
    device = remember_device(None, owner, now)

    assert [guess(owner.username, now, device=device) for _ in range(12)].count("refused") == 10
    assert [guess(other.username, now, device=device) for _ in range(12)].count("refused") == 5
    assert guess(other.username, now, password=PASSWORD, device=device) == "throttled"
    assert guess(owner.username, now, password=PASSWORD) == "in"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_name_that_nobody_has_is_counted_alike_and_not_kept(app_context, now):
    answers = [guess("My.Secret.Typed.Here", now) for _ in range(12)]

    assert answers == ["refused"] * 5 + ["throttled"] * 7
    assert guess("another.name", now) == "refused"
    assert not [key for key in db.session.scalars(select(Throttle.key)) if "ecret" in key]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_right_passwords_use_nothing_up(app_context, make_user, now):
    user, few = make_user(), TryLimits(account=3, address=5, window=timedelta(minutes=5))

    answers = [guess(user.username, now, password=PASSWORD, limits=few) for _ in range(20)]

    assert set(answers) == {"in"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_signs_in_without_end(app_context, make_user, now):
    user, other, few = make_user(), make_user(), TryLimits(account=1, address=99, window=LIMITS.window)

    answers = [guess(user.username, now, password=PASSWORD, limits=few) for _ in range(12)]

    assert answers == ["in"] * 10 + ["throttled"] * 2
    assert guess(other.username, now, password=PASSWORD, limits=few) == "in"
    assert guess("nobody", now, limits=few) == "refused"
    assert guess(user.username, now + few.window, password=PASSWORD, limits=few) == "in"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_window_moves_on(app_context, make_user, now):
    user = make_user()
    for _ in range(11):
        guess(user.username, now)

    assert guess(user.username, now + timedelta(seconds=299), password=PASSWORD) == "throttled"
    assert guess(user.username, now + timedelta(seconds=300), password=PASSWORD) == "in"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_one_address_cannot_try_all_accounts(app_context, make_user, now):
    limits = TryLimits(account=10, address=20, window=timedelta(minutes=5))
    user = make_user()
    device = remember_device(None, user, now)
    answers = [guess(f"name{number}", now, limits=limits) for number in range(25)]

    assert (answers.count("refused"), answers.count("throttled")) == (20, 5)
    assert guess(user.username, now, password=PASSWORD, limits=limits) == "throttled"
    assert guess(user.username, now, password=PASSWORD, limits=limits, device=device) == "in"
    elsewhere = Visitor("198.51.100.7")
    # What the address was refused does not count for the account.
    assert [guess(user.username, now, limits=limits) for _ in range(30)].count("throttled") == 30
    assert guess(user.username, now, password=PASSWORD, limits=limits, visitor=elsewhere) == "in"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_an_address_is_refused_leaves_nothing_behind(app_context, now):
    limits = TryLimits(account=10, address=5, window=timedelta(minutes=5))
    counts = []

    for number in range(20):
        guess(f"name{number}", now, limits=limits)
        counts.append(len(db.session.scalars(select(Throttle.key)).all()))

    assert counts[6] == counts[-1]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_all_addresses_of_a_machine_count_as_one(app_context, now):
    limits = TryLimits(account=10, address=5, window=timedelta(minutes=5))

    answers = [
        guess(f"name{number}", now, limits=limits, visitor=Visitor(f"2001:db8::{number:x}"))
        for number in range(8)
    ]

    assert answers == ["refused"] * 5 + ["throttled"] * 3
    assert guess("name9", now, limits=limits, visitor=Visitor("2001:db8:0:1::1")) == "refused"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_guesses_at_one_account_do_not_shut_an_institute_out(app_context, make_user, now):
    colleague = make_user()

    for _ in range(300):
        guess("victim", now)

    assert guess(colleague.username, now, password=PASSWORD) == "in"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_attack_is_written_down_once_a_minute(app_context, make_user, now):
    user = make_user()
    for second in range(130):
        for _ in range(2):
            guess(user.username, now + timedelta(seconds=second))

    assert events(Event.REFUSED) == 5
    assert events(Event.THROTTLED) == 3


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_account_without_a_password_lets_nobody_in(app_context, make_user, now):
    user = make_user()
    db.session.execute(update(User).values(password_hash=None))
    db.session.commit()

    assert guess(user.username, now, password=PASSWORD) == "refused"
    assert [guess(user.username, now) for _ in range(12)].count("refused") == 4


CLOSED = [({"is_disabled": True}, AccountDisabled), ({"email_confirmed_at": None}, NotConfirmed)]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("closed", "told"), CLOSED, ids=["disabled", "not confirmed"])
def test_a_closed_account_tells_the_right_password_why_and_counts_guesses_too(
    app_context, make_user, now, closed, told
):
    user = make_user()
    db.session.execute(update(User).values(**closed))
    db.session.commit()

    with pytest.raises(told):
        guess(user.username, now, password=PASSWORD)
    assert [guess(user.username, now) for _ in range(12)].count("refused") == 4


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_strangers_who_guess_do_not_hinder_the_proof_of_who_is_in(app_context, make_user, now):
    user = make_user()
    for _ in range(11):
        guess(user.username, now)

    assert prove(user, Guess(user.username, PASSWORD, None), LIMITS, HERE, now)
    for _ in range(10):
        assert not prove(user, Guess(user.username, "wrong", None), LIMITS, HERE, now)
    with pytest.raises(TooManyTries):
        prove(user, Guess(user.username, PASSWORD, None), LIMITS, HERE, now)


class TestKnownBrowsers:
    def test_people_who_share_a_browser_are_both_known(self, app_context, make_user, now):
        one, other = make_user(), make_user()

        first = remember_device(None, one, now)
        second = remember_device(first, other, now)

        assert find_device(second, one, now)
        assert find_device(second, other, now)

    def test_a_cookie_that_was_copied_is_worth_nothing_after_the_next_sign_in(
        self, app_context, make_user, now
    ):
        user = make_user()
        planted = remember_device(None, make_user(), now)

        fresh = remember_device(planted, user, now)
        again = remember_device(fresh, user, now)

        assert [bool(find_device(token, user, now)) for token in (planted, fresh, again)] == [
            False, False, True,
        ]  # fmt: skip

    @pytest.mark.parametrize("database_kind", ["sqlite"])
    @pytest.mark.parametrize("token", [None, "", "x", "é" * 5000, "\x00"])
    def test_a_made_up_cookie_is_nobodys(self, app_context, make_user, now, token):
        user = make_user()
        remember_device(None, user, now)

        assert find_device(token, user, now) is None
        assert find_device(token, None, now) is None

    @pytest.mark.parametrize("database_kind", ["sqlite"])
    def test_a_browser_is_forgotten_after_a_year(self, app_context, make_user, now):
        user = make_user()
        token = remember_device(None, user, now)

        assert find_device(token, user, now + LIFE - timedelta(seconds=1))
        assert find_device(token, user, now + LIFE) is None
        forget_old_devices(now + LIFE)
        assert find_device(token, user, now) is None
