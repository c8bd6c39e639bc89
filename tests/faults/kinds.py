"""Every kind of fault of the proxy: what happens to a connection of which the head was read.

A kind is counted when its function has done what its name says. Beside these there are kinds that come
before a request can be read: proxy.py refuses connections and spoils handshakes of TLS.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.line import Line

Act = Callable[[Line], Awaitable[None]]
GIGABYTE, PIECE = 1 << 30, b"x" * (1 << 20)
PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Welcome</h1></body></html>"


@dataclass(frozen=True)
class Kind:
    """weight: how often it is chosen. A costly one is rare among requests that only read."""

    name: str
    act: Act
    weight: int = 10
    weight_of_reads: int = 10
    # 503 after the commit contradicts what PanDA documents: only with the strict setting.
    strict_only: bool = False


KINDS: dict[str, Kind] = {}


def kind(**values: int) -> Callable[[Act], Act]:
    """Enter a function as a kind of its name."""

    def enter(act: Act) -> Act:
        name = act.__name__
        KINDS[name] = Kind(name, act, **values)
        return act

    return enter


@kind()
async def reset_before_reading(line: Line) -> None:
    line.reset()


@kind()
async def reset_after_request_bytes(line: Line) -> None:
    await line.reader.read(line.rng.randint(1, 1000))
    line.reset()


@kind(weight=6, weight_of_reads=4)
async def black_hole(line: Line) -> None:
    await line.wait_for_client_to_go()


@kind()
async def cut_in_request(line: Line) -> None:
    await line.reader.read(line.rng.randint(1, 1000))


@kind()
async def cut_before_commit(line: Line) -> None:
    await line.read_rest()


@kind(weight=20)
async def cut_after_commit(line: Line) -> None:
    await line.read_rest()
    await line.forward()


@kind()
async def reset_after_commit(line: Line) -> None:
    await line.read_rest()
    await line.forward()
    line.reset()


@kind(weight=8, weight_of_reads=2)
async def late_commit(line: Line) -> None:
    """The client has given up when PanDA gets the request."""
    await line.read_rest()
    line.forward_late()
    await line.wait_for_client_to_go()


@kind()
async def half_answer(line: Line) -> None:
    await line.read_rest()
    answer = await line.forward()
    await line.send(answer[: line.rng.randint(1, len(answer) - 1)])


def _http_error(status: str, *, is_done: bool) -> Act:
    async def act(line: Line) -> None:
        await line.read_rest()
        if is_done:
            await line.forward()
        await line.answer(status, PAGE, "Content-Type: text/html")

    return act


for _status in (
    "500 Internal Server Error",
    "502 Bad Gateway",
    "504 Gateway Timeout",
    "503 Service Unavailable",
):
    for _when, _is_done in (("before", False), ("after", True)):
        _name = f"http_{_status[:3]}_{_when}"
        _is_strict = _name == "http_503_after"
        KINDS[_name] = Kind(_name, _http_error(_status, is_done=_is_done), strict_only=_is_strict)


@kind()
async def html_page(line: Line) -> None:
    await line.read_rest()
    await line.maybe_forward()
    await line.answer("200 OK", PAGE, "Content-Type: text/html")


@kind()
async def gzip_garbage(line: Line) -> None:
    await line.read_rest()
    await line.maybe_forward()
    await line.answer("200 OK", b"\x1f\x8b" + line.rng.randbytes(200), "Content-Encoding: gzip")


@kind()
async def wrong_types(line: Line) -> None:
    await line.read_rest()
    await line.maybe_forward()
    odd: list[object] = [None, True, "12", 1.5, [], {}, -1, 0, 1 << 70]
    success = line.rng.choice(["yes", 1, None, True])
    data = line.rng.choice(odd)
    body = {"success": success, "message": line.rng.choice(["", 7, None]), "data": data}
    await line.answer("200 OK", json.dumps(body).encode(), "Content-Type: text/plain")


@kind(weight=6, weight_of_reads=4)
async def dripped_headers(line: Line) -> None:
    await line.read_rest()
    await line.maybe_forward()
    await line.send(b"HTTP/1.1 200 OK\r\n")
    await line.drip(b"X-Drip: 1\r\n")


@kind(weight=6, weight_of_reads=4)
async def dripped_body(line: Line) -> None:
    await line.read_rest()
    await line.maybe_forward()
    await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    await line.drip(b'{"success": true, ')


@kind(weight=6, weight_of_reads=1)
async def huge_answer(line: Line) -> None:
    await line.read_rest()
    await line.maybe_forward()
    await line.send(f"HTTP/1.1 200 OK\r\nContent-Length: {GIGABYTE}\r\n\r\n".encode())
    for _ in range(GIGABYTE // len(PIECE)):
        await line.send(PIECE)


@kind()
async def redirect(line: Line) -> None:
    await line.read_rest()
    await line.maybe_forward()
    target = f"Location: http://127.0.0.1:{line.upstream.canary_port}/api/v1/task/submit"
    await line.answer("302 Found", b"", target)


async def pass_on(line: Line) -> None:
    """No fault at all."""
    await line.read_rest()
    await line.send(await line.forward())


async def carry_out(kind: Kind, line: Line) -> bool:
    """Do it; False when the client went before it was done, as one that is killed does."""
    try:
        await kind.act(line)
    except (ConnectionError, TimeoutError):
        # These three end when the client has had enough.
        return kind.name in {"dripped_headers", "dripped_body", "huge_answer"}
    except asyncio.IncompleteReadError:
        return False
    return True
