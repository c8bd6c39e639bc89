"""kill -9 before and after each durable step of an order: it is not asked for twice."""

import pytest

from tests.crash.lab import Lab
from tests.crash.orders import OrderKiller, count_orders

pytestmark = [pytest.mark.crash, pytest.mark.own_app]


def test_whatever_is_killed_an_order_is_asked_for_once_and_settles(lab: Lab, capsys: pytest.CaptureFixture):
    killer = OrderKiller(lab)
    killer.kill_everywhere()

    killer.settle()

    found = count_orders(lab)
    with capsys.disabled():
        print(f"\norders: {sum(killer.kills.values())} kills at {len(killer.planned)} points, {found}")
    assert {point for point in killer.planned if not killer.kills[point]} == set()
    assert len(killer.planned) >= 40
    assert (found.twice, found.unsettled) == (0, 0)
    assert found.taken > found.orders / 2, "the runs have asked for something"
