"""The task page leads to the PanDA monitor where the settings name one."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.models import Task


@pytest.fixture
def settings() -> dict:
    return {"PANDA_MONITOR_TASK_URL": "https://monitor.example.org/task/{task_id}/"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_panda_id_leads_to_the_monitor(
    sign_in: Callable[..., FlaskClient], make_task: Callable[..., Task]
) -> None:
    task = make_task("submitted")

    page = sign_in("physicist").get(f"/tasks/{task.id}")

    assert f'href="https://monitor.example.org/task/{task.panda_id}/"' in page.text
