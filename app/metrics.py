"""Figures for Prometheus: what the processes count together, and what the database says when it is asked.

The processes count into files of the folder PROMETHEUS_MULTIPROC_DIR, which whoever starts them empties;
without it each process knows its own counts only. What may be many things is no label: no path, name or id.
"""

import hmac
import ipaddress
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

if _folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # read by the library when it is imported
    Path(_folder).mkdir(mode=0o700, parents=True, exist_ok=True)

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Headers

from app.domain.task_state import OPEN_STATES
from app.extensions import db
from app.services.measures import Measures, read_measures
from app.settings_check import MIN_TOKEN_LENGTH

CONTENT_TYPE = CONTENT_TYPE_LATEST
_OF_PROXIES = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
# Of this process, where no folder is named.
OWN = CollectorRegistry()
# Upper ends of the ranges in which durations are counted, seconds.
_QUICK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

REQUESTS = Histogram(
    "spd_http_request_seconds",
    "Requests to the web server, by pattern of the address, and how long they took.",
    ("route", "method", "status"),
    buckets=_QUICK,
    registry=OWN,
)
CALLS = Histogram(
    "spd_panda_call_seconds",
    "Calls to PanDA, how they ended and how long they took.",
    ("method", "outcome"),
    buckets=_SLOW,
    registry=OWN,
)
WORK = Histogram(
    "spd_work_run_seconds",
    "Runs of each piece of scheduled work, how they ended (good or failed) and how long they took.",
    ("work", "outcome"),
    buckets=_SLOW,
    registry=OWN,
)


def may_read_metrics(config: Mapping[str, Any], headers: Headers, address: str) -> bool | None:
    """Say whether this request may have them; None: not even that they exist.

    Without a token in the settings only this machine may, and nothing that came through a proxy.
    """
    if config["METRICS_TOKEN_FILE"]:
        given = headers.get("Authorization", "").partition("Bearer ")[2].strip()
        return hmac.compare_digest(given.encode(), read_token(config["METRICS_TOKEN_FILE"]).encode())
    is_forwarded = config["PROXIES"] or any(name in headers for name in _OF_PROXIES)
    return True if not is_forwarded and _is_loopback(address) else None


def read_token(path: str) -> str:
    """Read the token; one that is too short, or cannot be read, is none that anybody has."""
    try:
        token = Path(path).read_text().strip()
    except (OSError, ValueError):
        token = ""
    return token if len(token) >= MIN_TOKEN_LENGTH else os.urandom(32).hex()


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def write_metrics(now: datetime) -> bytes:
    """Write all figures. A database that does not answer is one of them: spd_database_up is 0 then."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry.register(_Counted(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
    else:
        registry.register(OWN)
    registry.register(_Rows(now))
    return generate_latest(registry)


def _single(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _family(name: str, words: str, labels: list[str], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for each, value in values.items():
        family.add_metric(each, float(value))
    return family


class _Counted:
    """What the processes counted. The file of one that is just starting is empty for a moment: the library
    cannot read that.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def collect(self) -> Iterable[Metric]:
        """Return the figures."""
        files = [str(file) for file in self._folder.glob("*.db") if file.stat().st_size]
        metrics: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]  # no types
        return metrics


class _Rows:
    """What the rows of the database say."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        try:
            measures = read_measures(self._now)
        except SQLAlchemyError:
            db.session.rollback()
            measures = None
        yield _single("spd_database_up", "1 when the database answered.", measures is not None)
        if measures is not None:
            yield from self._of(measures)

    def _of(self, measures: Measures) -> Iterator[Metric]:
        yield _single("spd_holder_epoch", "How often the scheduled work has changed hands.", measures.epoch)
        yield _single("spd_delivery_paused", "1 while nothing is sent.", measures.paused_for is not None)
        if measures.panda_answered_at:
            age = self._age(measures.panda_answered_at)
            yield _single("spd_panda_answer_age_seconds", "Since PanDA last answered.", age)
        tasks = {(state,): count for state, count in measures.tasks.items()}
        yield _family("spd_tasks", "Tasks by the state shown.", ["state"], tasks)
        commands = {(each.kind, each.state): each for each in measures.commands}
        counts = {labels: each.count for labels, each in commands.items()}
        yield _family("spd_commands", "Commands by what became of them.", ["kind", "state"], counts)
        open_ones = {labels: each for labels, each in commands.items() if each.state in OPEN_STATES}
        ages = {labels: self._age(each.oldest_at) for labels, each in open_ones.items()}
        yield _family("spd_oldest_command_age_seconds", "Of those not closed.", ["kind", "state"], ages)
        yield from self._of_work(measures)

    def _of_work(self, measures: Measures) -> Iterator[Metric]:
        ages = {(each.name,): self._age(each.last_good_at) for each in measures.work if each.last_good_at}
        yield _family("spd_work_good_age_seconds", "Since each work last did well.", ["work"], ages)
        failing = {(each.name,): float(each.is_failing) for each in measures.work}
        yield _family("spd_work_failing", "1 when the last run of a work failed.", ["work"], failing)

    def _age(self, moment: datetime) -> float:
        return round((self._now - moment).total_seconds(), 3)
