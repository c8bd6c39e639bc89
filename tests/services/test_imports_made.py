"""Tables of tasks that were judged: all are made, or the valid ones, or none."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.extensions import db
from app.models import Task, User
from app.services.imports import find_just_imported
from app.services.problems import Invalid, NotAllowed
from tests.build_chain import build_chain
from tests.build_table import ENERGY, chain_of, counts, create, judge, name_of, row, tasks_made
from tests.walk import walk


@pytest.fixture
def physicist(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


def test_all_are_made_only_where_all_are_valid(app_context: Flask, physicist: User, now: datetime):
    rows = [row(), row(run="60", events="")]
    with pytest.raises(Invalid) as refused:
        create(rows, physicist, now)

    assert [problem.code for problem in refused.value.problems] == ["missing"]
    assert counts()[0] == 0


def test_the_valid_ones_are_made_and_the_others_told(app_context: Flask, physicist: User, now: datetime):
    chain = chain_of("SIMULATION", "RECO", run="61")
    chain[0]["energy"] = "x"

    made = create([row(), row(run="60", events=""), *chain], physicist, now, only_valid=True, submit=True)

    assert [task.name for task in tasks_made(made)] == [name_of(row())]
    assert list(made.left_out) == [3, 4, 5]
    assert counts()[3] == 1


@pytest.mark.parametrize("only_valid", [True, False])
def test_nothing_to_make_is_an_error(app_context: Flask, physicist: User, now: datetime, only_valid: bool):
    with pytest.raises(Invalid) as refused:
        create([row(events="")], physicist, now, only_valid=only_valid)

    assert "nothing_to_make" in [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("only_valid", [True, False])
def test_warnings_are_confirmed_by_their_kind(
    app_context: Flask, physicist: User, now: datetime, only_valid: bool
):
    rows = [row(energy="40"), row(energy="41"), row(energy="10")]
    with pytest.raises(Invalid) as refused:
        create(rows, physicist, now, only_valid=only_valid)
    assert {problem.code for problem in refused.value.problems} == {"energy_above_collision"}

    made = create(rows, physicist, now, only_valid=only_valid, confirmed=ENERGY)

    assert len(made.ids) == 3


def test_a_viewer_makes_nothing(app_context: Flask, make_user: Callable[..., User], now: datetime):
    with pytest.raises(NotAllowed):
        create([row()], make_user("viewer"), now)


def test_of_two_clicks_the_second_finds_what_the_first_made(
    app_context: Flask, physicist: User, make_user: Callable[..., User], now: datetime
):
    rows = [row(), row(run="60"), row(run="61", events="")]
    made = create(rows, physicist, now, only_valid=True)

    def again(rows, who=physicist, at=now, only_valid=True, submit=False):
        judged = judge(rows, who, at)
        found = find_just_imported(judged, who, at, submit=submit, only_valid=only_valid)
        return found and (list(found.ids), list(found.left_out))

    assert again(rows) == (list(made.ids), [4])
    assert again(rows[:2], only_valid=False) == (list(made.ids), [])
    assert again(rows, only_valid=False) is None
    assert again(rows, submit=True) is None, "they are drafts"
    assert again(rows, who=make_user("physicist")) is None
    assert again(rows, at=now + timedelta(minutes=2)) is None
    assert again([*rows, row(run="62")]) is None, "another can be made"
    assert again([row(events="7", jobs="1"), rows[1]], only_valid=False) is None
    for other in ({"tags": "urgent"}, {"campaign": "2026-spring"}, {"collision": "pp"}):
        assert again([row(**other), rows[1]], only_valid=False) is None, other


def test_the_second_of_two_clicks_finds_what_follows_what(app_context: Flask, physicist: User, now: datetime):
    rows = list(chain_of("SIMULATION", "RECO"))
    made = create(rows, physicist, now)

    def again(rows):
        judged = judge(rows, physicist, now)
        return find_just_imported(judged, physicist, now, submit=False, only_valid=False)

    assert again(rows).ids == made.ids
    assert again([rows[0], rows[1] | {"parent": ""}]) is None


def test_of_clicks_at_once_one_makes_the_tasks(
    app: Flask, app_context: Flask, physicist: User, now: datetime, at_once: Callable[..., list]
):
    rows = [*chain_of("SIMULATION", "RECO"), row(run="60")]

    results = at_once(*[lambda: create(rows, physicist, now)] * 8)

    refused = [result for result in results if isinstance(result, Invalid)]
    assert len(refused) == 7, results
    assert all("name_taken" in [problem.code for problem in each.problems] for each in refused)
    assert counts()[0] == 3


def test_tables_of_the_same_parents_in_another_order_wait_for_each_other(
    app: Flask, app_context: Flask, physicist: User, now: datetime, at_once: Callable[..., list]
):
    runs = list(map(str, range(1, 61)))
    above = build_chain(physicist, now, ["SIMULATION"], run=runs)
    names = [task.name for task in above]
    tables = [
        [row(data_type="RECO", run=str(run), version=version, parent=names[run - 1]) for run in runs]
        for version, runs in (("2", range(1, 61)), ("3", range(60, 0, -1)))
    ]
    meant = frozenset({"name:sample_exists:"})
    db.session.rollback()  # no transaction stays idle, however long they take

    results = at_once(
        *(lambda rows=rows: create(rows, physicist, now, confirmed=meant).ids for rows in tables)
    )

    assert [len(ids) for ids in results] == [60, 60], results
    db.session.rollback()  # to see what the others have written
    for task in db.session.scalars(select(Task)):
        assert task.chain_id == (task.parent_id or task.id)


def test_an_error_after_any_statement_leaves_nothing(app_context: Flask, physicist: User, now: datetime):
    above = build_chain(physicist, now, ["SIMULATION"], run=["1"])[0]
    rows = [*chain_of("SIMULATION", "RECO", tags="mc"), row(data_type="RECO", run="1", parent=above.name)]
    before = counts()

    def nothing_is_left() -> None:
        assert counts() == before
        assert db.session.get_one(Task, above.id, populate_existing=True).chain_id is None

    assert walk(lambda: create(rows, physicist, now, submit=True), nothing_is_left) > 7
    assert counts()[0] == before[0] + 3


def test_a_thousand_rows_are_looked_up_by_the_hundreds(app_context: Flask, physicist: User, now: datetime):
    rows = [row(run=str(number), parent=f"no.such.{number}") for number in range(1, 1001)]
    asked = []

    def note(*values: object) -> None:
        asked.append(values[2])

    event.listen(db.engine, "after_cursor_execute", note)
    try:
        judged = judge(rows, physicist, now)
    finally:
        event.remove(db.engine, "after_cursor_execute", note)

    assert len(judged.entries) == 1000
    assert len(asked) < 8
