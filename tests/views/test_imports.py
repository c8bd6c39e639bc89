"""Create from a file: a table is checked and shown, and what was typed stays."""

import pytest
from sqlalchemy import select

from app.domain.task_table import Format
from app.models import Task
from tests.build_table import NAMES, name_of, row
from tests.views.reading import read
from tests.views.tables import box, csv_of, rows_shown, send, wrong_cells


@pytest.fixture
def browser(sign_in):
    return sign_in("physicist")


def test_the_page_explains_every_column_as_the_convention_does(browser):
    answer = browser.get("/tasks/import")

    table = read(answer).one("table", class_="list import-help")
    names = [cell.text for cell in table.all("th", scope="row")]
    assert names == list(NAMES)
    assert "Centre-of-mass energy of the collision" in table.text
    assert "myDataset.123456.name" in table.text


@pytest.mark.parametrize("form", list(Format))
def test_a_template_is_a_table_that_can_be_made(browser, form):
    answer = browser.get(f"/tasks/import/template.{form}")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="tasks.{form}"'
    assert answer.mimetype == {"csv": "text/csv"}.get(form, f"application/{form}")
    checked = send(browser, answer.text)
    assert "2 rows, and all are right" in checked.text
    assert list(rows_shown(checked)) == (["2", "3"] if form == "csv" else ["1", "2"])


def test_there_is_no_template_of_another_kind(browser):
    assert browser.get("/tasks/import/template.xlsx").status_code == 404


def test_each_row_is_shown_with_what_is_wrong_in_its_cells(browser, ask):
    rows = [row(), row(run="60", energy="13,5", description="min bias"), row(run="61", parent="nothing")]

    answer = send(browser, csv_of(*rows))

    shown = rows_shown(answer)
    assert answer.status_code == 200
    assert shown["2"] == f"{name_of(row())} can be made"
    assert "Energy: “13,5” is not a number. Perhaps “13.5” is meant." in shown["3"]
    assert "Description: A name cannot hold spaces. Perhaps “min_bias” is meant." in shown["3"]
    assert "Parent task: No row and no task has this name: nothing" in shown["4"]
    assert wrong_cells(answer) == [
        ("Energy", "13,5"), ("Description", "min bias"), ("Parent task", "nothing"),
    ]  # fmt: skip
    assert "3 rows: 1 can be made, 2 cannot" in answer.text
    assert "Rows that will be left out: 3–4." in read(answer).text
    assert ask(select(Task)) == []


def test_the_buttons_say_which_rows_are_made(browser):
    right = send(browser, csv_of(row()))
    partly = send(browser, csv_of(row(), row(run="")))
    wrong = send(browser, csv_of(row(run="")))

    found = [
        [button for button in read(answer).buttons("action") if button != "check"]
        for answer in (right, partly, wrong)
    ]
    assert found == [["all-submit", "all-draft"], ["valid-submit", "valid-draft"], []]


def test_an_empty_cell_of_jobs_shows_what_is_taken(browser):
    answer = send(browser, csv_of(row(events="1000000", jobs="")))

    assert "<td >1000</td>" in answer.text


def test_a_file_counts_more_than_the_box_and_is_shown_in_it(browser):
    answer = send(browser, "what stood there", file=b"\xef\xbb\xbf" + csv_of(row()).encode())

    assert "1 row, and it is right" in answer.text
    assert box(answer).strip() == csv_of(row()).strip()


@pytest.mark.parametrize("name", ["x.exe", "../../etc/passwd", "<b>.json", "таблица.xlsx"])
def test_the_name_of_a_file_is_not_looked_at(browser, name):
    answer = send(browser, file=csv_of(row()).encode(), file_name=name)

    assert "1 row, and it is right" in answer.text
    assert name not in answer.text


