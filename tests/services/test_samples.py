"""Samples: what there is already is asked about, and made larger only by what is really of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.domain.problem import Problem
from app.extensions import db
from app.models import PandaCommand, Task, User
from app.services import tasks
from app.services.begun_from import BegunFrom
from app.services.problems import Invalid
from app.services.rules import rules_from
from app.services.samples import NOTHING_THERE, family_of, find_samples
from app.services.tasks import TaskInput
from tests.build_chain import ONCE_MORE, build_chain, make_planner, make_wish
from tests.build_task import FIELDS

Make = Callable[..., Task]
SAMPLE = "2026.MC.27.UU.minbias.59.SIMULATION"
ALONE = ["SIMULATION"]


@pytest.fixture
def physicist(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


@pytest.fixture
def sent(app_context: Flask, make_task: Make) -> Callable[..., Task]:
    """sent("done", run="59") → a task that PanDA has, as PanDA says."""

    def make(status: str = "done", **values: object) -> Task:
        task = make_task("submitted", panda_status=status, **{"run": "59", **values})
        db.session.rollback()  # what was read before does not know it
        return db.session.get_one(Task, task.id)

    return make


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def plan(user: User, now: datetime, first: Task | None = None, steps: list[str] = ALONE, **wanted: object):
    """Return the problems of each row of a plan that extends a task, or is begun from nothing."""
    begun_from = BegunFrom({first.recipe: first}, extends=True) if first else BegunFrom()
    collision = wanted.pop("collision", None)
    wish = make_wish(steps, **{"version": ["2"], **wanted})
    return [row.problems for row in make_planner().plan(wish, collision, user, now, begun_from).rows]


@pytest.mark.parametrize(
    ("state", "status", "counts"),
    [
        ("draft", None, False), ("withdrawn", None, False), ("rejected", None, False),
        ("given-up", None, False),
        ("queued", None, True), ("sending", None, True), ("unknown", None, True), ("held", None, True),
        ("submitted", "running", True), ("submitted", "done", True), ("submitted", "finished", True),
        ("submitted", "failed", False), ("submitted", "aborted", False), ("submitted", "broken", False),
    ],
)  # fmt: skip
def test_what_comes_to_nothing_is_no_sample(app_context: Flask, make_task: Make, state, status, counts):
    task = make_task(state, panda_status=status, run="59")

    found = find_samples([SAMPLE, "another"], None)

    assert (SAMPLE in found) is counts
    assert (task.shown_state in NOTHING_THERE) is not counts


def test_all_tasks_of_a_sample_are_counted_and_the_first_is_named(sent: Make):
    first = sent(events=1000, jobs=10)
    sent("running", version="2", dataset="other.name", events=500, jobs=10)
    sent("failed", version="3")
    sent(run="60")

    found = find_samples([SAMPLE], None)[SAMPLE]

    assert (found.task_id, found.shown_state, found.tasks, found.events) == (first.id, "done", 2, 1500)


@pytest.mark.parametrize(
    ("there", "asked", "is_found"),
    [(None, None, True), (None, "pp", True), ("pp", None, True), ("pp", "pp", True), ("pp", "dd", False)],
)
def test_of_another_collision_system_it_is_another_sample(sent: Make, there, asked, is_found):
    sent(collision=there)

    assert (SAMPLE in find_samples([SAMPLE], asked)) is is_found


def test_a_new_task_of_a_sample_that_exists_is_asked_about(sent: Make, app: Flask, physicist: User, now):
    first, rules = sent(), rules_from(app.config)
    fields = {**FIELDS, "version": "2", "dataset": "my.own"}

    with pytest.raises(Invalid) as refused:
        tasks.create_task(physicist, TaskInput(fields, None, 1000, 10), rules, now)
    [problem] = refused.value.problems
    assert (problem.code, problem.values["id"]) == ("sample_exists", first.id)

    made = tasks.create_task(physicist, TaskInput(fields, None, 1000, 10, ONCE_MORE), rules, now)
    given = TaskInput(fields, None, 2000, 10)
    changed = tasks.change_task(made.id, physicist, made.version, given, rules, now)
    assert changed.events == 2000, "it is not asked again while the sample stays"

    other = sent(run="60")
    given = replace(given, fields={**fields, "run": "60"})
    with pytest.raises(Invalid) as refused:
        tasks.change_task(made.id, physicist, changed.version, given, rules, now)
    assert refused.value.problems[0].values["id"] == other.id


def test_a_name_that_is_taken_is_not_asked_about_as_well(sent: Make, app: Flask, now: datetime):
    sent(version="1")

    assert codes(tasks.check_name(FIELDS, None, rules_from(app.config), now)) == ["name_taken"]


def test_the_planner_asks_the_same(sent: Make, physicist: User, now: datetime):
    sent()

    rows = plan(physicist, now, steps=["SIMULATION", "RECO"], run=["59", "60"])

    assert [codes(problems) for problems in rows] == [["sample_exists"], [], [], []]


def test_an_extension_is_not_asked_about_but_must_be_of_the_sample(
    sent: Make, physicist: User, now: datetime
):
    first = sent(collision="pp")

    assert plan(physicist, now, first) == [[]]
    assert plan(physicist, now, first, dataset=["other"], collision="pp") == [[]]
    other = plan(physicist, now, first, energy=["10", "27"])
    assert [codes(problems) for problems in other] == [["not_the_sample"], []]
    assert [codes(problems) for problems in plan(physicist, now, first, collision="dd", energy=["13"])] == [
        ["not_the_sample"]
    ]


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        ("draft", None, ["nothing_to_extend"]), ("queued", None, ["nothing_to_extend"]),
        ("held", None, ["nothing_to_extend"]), ("submitted", "failed", ["nothing_to_extend"]),
        ("submitted", None, []), ("submitted", "running", []), ("submitted", "finished", []),
    ],
)  # fmt: skip
def test_only_what_panda_has_is_extended(
    app_context: Flask, make_task: Make, physicist: User, now: datetime, state, status, expected
):
    first = db.session.get_one(Task, make_task(state, panda_status=status, run="59").id)

    assert [codes(problems) for problems in plan(physicist, now, first)] == [expected]


def test_a_step_that_reads_is_extended_with_its_chain_only(sent: Make, physicist: User, now: datetime):
    first, reading = sent(), sent(data_type="RECO")
    begun_from = BegunFrom({"SIMULATION": first, "RECO": reading}, extends=True)
    wish = make_wish(["SIMULATION", "RECO"], version=["2"])

    alone = plan(physicist, now, reading, ["RECO"])
    chain = make_planner().plan(wish, None, physicist, now, begun_from)

    assert [codes(problems) for problems in alone] == [["extension_without_input"]]
    assert [codes(row.problems) for row in chain.rows] == [[], []]


def change_recipe(app: Flask, **changes: object) -> None:
    book = app.config["RECIPE_BOOK"]
    app.config["RECIPE_BOOK"] = book | {"SIMULATION": replace(book["SIMULATION"], **changes)}


def test_what_a_recipe_cannot_do_for_an_extension_is_said(
    sent: Make, app: Flask, physicist: User, now: datetime
):
    first = sent()
    items = tuple(
        {key: value for key, value in item.items() if value != "%(event_offset)s"}
        for item in app.config["RECIPE_BOOK"]["SIMULATION"].job_parameters
    )

    change_recipe(app, job_parameters=items)
    [[numbers]] = plan(physicist, now, first)
    change_recipe(app, has_seeds=False)
    [[seeds]] = plan(physicist, now, first)

    assert (numbers.code, numbers.is_error) == ("event_numbers_repeat", False)
    assert (seeds.code, seeds.is_error) == ("extension_without_seeds", True)


def test_another_software_than_before_is_asked_about(sent: Make, app: Flask, physicist: User, now: datetime):
    first = sent()
    payload = '{"container_name": "old.sif", "transUses": "SpdRoot-4.1.7.4"}'
    db.session.execute(update(PandaCommand).where(PandaCommand.task_id == first.id).values(payload=payload))
    db.session.commit()

    [[problem]] = plan(physicist, now, first)
    container = app.config["RECIPE_BOOK"]["SIMULATION"].container

    assert (problem.code, problem.is_error) == ("other_software", False)
    assert dict(problem.values) == {"was": "old.sif", "now": container}


def extend(first: list[Task], user: User, now: datetime, version: str, events: str = "5000") -> list[Task]:
    begun_from = BegunFrom({task.recipe: task for task in first}, extends=True)
    wish = make_wish([task.recipe for task in first], events, version=[version])
    return make_planner().make(wish, None, user, frozenset(), now, submit=True, begun_from=begun_from)


def test_what_extends_what_is_kept_and_summed_up(sent: Make, physicist: User, now: datetime):
    first = [sent(events=100_000, jobs=100), sent(data_type="RECO", events=100_000, jobs=100)]

    one = extend(first, physicist, now, "2")
    two = extend(first, physicist, now, "3", events="700")

    assert [task.extends_id for task in (*one, *two)] == [task.id for task in first] * 2
    assert {task.cloned_from_id for task in (*one, *two)} == {None}
    for member in (first[0], one[0], two[0]):
        family = family_of(member)
        assert (family.first, family.extensions) == (first[0], [one[0], two[0]])
        assert family.events == 105_700
    assert family_of(sent(run="60")) is None


def test_an_extension_stays_one_when_it_is_changed(sent: Make, app: Flask, physicist: User, now: datetime):
    [task] = extend([sent()], physicist, now, "2")
    rules, version = rules_from(app.config), task.version
    fields = {**FIELDS, "version": "2"}

    given = TaskInput({**fields, "energy": "10"}, None, 5000, 5)
    with pytest.raises(Invalid) as refused:
        tasks.change_task(task.id, physicist, version, given, rules, now)
    assert codes(refused.value.problems) == ["not_the_sample"]

    changed = tasks.change_task(task.id, physicist, version, TaskInput(fields, None, 6000, 6), rules, now)
    assert (changed.events, changed.extends_id) == (6000, changed.extends.id)


def test_the_shipped_names_have_their_samples(app_context: Flask, physicist: User, now: datetime):
    chain = build_chain(physicist, now)

    stored = db.session.scalars(select(Task.sample).order_by(Task.id)).all()

    assert stored == [SAMPLE.replace("SIMULATION", task.recipe) for task in chain]
