"""Tables of tasks: every row judged as a task made by hand."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from app.extensions import db
from app.models import Task, User
from app.services.labels import labels_of
from app.services.problems import Invalid
from app.services.rules import rules_from
from app.services.tasks import TaskInput, check_name, create_task
from tests.build_chain import build_chain
from tests.build_table import chain_of, codes, counts, create, judge, make_importer, name_of, row, tasks_made
from tests.build_task import FIELDS


@pytest.fixture
def physicist(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


def test_a_row_becomes_the_task_that_a_form_would_make(app_context: Flask, physicist: User, now: datetime):
    more = {"collision": "pp", "tags": "mc, Urgent", "campaign": "2026-spring", "request": "SPDPROD-1"}

    made = create([row(**more, events="1 000 000", jobs="")], physicist, now)

    [task] = tasks_made(made)
    assert (task.name, task.state, task.creator_id) == (name_of(row()), "draft", physicist.id)
    assert (task.events, task.jobs, task.jobs_total) == (1_000_000, 1000, 1000), "as the recipe suggests"
    assert (task.collision, task.recipe, task.task_type) == ("pp", "SIMULATION", "MC")
    labels = labels_of(task)
    assert (labels.tags, labels.campaign, labels.request) == (("mc", "urgent"), "2026-spring", "SPDPROD-1")
    assert {each.field: each.value for each in task.fields} == {
        name: row()[name] for name in row() if name not in ("events", "jobs")
    }
    assert (task.parent_id, task.chain_id) == (None, None)
    assert counts() == [1, 9, 1, 0, 2, 1]


def test_it_is_asked_about_rows_of_a_sample_that_exists(
    app_context: Flask, physicist: User, make_task: Callable[..., Task], now: datetime
):
    make_task(creator=physicist, panda_status="done", run="91")
    db.session.commit()
    rows = [row(run="91", version="2"), row(run="92")]

    assert codes(judge(rows, physicist, now)) == [["name: sample_exists"], []]
    with pytest.raises(Invalid):
        create(rows, physicist, now)
    assert len(create(rows, physicist, now, confirmed=frozenset({"name:sample_exists:"})).ids) == 2


def test_rows_that_follow_each_other_are_chains_as_a_plan_makes_them(
    app_context: Flask, physicist: User, now: datetime
):
    steps = ("EVGEN", "SIMULATION", "RECO", "AOD")
    planned = build_chain(physicist, now, steps, run=["1"])
    rows = [*chain_of(*steps, run="2")[::-1], row(run="3")]

    made = create(rows, physicist, now, submit=True)

    *chain, alone = tasks_made(made)
    chain = chain[::-1]
    assert [task.parent_id for task in chain] == [None, *(task.id for task in chain[:-1])]
    assert {task.chain_id for task in chain} == {chain[0].id}
    assert made.chains == [chain[0].id]
    assert alone.chain_id is None
    for one, other in zip(chain, planned, strict=True):
        for column in ("state", "shown_state", "priority", "recipe", "version", "convention_version"):
            assert getattr(one, column) == getattr(other, column), column
    assert counts()[3] == 4 + 5, "each waits to be sent"


@pytest.mark.parametrize("in_chain", [True, False])
def test_a_row_can_follow_a_task_that_exists(
    app_context: Flask, physicist: User, now: datetime, in_chain: bool
):
    above = build_chain(physicist, now, ["SIMULATION", "RECO"] if in_chain else ["SIMULATION"])[0]

    # In a chain there is such a task already.
    meant = frozenset({"name:sample_exists:"} if in_chain else ())
    made = create([row(data_type="RECO", version="7", parent=above.name)], physicist, now, confirmed=meant)

    [task] = tasks_made(made)
    assert (task.parent_id, task.chain_id, above.chain_id) == (above.id, above.id, above.id)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"energy": "27,5 GeV"}, ["energy: not_a_number"]),
        ({"run": "59-70"}, ["run: not_a_number"]),
        ({"description": "=cmd|' /C calc'!A0"}, ["description: forbidden_character"]),
        ({"description": "min bias"}, ["description: space"]),
        ({"version": ""}, ["version: missing"]),
        ({"events": ""}, ["events: missing"]),
        ({"events": "x"}, ["events: not_an_integer"]),
        ({"events": "10", "jobs": "20"}, ["jobs: more_jobs_than_events"]),
        ({"jobs": "0"}, ["jobs: too_small"]),
        ({"collision": "xx"}, ["collision: not_in_vocabulary"]),
        ({"tags": "_"}, ["tags: wrong_tag"]),
        ({"tags": "x" * 501}, ["tags: too_long"]),
        ({"campaign": "a b"}, ["campaign: wrong_pattern"]),
        ({"request": "=1+1"}, ["request: wrong_pattern"]),
        ({"source": "Data"}, ["data_type: rule"]),
        ({"source": "Data", "data_type": "RECO"}, ["input: input_missing"]),
        ({"energy": "40"}, ["energy: energy_above_collision"]),
        ({"parent": "no.such.name"}, ["parent: parent_unknown"]),
        ({"parent": "\ufffd"}, ["parent: parent_unknown"]),
    ],
)
def test_what_is_wrong_with_a_row_is_said_by_column(
    app_context: Flask, physicist: User, now: datetime, changes: dict[str, str], wrong: list[str]
):
    judged = judge([row(), row(**{"run": "60", **changes})], physicist, now)

    assert codes(judged) == [[], wrong]


def test_a_row_is_judged_as_a_form_is(app_context: Flask, physicist: User, now: datetime):
    odd = row(year="2031", energy="40", polarization="XX", description="min bias", run="x", version="100")
    importer = make_importer()

    [entry] = judge([odd], physicist, now).entries

    assert entry.problems == check_name(odd, None, importer.rules, now)


def test_a_name_that_is_taken_or_stands_twice_is_said_with_its_rows(
    app_context: Flask, physicist: User, now: datetime
):
    build_chain(physicist, now, ["SIMULATION"])

    judged = judge([row(), row(run="60"), row(run="60"), row(run="061"), row(run="61")], physicist, now)

    assert codes(judged) == [["name: name_taken"], *[["name: name_in_rows"]] * 4]
    rows = [entry.problems[0].values.get("rows") for entry in judged.entries[1:]]
    assert rows == ["3–4", "3–4", "5–6", "5–6"]


def test_a_row_whose_parent_cannot_be_made_cannot_be_made_either(
    app_context: Flask, physicist: User, now: datetime
):
    chain = chain_of("EVGEN", "SIMULATION", "RECO")
    chain[0]["events"] = ""

    judged = judge([*chain, row(run="60")], physicist, now)

    left_out = ["parent: parent_left_out"]
    assert codes(judged) == [["events: missing"], left_out, left_out, []]
    assert [entry.problems[0].values.get("number") for entry in judged.entries[1:3]] == [2, 3]
    assert (judged.left_out, judged.valid) == ([2, 3, 4], [3])


def test_rows_that_wait_for_each_other_are_told_so(app_context: Flask, physicist: User, now: datetime):
    app_context.config["RECIPE_BOOK"] = dict(app_context.config["RECIPE_BOOK"])
    first, second, third = chain_of("SIMULATION", "RECO", "AOD")
    first["parent"] = name_of(second)

    judged = judge([first, second, third], physicist, now)

    assert codes(judged)[0] == ["parent: parent_circle", "parent: parent_of_another_kind"]
    assert codes(judged)[1] == ["parent: parent_circle"]
    assert codes(judged)[2] == ["parent: parent_left_out"]
    assert judged.valid == []


@pytest.mark.parametrize(
    ("above", "below", "code"),
    [("SIMULATION", "AOD", "parent_of_another_kind"), ("AOD", "RECO", "parent_ends_chain")],
)
def test_a_parent_must_make_what_the_row_reads(
    app_context: Flask, physicist: User, now: datetime, above: str, below: str, code: str
):
    judged = judge(chain_of(above, below), physicist, now)

    assert codes(judged)[1] == [f"parent: {code}"]


def test_a_row_that_is_another_sample_than_its_parent_asks(
    app_context: Flask, physicist: User, now: datetime
):
    first, second = chain_of("SIMULATION", "RECO")
    second |= {"energy": "10", "dataset": "other", "version": "2"}

    judged = judge([first, second], physicist, now)

    assert codes(judged) == [[], ["parent: parent_differs"]]
    assert judged.entries[1].problems[0].values == {"fields": ("energy",)}
    assert len(judged.valid) == 2


def test_only_a_task_that_one_may_change_gets_children(
    app_context: Flask, physicist: User, make_user: Callable[..., User], make_task: Callable[..., Task],
    now: datetime,
):  # fmt: skip
    other, manager = make_user("physicist"), make_user("manager")
    sent, draft = (make_task(state, creator=other, data_type="RECO") for state in ("queued", "draft"))
    dead = make_task("rejected", creator=physicist, data_type="RECO")
    rows = [
        row(data_type="AOD", run=task.name.split(".")[5], parent=task.name) for task in (sent, draft, dead)
    ]

    found = {who: [each[-1:] for each in codes(judge(rows, who, now))] for who in (physicist, manager)}

    told = [["parent: parent_not_yours"], ["parent: parent_unknown"], ["parent: parent_dead"]]
    assert found[physicist] == told
    assert found[manager] == [[], [], ["parent: parent_dead"]]


def test_a_test_of_a_task_gets_no_children(
    app_context: Flask, physicist: User, make_user: Callable[..., User], now: datetime
):
    given = TaskInput(FIELDS, "pp", 100_000, 100, with_twin=True)
    twin = create_task(physicist, given, rules_from(app_context.config), now).waits_for
    rows = [row(data_type="RECO", version="7", parent=twin.name)]

    found = judge(rows, physicist, now).entries[0].problems

    assert [(problem.code, dict(problem.values)) for problem in found] == [
        ("parent_is_twin", {"id": twin.id})
    ]
    assert codes(judge(rows, make_user("physicist"), now)) == [["parent: parent_unknown"]]
    with pytest.raises(Invalid):
        create(rows, physicist, now)
