"""The web server as it runs: gunicorn with our settings, asked over a real socket, byte by byte."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

from app.models import User
from tests.conftest import PASSWORD
from tests.databases import SqliteDatabases

ROOT = Path(__file__).parent.parent
START_SECONDS = 60
GOOD = "Host: 127.0.0.1\r\nConnection: close\r\n"


class Server:
    """gunicorn, and what it wrote."""

    def __init__(
        self, folder: Path, database: str, workers: int = 1, more: Mapping[str, str] | None = None
    ) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        own = {"SPD_INSTANCE": str(folder / "instance"), "SPD_DATABASE_URL": database}
        environment = {**os.environ, **own, "PORT": str(self.port), "WEB_CONCURRENCY": str(workers)}
        environment |= more or {}
        self.log = folder / "log"
        with self.log.open("w") as output:
            command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def wait(self) -> None:
        limit = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < limit:
            try:
                if self.ask("/sign-in").startswith("HTTP/1.1 200"):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(self.log.read_text())

    def say(self, text: str) -> str:
        """Send these characters, whatever they are; return all that comes back."""
        with closing(socket.create_connection(("127.0.0.1", self.port), START_SECONDS)) as line:
            line.sendall(text.encode("latin-1"))
            answer = b""
            while piece := line.recv(65536):
                answer += piece
        return answer.decode("latin-1")

    def ask(self, path: str, method: str = "GET", more: str = "") -> str:
        return self.say(f"{method} {path} HTTP/1.1\r\n{GOOD}{more}\r\n")


@contextmanager
def running(
    folder: Path, database: str, workers: int = 1, more: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run it as long as this lasts. more: what else stands in its environment."""
    server = Server(folder, database, workers, more)
    try:
        server.wait()
        yield server
    finally:
        server.process.terminate()
        server.process.wait(START_SECONDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: SqliteDatabases) -> Iterator[Server]:
    url = sqlite_databases.make()
    with running(tmp_path_factory.mktemp("web"), url) as server:
        yield server
    sqlite_databases.drop(url)


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


BODY = "username=a&password=b"
# Two ways to say where a request ends: a proxy and this server could each believe another one.
AMBIGUOUS = {
    "a length and chunks": f"Content-Length: {len(BODY)}\r\nTransfer-Encoding: chunked\r\n",
    "two lengths": f"Content-Length: {len(BODY)}\r\nContent-Length: 0\r\n",
    "a list of lengths": f"Content-Length: {len(BODY)}, 0\r\n",
    "a length with a sign": f"Content-Length: +{len(BODY)}\r\n",
    "a length in hexadecimal": "Content-Length: 0x15\r\n",
    "a negative length": "Content-Length: -1\r\n",
    "a blank before the colon": "Content-Length : 0\r\n",
    "an unknown encoding": "Transfer-Encoding: identity, chunked\r\nTransfer-Encoding: xchunked\r\n",
    "chunks and then more": "Transfer-Encoding: chunked, gzip\r\n",
    "chunks twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "a folded header": "Transfer-Encoding:\r\n chunked\r\n",
    "a chunk without a length": "Transfer-Encoding: chunked\r\n\r\nZ\r\n",
}


PICTURE = "Content-Type: image/svg+xml"
SMUGGLED = "GET /static/favicon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_a_request_whose_end_is_not_clear_is_refused(server: Server, case: str) -> None:
    answer = server.say(
        "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"{AMBIGUOUS[case]}\r\n0\r\n\r\n{BODY}{SMUGGLED}"
    )

    # Some are told so, some connections are just closed: no second request is read in any case.
    assert answer == "" or status(answer) in {400, 501}
    assert PICTURE not in answer
    assert answer.count("HTTP/1.1 ") <= 1


def test_the_same_request_with_a_clear_end_is_followed_by_the_next(server: Server) -> None:
    answer = server.say(
        f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"
        + SMUGGLED.replace("Host", "Connection: close\r\nHost")
    )

    assert answer.count("HTTP/1.1 ") == 2
    assert PICTURE in answer


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG"])
@pytest.mark.parametrize("path", ["/sign-in", "/static/favicon.svg"])
def test_a_method_that_echoes_or_tunnels_is_refused(server: Server, method: str, path: str) -> None:
    answer = server.ask(path, method, "X-Secret: mirrored\r\n")

    assert status(answer) in {400, 405}
    assert "mirrored" not in answer


