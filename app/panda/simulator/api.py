"""The HTTP door of the simulated PanDA: /api/v1/<group>/<method>."""

import time

from flask import Blueprint, Response, request

from app.panda.simulator import current, jedi
from app.panda.simulator.faults import Fault, Faults
from app.panda.simulator.identity import AuthenticationError, Identity, read_token
from app.panda.simulator.methods import METHODS, Call, carry_out
from app.panda.simulator.protocol import (
    FORBIDDEN,
    Answer,
    Refusal,
    ServerCrash,
    read_arguments,
    text,
    write,
)
from app.panda.simulator.spoil import spoil

blueprint = Blueprint("api", __name__)
VERBS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
_NOT_FOUND = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head>
<title>404 Not Found</title>
</head><body>
<h1>Not Found</h1>
<p>The requested URL was not found on this server.</p>
</body></html>
"""


@blueprint.route("/api/v1/<group>/<name>", methods=VERBS, provide_automatic_options=False)
def serve(group: str, name: str) -> Response:
    """Answer one request, spoiled by a fault if there is one for it."""
    path = f"{group}/{name}"
    with current.world() as world:
        fault = world.faults.take(path, "before")
    # The fault may wait, so no transaction is open meanwhile.
    spoiled = spoil(fault, request, None) if fault else None
    return spoiled or _answer(path, name)


def _answer(path: str, name: str) -> Response:
    try:
        response, fault = _carry_out(path, name)
    except AuthenticationError as error:
        return text(f"ERROR : Token authentication failed. {error}", 403)
    except ServerCrash as error:
        return text(str(error), 500)
    # The transaction is over: what follows can only spoil the answer.
    spoiled = spoil(fault, request, response) if fault else None
    return spoiled or response


def _carry_out(path: str, name: str) -> tuple[Response, Fault | None]:
    with current.world() as world:
        call = Call(world, _identify(world.faults))
        if path not in METHODS:
            return text(FORBIDDEN.format(name), 403), None
        jedi.catch_up(world)
        try:
            answer = carry_out(METHODS[path], call, request.method, lambda: read_arguments(request))
        except Refusal as refusal:
            answer = Answer(False, str(refusal))
        return write(request, answer), world.faults.take(path, "after")


def _identify(faults: Faults) -> Identity:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        return Identity()
    if faults.standing("refuse_tokens"):
        raise AuthenticationError("Invalid token. Signature has expired")
    # Tokens live in real time, whatever the simulator's clock shows.
    now = 0.0 if faults.standing("accept_expired") else time.time()
    return read_token(current.issuer(), token.strip(), request.headers.get("Origin"), now)


@blueprint.route("/api/<path:path>", methods=VERBS, provide_automatic_options=False)
@blueprint.route("/server/panda/<path:path>", methods=VERBS, provide_automatic_options=False)
def refuse(path: str) -> Response:
    """Other versions, groups and the methods of old servers are forbidden, not unknown."""
    return text(FORBIDDEN.format(path.rsplit("/")[-1]), 403)


@blueprint.app_errorhandler(404)
def not_found(error: Exception) -> Response:
    return Response(_NOT_FOUND, 404, {"Content-Type": "text/html; charset=iso-8859-1"})
