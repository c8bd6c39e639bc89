"""Recipes as data: what PanDA would misunderstand is said at the start."""

import pytest

import config
from app.domain.recipe import Input, Recipe, recipes_from_settings
from app.domain.settings_reader import SettingsProblem
from tests.domain.shipped import CONVENTION, RECIPES

GOOD = config.RECIPES["SIMULATION"]
READING = config.RECIPES["AOD"]
CONSTANT = {"type": "constant", "value": "x"}
OUTPUT = {"type": "template", "param_type": "output", "dataset": "%(name)s", "value": "%(name)s.${SN}"}


def with_item(**item):
    return {"job_parameters": [*GOOD["job_parameters"], item]}


def test_every_data_type_of_the_vocabulary_has_a_recipe():
    assert set(RECIPES) == set(CONVENTION.field("data_type").words)


def test_a_recipe_is_read_into_types():
    recipe = RECIPES["SIMULATION"]

    assert (recipe.input, recipe.has_seeds, recipe.ram_mb, recipe.core_count) == (Input.NONE, True, 2000, 1)
    assert recipe.container.endswith(".sif")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"label": {"en": "x"}}, 'label must be {"en": "…", "ru": "…"} with both texts'),
        ({"transformation": ""}, "transformation must not be empty"),
        ({"transformation": "x" * 129}, "129 characters, PanDA's transPath takes 128"),
        ({"input": "files"}, "input must be one of none, dataset, is 'files'"),
        ({"ram_mb": 0}, "ram_mb must be at least 1, is 0"),
        ({"memory": 5}, "'memory' is no setting here"),
        ({"job_parameters": []}, "job_parameters is missing"),
        ({"log": {}}, 'log: param_type must be "log"'),
        ({"log": CONSTANT}, 'log: param_type must be "log"'),
        ({"extra": {"reqID": 5, "vo": "x"}}, "extra: reqID, vo cannot be set here"),
        ({"extra": {"skipScout": False}}, "extra: PanDA takes skipScout for set whatever its value is"),
        ({"extra": {"campaign": "x" * 33}}, "33 characters, PanDA's campaign takes 32"),
        ({"seeds": False}, "a job parameter holds ${RNDMSEED}, so seeds must be True"),
        ({"job_parameters": [CONSTANT, OUTPUT]}, "seeds is True, but no job parameter holds ${RNDMSEED}"),
        (
            with_item(type="template", param_type="number", value="${RNDMSEED}"),
            'the item with ${RNDMSEED} needs "offset": "%(seed_offset)s"',
        ),
        (with_item(type="constant", value="${RNDMSEED}"), 'only in items of param_type "number"'),
        ({"input": "dataset"}, 'input is "dataset", but no job parameter has param_type "input"'),
        ({"input_dataset": {"MC": "x"}}, 'input is "none", but there is an input item or an input_dataset'),
        (with_item(type="text", value="x"), 'type must be "constant" or "template"'),
        (with_item(type="template", value="x"), "param_type must be one of input, pseudo_input, output"),
        (with_item(type="constant", value="x", param_type="number"), "a constant has no param_type"),
        (with_item(type="constant"), "value must be a text"),
        (with_item(type="constant", value="x", width=6), "PanDA knows no width"),
        (with_item(type="constant", value="%(colour)s"), "there is no field colour"),
        (with_item(type="constant", value="100%"), "% stands only in %(field)s: '100%'"),
        (with_item(type="constant", value="${HOME}"), "PanDA has no such placeholder: '${HOME}'"),
        (with_item(type="constant", value="${IN/M[1+1]}"), "PanDA has no such placeholder"),
        (with_item(type="constant", value="$PATH"), "PanDA has no such placeholder"),
        (with_item(**OUTPUT | {"dataset": ""}), "dataset is missing"),
        (with_item(**OUTPUT | {"dataset": "all"}), "dataset must hold %(name)s: two tasks"),
        (with_item(**OUTPUT | {"value": "--o=%(name)s.root"}), "must hold %(name)s and ${SN}"),
        (with_item(**OUTPUT | {"value": "--o=%(name)s.${SN} --x=1"}), "must hold %(name)s and ${SN}"),
        (with_item(**OUTPUT | {"value": "--o %(name)s.${SN}"}), "cannot hold blanks or quotes"),
        (with_item(**OUTPUT | {"value": "--o='%(name)s.${SN}'"}), "cannot hold blanks or quotes"),
    ],
)
def test_a_wrong_recipe_is_told_in_plain_words(changes, line):
    problems = Recipe.problems_of("SIMULATION", GOOD | changes)

    assert any(line in found for found in problems), problems
    assert all(found.startswith("RECIPES, SIMULATION") for found in problems)


