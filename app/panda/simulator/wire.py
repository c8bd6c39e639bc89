"""What only the bare connection can do: end it without an answer, or give the answer in a broken way."""

import os
import socket
import struct
import time
from http import HTTPStatus

from flask import Request, Response

_SECONDS_BETWEEN_DRIPS = 0.05


def drop(request: Request, is_reset: bool = False) -> None:
    """End the connection, by FIN or by a TCP reset; what the server writes afterwards goes nowhere."""
    connection = _connection(request)
    if is_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The server still holds the descriptor, so it is exchanged for a dead one instead of being closed:
    # a closed number could be given to another thread's connection.
    dead, other = socket.socketpair()
    other.close()
    os.dup2(dead.fileno(), connection.fileno(), inheritable=False)
    dead.close()


def send_half(request: Request, response: Response) -> None:
    """Promise the whole answer, send half of the body and end the connection."""
    whole = _as_bytes(response)
    _connection(request).sendall(whole[: len(whole) - len(response.get_data()) // 2 - 1])
    drop(request)


def drip(request: Request, response: Response, seconds: float) -> None:
    """Send the answer, header included, in small pieces over so many seconds."""
    whole, connection = _as_bytes(response), _connection(request)
    pieces = max(1, min(len(whole), int(seconds / _SECONDS_BETWEEN_DRIPS)))
    size = -(-len(whole) // pieces)
    try:
        for start in range(0, len(whole), size):
            connection.sendall(whole[start : start + size])
            time.sleep(seconds / pieces)
    except OSError:
        pass  # the client has had enough, which is what this fault is for
    drop(request)


def _connection(request: Request) -> socket.socket:
    """Find the socket: werkzeug's and gunicorn's servers both give it to the application."""
    found = request.environ.get("gunicorn.socket") or request.environ["werkzeug.socket"]
    if not isinstance(found, socket.socket):
        raise TypeError("this server does not show its sockets")
    return found


def _as_bytes(response: Response) -> bytes:
    status = HTTPStatus(response.status_code)
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {response.headers['Content-Type']}\r\n"
    head += f"Content-Length: {len(response.get_data())}\r\nConnection: close\r\n\r\n"
    return head.encode() + response.get_data()
