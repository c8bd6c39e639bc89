"""A simulator of PanDA and JEDI: a program of its own for the demo and the tests.

    flask --app app.panda.simulator run --port 8081
    gunicorn --threads 8 --bind 127.0.0.1:8081 "app.panda.simulator:create_app()"

It speaks PanDA's API v1 with the quirks of panda-server 1.0.4 (tests/contract holds it to recorded
exchanges), keeps its tasks in SQLite, moves them in time, and serves loopback clients alone. What the tests
and the demo may turn is under /simulator (control.py, faults.py). Nothing else in the service imports it.
"""

import ipaddress
import os

from flask import Flask, abort, request

from app.panda.simulator import (  # the method modules fill the table of methods
    api,
    command_methods,  # noqa: F401
    control,
    control_tasks,
    job_methods,  # noqa: F401
    query_methods,  # noqa: F401
    system_methods,  # noqa: F401
)
from app.panda.simulator.issuer import Issuer
from app.panda.simulator.settings import Settings
from app.panda.simulator.store import Database


def create_app() -> Flask:
    """Build the simulator from the environment (settings.py)."""
    settings = Settings.from_environment(os.environ)
    app = Flask(__name__, static_folder=None)
    # A page of another site could reach us through a name of its own that points here.
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost", "[::1]"]
    app.config["SETTINGS"] = settings
    app.config["ISSUER"] = Issuer(settings.folder, settings.vo)
    app.config["DATABASE"] = Database(settings.folder / "tasks.sqlite")
    app.before_request(_refuse_strangers)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(control.blueprint)
    app.register_blueprint(control_tasks.blueprint)
    return app


def _refuse_strangers() -> None:
    """Serve this machine alone: a proxy's header says that the request came from elsewhere."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # nosec B104  # noqa: S104  nobody, not a bind
    if not address.is_loopback or "X-Forwarded-For" in request.headers:
        abort(403, "The simulator serves loopback clients only.")
