"""Orders on a task: when each makes sense, and by what the task shows that it was carried out."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.command import (
    ORDERS,
    REPEATED,
    STOPPING,
    Effect,
    Observed,
    effect,
    makes_sense,
    needs_comment,
    turn_of,
)
from app.domain.task_state import FINAL_STATUSES, PANDA_STATUSES, CommandKind

KILL, FINISH, RETRY = CommandKind.KILL, CommandKind.FINISH, CommandKind.RETRY
PAUSE, RESUME, PRIORITY = CommandKind.PAUSE, CommandKind.RESUME, CommandKind.PRIORITY
THEN = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = THEN + timedelta(minutes=1)

# As observed: these PanDA refuses with code 4.
REFUSED = {
    KILL: {"finished", "done", "prepared", "broken", "aborted", "toabort", "aborting", "failed"},
    PAUSE: {"finished", "failed", "done", "aborted", "broken", "paused"},
}
REFUSED[FINISH] = REFUSED[KILL]


def test_a_submission_is_no_order():
    assert set(ORDERS) == set(CommandKind) - {CommandKind.SUBMIT}
    assert not any(makes_sense(CommandKind.SUBMIT, status) for status in (None, *PANDA_STATUSES))


@pytest.mark.parametrize("kind", REFUSED)
def test_what_panda_refuses_is_not_offered(kind):
    assert [status for status in REFUSED[kind] if makes_sense(kind, status)] == []
    assert [
        status for status in ("defined", "ready", "running", "pending") if not makes_sense(kind, status)
    ] == []


def test_a_task_that_jedi_has_not_named_can_only_be_killed():
    assert [kind for kind in ORDERS if makes_sense(kind, None)] == [KILL]


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [(RETRY, {"finished", "failed", "exhausted"}), (RESUME, {"paused", "throttled", "staging"})],
)
def test_what_goes_on_is_offered_only_where_something_stands(kind, statuses):
    assert {status for status in PANDA_STATUSES if makes_sense(kind, status)} == statuses


def test_a_word_of_tomorrow_can_be_stopped_but_not_retried():
    assert {kind for kind in ORDERS if makes_sense(kind, "frobnicating")} == {KILL, FINISH, PAUSE, PRIORITY}


def test_nothing_but_a_retry_makes_sense_at_an_end():
    at_an_end = {kind for kind in ORDERS for status in FINAL_STATUSES if makes_sense(kind, status)}

    assert at_an_end == {RETRY}


def test_only_a_kill_needs_a_reason_and_may_be_repeated():
    assert [kind for kind in ORDERS if needs_comment(kind)] == [KILL]
    assert REPEATED == {KILL} < STOPPING


EFFECTS = [
    (KILL, "running", "running", Effect.PENDING),
    (KILL, "running", "finishing", Effect.PENDING),
    (KILL, None, None, Effect.PENDING),
    *((KILL, "running", status, Effect.SEEN) for status in ("toabort", "aborting", "aborted")),
    *((KILL, "running", status, Effect.OVERTAKEN) for status in ("done", "finished", "failed", "broken")),
    (FINISH, "running", "running", Effect.PENDING),
    *((FINISH, "running", status, Effect.SEEN) for status in ("finishing", "passed", "finished", "done")),
    *((FINISH, "running", status, Effect.OVERTAKEN) for status in ("aborting", "aborted", "broken")),
    (PAUSE, "running", "scouting", Effect.PENDING),
    (PAUSE, "running", "paused", Effect.SEEN),
    *((PAUSE, "running", status, Effect.OVERTAKEN) for status in ("done", "aborted", "toabort")),
    (RESUME, "paused", "paused", Effect.PENDING),
    *((RESUME, "paused", status, Effect.SEEN) for status in ("running", "ready", "done")),
    (RESUME, "paused", "aborted", Effect.OVERTAKEN),
    (RETRY, "failed", "failed", Effect.PENDING),
    *((RETRY, "failed", status, Effect.SEEN) for status in ("toretry", "ready", "running", "finished")),
    (RETRY, "exhausted", "aborted", Effect.OVERTAKEN),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "before", "seen", "expected"), EFFECTS)
def test_the_task_tells_what_became_of_an_order(kind, before, seen, expected):
    was, is_now = Observed(before, 900, THEN), Observed(seen, 900, THEN if before == seen else LATER)

    assert effect(kind, None, was, is_now) is expected


def test_a_retry_that_failed_again_was_carried_out_all_the_same():
    was, is_now = Observed("failed", None, THEN), Observed("failed", None, LATER)

    assert effect(RETRY, None, was, is_now) is Effect.SEEN
    assert effect(RETRY, None, was, was) is Effect.PENDING


@pytest.mark.parametrize(
    ("status", "priority", "expected"),
    [
        ("running", 900, Effect.PENDING),
        ("running", None, Effect.PENDING),
        ("running", 950, Effect.SEEN),
        ("done", 950, Effect.SEEN),
        ("done", 900, Effect.OVERTAKEN),
    ],
)
def test_a_priority_is_seen_in_the_task(status, priority, expected):
    was = Observed("running", 900, THEN)

    assert effect(PRIORITY, "950", was, Observed(status, priority, THEN)) is expected


def test_kills_come_first_then_other_orders_then_submissions_by_priority():
    turns = [
        turn_of(KILL),
        turn_of(PAUSE),
        turn_of(CommandKind.SUBMIT, 10**9),
        turn_of(CommandKind.SUBMIT, 950),
        turn_of(CommandKind.SUBMIT, 900),
        turn_of(CommandKind.SUBMIT, -5),
    ]

    assert turns == sorted(turns)
    assert len(set(turns)) == len(turns)
