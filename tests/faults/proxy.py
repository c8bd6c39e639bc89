"""The fault proxy, a program of its own: python -m tests.faults.proxy --upstream PORT --seed N ...

It spoils connections to the simulator, one fault each, and counts what it has done. Its first line of output
names its ports. What it is told comes as a line of JSON to the control port, the answer is one too.
"""

import argparse
import asyncio
import json
import random
import ssl
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.faults.kinds import KINDS, Kind, carry_out, pass_on
from tests.faults.line import Line, Upstream

HOST = "127.0.0.1"
HANDSHAKE_SECONDS = 5.0


class Proxy:
    """Serves the client's port, a canary that nobody is to call, and the control port."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.upstream = Upstream(arguments.upstream, arguments.late_seconds)
        self.rng = random.Random(arguments.seed)
        self.tls, self.wrong_tls = _contexts(arguments.tls)
        self.share, self.share_of_reads = 0.0, 0.0
        self.all_kinds = [one for one in KINDS.values() if arguments.strict or not one.strict_only]
        self.kinds = self.all_kinds
        self.submits: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        self.early: Counter[str] = Counter()
        self.canary_hits = 0
        self.passed = 0
        self.open = 0

    async def run(self) -> None:
        canary = await asyncio.start_server(self._canary, HOST, 0)
        self.upstream.canary_port = port_of(canary)
        control = await asyncio.start_server(self._control, HOST, 0)
        self.server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = port_of(self.server)
        ports = {"port": self.port, "control": port_of(control), "canary": self.upstream.canary_port}
        print(json.dumps(ports), flush=True)
        await asyncio.Event().wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._spoil_or_pass(Line(reader, writer, self.upstream, self.rng))
        finally:
            self.open -= 1
            writer.close()

    async def _spoil_or_pass(self, line: Line) -> None:
        if self.rng.random() < self.share_of_reads / 4:
            self.early["reset_at_once"] += 1
            line.reset()
            return
        if self.tls and not await self._shake_hands(line):
            return
        await line.read_head()
        kind = self._choose(line)
        if kind is None:
            self.passed += 1
            await pass_on(line)
        elif await carry_out(kind, line):
            name = "tls_broken_after_request" if self.tls and "reset" in kind.name else kind.name
            (self.submits if line.is_submit else self.reads)[name] += 1

    async def _shake_hands(self, line: Line) -> bool:
        if self.rng.random() >= self.share / 4:
            await line.writer.start_tls(self.tls, ssl_handshake_timeout=HANDSHAKE_SECONDS)
            return True
        self.early["tls_handshake"] += 1
        if self.rng.random() < 0.5:  # a certificate of somebody else
            await line.writer.start_tls(self.wrong_tls, ssl_handshake_timeout=HANDSHAKE_SECONDS)
        else:
            await line.reader.read(10)
            await line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return False

    def _choose(self, line: Line) -> Kind | None:
        share = self.share if line.is_submit else self.share_of_reads
        if self.rng.random() >= share:
            return None
        weights = [one.weight if line.is_submit else one.weight_of_reads for one in self.kinds]
        return self.rng.choices(self.kinds, weights)[0]

    async def _canary(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.canary_hits += 1
        writer.close()

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wish = json.loads(await reader.readline())
        self.share = wish.get("share", self.share)
        self.share_of_reads = wish.get("share_of_reads", self.share_of_reads)
        if "only" in wish:
            self.kinds = [KINDS[name] for name in wish["only"]] or self.all_kinds
        if seconds := wish.get("refuse_seconds"):
            await self._refuse(seconds)
        writer.write(json.dumps(self.report()).encode() + b"\n")
        await writer.drain()
        writer.close()

    async def _refuse(self, seconds: float) -> None:
        """Do not listen for a while: connections are refused. Those that are made go on."""
        self.server.close()
        await asyncio.sleep(seconds)
        self.server = await asyncio.start_server(self._serve, HOST, self.port)

    def report(self) -> dict[str, object]:
        pending = len(self.upstream.late) + self.open
        figures = {"canary_hits": self.canary_hits, "passed": self.passed, "pending": pending}
        return {"submits": self.submits, "reads": self.reads, "early": self.early, **figures}


def port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


def _contexts(folder: str) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """Return ours and that of another host, from the certificates in a folder; none without it."""
    if not folder:
        return None, None
    contexts = []
    for name in ("right", "wrong"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(folder) / f"{name}.pem")
        contexts.append(context)
    return contexts[0], contexts[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", type=int, required=True, help="port of the simulator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--strict", action="store_true", help="503 may come after the commit")
    parser.add_argument("--late-seconds", type=float, default=4.0)
    parser.add_argument("--tls", default="", help="folder with right.pem and wrong.pem")
    with suppress(KeyboardInterrupt):
        asyncio.run(Proxy(parser.parse_args()).run())


if __name__ == "__main__":
    main()
