"""Tables of tasks: texts read into rows, in three formats, and what is refused."""

import csv
import difflib
import io
import json
import tracemalloc

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.descent import circles, in_order
from app.domain.task_table import Columns, Format, Unreadable, first_ranges, guess_format, in_ranges
from app.domain.task_text import read_csv, write
from app.services.table_reader import read_rows
from tests.domain.shipped import CONVENTION

COLUMNS = Columns.of(CONVENTION, {"events": ["Total events"], "jobs": ["Всего заданий"]})
LIMIT = 10


def rows_in(text, form=None):
    return [dict(row.cells) for row in read_rows(text, form or guess_format(text), COLUMNS, LIMIT)]


def codes_in(text, form=None):
    with pytest.raises(Unreadable) as error:
        read_rows(text, form or guess_format(text), COLUMNS, LIMIT)
    return [problem.code for problem in error.value.problems]


def problems_in(text):
    return [
        (row.number, problem.field, problem.code)
        for row in read_rows(text, guess_format(text), COLUMNS, LIMIT)
        for problem in row.problems
    ]


@pytest.mark.parametrize(
    "text",
    [
        "year,energy\n2026,27\n",
        "Year;Energy\n2026;27\n",
        "YEAR\tenergy\r\n2026\t27\r\n",
        'year , "energy"\n 2026 , 27 \n\n',
        "year,energy,,\n2026,27,,\n,,,\n",
        "\nyear,energy\n2026,27",
        "Год;Энергия\n2026;27\n",
        '[{"year": 2026, "energy": 27}]',
        '[{"year": "2026", "energy": "27", "run": null}]'.replace(', "run": null', ""),
        "- year: 2026\n  energy: 27\n",
        '---\n# a comment\n- {year: "2026", energy: 27}\n',
    ],
)
def test_a_row_is_the_same_however_it_is_written(text):
    assert rows_in(text) == [{"year": "2026", "energy": "27"}]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('[{"events": 1e6, "energy": 13.50, "run": 013}]'.replace("013", '"013"'), ["1e6", "13.50", "013"]),
        ("- events: 1_000_000\n  energy: 13.50\n  run: 013\n", ["1_000_000", "13.50", "013"]),
        ("- description: no\n  run: 12:30:00\n", ["no", "12:30:00"]),
        ('[{"events": 12345678901234567890123456789012345678901234567890}]', ["1234567890" * 5]),
        ('[{"description": true, "run": NaN}]', ["true", "NaN"]),
        ("- run: ~\n  energy: null\n  description: 'null'\n", ["", "", "null"]),
        ('description,run\n"a, ""b""\nc",1\n', ['a, "b"\nc', "1"]),
    ],
)
def test_values_stay_as_they_are_written(text, cells):
    assert [list(row.values()) for row in rows_in(text)] == [cells]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "table_empty"),
        ("  \n\n", "table_empty"),
        ("year,energy\n", "table_empty"),
        ("year,energy\n,\n", "table_empty"),
        ("[]", "table_empty"),
        ("- {}\n", "table_empty"),
        ("---\n", "table_empty"),
        ("year,enrgy\n2026,27\n", "unknown_column_near"),
        ("year,xyzzy\n2026,27\n", "unknown_column"),
        ("year,,energy\n2026,1,27\n", "column_without_name"),
        ("year,Year\n2026,2026\n", "column_twice"),
        ('[{"year": 1, "Year": 2}]', "column_twice"),
        ("- year: 1\n  year: 2\n", "column_twice"),
        ('year,energy\n"2026,27\n', "not_readable"),
        ('[{"year": 2026}', "not_readable"),
        ("- year: 'x\n", "not_readable"),
        ("- year: \x07\n", "not_readable"),
        ('{"year": 2026}', "no_list"),
        ("--- 2026\n", "no_list"),
        ("- year: 1\n---\n- year: 2\n", "no_list"),
        ("[1, 2]", "row_without_columns"),
        ("- [1]\n", "row_without_columns"),
        ("- ? [a]\n  : 1\n", "row_without_columns"),
        ("- year: &a 1\n  run: *a\n", "yaml_alias"),
        ("- &a {year: 1}\n- *a\n", "yaml_alias"),
        ("year\n" + "1\n" * (LIMIT + 1), "too_many_rows"),
        ("year,xyzzy\n2026\n", "unknown_column"),
        ("year" + ",year" * 200 + "\n1\n", "too_many_columns"),
        (json.dumps([{f"x{n}": 1 for n in range(201)}]), "too_many_columns"),
        ("- {" + "".join(f"x{n}: 1, " for n in range(201)) + "}\n", "too_many_columns"),
    ],
)
def test_what_is_no_table_is_refused(text, code):
    assert codes_in(text) == [code]


@pytest.mark.parametrize(
    ("text", "form"), [("[" * 200_000, Format.JSON), ("- year: " + "[" * 200_000, Format.YAML)]
)
def test_lists_in_lists_are_not_unfolded(text, form):
    assert codes_in(text, form) == ["too_deep"]


