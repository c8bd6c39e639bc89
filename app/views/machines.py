"""For load balancers and monitoring systems: does the process live, is the service well, and its figures.

None of it holds names, of people or of tasks.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, request
from flask_babel import force_locale
from sqlalchemy.exc import SQLAlchemyError

from app.alarm_words import alarm_sentence
from app.domain.alarm import AlarmKind, Finding
from app.extensions import db
from app.machines import for_machines
from app.metrics import CONTENT_TYPE, may_read_metrics, write_metrics
from app.services.alarms import find_alarms, limits_of
from app.services.measures import Measures, read_measures

log = logging.getLogger(__name__)

blueprint = Blueprint("machines", __name__)


@blueprint.get("/livez")
@for_machines
def livez() -> Response:
    """Answer as long as the process does; the database is not asked."""
    return _plain("alive", 200)


@blueprint.get("/healthz")
@for_machines
def healthz() -> Response:
    """Answer 200, or 503 with the reasons: in plain text, or in JSON to whoever accepts that alone."""
    now = datetime.now(UTC)
    try:
        limits = limits_of(current_app.config)
        findings, figures = find_alarms(limits, now), _figures(read_measures(now, limits.approval), now)
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", type(error).__name__)
        db.session.rollback()
        findings, figures = [Finding(AlarmKind.DATABASE)], {}
    code = 503 if findings else 200
    reasons = {finding.kind.value: _sentence(finding) for finding in findings}
    if request.accept_mimetypes.best == "application/json":
        answer = make_response(json.dumps({"healthy": not reasons, "reasons": reasons, **figures}), code)
        answer.mimetype = "application/json"
        return answer
    lines = [f"{kind}: {sentence}" for kind, sentence in reasons.items()] or ["healthy"]
    return _plain("\n".join(lines), code)


@blueprint.get("/metrics")
@for_machines
def metrics() -> Response:
    """Answer the figures of all processes in Prometheus' text format, to whoever may have them."""
    allowed = may_read_metrics(current_app.config, request.headers, request.remote_addr or "")
    if allowed is None:
        abort(404)
    if not allowed:
        refusal = _plain("a bearer token is needed", 401)
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    answer = make_response(write_metrics(datetime.now(UTC)))
    answer.headers["Content-Type"] = CONTENT_TYPE
    return answer


def _sentence(finding: Finding) -> str:
    """What a work or PanDA said stays inside: it may name what is nobody's business here."""
    with force_locale("en"):
        return alarm_sentence(Finding(finding.kind, finding.minutes, finding.count, finding.name))


def _figures(measures: Measures, now: datetime) -> dict[str, Any]:
    return {
        "work": {
            work.name: {"seconds_since_good": _seconds(work.last_good_at, now), "failing": work.is_failing}
            for work in measures.work
        },
        "seconds_since_panda_answered": _seconds(measures.panda_answered_at, now),
        "waiting": measures.waiting.for_turn,
        "seconds_of_oldest_waiting": _seconds(measures.waiting.oldest_at, now),
        "waiting_for_another_task": measures.waiting.for_another,
        "waiting_for_approval": measures.waiting.for_approval,
        "undecided": measures.waiting.undecided,
        "paused_for": measures.paused_for,
    }


def _seconds(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else round((now - moment).total_seconds())


def _plain(text: str, code: int) -> Response:
    answer = make_response(f"{text}\n", code)
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    return answer
