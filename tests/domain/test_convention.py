"""The convention as data: what is wrong with a table is said all at once."""

import copy
from decimal import Decimal

import pytest

import config
from app.domain.naming import (
    CollisionSystem,
    Convention,
    Kind,
    build,
    check,
    conventions_from_settings,
    naming_problems,
    normalise,
    of_version,
    parse,
)
from app.domain.problem import Level
from app.domain.settings_reader import SettingsProblem
from tests.domain.shipped import CONTEXT, CONVENTION, VALUES, brief

WORDS = {"en": "a", "ru": "а"}


def a_field(**changes):
    return {
        "name": "word",
        "label": WORDS,
        "help": WORDS,
        "example": "x",
        "kind": "text",
        "max_length": 9,
    } | changes


def a_convention(*fields, **changes):
    table = {"version": 1, "separator": ".", "max_length": 99, "fields": list(fields) or [a_field()]}
    return table | changes


def lines(table):
    return [line.removeprefix("NAMING_CONVENTIONS, version 1") for line in Convention.problems_of(table)]


def test_the_shipped_convention_is_sound():
    assert naming_problems(config.NAMING_CONVENTIONS, config.COLLISION_SYSTEMS) == []
    assert CONVENTION.field_names == tuple(VALUES)


def test_the_shipped_examples_make_a_name_without_a_problem():
    examples = {field.name: field.example for field in CONVENTION.fields}

    assert brief(check(CONVENTION, examples, CONTEXT)) == []
    assert normalise(CONVENTION, examples) == examples


def test_every_shipped_text_is_there_in_both_languages():
    texts = [text for field in CONVENTION.fields for text in (field.label, field.help)]
    texts += [choice.label for field in CONVENTION.fields for choice in field.vocabulary]
    texts += [system.label for system in CONVENTION.collisions] + [rule.text for rule in CONVENTION.rules]

    assert all(any("а" <= letter <= "я" for letter in text["ru"]) for text in texts)
    assert all(text["en"].isascii() or "–" in text["en"] for text in texts)


def test_the_shipped_convention_is_read_into_types():
    energy, polarization = CONVENTION.field("energy"), CONVENTION.field("polarization")

    assert (energy.kind, energy.above, energy.unit["en"]) == (Kind.DECIMAL, Decimal(0), "GeV")
    assert polarization.unlisted is Level.WARNING
    assert polarization.is_provisional
    assert "polarizationType1" in polarization.words
    assert CONVENTION.collisions[1].maximum == Decimal("13.5")
    with pytest.raises(KeyError):
        CONVENTION.field("colour")


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("no table", "NAMING_CONVENTIONS: must be a table {…}"),
        (a_convention(version=0), "version must be at least 1, is 0"),
        (a_convention(version=True), "version must be a whole number, is True"),
        (a_convention(separator="/"), ": separator must be one of ., _, -, is '/'"),
        (a_convention(separator=""), ": separator must be one of ., _, -, is ''"),
        (a_convention(max_length=250), ": max_length: 240 at most, PanDA takes 256 and outputs add a suffix"),
        (a_convention(fields=[]), ": fields is missing"),
        (a_convention(fields={}), ": fields must be a list of tables"),
        (a_convention(fields=["x"]), ", fields[0]: must be a table {…}"),
        (a_convention(feilds=[]), ": 'feilds' is no setting here"),
        (a_convention(a_field(), a_field()), ": two fields have the same name"),
        (
            a_convention(a_field(holds_separator=True), a_field(name="b", holds_separator=True)),
            ": holds_separator: one field at most, else a name could not be split",
        ),
        (
            a_convention(a_field(name="Word")),
            "name must be 1 to 32 small letters, digits and _",
        ),
        (a_convention(a_field(name="jobs")), "name: jobs means something else already"),
        (a_convention(a_field(label="Word")), 'label must be {"en": "…", "ru": "…"} with both texts'),
        (a_convention(a_field(help={"en": "a"})), 'help must be {"en": "…", "ru": "…"} with both texts'),
        (a_convention(a_field(example="")), "example must not be empty"),
        (a_convention(a_field(example=None)), "example is missing"),
        (a_convention(a_field(kind="colour")), "kind must be one of integer, decimal, text, choice"),
        (a_convention(a_field(kind="choice")), "a choice needs a vocabulary"),
        (a_convention(a_field(kind="integer", minimum="x")), "minimum must be a number, is 'x'"),
        (a_convention(a_field(kind="integer", minimum=True)), "minimum must be a number, is True"),
        (a_convention(a_field(kind="integer", maximum="nan")), "maximum must be a number, is 'nan'"),
        (a_convention(a_field(kind="integer", usual_years_ahead="1")), "usual_years_ahead must be a whole"),
        (a_convention(a_field(is_collision_energy=True)), "is_collision_energy needs a number"),
        (a_convention(a_field(holds_separator="yes")), "holds_separator must be True or False, is 'yes'"),
        (a_convention(a_field(pattern="(")), "pattern is no regular expression"),
        (
            a_convention(a_field(kind="choice", vocabulary=[{"value": "a.b c", "label": WORDS}])),
            "word: these words cannot stand in a name: a.b c",
        ),
        (
            a_convention(rules=[{"code": "r", "field": "x", "when": {"word": ["a"]}, "text": WORDS}]),
            "rule 'r' speaks of fields that are not there: x",
        ),
        (
            a_convention(rules=[{"code": "r", "field": "word", "when": {"word": []}, "text": WORDS}]),
            "when must name fields and their values",
        ),
        (
            a_convention(rules=[{"code": "r", "field": "word", "when": {"word": [1]}, "text": WORDS}]),
            "word must be a list of texts",
        ),
        (
            a_convention(rules=[{"code": "r", "field": "word", "when": "always", "text": WORDS}]),
            "when must name fields and their values",
        ),
        (
            a_convention(rules=[{"code": "r", "field": "word", "when": {"word": {}}, "text": WORDS}]),
            "when must name fields and their values",
        ),
        (
            a_convention(
                rules=[{"code": "r", "field": "word", "when": {"word": {"above": 5}}, "text": WORDS}]
            ),
            "when, word: 'above' is no setting here",
        ),
        (
            a_convention(rules=[{"code": "r", "field": "collision", "when": {"word": ["a"]}, "text": WORDS}]),
            "rule 'r' speaks of fields that are not there: collision",
        ),
    ],
)
def test_a_wrong_table_is_told_in_plain_words(table, line):
    assert any(line in found for found in Convention.problems_of(table)), Convention.problems_of(table)


