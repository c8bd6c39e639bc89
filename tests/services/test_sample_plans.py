"""Samples are looked up along an index, and many in as many statements as few."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, insert, select

from app.domain.permission import Role
from app.extensions import db
from app.models import Task, User
from app.services.accounts import make_account
from app.services.samples import find_samples
from tests.services.test_list_plans import ACCOUNTS
from tests.services.test_samples import SAMPLE, plan

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def app(full_app: Flask) -> Flask:
    return full_app


@pytest.fixture
def many(app_context: Flask) -> User:
    return db.session.scalars(select(User)).one()


def fill() -> None:
    """Make many tasks, some of one sample."""
    physicist = make_account(ACCOUNTS[0], Role.PHYSICIST, START)
    rows = [
        {
            "id": number, "name": f"{SAMPLE}.set.{number}" if number % 50 == 0 else f"task.{number}",
            "sample": SAMPLE if number % 50 == 0 else f"sample.{number}", "convention_version": 1,
            "task_type": "MC", "recipe": "SIMULATION", "events": 1000, "jobs": 10, "jobs_done": 0,
            "jobs_failed": 0, "creator_id": physicist.id, "creator_name": physicist.username,
            "state": "submitted", "shown_state": "done", "state_as_of": START, "priority": 900,
            "created_at": START + timedelta(seconds=number), "updated_at": START, "version": 1,
        }
        for number in range(1, 20_001)
    ]  # fmt: skip
    db.session.execute(insert(Task), rows)
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(db.text("ANALYZE"))
        db.session.commit()


def test_samples_are_looked_up_along_an_index(many: User, plan_of):
    wanted = [f"sample.{number}" for number in range(1, 20_000, 100)]

    how = [
        plan_of(lambda: find_samples(wanted, None), "GROUP BY"),
        plan_of(lambda: find_samples(wanted, None), "IN ("),
    ]

    assert len(find_samples(wanted, None)) == 200
    assert find_samples([SAMPLE], "pp")[SAMPLE].tasks == 400
    assert "ix_task_sample" in how[0], how[0]
    assert not any("SCAN task" in one or "Seq Scan" in one for one in how), how


def test_a_plan_of_many_samples_takes_as_many_statements_as_one_of_few(many: User, now: datetime):
    def statements(runs: list[str]) -> int:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        plan(many, now, run=runs)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    statements(["59"])
    assert statements(["59", "60"]) == statements(["59", *map(str, range(100, 300))])
