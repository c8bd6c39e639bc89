"""Check the addresses in the settings: the service's own, PanDA's and the database's.

Nothing is quoted: an address that is wrong may hold a password. Only the scheduled work may import
app.panda, so what its client would refuse is found here once more.
"""

import ipaddress
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from werkzeug.sansio.utils import host_is_trusted

_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_SQLITE = {"sqlite", "sqlite+pysqlite"}
_POSTGRESQL = "postgresql+psycopg"
CA_BUNDLES = ("PANDA_CA_BUNDLE", "IAM_CA_BUNDLE", "MAIL_CA_BUNDLE")


def address_problems(config: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the addresses, a line for each."""
    return [
        *_service_problems(config["PUBLIC_URL"], config["TRUSTED_HOSTS"]),
        *_database_problems(config["DATABASE_URL"], Path(config["INSTANCE"])),
        *_panda_problems(config),
        *(problem for name in CA_BUNDLES for problem in _certificate_problems(name, config[name])),
    ]


def is_loopback(url: str) -> bool:
    """Say whether what is sent there stays on this machine: 127.0.0.0/8, ::1 and localhost."""
    parts = _split(url)
    return parts is not None and is_loopback_host(parts.hostname or "")


def _service_problems(public_url: str, trusted: list[Any]) -> list[str]:
    problem = shape_problem(public_url, "http(s)://host without a path or a final slash")
    parts = _split(public_url)
    if not problem and parts and parts.path:
        problem = "write http(s)://host without a path or a final slash"
    problems = [f"PUBLIC_URL: {problem}"] if problem else []
    if not trusted or not all(_is_host_pattern(host) for host in trusted):
        problems.append(
            'TRUSTED_HOSTS: write names of hosts, as ["spd.example.org"]; without any, all are served'
        )
    elif parts and not problem and not host_is_trusted(parts.netloc, trusted):
        problems.append("TRUSTED_HOSTS: the host of PUBLIC_URL must be among them, or nobody is served there")
    return problems


def _database_problems(address: str, instance: Path) -> list[str]:
    if not address:
        return []
    wanted = (
        "DATABASE_URL: write postgresql+psycopg://user@host/spd or sqlite:////folder/spd.sqlite,"
        " or leave it empty"
    )
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return [wanted]
    if url.drivername in _SQLITE:
        if url.database in {None, "", ":memory:"}:
            return [wanted]
        is_in_folder = (instance / str(url.database)).parent.is_dir()
        return [] if is_in_folder else ["DATABASE_URL: the folder of the SQLite file does not exist"]
    is_port = url.port is None or 1 <= url.port <= 65535
    return [] if url.drivername == _POSTGRESQL and is_port else [wanted]


def _panda_problems(config: Mapping[str, Any]) -> list[str]:
    problems = []
    parts = _split(config["PANDA_URL"])
    problem = shape_problem(config["PANDA_URL"], "https://host:port without a path")
    if not problem and parts and parts.path.strip("/"):
        problem = "write https://host:port without a path"
    problem = problem or secrecy_problem(config["PANDA_URL"])
    if problem:
        problems.append(f"PANDA_URL: {problem}")
    endpoint = config["PANDA_TOKEN_URL"]
    problem = endpoint and (shape_problem(endpoint, "https://host:port/path") or secrecy_problem(endpoint))
    if problem:
        problems.append(f"PANDA_TOKEN_URL: {problem}")
    monitor = config["PANDA_MONITOR_TASK_URL"]
    if monitor and not (monitor.startswith(("https://", "http://")) and "{task_id}" in monitor):
        problems.append("PANDA_MONITOR_TASK_URL: write https://… with {task_id} in it, or leave it empty")
    return problems


def _certificate_problems(name: str, bundle: str) -> list[str]:
    if not bundle:
        return []
    try:
        # A folder is looked into only when a certificate is needed.
        if not Path(bundle).is_dir():
            ssl.create_default_context(cafile=bundle)
    except (OSError, ValueError) as error:  # SSLError, for a file without certificates, is an OSError
        reason = "holds no certificates" if isinstance(error, ssl.SSLError) else "cannot be read"
        return [f"{name}: {bundle} {reason}"]
    return []


def shape_problem(url: str, wanted: str) -> str:
    """Return what keeps this from being a plain http(s) address; "" if nothing does."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not _is_host(parts.hostname or ""):
        return f"write {wanted}"
    if "@" in parts.netloc or "?" in url or "#" in url:
        return "no user, no password, no '?' and no '#' may stand in it"
    return ""


def secrecy_problem(url: str) -> str:
    if url.lower().startswith("https:") or is_loopback(url):
        return ""
    return "https is required, secrets would travel in the clear"


def _split(url: str) -> SplitResult | None:
    """Return the parts of an address; None when it is none."""
    # urlsplit leaves tabs and line ends out without a word.
    if not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        return None if parts.port == 0 else parts  # asking for the port checks it
    except ValueError:
        return None


def _is_host(host: str) -> bool:
    is_number = ":" in host or host.rpartition(".")[2].isdigit()
    return _is_ip_address(host) if is_number else bool(_HOST.fullmatch(host))


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback_host(host: str) -> bool:
    """Say whether this names the machine itself."""
    return host == "localhost" or (_is_ip_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_host_pattern(host: object) -> bool:
    """Say whether Flask can compare with this: a name, a number, or ".name" for all beneath it."""
    return isinstance(host, str) and (_is_host(host.removeprefix(".")) or _is_ip_address(host.strip("[]")))
