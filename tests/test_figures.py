"""What several processes count together, and their log in JSON: with gunicorn and the jobs as they run."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import canaries
from tests.databases import SqliteDatabases, bare_app
from tests.jobs.program import wait_until
from tests.test_web_server import Server, running, status

DELIVERED = 'spd_work_run_seconds_count{outcome="good",work="deliver"}'


@dataclass(frozen=True)
class Ground:
    """Two workers of the web that all tests ask, and what another process is told to count with them."""

    server: Server
    folder: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: SqliteDatabases) -> Iterator[Ground]:
    """Two gunicorn workers take seconds to start, so that they are started once."""
    folder, url = tmp_path_factory.mktemp("figures"), sqlite_databases.make()
    counts = folder / "metrics"
    more = {"PROMETHEUS_MULTIPROC_DIR": str(counts), "SPD_LOG_FORMAT": "json"}
    own = {"SPD_INSTANCE": str(folder / "instance"), "SPD_DATABASE_URL": url}
    with running(folder, url, workers=2, more=more) as server:
        yield Ground(server, counts, {**os.environ, **own, **more})
    with bare_app(url) as app:
        canaries.check_tables(app)
    sqlite_databases.drop(url)


@pytest.fixture
def server(ground: Ground) -> Server:
    """Two workers of the web, that count into the same folder."""
    return ground.server


def workers(server: Server) -> list[int]:
    path = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


def figures(server: Server) -> dict[str, float]:
    answer = server.ask("/metrics")
    assert status(answer) == 200, answer
    body = answer.partition("\r\n\r\n")[2]
    lines = [line for line in body.splitlines() if line.startswith("spd_")]
    return {key: float(value) for key, _, value in (line.rpartition(" ") for line in lines)}


def signed_in_pages(server: Server) -> float:
    labels = 'method="GET",route="/sign-in",status="200"'
    return figures(server).get(f"spd_http_request_seconds_count{{{labels}}}", 0)


def test_all_workers_count_together_and_a_dead_one_is_not_forgotten(server: Server):
    before = signed_in_pages(server)
    for _ in range(20):
        server.ask("/sign-in")
    between = {signed_in_pages(server) for _ in range(6)}

    os.kill(workers(server)[0], signal.SIGKILL)
    wait_until(lambda: len(workers(server)) == 2, server.log.read_text)

    assert between == {before + 20}
    assert {signed_in_pages(server) for _ in range(6)} == {before + 20}


def test_a_process_that_is_just_starting_is_no_error(ground: Ground):
    (ground.folder / "histogram_1.db").touch()

    assert status(ground.server.ask("/metrics")) == 200


def test_a_request_is_an_object_of_json_with_its_id(server: Server):
    answer = server.ask("/nothing%0d%0a{}")

    wait_until(lambda: "/nothing" in server.log.read_text(), server.log.read_text)
    entries = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    [entry] = [entry for entry in entries if entry.get("path", "").startswith("/nothing")]
    assert entry["request"] == re.search(r"X-Request-ID: (\w+)", answer)[1]
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/nothing%0D%0A%7B%7D", "404")
    assert {line[0] for line in server.log.read_text().splitlines()} == {"{"}


def test_the_jobs_count_into_the_same_place(ground: Ground, tmp_path: Path):
    log = tmp_path / "jobs.log"
    with log.open("w") as output:
        jobs = subprocess.Popen(
            [sys.executable, "-m", "jobs"], env=ground.environment, stdout=output, stderr=output
        )
    try:
        wait_until(
            lambda: figures(ground.server).get(DELIVERED, 0) > 0, log.read_text, seconds=90, every_seconds=0.2
        )
    finally:
        jobs.terminate()
        assert jobs.wait(60) == 0
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert "holding the scheduled work" in json.dumps(entries)
    assert [entry for entry in entries if entry.get("work") == "access" and entry["epoch"] == 1]
