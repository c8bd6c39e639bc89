"""What the tests and the demo may turn: tokens, faults and the clock (the tasks: control_tasks.py)."""

from flask import Blueprint, Response, jsonify, request

from app.panda.simulator import current, jedi
from app.panda.simulator.issuer import KINDS, LIFETIME_SECONDS
from app.panda.simulator.protocol import moment
from app.panda.simulator.world import World

blueprint = Blueprint("control", __name__, url_prefix="/simulator")


@blueprint.post("/token")
def token() -> tuple[Response, int]:
    """Grant a token to the demo client: OAuth 2 client credentials, in the form or by HTTP Basic."""
    basic = request.authorization
    client_id = (basic.username if basic else request.form.get("client_id")) or ""
    secret = (basic.password if basic else request.form.get("client_secret")) or ""
    if request.form.get("grant_type") != "client_credentials":
        return jsonify(error="unsupported_grant_type"), 400
    if not current.issuer().knows_client(client_id, secret):
        return jsonify(error="invalid_client"), 401
    granted = {"token_type": "Bearer", "expires_in": LIFETIME_SECONDS}
    return jsonify(granted | {"access_token": current.issuer().for_client()}), 200


@blueprint.post("/tokens")
def tokens() -> tuple[Response, int]:
    """Sign any token a test wants: {name, username, groups, lifetime_seconds, kind}, all optional."""
    wish = request.get_json()
    kind = wish.get("kind", "good")
    if kind not in KINDS:
        return jsonify(error=f"kind is one of {sorted(KINDS)}"), 400
    signed = current.issuer().issue(
        wish.get("name", "Test Producer"),
        wish.get("username", "producer"),
        wish.get("groups", [current.settings().vo, f"{current.settings().vo}/production"]),
        wish.get("lifetime_seconds", LIFETIME_SECONDS),
        kind,
    )
    return jsonify(access_token=signed), 200


@blueprint.route("/faults", methods=["GET", "POST", "DELETE"])
def faults() -> tuple[Response, int]:
    """GET lists, POST adds one (faults.py), DELETE takes away all or those of ?kind=."""
    with current.world() as world:
        if request.method == "POST":
            try:
                world.faults.add(request.get_json(), world.now)
            except ValueError as error:
                return jsonify(error=str(error)), 400
        if request.method == "DELETE":
            _remove_faults(world, request.args.get("kind"))
        return jsonify(faults=[vars(fault) for fault in world.faults.all()]), 200


def _remove_faults(world: World, kind: str | None) -> None:
    jedi.catch_up(world)
    if world.faults.standing("jedi_down") and kind in {None, "jedi_down"}:
        jedi.wake_up(world)
    world.faults.remove(kind)


@blueprint.route("/clock", methods=["GET", "POST"])
def clock() -> Response:
    """Show the clock; POST freeze, run, reset: true or advance: seconds, which counts after the others.

    {"freeze": true, "at": seconds since 1970} sets it too.
    """
    with current.world() as world:
        wish = request.get_json() if request.method == "POST" else {}
        if wish.get("freeze"):
            world.clock.freeze(wish.get("at"))
        for name in ("run", "reset"):
            if wish.get(name):
                getattr(world.clock, name)()
        world.clock.advance(float(wish.get("advance", 0)))
        now = world.clock.now()
        shown = {"now": now, "moment": moment(now), "frozen": world.clock.is_frozen()}
        return jsonify(shown | {"time_scale": world.clock.scale})
