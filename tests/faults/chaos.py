"""What happens to the scheduled work while it sends: one blow a turn, chosen by seed."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from tests.faults.cluster import Cluster
from tests.faults.pack import Pack
from tests.faults.proxy_process import TLS_HOST, ProxyProcess
from tests.faults.setting import ask_database
from tests.faults.small_disk import SmallDisk
from tests.faults.system_calls import count_injected, injected

# So long a holder or the reaching of a point is waited for.
HOLDER_SECONDS = 4.0
POINT_SECONDS = 5.0
KILLS_AT_A_POINT = 4
TAKE_OVER_SECONDS = 40.0
JUMPS = (timedelta(hours=1), timedelta(days=1))
# Write-type system calls of the databases, the sockets and the logs.
SYSTEM_CALLS = {"sqlite": ("fdatasync", "pwrite64", "sendto", "write"), "postgresql": ("sendto", "write")}
CUT_LOCKS = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"


class Chaos:
    """Hits the pack. `blows` counts what was done."""

    def __init__(
        self, pack: Pack, url: str, rng: random.Random, proxy: ProxyProcess, cluster: Cluster | None,
        disk: SmallDisk | None,
    ) -> None:  # fmt: skip
        self.pack, self.url, self.rng, self.proxy, self.cluster, self.disk = (
            pack,
            url,
            rng,
            proxy,
            cluster,
            disk,
        )
        self.blows: Counter[str] = Counter()
        self.injected = 0
        # From a holder that is frozen, with its lock cut, seconds.
        self.slowest_take_over = 0.0
        self._choices = self._list_choices()

    def _list_choices(self) -> dict[Callable[[], None], int]:
        choices: dict[Callable[[], None], int] = {
            self.kill_at_random: 30,
            self.kill_at_a_point: 30,
            self.kill_at_a_system_call: 14,
            self.end_politely: 6,
            self.freeze: 4,
            self.change_the_clock: 6,
            self.lock_the_database: 3,
            self.fail_system_calls: 5,
            self.refuse_connections: 6,
        }
        if self.cluster is not None:
            choices[self.stop_the_database] = 3
        if self.disk is not None:
            choices[self.fill_the_disk] = 3
        if TLS_HOST in self.proxy.url:
            choices[self.forget_names] = 8
        return choices

    def strike(self) -> str:
        """Do one thing, with the pack running; return what."""
        blow = self.rng.choices(list(self._choices), list(self._choices.values()))[0]
        self.blows[blow.__name__] += 1
        blow()
        return blow.__name__

    def kill_at_random(self) -> None:
        self.pack.fill_up()
        choose = self.pack.wait_for_sender if self.rng.random() < 0.8 else self.pack.wait_for_holder
        holder = choose(HOLDER_SECONDS)
        time.sleep(self.rng.uniform(0.0, 0.8))
        if self.rng.random() < 0.2:
            self.pack.kill_all("at random")
        elif holder:
            self.pack.kill(holder, "at random")

    def kill_at_a_point(self) -> None:
        """Have each process kill itself at the point that was hit least, one after the other."""
        point = self._choose_point()
        self.pack.kill_all("to be replaced")
        limit, before = time.monotonic() + POINT_SECONDS, self.pack.points.total()
        self.pack.fill_up(point)
        while time.monotonic() < limit and self.pack.points.total() - before < KILLS_AT_A_POINT:
            time.sleep(0.02)
            self.pack.reap()
            if not self.pack.running:
                self.pack.fill_up(point)
        for late in [one for one in self.pack.running if one.is_holder]:
            self.pack.kill(late, "at random")

    def _choose_point(self) -> str:
        """Prefer the points of sending; sometimes not the first time it comes by."""
        known = sorted(self.pack.known) or ["before the head of POST submit"]
        decisive = [point for point in known if "submit" in point or " task" in point or "command" in point]
        wanted = decisive if decisive and self.rng.random() < 0.8 else known
        rare = min(wanted, key=lambda point: (self._hits(point), self.rng.random()))
        return rare if self.rng.random() < 0.6 else f"{rare} ({self.rng.randint(2, 4)})"

    def _hits(self, point: str) -> int:
        return sum(number for name, number in self.pack.points.items() if name.startswith(point))

    def kill_at_a_system_call(self) -> None:
        self.pack.fill_up()
        victim = self.pack.wait_for_holder(HOLDER_SECONDS)
        if victim is None:
            return
        call = self.rng.choice(SYSTEM_CALLS["sqlite" if self.cluster is None else "postgresql"])
        order = f"signal=KILL:when={self.rng.randint(1, 25)}"
        with injected(victim.process_id, call, order, victim.folder / "strace"):
            self.pack.wait_for_end(victim, POINT_SECONDS)
        self.pack.kill(victim, f"at the system call {call}" if victim.has_ended() else "at random")

    def fail_system_calls(self) -> None:
        """A full disk or a broken one, as one process sees it."""
        self.pack.fill_up()
        victim = self.pack.wait_for_sender(HOLDER_SECONDS)
        if victim is None:
            return
        on_files = [("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("pwrite64", "EIO"), ("write", "ENOSPC")]
        call, error = self.rng.choice(
            on_files if self.cluster is None else [("sendto", "EIO"), ("write", "ENOSPC")]
        )
        log = victim.folder / "strace"
        order = f"error={error}:when={self.rng.randint(1, 15)}+{self.rng.randint(1, 3)}"
        with injected(victim.process_id, call, order, log):
            self.pack.wait_for_end(victim, self.rng.uniform(1.0, 3.0))
        self.injected += count_injected(log)
        if self.rng.random() < 0.5:
            self.pack.kill(victim, "after failed system calls")

    def end_politely(self) -> None:
        self.pack.fill_up()
        time.sleep(self.rng.uniform(0.0, 2.5))
        self.pack.reap()
        if self.pack.running:
            self.pack.end(self.rng.choice(self.pack.running))

    def freeze(self) -> None:
        """Stop the holder in the middle of its work until another has taken over, then let it go on."""
        self.pack.fill_up()
        frozen = self.pack.wait_for_sender(HOLDER_SECONDS)
        if frozen is None:
            return
        time.sleep(self.rng.uniform(0.0, 0.5))
        frozen.send(signal.SIGSTOP)
        if self.cluster is None:  # a file lock goes with its process: the watchdog kills it
            self.pack.kill(frozen, "by the watchdog")
            return
        ask_database(self.url, CUT_LOCKS)
        began = time.monotonic()
        self.pack.start()
        while self.pack.holder() is frozen and time.monotonic() - began < TAKE_OVER_SECONDS:
            time.sleep(0.02)
        self.slowest_take_over = max(self.slowest_take_over, time.monotonic() - began)
        time.sleep(self.rng.uniform(0.5, 2.5))
        frozen.send(signal.SIGCONT)
        if not self.pack.wait_for_end(frozen, 10.0):
            self.pack.kill(frozen, "by the watchdog")

    def change_the_clock(self) -> None:
        self.pack.fill_up()
        victim = self.pack.wait_for_sender(HOLDER_SECONDS)
        for _ in range(self.rng.randint(1, 2)):
            time.sleep(self.rng.uniform(0.2, 1.5))
            if victim is not None and not victim.has_ended():
                victim.set_clock(self.rng.choice(JUMPS) * self.rng.choice((-1, 1)))
        time.sleep(self.rng.uniform(0.5, 2.0))
        if victim is not None:
            self.pack.kill(victim, "after a change of the clock")

    def lock_the_database(self) -> None:
        """Somebody else keeps the database, longer than a page waits."""
        self.pack.fill_up()
        self.pack.wait_for_sender(HOLDER_SECONDS)
        engine = create_engine(self.url, poolclass=NullPool)
        statement = "LOCK TABLE panda_command, task IN ACCESS EXCLUSIVE MODE" if self.cluster else "SELECT 1"
        try:
            with engine.connect().execution_options(write_unit=True) as connection:
                connection.execute(text(statement))
                time.sleep(self.rng.choice((0.5, 2.0, 11.0)))
        except SQLAlchemyError:
            self.blows["lock_the_database"] -= 1
        finally:
            engine.dispose()

    def stop_the_database(self) -> None:
        self.pack.fill_up()
        self.pack.wait_for_sender(HOLDER_SECONDS)
        time.sleep(self.rng.uniform(0.0, 0.5))
        self.cluster.stop_at_once()
        time.sleep(self.rng.uniform(0.1, 4.0))
        self.cluster.start()

    def fill_the_disk(self) -> None:
        self.pack.fill_up()
        self.pack.wait_for_sender(HOLDER_SECONDS)
        self.disk.fill()
        time.sleep(self.rng.uniform(0.5, 3.0))
        if self.rng.random() < 0.5:
            self.pack.kill_all("with a full disk")
        self.disk.free()

    def refuse_connections(self) -> None:
        self.pack.fill_up()
        self.pack.wait_for_sender(HOLDER_SECONDS)
        time.sleep(self.rng.uniform(0.0, 0.3))
        self.proxy.tell(refuse_seconds=self.rng.uniform(0.3, 2.0))

    def forget_names(self) -> None:
        self.pack.fill_up()
        self.pack.wait_for_sender(HOLDER_SECONDS)
        flag = self.pack.folder / "no-names"
        time.sleep(self.rng.uniform(0.0, 0.3))
        flag.touch()
        time.sleep(self.rng.uniform(0.3, 2.0))
        flag.unlink()
