"""Each request gets an id, which its log lines, its answer and its error page carry; and it is counted."""

import secrets
import time

from flask import Flask, Response, g, request

from app.log_context import known, log_afresh
from app.metrics import REQUESTS

# Others would let anybody make as many labels as they like.
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def configure(app: Flask) -> None:
    """Watch every request from its first step to its last."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(lambda _error: log_afresh())


def request_id() -> str:
    """Return the id of the present request: also of one that failed before its first step."""
    return str(known().get("request") or secrets.token_hex(8))


def _begin() -> None:
    g.began_at = time.monotonic()
    task_id = (request.view_args or {}).get("task_id")
    log_afresh(request=secrets.token_hex(8), **({"task": task_id} if task_id else {}))


def _end(response: Response) -> Response:
    if began_at := g.get("began_at"):
        response.headers["X-Request-ID"] = request_id()
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(route, method, str(response.status_code)).observe(time.monotonic() - began_at)
    return response
