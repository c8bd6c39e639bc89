"""How the web server runs: settings of gunicorn, which reads this file by itself."""

import logging
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gunicorn.glogging import Logger

sys.path.insert(0, str(Path(__file__).parent))
from app.logs import formatter
from app.settings import SettingsError, load

# The database, the logs and the secrets are for nobody else.
os.umask(0o077)

bind = f"127.0.0.1:{os.environ.get('PORT', '8080')}"
worker_class = "gthread"
# Two processes use two cores; threads wait for the database side by side.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
keepalive = 65
graceful_timeout = 10
# A worker's sign of life is a file: on a slow disk it could be taken for dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
# The control socket could shut the service down or reload it, and lies in the home directory.
control_socket_disable = True
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(M)s ms"


def _log_format() -> str:
    """Return the setting; settings that cannot be read are told by the application."""
    settings: dict[str, Any] = {}
    try:
        load(settings, Path(os.environ.get("SPD_INSTANCE", "instance")).absolute(), os.environ, {})
    except SettingsError:
        return "plain"
    return str(settings["LOG_FORMAT"])


LOG_FORMAT = _log_format()
# What programs ask for all day.
UNTOLD = ("/static/", "/heartbeat", "/livez", "/healthz", "/metrics")


class QuietLogger(Logger):  # type: ignore[misc]
    """Lines for people: no time (the supervisor or the journal adds it), no files, no polls."""

    error_fmt = "%(message)s"

    def setup(self, cfg: Any) -> None:
        """Write objects of JSON where the settings want that."""
        super().setup(cfg)
        if LOG_FORMAT == "json":
            for handler in (*self.error_log.handlers, *self.access_log.handlers):
                handler.setFormatter(formatter(LOG_FORMAT))

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """Log a request that somebody made on purpose."""
        is_poll = environ.get("HTTP_HX_REQUEST") and environ["REQUEST_METHOD"] == "GET"
        if is_poll or environ["PATH_INFO"].startswith(UNTOLD):
            return
        atoms = self.atoms(resp, req, environ, request_time)
        fields = {
            "request": dict(resp.headers).get("X-Request-ID"),
            "method": atoms["m"],
            "path": atoms["U"],
            "status": atoms["s"],
            "milliseconds": atoms["M"],
        }
        self.access_log.info(access_log_format % atoms, extra={"fields": fields})

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Return what a line is made of; the path as it was sent: a line break in it begins no line."""
        path = quote(environ["PATH_INFO"], safe="/!$&'()*+,;=:@~", encoding="latin-1")
        return {**super().atoms(resp, req, environ, request_time), "U": path}


logger_class = QuietLogger


def post_fork(_server: Any, _worker: Any) -> None:
    """Write what happens at the door, a line of JSON each, to where the log of requests goes."""
    door = logging.getLogger("spd.accounts")
    door.setLevel(logging.INFO)
    door.addHandler(logging.StreamHandler())
    door.propagate = False  # it is an object of JSON already


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone; what it counted stays."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead  # once the folder is there

        mark_process_dead(worker.pid)
