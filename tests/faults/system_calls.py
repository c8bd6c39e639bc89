"""strace on a running process: it kills it at a system call, or has some of its system calls fail."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LET_GO_SECONDS = 5.0


@contextmanager
def injected(process_id: int, system_call: str, what: str, log: Path) -> Iterator[subprocess.Popen]:
    """Do `what` ("signal=KILL:when=7", "error=ENOSPC:when=2+3") to this system call of a process."""
    orders = ["-e", f"trace={system_call}", "-e", f"inject={system_call}:{what}"]
    with log.open("ab") as output:
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-p", str(process_id), *orders], stdout=output, stderr=output
        )
    try:
        yield tracer
    finally:
        tracer.terminate()  # it lets go of the process
        try:
            tracer.wait(LET_GO_SECONDS)
        except subprocess.TimeoutExpired:
            # Seen when the process had just died: nothing is left to let go of.
            tracer.kill()
            tracer.wait()


def count_injected(log: Path) -> int:
    """Return how many system calls were made to fail."""
    return log.read_text(errors="replace").count("(INJECTED)") if log.exists() else 0
