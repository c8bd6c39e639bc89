"""What stands against sending a task, found before it is sent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from app.domain.columns import WIDTHS
from app.domain.payload import PayloadSettings, build_payload, canonical_json, check_payload
from app.domain.recipe import Recipe
from tests.domain.shipped import RECIPES, SETTINGS, VALUES, brief, task_to_send

SIMULATION = RECIPES["SIMULATION"]


def found(recipe=SIMULATION, settings=SETTINGS, **changes):
    return brief(check_payload(replace(task_to_send(), **changes), recipe, settings))


def settings_with(**changes):
    return PayloadSettings.from_settings(vars(config) | changes)


def test_a_good_task_can_be_sent():
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "x" * 257}, "name column_too_long"),
        ({"name": ""}, "name empty"),
        ({"key": "x" * 51}, "key column_too_long"),
        ({"key": ""}, "key empty"),
        ({"key": "a_b"}, "key unsafe_characters"),
        ({"name": "a b"}, "name unsafe_characters"),
        ({"name": "${SN}"}, "name unsafe_characters"),
        ({"parent_name": "$JEDITASKID"}, "input unsafe_characters"),
        ({"creator": "Ivan I"}, "creator unsafe_characters"),
        ({"creator": "x${IN}"}, "creator unsafe_characters"),
        ({"creator": "a\nb"}, "creator unsafe_characters"),
        ({"creator": "<PANDA_"}, "creator unsafe_characters"),
        ({"events": 0}, "events too_small"),
        ({"jobs": -1}, "jobs too_small"),
        ({"priority": 0}, "priority too_small"),
        ({"seed_offset": None}, "seed seed_missing"),
        ({"seed_offset": -1}, "seed seeds_used_up"),
        ({"seed_offset": 899_999_001}, "seed seeds_used_up"),
    ],
)
def test_a_wrong_task_is_refused(changes, expected):
    assert found(**changes) == [expected]


def test_a_user_name_of_any_language_is_no_danger():
    assert found(creator="физик@spd.ru") == []


def test_the_last_seed_may_be_the_largest():
    assert found(seed_offset=899_999_000) == []


@pytest.mark.parametrize("character", "$<{} '\"`\\\n\x00=;|ж")
@pytest.mark.parametrize("field", VALUES)
def test_no_dangerous_character_of_a_user_is_sent_in_any_field(field, character):
    fields = VALUES | {field: f"a{character}b"}

    assert found(fields=fields) == [f"{field} unsafe_characters"]


@given(st.dictionaries(st.sampled_from(list(VALUES)), st.text(max_size=8)), st.text(max_size=8))
def test_what_passes_the_check_adds_no_placeholder_of_panda(fields, creator):
    task = task_to_send(fields=VALUES | fields, creator=creator)

    if not check_payload(task, SIMULATION, SETTINGS):
        text = canonical_json(build_payload(task, SIMULATION, SETTINGS))
        plain = canonical_json(build_payload(task_to_send(), SIMULATION, SETTINGS))
        assert text.count("$") == plain.count("$")
        assert "<" not in text


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("PANDA_USER_NAME", "userName"),
        ("PANDA_VO", "vo"),
        ("PANDA_WORKING_GROUP", "workingGroup"),
        ("PANDA_PROD_SOURCE_LABEL", "prodSourceLabel"),
        ("PANDA_ARCHITECTURE", "architecture"),
        ("PANDA_CLOUD", "cloud"),
        ("PANDA_SITE", "site"),
    ],
)
def test_a_setting_wider_than_its_column_is_named(setting, key):
    good = settings_with(**{setting: "x" * WIDTHS[key]})
    bad = settings_with(**{setting: "x" * (WIDTHS[key] + 1)})

    (problem,) = check_payload(task_to_send(), SIMULATION, bad)

    assert found(settings=good) == []
    assert (problem.field, problem.code) == (setting, "column_too_long")
    assert problem.values == {"key": key, "length": WIDTHS[key] + 1, "maximum": WIDTHS[key]}


@pytest.mark.parametrize("setting", ["PANDA_USER_NAME", "PANDA_VO", "PANDA_PROD_SOURCE_LABEL"])
def test_a_setting_that_panda_needs_is_not_empty(setting):
    assert found(settings=settings_with(**{setting: ""})) == [f"{setting} empty"]


@pytest.mark.parametrize(
    "name", ["spd_12", "spd 12", "spd/prod", "spd (prod)", "spd's", 'spd"', "робот", "spd\n"]
)
def test_a_user_name_that_panda_would_change_is_refused(name):
    assert found(settings=settings_with(PANDA_USER_NAME=name)) == ["PANDA_USER_NAME user_name_changes"]


def test_the_settings_are_told_in_plain_words():
    problems = PayloadSettings.problems_of(
        vars(config) | {"PANDA_USER_NAME": "spd_12", "PANDA_VO": "", "PANDA_CLOUD": "Dubna-Moscow"}
    )

    assert problems == [
        "PANDA_VO: PanDA needs a vo",
        "PANDA_CLOUD: 12 characters, PanDA's cloud takes 10",
        "PANDA_USER_NAME: ASCII without quotes, / and parentheses, and no number after a blank or _:"
        " PanDA cuts them off",
    ]


def test_the_shipped_settings_are_sound():
    assert PayloadSettings.problems_of(vars(config)) == []


@pytest.mark.parametrize(
    ("attribute", "width"),
    [
        ("processing_type", 64),
        ("transformation", 128),
        ("software", 64),
        ("software_home", 128),
        ("container", 200),
    ],
)
def test_a_recipe_wider_than_a_column_is_refused(attribute, width):
    recipe = replace(SIMULATION, **{attribute: "x" * (width + 1)})

    assert found(recipe=recipe) == ["RECIPES column_too_long"]


def test_names_of_files_and_datasets_are_measured_with_their_suffixes():
    recipe = replace(SIMULATION, log=SIMULATION.log | {"dataset": "%(name)s." + "x" * 60})

    assert found(name="x" * 200, recipe=recipe) == ["name column_too_long"]
    assert found(name="x" * 200) == []
    assert found(name="x" * 240) == ["name column_too_long"] * 2


def test_a_recipe_that_speaks_of_a_field_this_name_does_not_have_is_refused():
    fields = {name: value for name, value in VALUES.items() if name != "polarization"}

    (problem,) = check_payload(task_to_send(fields=fields), SIMULATION, SETTINGS)

    assert (problem.code, problem.values) == ("unknown_placeholder", {"placeholder": "polarization"})


def test_detector_data_without_a_parent_have_nothing_to_read():
    task = task_to_send("2026.Data.27.UU.physics.59.RECO.a.2")

    assert brief(check_payload(task, RECIPES["RECO"], SETTINGS)) == ["input input_missing"]


def test_a_task_that_draws_no_random_numbers_needs_no_seeds():
    assert found(recipe=RECIPES["AOD"], seed_offset=None) == []


def test_a_data_type_without_a_recipe_is_refused():
    (problem,) = check_payload(task_to_send(), None, SETTINGS)

    assert (problem.field, problem.values) == ("data_type", {"data_type": "SIMULATION"})


def test_a_recipe_may_demand_a_field_of_its_own_convention():
    items = [{"type": "constant", "value": "--geometry=%(geometry)s"}]
    table = config.RECIPES["AOD"] | {"job_parameters": items + config.RECIPES["AOD"]["job_parameters"]}

    assert Recipe.problems_of("AOD", table) == ["RECIPES, AOD: job_parameters[0]: there is no field geometry"]
    assert Recipe.problems_of("AOD", table, {*VALUES, "geometry"}) == []
