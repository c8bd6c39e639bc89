"""What is done when: the list of the scheduled work, run by APScheduler."""

import threading
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from app.services.heartbeat import expect_work
from jobs.access import check_access
from jobs.bulk import carry_on_next
from jobs.deliver import deliver_next
from jobs.effects import watch_effects
from jobs.guard import guard_once
from jobs.housekeeping import tidy_up
from jobs.mail import send_next
from jobs.reconcile import reconcile_next
from jobs.refresh import refresh, refresh_asked
from jobs.run import run_until_idle
from jobs.verify import verify_next
from jobs.watch import watch_next
from jobs.worker import Work, Worker, log, make_reach, make_worker, utc_now


def work_list(config: Mapping[str, Any]) -> list[Work]:
    """Return every piece of scheduled work with its interval.

    Nothing is sent before PanDA has accepted our credentials once in this process.
    """
    accepted = threading.Event()
    return [
        Work("access", 5, partial(_check_access, accepted)),
        Work("deliver", config["DELIVER_EVERY_SECONDS"], partial(_deliver_once_accepted, accepted)),
        Work("verify", 5, verify_next),
        Work("reconcile", config["RECONCILE_EVERY_SECONDS"], reconcile_next),
        Work("watch", config["WATCH_EVERY_SECONDS"], watch_next),
        Work("refresh", config["REFRESH_EVERY_SECONDS"], refresh),
        Work("refresh_asked", 3, refresh_asked),
        Work("effects", 3, watch_effects),
        Work("bulk", 2, carry_on_next),
        Work("mail", config["MAIL_EVERY_SECONDS"], send_next),
        Work("housekeeping", 3600, tidy_up),
    ]


def make_scheduler(app: Flask, epoch: int, stop: threading.Event) -> BackgroundScheduler:
    """Build the scheduler: each work at most once at a time, late runs joined into one and never dropped.

    The job list is fixed, so it lives in memory; what was done and when stands in our own tables.
    """
    works, reach = work_list(app.config), make_reach(app.config)
    with app.app_context():
        expect_work({work.name: work.every_seconds for work in works}, utc_now())
    scheduler = BackgroundScheduler(
        timezone="UTC",
        # A thread for each: a work that waits for PanDA must not keep another from running.
        executors={"default": ThreadPoolExecutor(len(works))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for work in works:
        scheduler.add_job(
            run_until_idle,
            "interval",
            seconds=work.every_seconds,
            id=work.name,
            next_run_time=utc_now(),
            args=(app, work, make_worker(app.config, epoch, reach, stop.is_set), stop),
        )
    scheduler.add_listener(_log_event, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    return scheduler


def _check_access(accepted: threading.Event, worker: Worker, now: datetime) -> bool:
    may_go_on = check_access(worker, now)
    if worker.memory.get("access_is_good"):
        accepted.set()
    return may_go_on


def _deliver_once_accepted(accepted: threading.Event, worker: Worker, now: datetime) -> bool:
    guard_once(worker, now)  # a restored database shows even while PanDA is away
    return accepted.is_set() and deliver_next(worker, now)


def wake(scheduler: BackgroundScheduler) -> None:
    """Run everything now. After the clock was put back, the next runs would be that much too late."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=utc_now())


def _log_event(event: JobExecutionEvent) -> None:
    log.error("scheduled work %s was missed or failed: %s", event.job_id, event.exception)
