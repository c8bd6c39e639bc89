"""A short fault campaign; the long ones are run by `make faults`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.brief import BriefRound
from tests.faults.campaign import line_about
from tests.faults.setting import Lane

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_whatever_fails_each_task_is_at_panda_once_or_shown_as_undecided(
    database_kind: str, tmp_path: Path, record_property: Callable[[str, object], None]
):
    lane = Lane(tmp_path / "lane", database_kind)
    try:
        found = BriefRound(lane, seed=1, number=0).run()
    finally:
        lane.stop()

    record_property("fault campaign", line_about(1, found, found.slowest_end))
    assert found.troubles == []
    assert (found.two_ids, found.lost, found.wrong, found.unsettled, found.canary_hits) == (0, 0, 0, 0, 0)
    assert len(found.kinds) >= 20
    assert found.kills.total() >= 3
    assert found.sent > found.queued / 4, "the round has sent something"
