"""Somebody, and actions on many tasks of theirs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from app.domain.bulk import BulkKind
from app.extensions import db
from app.models import BulkAction, Task, User
from app.services.bulk import Chosen, leave_out, propose, start
from app.services.bulk_judge import bulk_rules_from
from app.services.bulk_run import carry_on
from tests.services.bulk.hands import results


@pytest.fixture
def person(app_context: Flask, make_user: Callable[..., User]) -> User:
    return db.session.get_one(User, make_user("physicist").id)


@pytest.fixture
def act(app_context: Flask, person: User, now: datetime) -> Callable[..., BulkAction]:
    """act(kind, tasks, wish={}) → an action that is confirmed; nothing is done yet."""

    def confirm(kind: BulkKind, tasks: list[Task], wish: dict[str, Any] | None = None) -> BulkAction:
        rules = bulk_rules_from(app_context.config)
        action = propose(person, kind, Chosen([task.id for task in tasks]), "/tasks", 1000, now)
        start(action.id, person, wish or {}, now)
        leave_out(action.id, rules, now)
        return action

    return confirm


@pytest.fixture
def run(
    app_context: Flask, now: datetime
) -> Callable[[BulkAction], list[tuple[int, str | None, str | None]]]:
    """run(action) → (task, result, why) of each, in the order they were done."""

    def carry(action: BulkAction) -> list[tuple[int, str | None, str | None]]:
        rules = bulk_rules_from(app_context.config)
        while carry_on(action.id, rules, now):
            pass
        return results(action)

    return carry
