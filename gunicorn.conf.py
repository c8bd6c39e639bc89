"""How the web server runs: settings of gunicorn, which reads this file by itself."""

import logging
import os
from typing import Any
from urllib.parse import quote

from gunicorn.glogging import Logger

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


class QuietLogger(Logger):  # type: ignore[misc]
    """Lines for people: no time (the supervisor or the journal adds it), no files, no polls."""

    error_fmt = "%(message)s"

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """Log a request that somebody made on purpose."""
        is_poll = environ.get("HTTP_HX_REQUEST") and environ["REQUEST_METHOD"] == "GET"
        if is_poll or environ["PATH_INFO"].startswith(("/static/", "/heartbeat", "/healthz")):
            return
        super().access(resp, req, environ, request_time)

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
