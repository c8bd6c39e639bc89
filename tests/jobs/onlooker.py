"""A relay before the simulator that looks into the database each time somebody connects."""

import socket
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

import psycopg

QUERY = "SELECT method, outcome FROM panda_call ORDER BY id"


class Onlooker:
    """Passes on each exchange, one after the other. `seen` holds the committed rows at each connection."""

    def __init__(self, panda_url: str, database_url: str) -> None:
        self._panda = urlsplit(panda_url)
        self._database_url = database_url
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.seen: list[list[tuple[str, str]]] = []
        self.on_connect: Callable[[], object] = lambda: None
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line:
                self.on_connect()
                self.seen.append(rows_of(self._database_url))
                self._pass_on(line)

    def _pass_on(self, line: socket.socket) -> None:
        """Send a request on as it is read, and the answer back; the client closes each connection."""
        with socket.create_connection((self._panda.hostname, self._panda.port)) as panda:
            back = threading.Thread(target=_copy, args=(panda, line))
            back.start()
            _copy(line, panda)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(1 << 16):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def rows_of(database_url: str) -> list[tuple[str, str]]:
    """Read the calls with a connection of our own: only what is committed shows."""
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
            return connection.execute(QUERY).fetchall()
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        return connection.execute(QUERY).fetchall()
