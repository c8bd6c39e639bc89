"""What a piece of scheduled work needs at hand."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.panda.client import PandaClient, PandaSettings
from app.panda.recorder import CallOutcome, CallRequest
from app.panda.tokens import ClientCredentials, TokenFile, TokenSource
from app.services import calls
from app.services.calls import CallContext, CallResult

log = logging.getLogger("jobs")


def utc_now() -> datetime:
    """Return the present moment, aware."""
    return datetime.now(UTC)


class CallLog:
    """Writes every exchange into the database: the client's recorder."""

    def __init__(self, call_id: int | None = None) -> None:
        self.context = CallContext()
        self._call_id = call_id

    def started(self, request: CallRequest) -> object:
        """Commit the row of a call before anything is sent; a send has its row from its intent."""
        if self._call_id is not None:
            return self._call_id
        return calls.begin_call(
            self.context, request.verb, request.method, request.task_id, request.parameters, utc_now()
        )

    def ended(self, ticket: object, outcome: CallOutcome) -> None:
        """Complete the row."""
        if not isinstance(ticket, int):
            raise TypeError("the ticket of a call is its row's id")
        result = CallResult(
            outcome.http_status, outcome.answer, outcome.error or calls.OK, outcome.milliseconds
        )
        calls.end_call(ticket, result, utc_now())


@dataclass
class Worker:
    """One per piece of work: clients are not shared between threads."""

    config: Mapping[str, Any]
    epoch: int
    panda: PandaClient
    log: CallLog
    # What a piece of work remembers from one run to the next, as long as the process lives.
    memory: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def calling_for(self, context: CallContext) -> Iterator[PandaClient]:
        """Lend the client; its calls are logged as made for this person, task and command."""
        self.log.context = context
        try:
            yield self.panda
        finally:
            self.log.context = CallContext()


Step = Callable[[Worker, datetime], bool]


@dataclass(frozen=True)
class Work:
    """A piece of scheduled work. step does one item and says whether there may be more."""

    name: str
    every_seconds: int
    step: Step


def make_worker(config: Mapping[str, Any], epoch: int) -> Worker:
    """Build a worker with a PanDA client of its own."""
    call_log = CallLog()
    return Worker(
        config, epoch, PandaClient(panda_settings(config), token_source(config), call_log), call_log
    )


def panda_settings(config: Mapping[str, Any]) -> PandaSettings:
    """Read the client's settings from config.py."""
    return PandaSettings(
        url=config["PANDA_URL"],
        origin=config["PANDA_ORIGIN"],
        ca_bundle=config["PANDA_CA_BUNDLE"] or None,
        connect_seconds=config["PANDA_CONNECT_SECONDS"],
        command_seconds=config["PANDA_COMMAND_SECONDS"],
        query_seconds=config["PANDA_QUERY_SECONDS"],
        overloaded_is_not_sent=config["PANDA_503_MEANS_NOT_SENT"],
        user_agent="spd-production-manager",
    )


def token_source(config: Mapping[str, Any]) -> TokenSource:
    """Choose where the token comes from: a file, or client credentials at the token endpoint."""
    if config["PANDA_TOKEN_FILE"]:
        return TokenFile(Path(config["PANDA_TOKEN_FILE"]))
    return ClientCredentials(
        token_url=config["PANDA_TOKEN_URL"],
        client_id=config["PANDA_CLIENT_ID"],
        secret_file=Path(config["PANDA_CLIENT_SECRET_FILE"]),
        scope=config["PANDA_TOKEN_SCOPE"],
        ca_bundle=config["PANDA_CA_BUNDLE"] or None,
    )
