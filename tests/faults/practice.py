"""Builds the application that the schedulers of a round are forked with, and lets it do everything once."""

import os
from datetime import UTC, datetime, timedelta

from flask import Flask

from app import create_app
from app.extensions import db
from app.panda.errors import PandaError
from jobs.__main__ import take_over
from jobs.access import check_access
from jobs.deliver import deliver_next
from jobs.housekeeping import tidy_up
from jobs.reconcile import reconcile_next
from jobs.refresh import refresh, refresh_asked
from jobs.verify import verify_next
from jobs.worker import Step, make_reach, make_worker
from tests.faults.setting import HASTE

STEPS: tuple[Step, ...] = (
    check_access, deliver_next, verify_next, reconcile_next, refresh, refresh_asked, tidy_up,
)  # fmt: skip
PATIENCE = 50


def build_app(settings: dict[str, str]) -> Flask:
    """Build it from these settings as from the environment."""
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        app = create_app()
        app.config.update(HASTE)
        return app
    finally:
        os.environ.clear()
        os.environ.update(before)


def practise(app: Flask) -> None:
    """Do every step of the scheduled work until it is idle, in this process, and leave no connection open."""
    with app.app_context():
        epoch = take_over(app)
    reach = make_reach(app.config)
    for step in STEPS:
        worker = make_worker(app.config, epoch, reach)
        for _ in range(PATIENCE):
            with app.app_context():
                try:
                    if not step(worker, datetime.now(UTC) + timedelta(seconds=5)):
                        break
                except PandaError:
                    break
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
