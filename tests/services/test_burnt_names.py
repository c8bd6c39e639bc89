"""Names sent before a restore, which the database has forgotten since: nobody sends them again."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from app.extensions import db
from app.models import StraySend, Task, User
from app.services import tasks
from app.services.problems import Invalid
from app.services.rules import rules_from
from app.services.strays import FROM_JOURNAL
from app.services.tasks import TaskInput
from tests.build_chain import make_planner, make_wish
from tests.build_table import create, judge, row
from tests.build_task import FIELDS

NAME = "2026.MC.27.UU.minbias.59.SIMULATION.myDataset.123456.name.1"

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def physicist(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


@pytest.fixture(autouse=True)
def burnt(app_context: Flask, now: datetime) -> None:
    """The name was sent; that was looked at and released."""
    db.session.add(StraySend(key="k", found_in=FROM_JOURNAL, name=NAME, found_at=now, released_at=now))
    db.session.commit()


def codes(refused: Invalid) -> set[str]:
    return {problem.code for problem in refused.problems}


def test_no_task_gets_it(app_context: Flask, physicist: User, now: datetime):
    with pytest.raises(Invalid) as refused:
        tasks.create_task(physicist, TaskInput(FIELDS, None, 1000, 10), rules_from(app_context.config), now)

    assert codes(refused.value) == {"name_burnt"}


def test_no_plan_gets_it_and_the_next_version_is_free(app_context: Flask, physicist: User, now: datetime):
    wanted = make_planner().plan(make_wish(["SIMULATION"], version=["1"]), None, physicist, now)
    free = make_planner().plan(make_wish(["SIMULATION"], version=[""]), None, physicist, now)

    assert "name_burnt" in [problem.code for problem in wanted.rows[0].problems]
    assert free.rows[0].planned.name == f"{NAME[:-1]}2"


def test_no_table_gets_it(app_context: Flask, physicist: User, now: datetime):
    judged = judge([row()], physicist, now)

    assert judged.entries[0].name == NAME
    assert "name_burnt" in [problem.code for problem in judged.entries[0].problems]
    with pytest.raises(Invalid):
        create([row()], physicist, now)


def test_a_draft_that_is_older_than_its_send_is_not_submitted(
    app_context: Flask, physicist: User, make_task: Callable[..., Task], now: datetime
):
    db.session.query(StraySend).update({"name": "another"})
    db.session.commit()
    task = make_task("draft", creator=physicist, run="59")
    db.session.query(StraySend).update({"name": task.name})
    db.session.commit()

    with pytest.raises(Invalid) as refused:
        tasks.request_submission(task.id, physicist, task.version, now)

    assert codes(refused.value) == {"name_burnt"}
