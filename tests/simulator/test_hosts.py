"""The simulator answers to this machine's own names alone."""

import pytest

from tests.simulator.conftest import Simulator


@pytest.mark.parametrize(("host", "status"), [("localhost:8081", 200), ("evil.example.org", 400)])
def test_another_host_name_is_refused(simulator: Simulator, host: str, status: int) -> None:
    answer = simulator.client.get("/simulator/tasks", headers={"Host": host})

    assert answer.status_code == status
