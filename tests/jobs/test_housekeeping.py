"""What guards the door and counts no more is forgotten."""

from datetime import timedelta

import pytest

from app.extensions import db
from app.models import KnownDevice, Throttle
from app.services.devices import remember_device
from app.services.throttle import may_try
from jobs.housekeeping import tidy_up
from tests.jobs.bench import Bench


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
