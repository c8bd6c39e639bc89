"""A process that does some work and may be killed in it: forked, so that nothing is imported again."""

import gc
import json
import os
import select
import signal
from collections.abc import Callable

from flask import Flask

from app.extensions import db
from tests.crash.points import Points

PATIENCE_SECONDS = 60


def run_process(app: Flask, work: Callable[[], None], kill_at: str | None = None) -> tuple[list[str], str]:
    """Do the work in a process of its own. Return the points it reached, or where it was killed."""
    with app.app_context():
        db.engine.dispose()  # a connection must not live on in two processes
    reading, writing = os.pipe()
    gc.freeze()
    child = os.fork()
    if child == 0:
        gc.disable()
        os.close(reading)
        os._exit(_work(app, work, kill_at, writing))
    os.close(writing)
    try:
        told = json.loads(_read(reading))
    except (TimeoutError, ValueError):
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(reading)
        _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code == (-signal.SIGKILL if "killed" in told else 0), told
    return told.get("reached", []), told.get("killed", "")


def _work(app: Flask, work: Callable[[], None], kill_at: str | None, writing: int) -> int:
    """Run in the child; what happened is told to the parent."""

    def tell(**what: object) -> None:
        os.write(writing, json.dumps(what).encode())

    points = Points(kill_at, lambda point: tell(killed=point))
    try:
        with app.app_context():
            points.watch(db.engine)
        work()
    except BaseException as error:
        tell(error=f"{type(error).__name__}: {error}")
        return 1
    tell(reached=points.reached)
    return 0


def _read(reading: int) -> str:
    pieces = []
    while True:
        if not select.select([reading], [], [], PATIENCE_SECONDS)[0]:
            raise TimeoutError("the process hangs")
        piece = os.read(reading, 1 << 16)
        if not piece:
            return b"".join(pieces).decode()
        pieces.append(piece)
