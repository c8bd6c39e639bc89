"""Carry out the faults that spoil one answer."""

import json
import time
from collections.abc import Callable

from flask import Request, Response

from app.panda.simulator import wire
from app.panda.simulator.faults import Fault

_PROXY_PAGE = "<!DOCTYPE HTML>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_WRONG_TYPES = json.dumps({"success": "yes", "message": 7, "data": "12"})


def spoil(fault: Fault, request: Request, response: Response | None) -> Response | None:
    """Give the answer to send instead, or None to go on as if nothing had happened.

    response is the true answer, None before the request was carried out. Every fault waits `seconds` first,
    if it has them; `drip` spreads them over the answer.
    """
    if fault.kind == "drip":
        wire.drip(request, response or _proxy_answer(fault), float(fault.options.get("seconds", 1)))
        return Response()
    time.sleep(float(fault.options.get("seconds", 0)))
    return _KINDS[fault.kind](fault, request, response)


def _drop(fault: Fault, request: Request, response: Response | None) -> Response:
    wire.drop(request, is_reset=fault.kind == "reset")
    return Response()


def _half(fault: Fault, request: Request, response: Response | None) -> Response:
    wire.send_half(request, response or _proxy_answer(fault))
    return Response()


def _proxy_answer(fault: Fault) -> Response:
    status = int(fault.options.get("status", 503))
    answer = Response(fault.options.get("body", _PROXY_PAGE.format(status)), status)
    answer.headers["Content-Type"] = fault.options.get("content_type", "text/html")
    answer.headers.update(fault.options.get("headers", {}))
    return answer


def _huge(fault: Fault, request: Request, response: Response | None) -> Response:
    size = int(fault.options.get("bytes", 2_000_000))
    return Response(
        '{"success": true, "message": "' + "x" * size + '", "data": 1}', content_type="text/plain"
    )


def _redirect(fault: Fault, request: Request, response: Response | None) -> Response:
    return Response("", 302, {"Location": fault.options.get("location", "http://127.0.0.1:9/")})


_KINDS: dict[str, Callable[[Fault, Request, Response | None], Response | None]] = {
    "drop": _drop,
    "reset": _drop,
    "half": _half,
    "delay": lambda fault, request, response: response,
    "answer": lambda fault, request, response: _proxy_answer(fault),
    "html": lambda fault, request, response: Response(
        _PROXY_PAGE.format("Welcome"), content_type="text/html"
    ),
    "wrong_types": lambda fault, request, response: Response(_WRONG_TYPES, content_type="text/plain"),
    "huge": _huge,
    "redirect": _redirect,
}
