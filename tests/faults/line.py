"""One connection through the fault proxy: what a fault has to work with."""

import asyncio
import random
import re
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field

# PanDA answers within this, or the proxy says so, seconds.
PATIENCE_SECONDS = 30.0
SUBMIT = b"POST /api/v1/task/submit "


@dataclass
class Upstream:
    """Where the simulator is, and what is still on its way to it."""

    port: int
    # A request that comes late comes this long after it was sent, seconds: later than the client waits.
    late_seconds: float = 4.0
    canary_port: int = 9
    late: set[asyncio.Task] = field(default_factory=set)


class Line:
    """The client's side of a connection, with its request."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream: Upstream,
        rng: random.Random,
    ) -> None:
        self.reader, self.writer, self.upstream, self.rng = reader, writer, upstream, rng
        self.request = b""

    @property
    def is_submit(self) -> bool:
        return self.request.startswith(SUBMIT)

    async def read_head(self) -> None:
        """Read up to the end of the headers; nothing more is read of a request without a body."""
        with suppress(asyncio.IncompleteReadError):
            self.request = await self.reader.readuntil(b"\r\n\r\n")

    async def read_rest(self) -> None:
        """Read the body that the headers announce. IncompleteReadError when the client went away."""
        head = self.request.lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        if length:
            self.request += await self.reader.readexactly(int(length))

    async def forward(self) -> bytes:
        """Have PanDA carry out the request, and return its whole answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream.port)
        try:
            # The simulator serves no other host.
            writer.write(re.sub(rb"(?i)\r\nHost: [^\r]*", b"\r\nHost: 127.0.0.1", self.request, count=1))
            return await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
        finally:
            writer.close()

    async def maybe_forward(self) -> None:
        """Have PanDA carry it out or not: the client cannot know."""
        if self.rng.random() < 0.5:
            await self.forward()

    def forward_late(self) -> None:
        """Have PanDA carry it out when the client has given up."""

        async def go() -> None:
            await asyncio.sleep(self.upstream.late_seconds)
            with suppress(OSError, TimeoutError):
                await self.forward()

        task = asyncio.ensure_future(go())
        self.upstream.late.add(task)
        task.add_done_callback(self.upstream.late.discard)

    async def send(self, answer: bytes) -> None:
        self.writer.write(answer)
        await self.writer.drain()

    async def answer(self, status: str, body: bytes, *headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
        await self.send("\r\n".join(lines).encode() + body)

    async def drip(self, data: bytes, seconds: float = 0.02) -> None:
        """Send byte by byte, for ever if need be, until the client goes."""
        while True:
            for byte in data:
                await self.send(bytes([byte]))
                await asyncio.sleep(seconds)

    async def wait_for_client_to_go(self) -> None:
        while await self.reader.read(1 << 16):
            pass

    def reset(self) -> None:
        """End the connection with RST."""
        line: socket.socket = self.writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
