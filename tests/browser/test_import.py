"""Create from a file in a real browser: a row is mended where it stands, the valid ones are made."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.domain.task_table import Format
from app.domain.task_text import write
from tests.browser.steps import new_dataset
from tests.build_table import NAMES, chain_of, row

pytestmark = pytest.mark.browser


def test_a_file_is_mended_on_the_page_and_its_valid_rows_are_made(
    enter: Callable[..., Page], tmp_path: Path
) -> None:
    dataset = new_dataset()
    rows = [
        *chain_of("SIMULATION", "RECO", dataset=dataset),
        row(dataset=dataset, run="60", energy="13,5"),
        row(dataset=dataset, run="61", events=""),
    ]
    file = tmp_path / "tasks.csv"
    file.write_text(write(rows, NAMES, Format.CSV))
    page = enter()
    page.goto("/tasks/new")
    page.get_by_role("link", name="create tasks from a file").click()

    page.locator("#field-file").set_input_files(file)
    page.locator("#import-text button[value=check]").click()
    expect(page.locator("#result-title")).to_have_text("4 rows: 2 can be made, 2 cannot")
    expect(page.locator("#row-4 .cell-wrong")).to_have_text("13,5")
    box = page.locator("#field-table")
    box.fill(box.input_value().replace('"13,5"', "13.5"))
    page.locator("#result button[value=valid-submit]").click()
    expect(page.locator(".problem-summary")).to_contain_text("The text has changed since it was checked.")
    expect(page.locator("#result-title")).to_have_text("4 rows: 3 can be made, 1 cannot")
    page.locator("#result button[value=valid-submit]").click()

    page.wait_for_url(re.compile(r"/tasks\?q="))
    expect(page.locator(".message-success")).to_contain_text("3 tasks are submitted.")
    expect(page.locator(".message-success")).to_contain_text("Rows left out: 5.")
    expect(page.locator("[data-rows] > tr")).to_have_count(3)
    expect(page.locator("[data-rows] .state-tick")).to_have_count(3, timeout=120_000)


def test_it_needs_no_scripts(enter: Callable[..., Page]) -> None:
    page = enter(scripts=False, language="ru", width=375)
    page.goto("/tasks/import")
    rows = [row(dataset=new_dataset(), energy=energy) for energy in ("40", "41")]
    page.locator("#field-table").fill(write(rows, NAMES, Format.YAML))
    page.locator("#field-table").press("Tab")
    page.locator("#field-format").press("Enter")

    page.locator("#import-text button[value=check]").click()
    expect(page.locator("#result-title")).to_have_text("2 строки, и все верны")
    page.locator("#result button[value=all-draft]").click()
    expect(page.locator("#result [role=alert]")).to_contain_text("Ничего не создано.")
    page.locator("#result input[name=confirmed]").check()
    page.locator("#result button[value=all-draft]").click()

    expect(page.locator(".message-success")).to_contain_text("Создано 2 черновика.")
