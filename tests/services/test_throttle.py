"""How often something may be tried: never more than the limit, whoever asks at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.extensions import db
from app.models import Throttle
from app.services.throttle import forget_old_tries, forgive, is_full, may_try

WINDOW = timedelta(minutes=5)


def tries(now, *seconds, key="sign-in:user:1", limit=3):
    return [may_try(key, limit, WINDOW, now + timedelta(seconds=second)) for second in seconds]


def test_no_stretch_as_long_as_the_window_has_more_than_the_limit(app_context, now):
    assert tries(now, 0, 100, 200, 299) == [True, True, True, False]
    assert tries(now, 300, 301, 399) == [True, False, False]
    assert tries(now, 400) == [True]


def test_keys_are_counted_apart_even_long_ones(app_context, now):
    keys = ["one", "other", "x" * 5000, "x" * 5001]

    for key in keys:
        assert tries(now, 0, 1, 2, 3, key=key) == [True, True, True, False]


def test_a_look_counts_nothing(app_context, now):
    looks = []
    for _ in range(3):
        looks += [is_full("sign-in:user:1", 2, WINDOW, now) for _ in range(5)]
        tries(now, 0, limit=2)

    assert looks == [False] * 10 + [True] * 5
    assert not is_full("sign-in:user:1", 2, WINDOW, now + WINDOW)


def test_a_try_taken_back_does_not_count(app_context, now):
    tries(now, 0, 1, 2)

    forgive("sign-in:user:1", now + timedelta(seconds=1))
    forgive("nobody", now)

    assert tries(now, 3, 4) == [True, False]


def test_a_clock_put_back_does_not_shut_anybody_out(app_context, now):
    tries(now + timedelta(days=1), 0, 1, 2)

    assert tries(now, 0) == [True]


def test_a_try_counts_that_somebody_later_made_first(app_context, now):
    assert tries(now, 0.3, 0.2, 0.1, 0.0, 0.4, -1) == [True, True, True, False, False, False]


def test_what_counts_no_more_is_forgotten(app_context, now):
    tries(now, 0)
    tries(now, 0, key="new")

    forget_old_tries(now + MOMENT)
    assert db.session.query(Throttle).count() == 0


MOMENT = timedelta(microseconds=1)


def test_of_many_at_once_exactly_the_limit_goes_on(app, now):
    def ask(_number):
        with app.app_context():
            return may_try("sign-in:user:1", 10, WINDOW, now)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(60)))

    assert answers.count(True) == 10


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_moment_that_is_taken_back_is_that_of_the_try(app_context, now):
    assert tries(now, 0, 0, 0) == [True, True, True]

    forgive("sign-in:user:1", now)

    assert tries(now, 1) == [True]
