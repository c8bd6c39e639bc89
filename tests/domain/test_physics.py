"""Physics that does not go together: what is refused, and what is asked."""

from dataclasses import replace
from decimal import Decimal

import pytest

import config
from app.domain.estimate import SizeLimits, check_size
from app.domain.name_field import Condition, Rule
from app.domain.naming import check
from app.domain.problem import Level
from tests.domain.shipped import CONTEXT, CONVENTION, RECIPES, VALUES, brief

LIMITS = SizeLimits.from_settings(vars(config))

# what differs from VALUES, the collision system chosen ("" is none), what is said
NAMES = [
    ({}, "", []),
    ({"polarization": "LL"}, "pp", []),
    ({"source": "Data", "data_type": "EVGEN"}, "", ["data_type detector_data_are_not_generated"]),
    ({"source": "Data", "data_type": "SIMULATION"}, "", ["data_type detector_data_are_not_generated"]),
    ({"source": "Data", "data_type": "RECO"}, "", []),
    ({"source": "MC", "data_type": "RAW"}, "", ["data_type", "data_type simulation_makes_no_raw_data"]),
    ({"source": "Data", "data_type": "RAW"}, "", ["data_type"]),
    ({"source": "Data", "data_type": "RECO", "year": "2027"}, "", ["year data_of_a_year_to_come?"]),
    ({"source": "MC", "data_type": "RECO", "year": "2027"}, "", []),
    ({"source": "Data", "data_type": "AOD", "run": "0"}, "", ["run data_without_a_run"]),
    ({"source": "MC", "run": "0"}, "", ["run?"]),
    ({"polarization": "ZZ"}, "pp", ["polarization protons_without_tensor_polarization"]),
    ({"polarization": "UZ"}, "", ["polarization protons_without_tensor_polarization?"]),
    ({"polarization": "ZU", "energy": "13"}, "dd", []),
    ({"polarization": "ZZ", "energy": "13"}, "dd", []),
    ({"polarization": "ZU", "energy": "19"}, "pd", ["polarization first_beam_of_protons?"]),
    ({"polarization": "UZ", "energy": "19"}, "pd", []),
    ({"polarization": "UL", "energy": "19"}, "pd", []),
    ({"polarization": "UU", "energy": "11"}, "CC", []),
    ({"polarization": "LL", "energy": "11"}, "CC", ["polarization nuclei_without_spin"]),
    ({"polarization": "UT", "energy": "11"}, "CaCa", ["polarization nuclei_without_spin"]),
    ({"polarization": "UU"}, "none", []),
    ({"polarization": "TT"}, "none", ["polarization polarization_without_beams?"]),
    ({"energy": "27.1"}, "pp", ["energy?"]),
    ({"energy": "13.6"}, "dd", ["energy?"]),
    ({"energy": "1000"}, "none", []),
]

# data type, events, jobs, what is said, the correction
SIZES = [
    ("SIMULATION", 1_000_000, 1000, [], None),
    ("SIMULATION", 17_280, 1, [], None),  # 48 h of 10 s an event
    ("SIMULATION", 17_281, 1, ["jobs long_jobs?"], "2"),
    ("SIMULATION", 1_000_000, 10, ["jobs long_jobs?"], "58"),
    (
        "SIMULATION",
        10_000_000_000,
        100,
        ["jobs long_jobs?"],
        None,
    ),  # no number of jobs that is allowed would do
    ("SIMULATION", 100, 10, ["jobs few_events_per_job?"], None),
    ("SIMULATION", 110, 10, [], None),
    ("SIMULATION", 10, 1, [], None),  # with one job there is nothing to put together
    ("EVGEN", 1_000_000, 1, [], None),
    ("EVGEN", 1000, 10, ["jobs few_events_per_job?"], None),
    ("RECO", 1_000_000, 10, ["jobs long_jobs?"], "18"),
    ("AOD", 1_000_000, 10, [], None),
]


def said(problems):
    """Return "field", "field rule", "?" behind a warning."""
    return [
        f"{problem.field} {problem.values.get('rule', '')}".strip() + ("" if problem.is_error else "?")
        for problem in problems
    ]


@pytest.mark.parametrize(("changes", "collision", "expected"), NAMES)
def test_values_that_do_not_go_together(changes, collision, expected):
    context = CONTEXT | ({"collision": collision} if collision else {})

    problems = check(CONVENTION, VALUES | changes, context)

    assert said(problems) == expected
    brief(problems)


def test_every_rule_is_in_the_table():
    told = {word.rstrip("?").rpartition(" ")[2] for _changes, _collision, words in NAMES for word in words}

    assert {rule.code for rule in CONVENTION.rules} <= told
    assert all(". " in rule.text["en"] or "?" in rule.text["en"] for rule in CONVENTION.rules), (
        "why, and a way"
    )


@pytest.mark.parametrize(("data_type", "events", "jobs", "expected", "mend"), SIZES)
def test_sizes_by_data_type(data_type, events, jobs, expected, mend):
    problems = check_size(events, jobs, LIMITS.of_recipe(RECIPES[data_type]))

    assert brief(problems) == expected
    assert [problem.mend for problem in problems] == [mend] * len(expected)


def test_the_jobs_that_are_said_to_fit_do():
    limits = LIMITS.of_recipe(RECIPES["SIMULATION"])
    for events in (17_281, 1_000_000, 9_999_999, 123_456_789):
        [problem] = check_size(events, 1, limits)

        assert check_size(events, int(problem.mend), limits) == []
        assert check_size(events, int(problem.mend) - 1, limits) != []


def test_a_recipe_may_be_stricter_than_the_settings_but_not_laxer():
    recipe = replace(RECIPES["EVGEN"], max_events=1000, max_jobs=10**9)
    limits = LIMITS.of_recipe(recipe)

    assert brief(check_size(1001, 1, limits)) == ["events too_large"]
    assert limits.max_jobs == LIMITS.max_jobs


@pytest.mark.parametrize(
    ("condition", "year", "applies"),
    [
        (Condition(minimum=Decimal(2026)), "2026", True),
        (Condition(minimum=Decimal(2027)), "2026", False),
        (Condition(maximum=Decimal(2026)), "2026", True),
        (Condition(maximum=Decimal(2025)), "2026", False),
        (Condition(minimum=Decimal(2020), maximum=Decimal(2030)), "2026", True),
        (Condition(maximum=Decimal(2030)), "soon", False),
        (Condition(years_ahead=0), "2026", False),
        (Condition(years_ahead=0), "2027", True),
        (Condition(years_ahead=0, maximum=Decimal(2026)), "2027", False),
    ],
)
def test_a_rule_may_speak_of_bounds(condition, year, applies):
    rule = Rule("bounds", "year", {"year": condition}, Level.WARNING, {"en": "x", "ru": "x"})
    convention = replace(CONVENTION, rules=(rule,))

    assert ("year bounds?" in said(check(convention, VALUES | {"year": year}, CONTEXT))) is applies
