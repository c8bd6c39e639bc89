"""Twins: their names, how large they are, and what comes of them."""

from dataclasses import replace

import pytest

import config
from app.domain.naming import build, check
from app.domain.sample import sample_of
from app.domain.twin import TRIES, Trial, TwinRules, lets_go, trial, twin_fields, twin_problems
from tests.domain.shipped import CONTEXT, CONVENTION, RECIPES, VALUES

RULES = TwinRules.from_settings(vars(config), RECIPES)


@pytest.mark.parametrize(
    ("dataset", "first", "second"),
    [
        ("name", "name_test", "name_test2"),
        ("with.dots.in.it", "with.dots.in.it_test", "with.dots.in.it_test2"),
        ("x" * 100, "x" * 95 + "_test", "x" * 94 + "_test2"),
        ("x" * 94 + ".yyyyy", "x" * 94 + "_test", "x" * 94 + "_test2"),
    ],
)
def test_a_twin_is_named_like_its_task_with_a_mark(dataset, first, second):
    found = list(twin_fields(CONVENTION, VALUES | {"dataset": dataset}, RULES))

    assert [each["dataset"] for each in found[:2]] == [first, second]
    assert len({build(CONVENTION, each) for each in found}) == TRIES
    assert all(check(CONVENTION, each, CONTEXT) == [] for each in found)
    assert {sample_of(CONVENTION, each) for each in found} == {sample_of(CONVENTION, VALUES)}


def test_a_name_that_becomes_too_long_loses_the_end_of_its_field():
    values = VALUES | {"description": "d" * 60, "polarization": "p" * 30, "dataset": "x" * 60}
    longest = replace(CONVENTION, max_length=160)

    found = next(twin_fields(longest, values, RULES))

    assert len(build(longest, found)) == 160
    assert found["dataset"].endswith("xx_test")


def test_a_twin_has_no_more_events_than_a_job_of_its_recipe():
    recipes = {**RECIPES, "EVGEN": replace(RECIPES["EVGEN"], events_per_job=7)}
    rules = TwinRules.from_settings({**vars(config), "TWIN_EVENTS": 50}, recipes)

    assert rules.events == {"EVGEN": 7, "SIMULATION": 50}, "only what reads no dataset"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("done", Trial.PASSED), ("finished", Trial.FAILED), ("failed", Trial.FAILED),
        ("aborted", Trial.FAILED),
        ("broken", Trial.FAILED), ("rejected", Trial.FAILED), ("given-up", Trial.FAILED),
        ("draft", Trial.NOT_ON_ITS_WAY), ("withdrawn", Trial.NOT_ON_ITS_WAY), ("queued", Trial.AT_WORK),
        ("running", Trial.AT_WORK), ("exhausted", Trial.AT_WORK), ("held", Trial.AT_WORK),
    ],
)  # fmt: skip
def test_only_done_lets_a_task_go_unless_somebody_says_so(state, expected):
    assert trial(state, is_waived=False) is expected
    assert lets_go(expected) is (state == "done")
    assert lets_go(trial(state, is_waived=True))


@pytest.mark.parametrize(
    ("field", "mark", "line"),
    [
        ("run", "_test", "TWIN_FIELD"), ("description", "_test", "TWIN_FIELD"), ("colour", "x", "TWIN_FIELD"),
        ("dataset", "", "TWIN_MARK"), ("dataset", "a.b", "TWIN_MARK"), ("dataset", "x" * 21, "TWIN_MARK"),
        ("dataset", "тест", "TWIN_MARK"),
    ],
)  # fmt: skip
def test_settings_that_make_no_name_are_told(field, mark, line):
    assert [each.partition(":")[0] for each in twin_problems(field, mark, CONVENTION)] == [line]


def test_the_shipped_settings_are_good():
    assert twin_problems(config.TWIN_FIELD, config.TWIN_MARK, CONVENTION) == []
