"""What several processes count together, and their log in JSON: with gunicorn and the jobs as they run."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import close_database
from tests.jobs.program import wait_until
from tests.test_web_server import Server, running, status

pytestmark = [pytest.mark.own_app, pytest.mark.parametrize("database_kind", ["sqlite"])]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that all processes count into."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "metrics"))
    monkeypatch.setenv("SPD_LOG_FORMAT", "json")
    return tmp_path / "metrics"


@pytest.fixture
def server(app: Flask, folder: Path, tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, app.config["DATABASE_URL"], workers=2) as server:
        yield server


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


def test_a_process_that_is_just_starting_is_no_error(server: Server, folder: Path):
    (folder / "histogram_1.db").touch()

    assert status(server.ask("/metrics")) == 200


def test_a_request_is_an_object_of_json_with_its_id(server: Server):
    answer = server.ask("/nothing%0d%0a{}")

    wait_until(lambda: "/nothing" in server.log.read_text(), server.log.read_text)
    entries = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    [entry] = [entry for entry in entries if entry.get("path", "").startswith("/nothing")]
    assert entry["request"] == re.search(r"X-Request-ID: (\w+)", answer)[1]
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/nothing%0D%0A%7B%7D", "404")
    assert {line[0] for line in server.log.read_text().splitlines()} == {"{"}


def test_the_jobs_count_into_the_same_place(app: Flask, server: Server, folder: Path, tmp_path: Path):
    close_database(app)
    log = tmp_path / "jobs.log"
    settings = {"SPD_INSTANCE": str(tmp_path / "instance"), "SPD_DATABASE_URL": app.config["DATABASE_URL"]}
    with log.open("w") as output:
        jobs = subprocess.Popen(
            [sys.executable, "-m", "jobs"], env=os.environ | settings, stdout=output, stderr=output
        )
    try:
        wait_until(
            lambda: figures(server).get('spd_work_run_seconds_count{outcome="good",work="deliver"}', 0) > 0,
            log.read_text,
            seconds=90,
        )
    finally:
        jobs.terminate()
        assert jobs.wait(60) == 0
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert "holding the scheduled work" in json.dumps(entries)
    assert [entry for entry in entries if entry.get("work") == "access" and entry["epoch"] == 1]