def peak_of(text, form):
    """Return the most memory that reading a text took, bytes."""
    tracemalloc.start()
    try:
        read_rows(text, form, COLUMNS, LIMIT)
    except Unreadable:
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    raise AssertionError


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("year" + ",a" * 2000 + "\n" + "1\n" * 2000, Format.CSV),
        ("year" + "," * 2000 + "\n" + "1\n" * 2000, Format.CSV),
        ("year,energy\n" + "1\n" * 20_000, Format.CSV),
        ("- {year: 1}\n" * 5000, Format.YAML),
        ("[" + ", ".join(['{"year": 1}'] * 5000) + "]", Format.JSON),
    ],
)
def test_what_is_read_takes_no_more_memory_than_its_text_allows(text, form):
    assert peak_of(text, form) < 30 * len(text) + 100_000


def test_a_short_row_has_the_cells_that_stand_in_it():
    records = list(read_csv("year,energy,run\n2026\n2026,27\n", COLUMNS))

    assert [record.cells for record in records] == [[("year", "2026")], [("year", "2026"), ("energy", "27")]]


def test_the_nearest_column_is_looked_for_a_few_times_only(monkeypatch):
    asked = []
    find = difflib.get_close_matches

    def note(word, *others, **more):
        asked.append(word)
        return find(word, *others, **more)

    monkeypatch.setattr(difflib, "get_close_matches", note)
    rows = [{f"x{row}_{n}": 1 for n in range(100)} for row in range(LIMIT)]

    assert set(codes_in(json.dumps(rows))) == {"unknown_column"}
    assert len(asked) == 5


def test_an_alias_is_refused_before_it_unfolds():
    """Ten lines that would be a billion words."""
    lines = [f"- &a{n} {{year: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 10)]
    text = "\n".join(["- &a0 {year: lol}", *lines])

    assert codes_in(text, Format.YAML) == ["yaml_alias"]


@pytest.mark.parametrize("text", ["- !!python/object/apply:os.getcwd []", "- year: !!python/name:os.sep ''"])
def test_tags_of_yaml_make_nothing(text):
    if "apply" in text:
        assert codes_in(text, Format.YAML) == ["row_without_columns"]
    else:
        assert codes_in(text, Format.YAML) == ["table_empty"]


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(Unreadable) as error:
        read_rows("enrgy,Evnts\n1,2\n", Format.CSV, COLUMNS, LIMIT)

    assert [dict(problem.values) for problem in error.value.problems] == [
        {"column": "enrgy", "nearest": "energy"},
        {"column": "Evnts", "nearest": "events"},
    ]


def test_a_cell_that_is_no_single_value_is_told_with_its_row():
    assert problems_in('[{"run": 1}, {"run": [59, 60]}]') == [(2, "run", "not_one_value")]
    assert problems_in("- run: 1\n- run: {from: 59}\n- tags: [a]\n") == [
        (2, "run", "not_one_value"),
        (3, "tags", "not_one_value"),
    ]


def test_a_row_with_more_cells_than_the_header_is_told_with_its_row():
    assert problems_in("year,run\n2026,59\n2026,59,1\n") == [(3, "table", "too_many_cells")]


def test_rows_are_numbered_as_a_spreadsheet_does():
    text = 'year,run\n2026,1\n\n2026,"2\n3"\n2026,4\n'

    assert [row.number for row in read_rows(text, Format.CSV, COLUMNS, LIMIT)] == [2, 4, 5]


def test_what_is_no_character_is_marked():
    assert rows_in('[{"run": "1\\u0000", "description": "\\ud800"}]') == [
        {"run": "1\ufffd", "description": "\ufffd"}
    ]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([3], "3"), ([3, 5, 6, 7, 9], "3, 5–7, 9"), ([2, 3], "2–3")],
)
def test_numbers_are_written_in_ranges(numbers, text):
    assert in_ranges(numbers) == text


def test_of_many_numbers_the_first_ranges_are_written_and_the_others_counted():
    assert first_ranges([3, 5, 6, 7, 9, 11, 12], 2) == ("3, 5–7", 3)
    assert first_ranges([3, 5, 6], 2) == ("3, 5–6", 0)


def test_rows_come_after_their_parents_and_circles_are_found():
    assert in_order([1, 2, None, 2, None]) == [2, 1, 0, 3, 4]
    assert circles([1, 2, None, 2, None]) == []
    parents = [1, 2, 0, 2, 4, 6, None]
    assert in_order(parents) == [6, 5]
    assert circles(parents) == [[0, 1, 2], [4]]


# Letters that all formats can hold in a cell; blanks around a value say nothing.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(" ,;\"'\n:#-"))
TABLES = st.lists(
    st.fixed_dictionaries({name: TEXTS.map(str.strip) for name in ("description", "run", "parent")}),
    min_size=1, max_size=LIMIT,
).filter(lambda rows: all(any(row.values()) for row in rows))  # fmt: skip


@given(TABLES)
@settings(max_examples=300, deadline=None)
def test_all_formats_of_the_same_rows_say_the_same(rows):
    names = ["description", "run", "parent"]
    sheet = io.StringIO()
    csv.writer(sheet).writerows([names, *([row[name] for name in names] for row in rows)])

    for form in Format:
        assert rows_in(write(rows, names, form), form) == rows
    assert rows_in(sheet.getvalue(), Format.CSV) == rows
    assert rows_in(json.dumps(rows), Format.JSON) == rows
    assert rows_in(yaml.safe_dump(rows, allow_unicode=True), Format.YAML) == rows
