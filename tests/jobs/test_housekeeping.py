"""What guards the door and counts no more is forgotten."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.sign_in import Method, Visitor
from app.extensions import db, write_unit
from app.models import KnownDevice, PastedList, ScheduledWork, Throttle, User, UserSession
from app.services.devices import remember_device
from app.services.pasted_lists import keep_list
from app.services.sessions import begin_session, end_session
from app.services.throttle import may_try
from jobs.housekeeping import tidy_up
from jobs.run import run_until_idle
from jobs.worker import Work
from tests.jobs.bench import Bench
from tests.jobs.failing_database import failing_database


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_old_tries_and_lost_browsers_are_forgotten(bench: Bench, make_user, now) -> None:
    user = make_user()

    left = []
    for age in (timedelta(days=366), timedelta(days=2), timedelta(0)):
        with bench.app.app_context():
            remember_device(None, user, now - age)
            may_try(f"tried {age} ago", 1, timedelta(minutes=5), now - age)
        bench.run(tidy_up)
        with bench.app.app_context():
            left.append((db.session.query(KnownDevice).count(), db.session.query(Throttle).count()))

    assert left == [(0, 0), (1, 0), (2, 1)]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_pasted_lists_are_forgotten_after_the_days_of_the_setting(bench: Bench, now) -> None:
    days = bench.app.config["PASTED_LISTS_KEEP_DAYS"]
    with bench.app.app_context():
        keep_list(["old"], now - timedelta(days=days, minutes=1))
        young = keep_list(["young"], now - timedelta(days=days) + timedelta(hours=1))

    bench.run(tidy_up)

    with bench.app.app_context():
        assert db.session.scalars(select(PastedList.key)).all() == [young]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_sessions_that_are_over_for_a_month_are_forgotten(bench: Bench, make_user, now) -> None:
    user = make_user()
    day, idle = timedelta(days=1), timedelta(minutes=bench.app.config["SESSION_IDLE_MINUTES"])

    def begin(age: timedelta, browser: str, **more) -> str:
        return begin_session(user, Method.PASSWORD, Visitor("", browser), now - age, **more)

    with bench.app.app_context():
        begin(30 * day + 2 * idle, "timed out long ago")
        begin(30 * day + 2 * idle, "awaited a code", awaits_code=True)
        end_session(begin(day, "ended long ago"), now - 31 * day)
        end_session(begin(day, "ended lately"), now)
        begin(30 * day, "timed out lately")
        begin(timedelta(0), "live")
    bench.run(tidy_up)

    with bench.app.app_context():
        left = set(db.session.scalars(select(UserSession.browser)))
    assert left == {"ended lately", "timed out lately", "live"}


def test_an_account_in_use_stays_though_it_is_not_confirmed(bench: Bench, sign_in, make_user) -> None:
    used = sign_in("viewer").user
    waiting = make_user("viewer")
    bench.wait(days=3)
    with bench.app.app_context(), write_unit() as session:
        session.execute(update(User).values(email_confirmed_at=None))

    bench.run(tidy_up)

    with bench.app.app_context():
        left = list(db.session.scalars(select(User.id)))
    assert used.id in left
    assert waiting.id not in left


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_step_that_fails_keeps_no_other_from_being_done_and_shows(bench: Bench) -> None:
    work = Work("housekeeping", 3600, tidy_up)
    with bench.app.app_context():
        may_try("tried two days ago", 1, timedelta(minutes=5), bench.now() - timedelta(days=2))

    with failing_database(bench.app, "DELETE FROM user"):
        run_until_idle(bench.app, work, bench.worker(tidy_up), threading.Event())

    with bench.app.app_context():
        assert db.session.query(Throttle).count() == 0
        beat = db.session.scalars(select(ScheduledWork).where(ScheduledWork.name == "housekeeping")).one()
        assert "OperationalError" in beat.last_error
