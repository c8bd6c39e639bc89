"""What a piece of scheduled work needs at hand."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.extensions import db
from app.log_context import log_with
from app.panda.client import PandaClient, PandaSettings
from app.panda.errors import NoToken, OutcomeUnknown, Overloaded, PandaError, PandaUnavailable, Refused
from app.panda.tokens import ClientCredentials, TokenFile, TokenSource
from app.services import installation
from app.services.calls import CallContext
from jobs.call_log import CallLog
from jobs.reach import Reach

log = logging.getLogger("jobs")

# Nothing came, or a proxy says so.
NO_ANSWER = (None, 502, 504)


def utc_now() -> datetime:
    """Return the present moment, aware."""
    return datetime.now(UTC)


@dataclass
class Worker:
    """One per piece of work: each has a client of its own, and all know the same of PanDA."""

    config: Mapping[str, Any]
    epoch: int
    panda: PandaClient
    log: CallLog
    reach: Reach
    # What a piece of work remembers from one run to the next, as long as the process lives.
    memory: dict[str, Any] = field(default_factory=dict)
    # The time of day for what is stored; for waits in memory a clock that does not jump.
    now: Callable[[], datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    # Says whether the program is to end: nothing new is begun then.
    is_stopping: Callable[[], bool] = lambda: False

    @contextmanager
    def calling_for(self, context: CallContext) -> Iterator[PandaClient]:
        """Lend the client; its calls are logged as made for this person, task and command.

        Raise PandaUnavailable without a call while PanDA is away, but for a try now and then.
        """
        db.session.commit()  # nothing is held open while we wait for PanDA
        self.reach.ask()
        self.log.context = context
        log_with(command=context.command_id, task=context.task_id, user=context.user_id)
        try:
            yield self.panda
            self.answered()
        except PandaError as error:
            self.note_error(error)
            raise
        finally:
            self.log.context = CallContext()

    def note_error(self, error: PandaError) -> None:
        """Tell all pieces of work, and the pages, what a call that failed says of PanDA."""
        # A token endpoint that is away is left alone as PanDA is; a token file is read for nothing.
        has_no_endpoint = isinstance(error, NoToken) and not self.config["PANDA_TOKEN_FILE"]
        if isinstance(error, PandaUnavailable | Overloaded) or has_no_endpoint:
            self.reach.failed(error)
            self._note_away(error)
        elif isinstance(error, OutcomeUnknown) and error.http_status in NO_ANSWER:
            if self.reach.unanswered(error):
                self._note_away(error)
        elif isinstance(error, Refused):
            self.answered()

    def answered(self) -> None:
        """Tell all pieces of work, and the pages, that PanDA is there."""
        if self.reach.answered():
            installation.note_panda_back()

    def _note_away(self, error: PandaError) -> None:
        now = self.now()
        next_try_at = now + timedelta(seconds=self.reach.seconds_left())
        installation.note_panda_away(str(error), next_try_at, now)


Step = Callable[[Worker, datetime], bool]


@dataclass(frozen=True)
class Work:
    """A piece of scheduled work. step does one item and says whether there may be more."""

    name: str
    every_seconds: int
    step: Step


def make_reach(config: Mapping[str, Any]) -> Reach:
    """Build what the workers of one process share."""
    return Reach(config["DELIVER_RETRY_SECONDS"], config["DELIVER_RETRY_MAX_SECONDS"])


def make_worker(
    config: Mapping[str, Any], epoch: int, reach: Reach, is_stopping: Callable[[], bool] = lambda: False
) -> Worker:
    """Build a worker with a PanDA client of its own."""
    call_log = CallLog()
    panda = PandaClient(panda_settings(config), token_source(config), call_log)
    return Worker(config, epoch, panda, call_log, reach, is_stopping=is_stopping)


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
