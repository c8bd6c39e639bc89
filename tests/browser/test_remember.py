"""What is remembered of a task, in a real browser: a comment, labels, following, two tasks compared."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import label_task, new_dataset, open_new_task, write_comment

pytestmark = pytest.mark.browser


def test_what_is_typed_stays_while_the_page_follows_its_state(enter: Callable[..., Page]) -> None:
    page = enter()
    open_new_task(page, new_dataset())
    field = page.locator("#field-comment")

    field.fill("half a comment")
    expect(page.locator("#task-state .state-tick")).to_be_visible(timeout=60_000)

    expect(field).to_have_value("half a comment")
    write_comment(page, "a whole comment")
    expect(page.locator("#history li").first).to_contain_text("a whole comment")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_comment_is_written_changed_and_deleted(enter: Callable[..., Page], scripts: bool) -> None:
    page = enter(scripts=scripts)
    open_new_task(page, new_dataset(), action="draft")
    comment = page.locator(f"#comment-{write_comment(page, 'first words')}")

    comment.get_by_text("Change the comment").click()
    page.locator("[name=comment]").fill("second words")
    page.locator("#comment-form button[type=submit]").click()
    expect(comment).to_contain_text("second words")
    comment.get_by_text("Delete the comment…").click()
    comment.locator("form button[type=submit]").click()

    expect(comment).to_contain_text("This comment was deleted")
    expect(comment).not_to_contain_text("second words")


def test_a_word_without_an_end_does_not_make_the_page_wide(enter: Callable[..., Page]) -> None:
    page = enter(width=375)
    open_new_task(page, new_dataset(), action="draft")

    write_comment(page, "w" * 4000)

    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.goto(f"{page.url.partition('#')[0]}/history")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_two_ticked_tasks_of_a_tag_are_compared(enter: Callable[..., Page]) -> None:
    page = enter()
    for events in (10_000, 20_000):
        open_new_task(page, new_dataset(), action="draft", events=events)
        label_task(page, tags="compare-me")

    page.locator("#task-labels a.tag").click()
    expect(page.locator("tbody[data-rows] > tr")).to_have_count(2)
    for tick in page.locator("input.tick").all():
        tick.check()
    page.get_by_role("button", name="Compare two").click()

    differing = page.locator("#compare-fields > table tbody tr")
    expect(differing.filter(has_text="Total events")).to_contain_text("differs")
    expect(page.locator("#compare-fields details table")).to_be_hidden()
    page.locator("#compare-fields summary").click()
    expect(page.locator("#compare-fields details table")).to_contain_text("compare-me")


def test_a_task_is_followed_and_found(enter: Callable[..., Page]) -> None:
    page = enter()
    open_new_task(page, new_dataset(), action="draft")
    label_task(page, tags="keep-an-eye")

    page.locator("#follow button").click()
    expect(page.locator("#follow")).to_contain_text("0 followers")
    page.goto("/tasks?tag=keep-an-eye&followed=@me")
    expect(page.locator("tbody[data-rows] > tr")).to_have_count(0)
    page.go_back()
    page.locator("#follow button").click()
    page.goto("/tasks?tag=keep-an-eye&followed=@me")

    expect(page.locator("tbody[data-rows] > tr")).to_have_count(1)
