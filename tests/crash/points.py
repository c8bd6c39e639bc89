"""Where a process can be killed: before and after each commit that writes, and around each request.

Nothing in the product knows of them. They hang on SQLAlchemy's dialect and on the standard library's HTTP
connection, so a durable step that is added later has its points by itself.
"""

import http.client
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, Engine, event

from app.domain.task_state import CommandState, TaskState

WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
# What a row becomes, to tell one commit from another: the first of these among the values written.
STATES = {*TaskState, *CommandState, "open", "ok"}


class Points:
    """Names the points of a process as it reaches them, and kills it at one of them.

    The same thing done again has its number behind it. `tell` is given the name before the end.
    """

    def __init__(self, kill_at: str | None, tell: Callable[[str], None]) -> None:
        self.reached: list[str] = []
        self._times: Counter[str] = Counter()
        self._kill_at = kill_at
        self._tell = tell

    def reach(self, what: str) -> None:
        self._times[what] += 1
        point = what if self._times[what] == 1 else f"{what} ({self._times[what]})"
        if point == self._kill_at:
            self._tell(point)
            os.kill(os.getpid(), signal.SIGKILL)
        self.reached.append(point)

    def watch(self, engine: Engine) -> None:
        """Hang the points on this process's database and on all its HTTP connections; for its whole life."""
        self._watch_commits(engine)
        self._watch_requests()

    def _watch_commits(self, engine: Engine) -> None:
        dialect, commit, rollback = engine.dialect, engine.dialect.do_commit, engine.dialect.do_rollback
        written: dict[int, set[str]] = {}

        def note(connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            if write := WRITE.match(statement):
                line = id(connection.connection.dbapi_connection)
                written.setdefault(line, set()).add(f"{write[1]}{becomes(values)}")

        def do_commit(connection: Any) -> None:
            rows = written.pop(id(connection.dbapi_connection), None)
            if rows is None:
                return commit(connection)
            self.reach(f"before the commit of {' '.join(sorted(rows))}")
            commit(connection)
            return self.reach(f"after the commit of {' '.join(sorted(rows))}")

        def do_rollback(connection: Any) -> None:
            written.pop(id(connection.dbapi_connection), None)
            rollback(connection)

        event.listen(engine, "before_cursor_execute", note)
        dialect.do_commit, dialect.do_rollback = do_commit, do_rollback

    def _watch_requests(self) -> None:
        line_class = http.client.HTTPConnection
        send, get_answer = line_class.send, line_class.getresponse

        def counted_send(line: Any, data: Any) -> None:
            head = request_line(data)
            line.request_line = head or line.request_line
            self.reach(f"before the {'head' if head else 'body'} of {line.request_line}")
            send(line, data)

        def counted_answer(line: Any) -> Any:
            self.reach(f"{line.request_line} is sent")
            answer = get_answer(line)
            self.reach(f"{line.request_line} is answered")
            return answer

        line_class.send, line_class.getresponse = counted_send, counted_answer


def becomes(values: Any) -> str:
    """Return the state a row is brought to, as ":accepted", or nothing."""
    several: Iterable[Any] = values.values() if isinstance(values, dict) else values
    return next((f":{value}" for value in several if isinstance(value, str) and value in STATES), "")


def request_line(data: Any) -> str:
    """Return the verb and the last part of the path if this is the head of a request, else nothing."""
    if not isinstance(data, bytes) or b" HTTP/1.1\r\n" not in data:
        return ""
    verb, path, _ = data.decode().split(" ", 2)
    return f"{verb} {path.partition('?')[0].rpartition('/')[2]}"