HIDDEN = [
    "/.git/HEAD", "/.git/config", "/static/../.git/HEAD", "/static/%2e%2e/%2e%2e/config.py", "/config.py",
    "/static/..%2f..%2fconfig.py", "/static/..%252f..%252fconfig.py", "/static/....//config.py",
    "/instance/secret_key", "/requirements.txt", "/wsgi.py", "/tests/", "/migrations/", "/.env",
]  # fmt: skip


@pytest.mark.parametrize("path", HIDDEN)
def test_no_file_beside_the_static_ones_is_served(server: Server, path: str) -> None:
    assert status(server.ask(path)) == 404


@pytest.mark.parametrize("path", ["/static", "/static/", "/static/css/", "/static/vendor", "/static/js/."])
def test_no_folder_is_listed(server: Server, path: str) -> None:
    answer = server.ask(path)

    assert status(answer) == 404
    assert 'favicon.svg">' not in answer.partition("<main")[2]


UNASKED = [
    "/health", "/status", "/debug", "/console", "/docs", "/openapi.json", "/admin",
    "/swagger", "/server-status", "/simulator/token", "/simulator/faults",
]  # fmt: skip


@pytest.mark.parametrize("path", UNASKED)
def test_nothing_is_there_for_machines_and_testers(server: Server, path: str) -> None:
    assert status(server.ask(path)) == 404


def test_the_log_of_requests_holds_no_query_no_header_and_no_body(server: Server) -> None:
    server.ask("/sign-in?token=canary-of-the-query", more="Cookie: spd=canary-of-the-cookie\r\n")
    body = "username=x&password=canary-of-the-body"
    server.ask(
        "/sign-in", "POST", f"Authorization: Bearer canary-of-the-header\r\nContent-Length: {len(body)}\r\n"
    )

    log = server.log.read_text()
    assert re.search(r"GET /sign-in 200 \d+ ms", log)
    assert "canary" not in log


def test_a_line_of_the_log_is_one_line(server: Server) -> None:
    before = len(server.log.read_text().splitlines())

    server.ask("/a%0d%0aGET%20/forged%20200%201%20ms%1b%5b31m%e2%80%a8")

    new = server.log.read_text().splitlines()[before:]
    assert len(new) == 1
    assert re.fullmatch(r"GET /a%0D%0AGET%20/forged%20200%201%20ms%1B%5B31m%E2%80%A8 404 \d+ ms", new[0])


@pytest.mark.parametrize(
    ("request_line", "headers"),
    [
        ("GET /sign-in?{} HTTP/1.1", ""),
        ("GET /{} HTTP/1.1", ""),
        ("GET /sign-in HTTP/1.1", "X-Long: {}\r\n"),
    ],
)
def test_a_line_that_is_too_long_is_refused(server: Server, request_line: str, headers: str) -> None:
    long = "x" * 20_000

    answer = server.say(f"{request_line.format(long)}\r\n{GOOD}{headers.format(long)}\r\n")

    assert status(answer) in {400, 414, 431}


def test_too_many_headers_are_refused(server: Server) -> None:
    assert status(server.ask("/sign-in", more="".join(f"X-{n}: y\r\n" for n in range(200)))) in {400, 431}


def open_files(server: Server) -> int:
    [worker] = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return len(list(Path(f"/proc/{worker}/fd").iterdir()))


def test_a_request_leaves_no_file_open(server: Server) -> None:
    paths = ["/sign-in", "/nothing", "/static/favicon.svg", "/tasks"]
    for path in paths * 5:  # the pool of connections fills up
        server.ask(path)
    before = open_files(server)

    for path in paths * 25:
        server.ask(path)

    assert open_files(server) < before + 10, "of 100 requests a few may still be closing"


@pytest.mark.own_app
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_signs_in_is_a_line_of_the_log(
    app: Flask, make_user: Callable[..., User], tmp_path: Path
) -> None:
    with running(tmp_path, app.config["DATABASE_URL"]) as server:
        page = server.ask("/sign-in")
        cookie = re.search(r"Set-Cookie: (spd=[^;]+)", page)[1]
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        typed = {
            "username": make_user("physicist", "ghosty").username,
            "password": PASSWORD,
            "csrf_token": token,
        }
        form = f"Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        body = urlencode(typed)

        answer = server.ask("/sign-in", "POST", f"{form}Content-Length: {len(body)}\r\n\r\n{body}")

    assert status(answer) == 303
    [line] = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert (line["event"], line["user"], line["address"]) == ("signed_in", "ghosty", "127.0.0.1")