def test_all_problems_of_a_table_are_told_at_once():
    table = a_convention(a_field(kind="colour", colour=1), separator="/", max_length="long")

    assert lines(table) == [
        ": separator must be one of ., _, -, is '/'",
        ": max_length must be a whole number, is 'long'",
        ", fields[0] (word): kind must be one of integer, decimal, text, choice, is 'colour'",
        ", fields[0] (word): 'colour' is no setting here",
    ]


def test_a_wrong_table_is_not_used():
    with pytest.raises(SettingsProblem) as refused:
        Convention.from_settings(a_convention(separator="/"), [{"code": "p p", "label": WORDS}])

    assert refused.value.problems == [
        "COLLISION_SYSTEMS[0]: code must be 1 to 16 letters, digits, _ or -, is 'p p'",
        "NAMING_CONVENTIONS, version 1: separator must be one of ., _, -, is '/'",
    ]


@pytest.mark.parametrize("tables", [[], {}, "x", None])
def test_there_must_be_a_convention(tables):
    assert naming_problems(tables, []) == ["NAMING_CONVENTIONS: must be a list of at least one table"]
    with pytest.raises(SettingsProblem):
        conventions_from_settings(tables, [])


def test_collision_systems_are_a_list():
    problems = naming_problems([a_convention()], {"pp": 27})

    assert problems == ["COLLISION_SYSTEMS: must be a list of tables"]


@pytest.mark.parametrize("versions", [(1, 1), (2, 1)])
def test_versions_grow(versions):
    tables = [a_convention(version=version) for version in versions]

    assert naming_problems(tables, []) == [
        "NAMING_CONVENTIONS: versions must grow from the first to the last, newest last"
    ]


def test_an_old_name_stays_valid_under_its_version():
    newer = copy.deepcopy(config.NAMING_CONVENTIONS[-1]) | {"version": 2}
    newer["fields"] = [field for field in newer["fields"] if field["name"] != "source"]
    newer["rules"] = []
    conventions = conventions_from_settings([*config.NAMING_CONVENTIONS, newer], config.COLLISION_SYSTEMS)

    old = build(of_version(conventions, 1), VALUES)
    new = build(of_version(conventions, 2), VALUES)

    assert parse(of_version(conventions, 1), old) == VALUES
    assert new == old.replace("MC.", "")
    with pytest.raises(KeyError):
        of_version(conventions, 3)


def test_another_separator_is_kept_out_of_the_fields_and_their_corrections():
    table = a_convention(a_field(), a_field(name="rest", holds_separator=True), separator="_")
    convention = Convention.from_settings(table, [])

    name = build(convention, {"word": "a-b", "rest": "c_d"})
    problems = check(convention, {"word": "a_b c", "rest": "_x y"}, {})

    assert name == "a-b_c_d"
    assert parse(convention, name) == {"word": "a-b", "rest": "c_d"}
    assert brief(problems) == ["word separator", "rest space"]
    assert [problem.mend for problem in problems] == ["a-b-c", "x-y"]


def test_without_a_field_for_the_rest_a_name_has_exactly_its_parts():
    convention = Convention.from_settings(a_convention(a_field(), a_field(name="b")), [])

    assert brief(check(convention, {"word": "x", "b": "y"}, {})) == []
    with pytest.raises(Exception, match="name: wrong_number_of_fields"):
        parse(convention, "x.y.z")


def test_a_pattern_must_fit_the_whole_text():
    convention = Convention.from_settings(a_convention(a_field(pattern="[a-z]+", example="abc")), [])

    (problem,) = check(convention, {"word": "abc1"}, {})

    assert (problem.code, problem.values, problem.mend) == ("wrong_pattern", {"example": "abc"}, None)


def test_the_smaller_of_two_usual_maxima_asks():
    field = a_field(kind="integer", usual_maximum=2030, usual_years_ahead=1)
    convention = Convention.from_settings(a_convention(field), [])

    (problem,) = check(convention, {"word": "2031"}, {"this_year": "2035"})

    assert problem.values == {"usual_maximum": "2030"}


def test_a_collision_system_without_limits_asks_nothing():
    convention = Convention.from_settings(
        a_convention(a_field(kind="decimal", is_collision_energy=True)), [{"code": "any", "label": WORDS}]
    )

    assert convention.collisions == (CollisionSystem("any", WORDS, None, None),)
    assert check(convention, {"word": "5000"}, {}) == []
