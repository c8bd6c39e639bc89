"""Changes of many tasks: what is touched, what is left, what is refused, and that each is whole."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.domain.bulk import BulkKind, BulkResult
from app.domain.bulk_edit import Edit, check_edit, editable_fields
from app.domain.labels import Labels
from app.extensions import db, write_unit
from app.models import BulkAction, BulkItem, Task, TaskChange, TaskTransition
from app.services.bulk_judge import bulk_rules_from
from app.services.bulk_run import carry_on
from app.services.labels import change_labels
from tests.build_chain import build_chain
from tests.services.bulk.hands import edit, fields_of, results
from tests.walk import Broken, broken_after

Make = Callable[..., Task]


def test_only_the_chosen_fields_are_touched_and_the_history_says_by_whom(
    app_context, make_task: Make, act, run, person, now
):
    tasks = [make_task("draft", creator=person, events=1000 * each, jobs=each) for each in (1, 2)]
    rules = bulk_rules_from(app_context.config).tasks.labels
    change_labels(tasks[0].id, person, Labels(), Labels(("kept", "old")), rules, now)
    before = [fields_of(task) for task in tasks]

    done = run(
        act(
            BulkKind.EDIT, tasks, edit(version="7", campaign="2026-spring", add_tags="new", remove_tags="old")
        )
    )

    assert done == [(task.id, "done", None) for task in tasks]
    changed = {"version": "7", "campaign": "2026-spring"}
    assert fields_of(tasks[0]) == before[0] | changed | {"tags": ["kept", "new"]}
    assert fields_of(tasks[1]) == before[1] | changed | {"tags": ["new"]}
    noted = db.session.scalars(select(TaskChange).where(TaskChange.task_id == tasks[1].id))
    assert {(each.field, each.old, each.new, each.user_id) for each in noted} == {
        ("version", "1", "7", person.id),
        ("campaign", None, "2026-spring", person.id),
        ("tags", None, "new", person.id),
    }


def test_labels_are_changed_whatever_the_state_and_fields_only_until_it_is_sent(
    make_task: Make, act, run, person
):
    draft, running = make_task("draft", creator=person), make_task(creator=person, panda_status="running")

    labels = run(act(BulkKind.EDIT, [draft, running], edit(campaign="2026-spring")))
    fields = act(
        BulkKind.EDIT, [db.session.get_one(Task, each.id) for each in (draft, running)], edit(version="2")
    )

    assert [result for _task, result, _why in labels] == ["done", "done"]
    assert run(fields) == [(draft.id, "done", None), (running.id, "left out", "not in state")]


def test_nothing_is_done_to_a_task_that_has_the_values_already(make_task: Make, act, run, person):
    task = make_task("draft", creator=person)

    assert run(act(BulkKind.EDIT, [task], edit(version="1", events="1000000"))) == [
        (task.id, "left out", "nothing new")
    ]
    assert fields_of(task)["version"] == "1"


def test_two_tasks_that_would_get_one_name_are_told_before(make_task: Make, act, run, person):
    first = make_task("draft", creator=person, run="70", version="1")
    second = make_task("draft", creator=person, run="70", version="2")

    done = run(act(BulkKind.EDIT, [first, second], edit(version="9")))

    assert done == [(first.id, "done", None), (second.id, "left out", "problems")]


def test_a_name_that_is_taken_while_it_goes_on_is_refused_and_nothing_of_that_task_changes(
    make_task: Make, act, run, person
):
    task = make_task("draft", creator=person, run="71")
    action = act(BulkKind.EDIT, [task], edit(version="9", campaign="2026-spring"))
    make_task("draft", creator=person, run="71", version="9")

    assert run(action) == [(task.id, "not done", "problems")]
    assert (fields_of(task)["version"], fields_of(task)["campaign"]) == ("1", None)


def test_an_odd_value_is_left_out_unless_it_is_meant_so(make_task: Make, act, run, person):
    tasks = [make_task("draft", creator=person) for _each in range(2)]
    odd = {"energy": "28"}  # beyond what the beams reach

    asked = run(act(BulkKind.EDIT, [tasks[0]], {"values": odd}))
    meant = run(act(BulkKind.EDIT, [tasks[1]], {"values": odd, "takes_warnings": True}))

    assert (asked[0][1:], meant[0][1:]) == (("left out", "problems"), ("done", None))


def test_what_is_queued_stays_fit_to_be_sent(app_context, make_task: Make, act, run, person, monkeypatch):
    without = {name: recipe for name, recipe in app_context.config["RECIPE_BOOK"].items() if name != "AOD"}
    monkeypatch.setitem(app_context.config, "RECIPE_BOOK", without)
    task = make_task("queued", creator=person, data_type="SIMULATION")

    ((_task, result, why),) = run(
        act(BulkKind.EDIT, [task], {"values": {"data_type": "AOD"}, "takes_warnings": True})
    )

    assert (result, why) == ("not done", "problems")
    assert fields_of(task)["data_type"] == "SIMULATION"


def test_it_is_asked_about_a_sample_that_exists_unless_it_is_meant_so(make_task: Make, act, run, person):
    make_task(creator=person, panda_status="running", run="91")
    asked, meant = (make_task("draft", creator=person, version=str(each)) for each in (2, 3))

    left = act(BulkKind.EDIT, [asked], edit(run="91"))
    done = act(BulkKind.EDIT, [meant], {"values": {"run": "91"}, "takes_warnings": True})

    assert run(left) == [(asked.id, "left out", "problems")]
    assert (
        db.session.scalar(select(BulkItem.details).where(BulkItem.task_id == asked.id)).count("sample_exists")
        == 1
    )
    assert run(done) == [(meant.id, "done", None)]


@pytest.mark.parametrize("kind", [BulkKind.SUBMIT, BulkKind.EDIT])
def test_an_error_after_any_statement_leaves_the_task_and_its_result_alone(
    app_context: Flask, make_task: Make, act, person, kind, now
):
    task, rules = make_task("draft", creator=person), bulk_rules_from(app_context.config)
    action = act(kind, [task], edit(version="5", campaign="2026-spring", add_tags="a"))
    transitions = select(func.count()).select_from(TaskTransition)
    before, history = fields_of(task), db.session.scalar(transitions)

    for number in range(1, 60):
        with suppress(Broken), broken_after(number):
            carry_on(action.id, rules, now)
        db.session.rollback()
        if results(action)[0][1] == BulkResult.DONE.value:
            break
        assert (fields_of(task), db.session.scalar(transitions)) == (before, history), number
        with write_unit() as session:  # as it was
            session.execute(update(BulkItem).values(result=None, why=None, details=None))
            session.execute(update(BulkAction).values(state="running"))

    assert number > 4
    assert results(action) == [(task.id, "done", None)]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, ["edit"]),
        ({"version": ""}, ["version"]),
        ({"campaign": "", "request": "", "collision": ""}, []),
        ({"events": "many"}, ["events"]),
        ({"jobs": ""}, ["jobs"]),
        ({"energy": "-1"}, ["energy"]),
        ({"collision": "xx"}, ["collision"]),
        ({"campaign": "Two words!"}, ["campaign"]),
        ({"add_tags": "GOOD wrong_one"}, ["add_tags"]),
        ({"remove_tags": "anything at all"}, []),
        ({"description": "a b"}, ["description"]),
    ],
)
def test_what_is_wrong_whatever_the_task_is_told_at_its_field(app_context, values, wrong, now):
    rules = bulk_rules_from(app_context.config).tasks

    found = check_edit(Edit(values), rules.convention, rules.labels, rules.context(None, now))

    assert [problem.field for problem in found] == wrong
    assert set(values) <= set(editable_fields(rules.convention))


def test_a_chain_changes_as_a_whole_and_one_of_its_tasks_only_where_that_is_meant(
    app_context, act, run, person, now
):
    chain = build_chain(person, now, ["SIMULATION", "RECO"])

    alone = run(act(BulkKind.EDIT, [chain[1]], edit(run="60")))
    both = run(act(BulkKind.EDIT, chain, edit(run="61")))
    meant = run(act(BulkKind.EDIT, [chain[1]], edit(run="62") | {"takes_warnings": True}))

    assert [result for _task, result, _why in alone] == ["left out"]
    assert "parent_differs" in db.session.scalars(select(BulkItem.details).order_by(BulkItem.id)).first()
    assert [result for _task, result, _why in both + meant] == ["done", "done", "done"]
    runs = [task.name.split(".")[5] for task in db.session.scalars(select(Task).order_by(Task.id))]
    assert runs == ["61", "62"]
