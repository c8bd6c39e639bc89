"""Recipes: what a data type runs. Data of config.py (RECIPES, explained there), checked and typed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain.columns import WIDTHS, column_lines
from app.domain.recipe_rules import EXTRA_FORBIDDEN, PRESENCE_COUNTS, item_problems, template_problems
from app.domain.settings_reader import Reader, SettingsProblem

# The fields of the shipped conventions: what templates of recipes may speak of, beside GIVEN.
FIELD_NAMES = (
    "year",
    "source",
    "energy",
    "polarization",
    "description",
    "run",
    "data_type",
    "dataset",
    "version",
)
GIVEN = (
    "name",
    "energy_in_name",
    "events",
    "jobs",
    "events_per_job",
    "seed_offset",
    "event_offset",
    "input_dataset",
)


class Input(StrEnum):
    """What the jobs of a task read."""

    NONE = "none"  # PanDA's noInput
    DATASET = "dataset"


@dataclass(frozen=True)
class Recipe:
    """What PanDA runs for one data type. Texts of items may hold %(field)s; see payload.py."""

    data_type: str
    label: Mapping[str, str]
    transformation: str
    software: str
    software_home: str
    container: str
    processing_type: str
    input: Input
    input_datasets: Mapping[str, str]  # source: what a task without a parent reads; no source, no task
    has_seeds: bool
    seed_maximum: int
    core_count: int
    ram_mb: int
    max_attempt: int  # tries of a job
    job_parameters: tuple[Mapping[str, object], ...]
    log: Mapping[str, object]
    extra: Mapping[str, object]  # further keys of PanDA's task parameters, as they are
    next_steps: tuple[str, ...] = ()  # data types that may read what it makes
    # What a plan begins with, before anything was measured.
    events_per_job: int = 1000
    cpu_seconds_per_event: Decimal = Decimal(0)
    kilobytes_per_event: Decimal = Decimal(0)
    # What a task of it may be; 0: as the settings say of all. few_events_per_job: a job with no more is asked
    # about. job_hours: how long a job may take.
    max_events: int = 0
    max_jobs: int = 0
    few_events_per_job: int = 0
    job_hours: Decimal = Decimal(0)
    with_parent: "Recipe | None" = None  # what a task runs that reads its parent's output, if it is another

    def of_task(self, *, has_parent: bool) -> "Recipe":
        """Return what a task with, or without, a parent runs."""
        return self.with_parent if has_parent and self.with_parent else self

    @property
    def repeats_event_numbers(self) -> bool:
        """Say whether it numbers events, and those of every task from 1."""
        return any(
            "${FIRSTEVENT}" in str(item.get("value")) and item.get("offset") != "%(event_offset)s"
            for item in self.job_parameters
        )

    @property
    def columns(self) -> dict[str, str]:
        """What goes into PanDA's columns, by PanDA's key."""
        own = {
            "processingType": self.processing_type,
            "transPath": self.transformation,
            "transUses": self.software,
            "transHome": self.software_home,
            "container_name": self.container,
        }
        return own | {key: str(value) for key, value in self.extra.items() if key in WIDTHS}

    @staticmethod
    def from_settings(data_type: str, table: object) -> "Recipe":
        """Return one of RECIPES. Raise SettingsProblem listing all that is wrong."""
        problems: list[str] = []
        recipe = _read(data_type, table, problems, FIELD_NAMES)
        if problems:
            raise SettingsProblem(problems)
        return recipe

    @staticmethod
    def problems_of(data_type: str, table: object, field_names: Collection[str] = FIELD_NAMES) -> list[str]:
        """Return all that is wrong with one of RECIPES, in plain English."""
        problems: list[str] = []
        _read(data_type, table, problems, field_names)
        return problems


def recipes_from_settings(tables: Mapping[str, object]) -> dict[str, Recipe]:
    """Return RECIPES by data type. Raise SettingsProblem listing all that is wrong."""
    problems = [line for data_type, table in tables.items() for line in Recipe.problems_of(data_type, table)]
    if problems:
        raise SettingsProblem(problems)
    return {data_type: Recipe.from_settings(data_type, table) for data_type, table in tables.items()}


def _read(data_type: str, table: object, problems: list[str], field_names: Collection[str]) -> Recipe:
    reader = Reader(table, f"RECIPES, {data_type}", problems)
    recipe = Recipe(
        data_type=data_type,
        label=reader.words("label"),
        transformation=reader.text("transformation"),
        software=reader.text("software", ""),
        software_home=reader.text("software_home", ""),
        container=reader.text("container", ""),
        processing_type=reader.text("processing_type"),
        input=Input(reader.one_of("input", tuple(Input))),
        input_datasets=_read_texts(reader.table("input_dataset")),
        has_seeds=reader.flag("seeds"),
        seed_maximum=reader.whole("seed_maximum", 900_000_000, minimum=1),
        core_count=reader.whole("core_count", 1, minimum=1),
        ram_mb=reader.whole("ram_mb", 2000, minimum=1),
        max_attempt=reader.whole("max_attempt", 3, minimum=1),
        job_parameters=tuple(item.as_dict() for item in reader.tables("job_parameters", required=True)),
        log=reader.table("log").as_dict(),
        extra=reader.table("extra").as_dict(),
        **_read_plan(reader),
        **_read_limits(reader),
    )
    other = reader.value("with_parent")
    reader.close()
    _check(recipe, reader, {*field_names, *GIVEN})
    if other is None:
        return recipe
    return replace(recipe, with_parent=_read_with_parent(reader, data_type, field_names))


def _read_with_parent(reader: Reader, data_type: str, field_names: Collection[str]) -> "Recipe":
    """Read the recipe of a task with a parent: the same but for what stands in the inner table."""
    own = reader.as_dict()
    inner = reader.table("with_parent").as_dict()
    found: list[str] = []
    recipe = _read(data_type, {**own, **inner, "with_parent": None}, found, field_names)
    for line in found:
        if line not in reader.problems:
            reader.note(f"with_parent: {line.partition(': ')[2]}")
    if recipe.input is not Input.DATASET:
        reader.note('with_parent: input must be "dataset"')
    if recipe.has_seeds is not own.get("seeds", False):
        reader.note("with_parent: seeds must be as without a parent")
    return recipe


def _read_plan(reader: Reader) -> dict[str, Any]:
    """Read what plans of chains begin with."""
    return {
        "next_steps": reader.texts("next_steps"),
        "events_per_job": reader.whole("events_per_job", 1000, minimum=1),
        "cpu_seconds_per_event": _read_cost(reader, "cpu_seconds_per_event"),
        "kilobytes_per_event": _read_cost(reader, "kilobytes_per_event"),
    }


def _read_limits(reader: Reader) -> dict[str, Any]:
    """Read what the size of a task is judged by."""
    limits = {key: reader.whole(key, 0) for key in ("max_events", "max_jobs", "few_events_per_job")}
    return {**limits, "job_hours": _read_cost(reader, "job_hours")}


def _read_cost(reader: Reader, key: str) -> Decimal:
    cost = reader.number(key) or Decimal(0)
    if cost < 0:
        reader.note(f"{key} must not be less than 0")
    return cost


def _read_texts(reader: Reader) -> dict[str, str]:
    return {key: reader.text(key) for key in reader.as_dict()}


def _check(recipe: Recipe, reader: Reader, known: Collection[str]) -> None:
    for line in (*_item_lines(recipe, known), *_extra_lines(recipe), *column_lines(recipe.columns)):
        reader.note(line)
    _check_seeds(recipe, reader)
    _check_input(recipe, reader)


def _item_lines(recipe: Recipe, known: Collection[str]) -> Iterator[str]:
    items = {f"job_parameters[{number}]": item for number, item in enumerate(recipe.job_parameters)}
    for where, item in {**items, "log": recipe.log}.items():
        yield from (f"{where}: {line}" for line in item_problems(item, known))
    if recipe.log.get("param_type") != "log":
        yield 'log: param_type must be "log"'
    for text in recipe.input_datasets.values():
        yield from (
            f"input_dataset: {line}" for line in template_problems(text, {*known} - {"input_dataset"})
        )


def _extra_lines(recipe: Recipe) -> Iterator[str]:
    if forbidden := EXTRA_FORBIDDEN & set(recipe.extra):
        yield f"extra: {', '.join(sorted(forbidden))} cannot be set here"
    for key in sorted(PRESENCE_COUNTS & set(recipe.extra)):
        if not recipe.extra[key]:
            yield f"extra: PanDA takes {key} for set whatever its value is: leave it out"


def _check_seeds(recipe: Recipe, reader: Reader) -> None:
    """JEDI counts RNDMSEED from 1 in every task: without an offset two tasks make the same events."""
    seeded = [item for item in recipe.job_parameters if "${RNDMSEED}" in str(item.get("value"))]
    if recipe.has_seeds and not seeded:
        reader.note("seeds is True, but no job parameter holds ${RNDMSEED}")
    if seeded and not recipe.has_seeds:
        reader.note("a job parameter holds ${RNDMSEED}, so seeds must be True")
    if any(item.get("offset") != "%(seed_offset)s" for item in seeded):
        reader.note('the item with ${RNDMSEED} needs "offset": "%(seed_offset)s"')


def _check_input(recipe: Recipe, reader: Reader) -> None:
    reads = any(item.get("param_type") == "input" for item in recipe.job_parameters)
    if recipe.input is Input.DATASET and not reads:
        reader.note('input is "dataset", but no job parameter has param_type "input"')
    if recipe.input is Input.NONE and (reads or recipe.input_datasets):
        reader.note('input is "none", but there is an input item or an input_dataset')