def test_the_template_of_an_input_is_checked():
    problems = Recipe.problems_of("AOD", READING | {"input_dataset": {"MC": "%(input_dataset)s.%(colour)s"}})

    assert problems == ["RECIPES, AOD: input_dataset: there is no field colour, input_dataset"]


@pytest.mark.parametrize("table", ["x", None, []])
def test_what_is_no_table_is_said_once(table):
    assert Recipe.problems_of("AOD", table)[0] == "RECIPES, AOD: must be a table {…}"


def test_the_problems_of_all_recipes_are_told_at_once():
    with pytest.raises(SettingsProblem) as refused:
        recipes_from_settings({"A": GOOD | {"ram_mb": 0}, "B": READING | {"core_count": "many"}})

    assert refused.value.problems == [
        "RECIPES, A: ram_mb must be at least 1, is 0",
        "RECIPES, B: core_count must be a whole number, is 'many'",
    ]


def test_a_wrong_recipe_is_not_used():
    with pytest.raises(SettingsProblem, match="ram_mb must be at least 1, is 0"):
        Recipe.from_settings("SIMULATION", GOOD | {"ram_mb": 0})


def test_a_recipe_without_a_dataset_to_read_demands_a_parent():
    recipe = Recipe.from_settings("AOD", {key: READING[key] for key in READING if key != "input_dataset"})

    assert recipe.input_datasets == {}


def test_a_task_with_a_parent_runs_what_is_different_then():
    recipe = Recipe.from_settings("SIMULATION", GOOD)

    with_parent = recipe.of_task(has_parent=True)

    assert recipe.of_task(has_parent=False) is recipe
    assert (recipe.input, with_parent.input) == (Input.NONE, Input.DATASET)
    assert with_parent.transformation == recipe.transformation
    assert {item.get("value") for item in with_parent.job_parameters} >= {"--step=transport", "--input=${IN}"}
    reading = Recipe.from_settings("AOD", READING)
    assert reading.of_task(has_parent=True) is reading


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"input": "none"}, 'with_parent: input must be "dataset"'),
        ({"seeds": False}, "with_parent: seeds must be as without a parent"),
        ({"colour": "red"}, "with_parent: 'colour' is no setting here"),
        ({"job_parameters": []}, "with_parent: job_parameters is missing"),
    ],
)
def test_a_wrong_part_for_tasks_with_a_parent_is_told(changes, line):
    problems = Recipe.problems_of("SIMULATION", GOOD | {"with_parent": GOOD["with_parent"] | changes})

    assert f"RECIPES, SIMULATION: {line}" in problems


def test_what_a_plan_begins_with_is_read():
    recipe = Recipe.from_settings("RECO", config.RECIPES["RECO"])

    assert recipe.next_steps == ("AOD",)
    assert (recipe.events_per_job, recipe.cpu_seconds_per_event, recipe.kilobytes_per_event) == (4000, 3, 100)


def test_a_cost_below_zero_is_told():
    problems = Recipe.problems_of("AOD", READING | {"cpu_seconds_per_event": -1})

    assert problems == ["RECIPES, AOD: cpu_seconds_per_event must not be less than 0"]
