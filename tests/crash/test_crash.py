"""kill -9 before and after each durable step of sending a task: none is sent twice, none is lost.

The points are those of runs that are not killed, so a step that is added later is killed as well.
"""

from collections.abc import Callable

import pytest

from tests.crash.killer import Killer, decides
from tests.crash.lab import Findings, Lab

pytestmark = [pytest.mark.crash, pytest.mark.own_app]


def test_whatever_is_killed_each_task_is_at_panda_once_or_shown_as_undecided(
    lab: Lab, record_property: Callable[[str, object], None]
):
    killer = Killer(lab)
    killer.practise()
    killer.kill_everywhere()

    lab.settle()

    found = lab.count()
    record(found, record_property)
    assert {point for point, number in killer.planned.items() if found.kills[point] < number} == set()
    assert len([point for point in killer.planned if decides(point)]) >= 20
    assert (found.twice, found.lost, found.wrong, found.unsettled) == (0, 0, 0, 0)
    assert found.at_panda > found.tasks / 2, "the runs have sent something"


def record(found: Findings, record_property: Callable[[str, object], None]) -> None:
    """Keep the figures for the line at the end of the tests."""
    figures = {"twice": found.twice, "lost": found.lost, "wrong id": found.wrong}
    figures |= {"unsettled": found.unsettled, "shown as undecided": found.undecided}
    figures |= {"kills": found.kills.total(), "tasks": found.tasks}
    for name, number in figures.items():
        record_property(name, number)
