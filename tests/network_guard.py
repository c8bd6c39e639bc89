"""Tests reach nothing but this machine: a connection to any other address fails the test that tries it.

It listens to Python's audit event of every connect, so that no library can go around it.
"""

import ipaddress
import socket
import sys
from typing import NoReturn

import pytest

_attempts: list[str] = []
_allowed: set[str] = set()


def allow(host: str) -> None:
    """Let tests reach one more host: the PanDA server that somebody names on the command line."""
    _allowed.add(host)
    _allowed.update(str(found[4][0]) for found in socket.getaddrinfo(host, None))


def install() -> None:
    """Watch every connection from now on; an audit hook stays until the process ends."""
    sys.addaudithook(_watch)


def forget_attempts() -> list[str]:
    """Return the addresses tried since the last call: code under test may have swallowed the failure."""
    tried = list(_attempts)
    _attempts.clear()
    return tried


def _watch(event: str, arguments: tuple) -> None:
    if event in {"socket.connect", "socket.sendto"} and not _is_here(arguments[1]):
        _refuse(str(arguments[1]))


def _is_here(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host in _allowed:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse(address: str) -> NoReturn:
    _attempts.append(address)
    pytest.fail(f"a test may only connect to this machine, not to {address}", pytrace=True)
