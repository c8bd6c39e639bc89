"""Check that PanDA accepts our credentials with the production role; lift a pause when it does again."""

from datetime import datetime, timedelta

from app.models import Installation
from app.panda.errors import AccessRefused, NoToken
from app.services import installation
from app.services.calls import CallContext
from jobs.worker import Worker


def check_access(worker: Worker, now: datetime) -> bool:
    """Ask PanDA who we are until all is well, and again while delivery is paused for it; always idle.

    Without the production role PanDA would accept tasks and silently change their type: delivery pauses.
    """
    state = installation.find_installation()
    is_paused = state is not None and state.paused_for in installation.PASSING
    paused_at = state.paused_at if state is not None and is_paused else None
    was_good = worker.memory.get("access_is_good", False)
    if was_good and not is_paused:
        return False
    if was_good and _was_refused_just_now(paused_at, _rest(worker, state), now):
        return False
    worker.memory["access_is_good"] = False
    _ask_who_we_are(worker, now)
    return False


def _rest(worker: Worker, state: Installation | None) -> timedelta:
    """Return how long a pause lasts that began although we were accepted here."""
    is_unanswered = state is not None and state.paused_for == installation.UNANSWERED
    name = "UNANSWERED_REST_SECONDS" if is_unanswered else "DELIVER_RETRY_MAX_SECONDS"
    return timedelta(seconds=worker.config[name])


def _was_refused_just_now(paused_at: datetime | None, rest: timedelta, now: datetime) -> bool:
    """Say whether a send was refused although we were accepted here: then the pause lasts for a while."""
    return paused_at is not None and abs(now - paused_at) < rest


def _ask_who_we_are(worker: Worker, now: datetime) -> None:
    with worker.calling_for(CallContext()) as panda:
        try:
            person = panda.user_attributes()
        except (AccessRefused, NoToken) as error:
            installation.pause_delivery(installation.ACCESS, str(error), now)
            raise
    if not person.is_production_user:
        words = f"PanDA knows us as {person.user_name!r} without the production role"
        installation.pause_delivery(installation.ACCESS, words, now)
        return
    worker.memory["access_is_good"] = True
    installation.resume_delivery(installation.PASSING)
