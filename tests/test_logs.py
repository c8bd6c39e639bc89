"""The log as people and as machines read it: nothing that was typed or said writes lines of its own."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app.log_context import known, log_afresh, log_with, logged_with
from app.logs import JsonLines, PlainLines

EVIL = 'no\nERROR jobs: forged\r\x1b[31m\u2028{"level": "ERROR"}\x00\x85'


def record(message: str, *values: object, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("spd.trial", logging.WARNING, "", 0, message, values, more.pop("exc_info", None))
    made.__dict__.update(more)
    return made


@pytest.fixture(autouse=True)
def _nothing_known():
    log_afresh()
    yield
    log_afresh()


def test_a_line_for_people_is_one_line():
    written = PlainLines().format(record("PanDA: %s", EVIL))

    assert written.startswith("WARNING spd.trial: PanDA: no\\nERROR jobs: forged\\r\\x1b[31m\\u2028")
    assert len(written.splitlines()) == 1
    assert written.isprintable()


def test_a_line_for_machines_is_one_object_with_all_that_is_known():
    with logged_with(work="deliver", epoch=7, command=None):
        log_with(command=3, task=5)
        entry = json.loads(line := JsonLines().format(record("PanDA: %s", EVIL, fields={"status": 200})))

    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert line.isprintable()
    moment = datetime.fromisoformat(entry.pop("time"))
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
    assert entry == {
        "level": "WARNING", "logger": "spd.trial", "message": f"PanDA: {EVIL}", "work": "deliver",
        "epoch": 7, "command": 3, "task": 5, "status": 200,
    }  # fmt: skip


def test_what_is_known_ends_with_what_it_was_known_for():
    log_with(request="a")
    with logged_with(command=1):
        with logged_with():
            log_with(panda=2)
            inside = known()
        after = known()

    assert inside == {"request": "a", "command": 1, "panda": 2}
    assert (after, known()) == ({"request": "a", "command": 1}, {"request": "a"})


@pytest.mark.parametrize("formatter", [PlainLines(), JsonLines()])
def test_a_trace_writes_no_line_like_ours(formatter: logging.Formatter):
    try:
        raise RuntimeError(EVIL)
    except RuntimeError:
        written = formatter.format(record("failed", exc_info=sys.exc_info()))

    assert "RuntimeError" in written
    assert not [line for line in written.splitlines()[1:] if not line.startswith("    ")]


# --- requests


class Kept(logging.Handler):
    """Keeps the lines as a machine would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[dict] = []

    def emit(self, made: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(made)))


@pytest.fixture
def kept() -> Any:
    handler = Kept()
    logging.getLogger().addHandler(handler)
    yield handler.lines
    logging.getLogger().removeHandler(handler)


@pytest.mark.own_app
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_line_of_a_request_carries_its_id_its_task_and_the_person(app: Flask, sign_in, make_task, kept):
    def fail(task_id: int) -> str:
        raise RuntimeError("inside")

    app.view_functions["tasks.status"] = fail
    browser, task = sign_in("manager"), make_task("queued")

    answer = browser.get(f"/tasks/{task.id}/status")

    [line] = [line for line in kept if "failed" in line["message"]]
    assert line["request"] == answer.headers["X-Request-ID"]
    assert line["request"] in answer.text
    assert (line["user"], line["task"]) == (browser.user.id, task.id)
    assert "RuntimeError: inside" in line["trace"]
    assert browser.user.username not in json.dumps(kept)
    assert known() == {}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_request_has_an_id_of_its_own(client):
    ids = {client.get(path).headers["X-Request-ID"] for path in ("/livez", "/nothing", "/sign-in", "/livez")}

    assert len(ids) == 4
