"""PanDA's manner of speaking: how it reads arguments and writes answers (panda-observed, section 1)."""

import gzip
import inspect
import json
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Request, Response

JSON = "application/json"
FORBIDDEN = "ERROR : method {} is forbidden"


class ServerCrash(Exception):
    """PanDA runs into an exception: 500 with its text."""


class Refusal(Exception):
    """PanDA says no: success false with this message."""


@dataclass(frozen=True)
class Answer:
    """PanDA's envelope; nearly every outcome comes with HTTP 200."""

    success: bool
    message: str = ""
    data: Any = None


def moment(seconds: float | None) -> dict[str, str] | None:
    """Write a time as PanDA does: UTC without a zone, in an object of its own."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return {"__datetime__": text}


def write(request: Request, answer: Answer) -> Response:
    """Write JSON only when a header is exactly application/json, else Python's repr; always text/plain."""
    body = {"success": answer.success, "message": answer.message, "data": answer.data}
    wants_json = JSON in {request.headers.get("Accept"), request.headers.get("Content-Type")}
    return text(json.dumps(body) if wants_json else str(body), 200)


def text(body: str, status: int) -> Response:
    response = Response(body, status)
    # Flask would add a charset.
    response.headers["Content-Type"] = "text/plain"
    return response


def read_arguments(request: Request) -> dict[str, Any]:
    """Read the query of a GET, else the body; a repeated key becomes a list."""
    if request.method != "POST":
        lists = request.args.lists()
    elif request.headers.get("Content-Type") == JSON:
        return _read_json(request)
    else:
        lists = request.form.lists()
    return {key: values[0] if len(values) == 1 else values for key, values in lists}


def _read_json(request: Request) -> dict[str, Any]:
    try:
        body = request.get_data()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        arguments = json.loads(body)
    except (ValueError, OSError, EOFError) as error:
        message = f"ERROR : received invalid JSON : {error}"
        raise ServerCrash(message) from error
    if not isinstance(arguments, dict):
        raise ServerCrash("ERROR : argument after ** must be a mapping")
    return arguments


def bind(function: Callable[..., Answer], arguments: dict[str, Any], is_get: bool) -> dict[str, Any]:
    """Check arguments against the method's signature, whose first parameter is the call.

    Raise Refusal with PanDA's words: they are those of Python's own binding.
    """
    signature = inspect.signature(function)
    try:
        bound = signature.bind(None, **arguments).arguments
    except TypeError as error:
        message = f"Argument error: {error}"
        raise Refusal(message) from error
    for name, value in list(bound.items())[1:]:
        expected = signature.parameters[name].annotation
        if expected is not Any and value != signature.parameters[name].default:
            bound[name] = _check(name, value, expected, is_get)
    bound.pop(next(iter(bound)))
    return bound


def _check(name: str, value: Any, expected: Any, is_get: bool) -> Any:
    if is_get:
        value = _cast(name, value, expected)
    allowed = typing.get_args(expected) if isinstance(expected, types.UnionType) else (expected,)
    plain = tuple(typing.get_origin(kind) or kind for kind in allowed)
    if not isinstance(value, plain):
        message = f"Type error: '{name}' must be of type {plain[0].__name__}, got {type(value).__name__}."
        raise Refusal(message)
    return value


def _cast(name: str, value: Any, expected: Any) -> Any:
    """Turn the text of a query into the type the method wants."""
    kinds = typing.get_args(expected) or (expected,)
    if typing.get_origin(expected) is list:
        return value if isinstance(value, list) else [value]
    if kinds[0] is bool:
        return str(value).lower() in {"true", "1"}
    if kinds[0] is int:
        if isinstance(value, list):
            raise ServerCrash("ERROR : int() argument must be a string or a number, not 'list'")
        try:
            return int(float(value))
        except ValueError as error:
            message = f"Type error: '{name}' could not be casted to type int."
            raise Refusal(message) from error
    return value
