"""When a child may be sent: what its parent has come to."""

import pytest

from app.domain.chain import Parent, Readiness, is_named_to_panda, readiness, releases
from app.domain.task_state import FINAL_STATUSES, PANDA_STATUSES, TaskState


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        (Parent("done", 10, 10, False), Readiness.COMPLETE),
        (Parent("done", 0, None, False), Readiness.COMPLETE),
        (Parent("finished", 10, 10, False), Readiness.COMPLETE),
        (Parent("finished", 9, 10, False), Readiness.PARTIAL),
        (Parent("finished", 9, 10, True), Readiness.ACCEPTED),
        (Parent("finished", 0, 10, True), Readiness.DEAD),
        (Parent("finished", 0, None, False), Readiness.DEAD),
        (Parent("failed", 0, 10, False), Readiness.DEAD),
        (Parent("aborted", 5, 10, True), Readiness.DEAD),
        (Parent("broken", 0, None, False), Readiness.DEAD),
        (Parent("rejected", 0, None, False), Readiness.DEAD),
        (Parent("given-up", 0, None, False), Readiness.DEAD),
        (Parent("draft", 0, 10, False), Readiness.NOT_ON_ITS_WAY),
        (Parent("withdrawn", 0, 10, False), Readiness.NOT_ON_ITS_WAY),
        (Parent("queued", 0, 10, False), Readiness.AT_WORK),
        (Parent("running", 10, 10, True), Readiness.AT_WORK),
        (Parent("exhausted", 5, 10, True), Readiness.AT_WORK),
        (Parent("a word of tomorrow", 10, 10, True), Readiness.AT_WORK),
    ],
)
def test_what_a_parent_has_come_to(parent: Parent, expected: Readiness) -> None:
    assert readiness(parent) is expected
    assert releases(parent) is (expected in {Readiness.COMPLETE, Readiness.ACCEPTED})


def test_every_end_is_either_complete_partial_or_dead() -> None:
    found = {state: readiness(Parent(state, 1, 2, False)) for state in FINAL_STATUSES}

    assert Readiness.AT_WORK not in found.values()


def test_jedi_is_told_of_a_parent_only_when_that_is_done() -> None:
    words = [*PANDA_STATUSES, *(state.value for state in TaskState)]

    assert [word for word in words if is_named_to_panda(word)] == ["done"]
