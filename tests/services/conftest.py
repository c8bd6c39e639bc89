"""What tests of services share."""

from collections.abc import Callable, Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app import create_app
from app.extensions import db
from tests import canaries
from tests.databases import KINDS, close_database
from tests.shared_apps import TEST_SETTINGS


@pytest.fixture(scope="module", params=KINDS)
def full_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application for a module whose tests only read: its function fill() makes the many rows once."""
    databases = request.getfixturevalue(f"{request.param}_databases")
    url = databases.make()
    app = create_app({"INSTANCE": tmp_path_factory.mktemp("full"), "DATABASE_URL": url, **TEST_SETTINGS})
    with app.app_context():
        request.module.fill()
    yield app
    canaries.check_tables(app)
    close_database(app)
    databases.drop(url)


@pytest.fixture
def at_once(app: Flask) -> Callable[..., list[Any]]:
    """at_once(step, …) → what each returned or raised; all began at the same moment, each in its thread."""

    def run(*steps: Callable[[], Any]) -> list[Any]:
        barrier = Barrier(len(steps))
        results: list[Any] = [None] * len(steps)

        def do(number: int, step: Callable[[], Any]) -> None:
            with app.app_context():
                barrier.wait()
                try:
                    results[number] = step()
                except Exception as error:
                    results[number] = error

        threads = [Thread(target=do, args=each) for each in enumerate(steps)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return run


@pytest.fixture
def plan_of(app: Flask) -> Iterator[Callable[[Callable[[], Any], str], str]]:
    """plan_of(step, "FROM task") → how the database carries out the statement of a step that holds this."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)

    def explain(step: Callable[[], Any], holding: str) -> str:
        seen.clear()
        step()
        statement, parameters = [each for each in seen if holding in each[0]][-1]
        how = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(f"{how} {statement}", parameters).all()
        return "\n".join(str(row[-1]) for row in rows)

    yield explain
    event.remove(engine, "before_cursor_execute", note)
