"""The history of a task's fields: every column that a person can change has a row for each change."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.labels import Labels
from app.domain.naming import build
from app.domain.task_state import CommandKind, CommandState
from app.domain.way import Way
from app.domain.wish import Wish
from app.extensions import db
from app.models import PandaCommand, Task, TaskChange, TaskTag, User
from app.services import commands, effects, following, tasks
from app.services.changes import FACTS, PRIORITY_AT_PANDA, facts_of, note_changes
from app.services.following import PandaState
from app.services.labels import change_labels
from app.services.problems import Invalid
from app.services.rules import rules_from
from app.services.tasks import TaskInput, warning_key
from tests.build_task import FIELDS

ALL_OTHER = {
    "year": "2027", "source": "MC", "energy": "13.5", "polarization": "LL", "description": "Jpsi_mumu",
    "run": "60", "data_type": "EVGEN", "dataset": "other.name", "version": "2",
}  # fmt: skip
LABELS = Labels(("mc", "urgent"), "2027-autumn", "SPDPROD-7")

# What each column of a task is to its history. A new column needs its place here.
FOLLOWED = {
    "collision", "events", "jobs", "priority", "parent_id", "campaign", "request", "current_priority",
}  # fmt: skip
MADE_OF_THE_FIELDS = {"name", "convention_version", "task_type", "recipe", "sample"}
MADE_OF_THE_SIZE = {"jobs_total"}
NEVER_CHANGES = {
    "id",
    "creator_id",
    "creator_name",
    "created_at",
    "cloned_from_id",
    "extends_id",
    "is_twin",
    "waits_for_id",
}
IN_THE_HISTORY_OF_STATES = {
    "state", "panda_status", "shown_state", "state_as_of", "submitted_at", "part_accepted_at",
    "part_accepted_by_id", "test_waived_at", "test_waived_by_id",
    "approved_at", "approved_by_id",
}  # fmt: skip
OF_THE_CHAIN_OF_ITS_PARENT = {"chain_id"}
BY_THE_SERVICE = {
    "confirmed_at", "panda_id", "error_dialog", "seed_first", "seed_count", "first_event", "jobs_done",
    "jobs_failed",
    "started_at", "updated_at", "verified_at", "refresh_due_at", "recheck_at", "progress_at", "version",
}  # fmt: skip
PLACES = (
    FOLLOWED, MADE_OF_THE_FIELDS, MADE_OF_THE_SIZE, NEVER_CHANGES, IN_THE_HISTORY_OF_STATES,
    OF_THE_CHAIN_OF_ITS_PARENT, BY_THE_SERVICE,
)  # fmt: skip


@pytest.fixture
def rules(app):
    return rules_from(app.config)


@pytest.fixture
def draft(app_context, make_task):
    task = make_task("draft")
    return db.session.get_one(Task, task.id)


def found(table, made):
    """Return what was made in a session of its own in this one."""
    db.session.rollback()
    return db.session.get_one(table, made.id)


def history(task_id):
    """Return (field, old, new) of each row, the oldest first."""
    rows = db.session.scalars(select(TaskChange).where(TaskChange.task_id == task_id).order_by(TaskChange.id))
    return [(row.field, row.old, row.new) for row in rows]


def given(fields, rules, now, task, collision=None, events=1_000_000, jobs=1000):
    problems = tasks.check_name(fields, collision, rules, now, task.id)
    confirmed = frozenset(warning_key(problem) for problem in problems if not problem.is_error)
    return TaskInput(fields, collision, events, jobs, confirmed)


def test_every_column_of_a_task_has_its_place():
    places = [column for place in PLACES for column in place]

    assert sorted(places) == sorted(column.name for column in Task.__table__.columns)
    assert FOLLOWED - {"parent_id", PRIORITY_AT_PANDA} | {"parent", "tags"} == set(FACTS)


def test_each_field_that_a_person_changes_has_a_row(draft, rules, now):
    before = facts_of(draft)
    other = given(ALL_OTHER, rules, now, draft, "dd", 2_000_000, 2000)

    tasks.change_task(draft.id, draft.creator, 1, other, rules, now)
    change_labels(draft.id, draft.creator, Labels(), LABELS, rules.labels, now)

    rows = {field: (old, new) for field, old, new in history(draft.id)}
    wanted = {name: (before[name], value) for name, value in ALL_OTHER.items() if before[name] != value}
    assert rows == wanted | {
        "collision": (None, "dd"),
        "events": ("1000000", "2000000"),
        "jobs": ("1000", "2000"),
        "tags": (None, "mc, urgent"),
        "campaign": (None, "2027-autumn"),
        "request": (None, "SPDPROD-7"),
    }
    assert set(wanted) == set(FIELDS) - {"source"}


@pytest.mark.parametrize("fact", FACTS)
def test_whatever_changes_a_fact_can_note_it(draft, make_task, now, fact):
    before = facts_of(draft)
    if fact == "tags":
        draft.tags = [TaskTag(tag="new")]
    elif fact == "parent":
        draft.parent = found(Task, make_task("submitted"))
    else:
        setattr(draft, fact, 7 if isinstance(getattr(draft, fact), int) else "new")

    note_changes(db.session(), draft, before, draft.creator_id, now, Way.API)

    [row] = db.session.scalars(select(TaskChange)).all()
    assert (row.field, row.old or "", row.new or "") == (fact, before[fact], facts_of(draft)[fact])
    assert (row.user_id, row.way, row.at) == (draft.creator_id, "api", now)


def test_who_changed_it_is_told_not_whose_it_is(draft, rules, now, make_user):
    manager = found(User, make_user("manager"))

    change_labels(draft.id, manager, Labels(), LABELS, rules.labels, now)

    assert set(db.session.scalars(select(TaskChange.user_id))) == {manager.id}
    assert set(db.session.scalars(select(TaskChange.way))) == {"web"}


def test_saving_what_is_there_already_leaves_no_row(draft, rules, now):
    same = {field.field: field.value for field in draft.fields}

    tasks.change_task(draft.id, draft.creator, 1, given(same, rules, now, draft), rules, now)

    assert history(draft.id) == []


def test_a_change_that_is_refused_leaves_no_row(draft, rules, now, make_task):
    taken = {field.field: field.value for field in draft.fields} | {"run": "4711"}
    make_task("draft", run="4711")

    with pytest.raises(Invalid):
        tasks.change_task(draft.id, draft.creator, 1, given(taken, rules, now, draft), rules, now)

    assert history(draft.id) == []


def test_a_change_whose_row_cannot_be_written_is_not_kept(draft, rules, now):
    db.session.execute(update(Task).where(Task.id == draft.id).values(collision="pp"))
    db.session.commit()
    other = given({**ALL_OTHER, "run": "61"}, rules, now, draft)

    with pytest.raises(AttributeError):
        tasks.change_task(draft.id, draft.creator, 1, other, rules, now, way=None)

    assert (history(draft.id), db.session.get_one(Task, draft.id).collision) == ([], "pp")


@pytest.fixture
def running(app_context, make_task):
    return db.session.get_one(Task, make_task("submitted", panda_status="running").id)


def asked_for(task, priority, user, app, now, kind=CommandKind.PRIORITY):
    """Give an order and have it sent."""
    rules = commands.wish_rules_from(app.config)
    wish = Wish(kind, priority)
    commands.request_command(task.id, user, task.version, wish, rules, now)
    is_ready = PandaCommand.state == CommandState.READY.value
    asked = {"state": CommandState.ASKED.value, "asks": 1, "watch_until": now + timedelta(hours=1)}
    db.session.execute(update(PandaCommand).where(is_ready).values(**asked))
    db.session.commit()


def show(task, priority, now):
    seen = PandaState("running", now, priority, None, None, None, None)
    following.store_state(task.id, seen, now)
    return effects.settle_order_of(task.id, timedelta(hours=1), now)


def test_a_priority_at_panda_is_told_of_who_ordered_it(running, app, make_user, now):
    manager = found(User, make_user("manager"))
    for priority in ("700", "650"):
        asked_for(running, priority, manager, app, now)
        before = history(running.id)
        settled_early = effects.settle_order_of(running.id, timedelta(hours=1), now)
        assert (settled_early, history(running.id)) == (False, before)
        now += timedelta(seconds=10)
        assert show(running, int(priority), now)

    assert history(running.id) == [(PRIORITY_AT_PANDA, "900", "700"), (PRIORITY_AT_PANDA, "700", "650")]
    assert set(db.session.scalars(select(TaskChange.user_id))) == {manager.id}


def test_an_order_that_is_seen_leaves_one_row_however_often_it_is_settled(running, app, now):
    asked_for(running, "700", running.creator, app, now)

    show(running, 700, now + timedelta(seconds=1))
    show(running, 700, now + timedelta(seconds=2))

    assert len(history(running.id)) == 1


def test_those_who_settle_an_order_at_once_leave_one_row(running, at_once, app, now):
    task_id, later = running.id, now + timedelta(seconds=1)
    for round_ in range(1, 5):
        asked_for(running, str(700 + round_), running.creator, app, now)
        seen = PandaState("running", later, 700 + round_, None, None, None, None)
        following.store_state(task_id, seen, later)
        db.session.rollback()

        at_once(*[lambda: effects.settle_order_of(task_id, timedelta(hours=1), later)] * 4)

        assert len(history(task_id)) == round_


def test_other_orders_change_no_field(running, app, now):
    asked_for(running, None, running.creator, app, now, CommandKind.PAUSE)

    following.store_state(running.id, PandaState("paused", now, None, None, None, None, None), now)

    assert effects.settle_order_of(running.id, timedelta(hours=1), now)
    assert history(running.id) == []


def test_a_name_is_told_by_its_fields(draft, rules, now):
    renamed = {field.field: field.value for field in draft.fields} | {"polarization": "TT"}

    task = tasks.change_task(draft.id, draft.creator, 1, given(renamed, rules, now, draft), rules, now)

    assert history(draft.id) == [("polarization", "UU", "TT")]
    assert task.name == build(rules.convention, renamed)