@pytest.mark.parametrize(
    ("file", "words", "stays"),
    [
        ("year,описание\n".encode("cp1251"), "This file is no text in UTF-8.", "year,"),
        ("year,run\n".encode("utf-16"), "This file is no text in UTF-8.", ""),
        (b"PK\x03\x04\0\0", "This file is no text in UTF-8.", "PK"),
        (b"year,run\n2026,5\x009\n", "This file is no text in UTF-8.", "2026,5\ufffd9"),
        (b"year,enrgy\n2026,27\n", "There is no column “enrgy”. Is “energy” meant?", "2026,27"),
        (b"<b>,year\n1,2026\n", "There is no column “&lt;b&gt;”.", "&lt;b&gt;,year"),
        (b"year,year\n1,2\n", "The column “year” is there twice.", "year,year"),
        (b"year,run\n", "There are no rows in it.", "year,run"),
        (b"", "There are no rows in it.", ""),
        (b'[{"year": 2026]', "This is no JSON any more from line 1, character 15 on.", "2026]"),
        (b"- year: 1\n  run: *a\n", "Line 2 has an anchor or an alias of YAML", "*a"),
    ],
)
def test_what_cannot_be_read_is_said_and_stays(browser, file, words, stays):
    answer = send(browser, "", file=file)

    assert answer.status_code == 422
    assert words in answer.text.replace("&#34;", '"')
    assert stays in box(answer)
    assert read(answer).one("textarea").attributes["aria-invalid"] == "true"


def test_nul_typed_into_the_box_is_refused(browser):
    answer = send(browser, "year,run\n2026,5\x009\n")

    assert answer.status_code == 422
    assert "\0" not in answer.text


def test_formulas_of_a_spreadsheet_are_shown_as_they_are_and_refused(browser):
    formula = '=HYPERLINK("http://example.org";"<b>x</b>")'

    answer = send(browser, csv_of(row(description=formula, tags="=1+1", request="@SUM(1)")))

    assert "<b>x" not in answer.text
    assert {label for label, _text in wrong_cells(answer)} == {"Description", "Tags", "Production request"}
    assert send(browser, csv_of(row(description=formula)), "all-draft").status_code == 422


def test_a_text_that_is_too_long_is_refused_and_a_request_too(app, browser):
    app.config["IMPORT_BYTES_LIMIT"] = 1000
    text = csv_of(*(row(run=str(run)) for run in range(20)))

    long = send(browser, text)
    too_long = send(browser, text * 100)

    assert long.status_code == 422
    assert "at most 1000 are read" in long.text
    assert box(long).strip() == text.strip()
    assert too_long.status_code == 413
    assert "Too much" in too_long.text


def test_a_table_as_large_as_the_setting_says_is_read(app, browser):
    """The request holds it twice: what stood in the box, and the file."""
    text = csv_of(*(row(run=str(run), tags="x" * 480) for run in range(1750)))
    app.config["IMPORT_ROWS_LIMIT"] = 1
    assert 900_000 < len(text) < app.config["IMPORT_BYTES_LIMIT"]

    answer = send(browser, text, file=text.encode())

    assert answer.status_code == 422
    assert "These are 1750 rows" in answer.text
    assert browser.post("/tasks/new", data={"description": "x" * 1_100_000}).status_code == 413


def test_whose_draft_has_a_name_is_not_told(browser, make_task):
    task = make_task("draft")
    fields = task.name.split(".")

    answer = send(browser, csv_of(row(run=fields[5])))

    assert "This name is taken. Choose another version or description." in answer.text
    assert f"/tasks/{task.id}" not in answer.text
    assert task.creator_name not in answer.text


def test_headings_may_be_the_labels_that_the_reader_sees(browser):
    browser.get("/tasks")
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ru"
    english = csv_of(row()).replace("run,", "Run number,").replace("events,", "Total events,")
    russian = csv_of(row()).replace("run,", "Номер рана,").replace("events,", "Всего событий,")

    answers = [send(browser, text) for text in (english, russian)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("1 строка" in answer.text for answer in answers)


def test_a_viewer_is_refused(sign_in):
    viewer = sign_in("viewer")

    assert viewer.get("/tasks/import").status_code == 403
    assert send(viewer, csv_of(row()), "all-draft").status_code == 403
