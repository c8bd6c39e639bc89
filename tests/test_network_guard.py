"""The guard that keeps the tests on this machine."""

import socket

import pytest

from tests import network_guard

DOCUMENTATION_ADDRESS = "192.0.2.1"  # RFC 5737: nobody's


def test_a_connection_to_another_machine_fails_before_it_begins():
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match=DOCUMENTATION_ADDRESS):
        client.connect((DOCUMENTATION_ADDRESS, 9))

    assert network_guard.forget_attempts() == [f"('{DOCUMENTATION_ADDRESS}', 9)"]


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_this_machine_may_be_reached(family):
    host = "::1" if family == socket.AF_INET6 else "127.0.0.1"

    with socket.create_server((host, 0), family=family) as server:
        socket.create_connection(server.getsockname()[:2], timeout=5).close()

    assert network_guard.forget_attempts() == []
