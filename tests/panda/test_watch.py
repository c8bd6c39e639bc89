"""One connection, one chance to write, one time limit."""

import socket
import time

import pytest

from app.network.connection import WatchedConnection
from app.network.watch import Watch


@pytest.fixture
def watch():
    watch = Watch(60)
    watch.start()
    yield watch
    watch.stop()


def test_a_second_connection_is_refused(watch: Watch) -> None:
    here, there = socket.socketpair()
    with here, there:
        watch.guard(here)

        with pytest.raises(ConnectionError, match="sent twice"):
            watch.guard(there)


def test_a_lost_connection_is_not_made_anew_for_the_rest_of_the_request(serve, watch: Watch) -> None:
    server = serve(lambda line: line.over.wait(5))
    connection = WatchedConnection("127.0.0.1", server.port, timeout=1, watch=watch)
    connection.send(b"POST / HTTP/1.1\r\n")
    connection.close()

    with pytest.raises(ConnectionError, match="sent twice"):
        connection.send(b"the rest")

    connection.close()
    assert watch.written


def test_nothing_is_written_when_the_time_is_over() -> None:
    watch = Watch(0)
    watch.start()
    while not watch.expired:
        time.sleep(0.001)

    with pytest.raises(TimeoutError, match="before anything was sent"):
        watch.before_writing()

    assert not watch.written
    assert watch.seconds_left() == 0
    watch.stop()


def test_a_connection_that_went_by_itself_does_not_disturb_the_watch() -> None:
    here, there = socket.socketpair()
    with here, there:
        watch = Watch(0.05)
        watch.start()
        watch.guard(here)
        here.shutdown(socket.SHUT_RDWR)
        there.close()
        while not watch.expired:
            time.sleep(0.001)

        watch.stop()

    assert not watch.written


def test_a_watch_that_never_began_can_be_stopped() -> None:
    watch = Watch(60)

    watch.stop()

    assert not watch.expired
