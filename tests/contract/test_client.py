"""Our own client against any PanDA: it understands what the server really says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.panda.client import PandaClient, PandaSettings
from app.panda.errors import AccessRefused, ArgumentsRefused, OutcomeUnknown, TaskNotFound
from app.panda.tokens import TokenFile
from tests.contract.panda import USER, Panda

UNKNOWN_ID = 2_000_000_000


@pytest.fixture
def client(panda: Panda, tmp_path: Path) -> PandaClient:
    (tmp_path / "token").write_text(panda.token)
    return PandaClient(PandaSettings(panda.url, panda.origin, panda.ca), TokenFile(tmp_path / "token"))


@pytest.fixture
def submitted(panda: Panda, client: PandaClient) -> Callable[[dict], int]:
    def submit(parameters: dict) -> int:
        task_id = client.submit(parameters)
        panda.kill_later(task_id)
        return task_id

    return submit


def test_the_client_knows_itself_as_a_producer(client: PandaClient) -> None:
    client.is_alive()

    assert client.user_attributes().is_production_user is True


def test_the_client_without_a_token_is_refused(panda: Panda) -> None:
    client = PandaClient(PandaSettings(panda.url, panda.origin, panda.ca), None)

    with pytest.raises(AccessRefused):
        client.get_status(1)


def test_the_client_with_another_vo_is_refused(panda: Panda, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(panda.token)
    client = PandaClient(
        PandaSettings(panda.url, "no-such-vo:production", panda.ca), TokenFile(tmp_path / "token")
    )

    with pytest.raises(AccessRefused):
        client.get_status(1)


def test_the_client_reads_back_what_it_sent(
    panda: Panda, client: PandaClient, submitted: Callable[[dict], int]
) -> None:
    parameters = panda.parameters(spdKey="ours")

    task_id = submitted(parameters)

    assert client.get_task_parameters(task_id) == parameters


def test_the_client_follows_a_task(
    panda: Panda, client: PandaClient, submitted: Callable[[dict], int]
) -> None:
    parameters = panda.parameters()
    task_id = submitted(parameters)
    panda.wait_for_jedi(task_id)

    info = client.get_detailed_info(task_id)
    since = datetime.now(UTC) - timedelta(hours=8)
    briefs = client.tasks_modified_since(since, USER, "managed", task_id - 1)
    found = client.tasks_detailed_info_since({"ticketID": parameters["ticketID"], "userName": "NOT NULL"})

    assert (info.task_id, info.name, info.user_name) == (task_id, parameters["taskName"], USER)
    assert info.ticket_id == parameters["ticketID"]
    assert info.state_changed_at is not None
    assert [brief.task_id for brief in briefs] == [task_id]
    assert [item.task_id for item in found] == [task_id]
    assert client.get_status(task_id)


def test_the_client_says_that_a_task_is_unknown(client: PandaClient) -> None:
    for ask in (client.get_status, client.get_detailed_info, client.get_task_parameters):
        with pytest.raises(TaskNotFound):
            ask(UNKNOWN_ID)


def test_a_refusal_without_a_reason_is_no_proof(panda: Panda, client: PandaClient) -> None:
    with pytest.raises(OutcomeUnknown):
        client.submit(panda.parameters(taskName="x" * 300))


def test_a_missing_parent_name_is_a_clear_no(panda: Panda, client: PandaClient) -> None:
    with pytest.raises(ArgumentsRefused):
        client.submit(panda.parameters(parentTaskName="no.such.task"))
