"""`make demo-data`: its program begins, and each sort of chain and remark can be made."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from app.models import Task, User
from app.panda.simulator import create_app as create_simulator
from app.services.holding import begin_epoch

ROOT = Path(__file__).parent.parent


@pytest.fixture
def part(app_context: Flask, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """part("demo_chains") → this module of the program, which finds the others as the program does."""
    monkeypatch.setenv("SIMULATOR_FOLDER", str(tmp_path / "simulator"))
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    begin_epoch("test", now)
    return importlib.import_module


def test_the_program_starts_and_says_what_it_does():
    command = [sys.executable, "tools/demo_data.py", "--help"]

    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    assert "believable tasks" in answer.stdout


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_chain_is_as_far_as_it_is_planned(part, make_user: Callable[..., User], now: datetime):
    chains, simulator = part("demo_chains"), create_simulator().test_client()
    user = db.session.get(User, make_user().id)

    made = [chains.make_chain(chain, user, simulator, now) for chain in chains.CHAINS[2:5]]

    shown = [[db.session.get_one(Task, task.id).shown_state for task in tasks] for tasks in made]
    assert shown == [
        ["done", "finished", "done", "done"],
        ["done", "done", "failed", "queued"],
        ["done", "finished", "queued", "queued"],
    ]
    assert all(tasks[0].created_at < now for tasks in made)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_people_write_on_tasks_is_taken(part, make_task: Callable[..., Task], now: datetime):
    labels, task = part("demo_labels"), db.session.get_one(Task, make_task().id)

    for process in labels.TAGS:
        task = labels.label(task, task.creator, process, now)
    for state in labels.COMMENTS:
        labels.remark(task.id, task.creator, state, now)

    assert {each.tag for each in task.tags} == set(labels.TAGS["prompt-photons"])
    assert task.campaign.startswith(str(now.year))
