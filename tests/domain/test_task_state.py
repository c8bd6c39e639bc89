"""States of a task: which follow which, what may be done in each, what a page shows."""

import pytest

from app.domain.plain_text import without_control_characters
from app.domain.task_state import (
    ACTIONS,
    FINAL_STATUSES,
    PANDA_STATUSES,
    RUNNING_STATUSES,
    TRANSITIONS,
    TaskAction,
    TaskState,
    allows,
    is_changing,
    may_move,
    shown_state,
)


def test_every_state_has_its_moves_and_actions():
    assert set(TRANSITIONS) == set(ACTIONS) == set(TaskState)
    assert set(PANDA_STATUSES) >= FINAL_STATUSES | RUNNING_STATUSES


def test_what_was_sent_never_becomes_a_draft_again():
    reached = {TaskState.SENDING}
    while more := set().union(*(TRANSITIONS[state] for state in reached)) - reached:
        reached |= more

    assert not may_move(TaskState.SENDING, TaskState.DRAFT)
    # Only by way of a refusal, after which nothing runs, or of a withdrawal before it was sent again.
    assert {state for state in reached if may_move(state, TaskState.DRAFT)} == {
        TaskState.REJECTED,
        TaskState.WITHDRAWN,
    }


@pytest.mark.parametrize("state", [TaskState.SENDING, TaskState.UNKNOWN, TaskState.HELD, TaskState.SUBMITTED])
def test_nothing_of_a_task_that_may_be_at_panda_is_changed_here(state):
    assert not any(allows(state, action) for action in TaskAction)


def test_a_task_is_edited_only_before_it_is_sent():
    editable = {state for state in TaskState if allows(state, TaskAction.EDIT)}

    assert editable == {TaskState.DRAFT, TaskState.QUEUED}


@pytest.mark.parametrize(
    ("state", "status", "shown"),
    [
        (TaskState.SUBMITTED, "running", "running"),
        (TaskState.SUBMITTED, "a word of tomorrow", "a word of tomorrow"),
        (TaskState.SUBMITTED, None, "submitted"),
        (TaskState.QUEUED, "running", "queued"),
    ],
)
def test_the_word_of_panda_is_shown_once_there_is_one(state, status, shown):
    assert shown_state(state, status) == shown


@pytest.mark.parametrize(
    ("shown", "changes"),
    [("running", True), ("queued", True), ("a word of tomorrow", True), ("done", False), ("draft", False)],
)
def test_pages_wait_for_what_moves_by_itself(shown, changes):
    assert is_changing(shown) is changes


def test_text_for_one_line_has_no_hidden_characters():
    assert without_control_characters("a\r\nb\x1b[31m\u202e\ud800c \u00e9") == "ab[31mc \u00e9"
