"""Check that PanDA accepts our credentials with the production role; lift a pause when it does again."""

from datetime import datetime

from app.panda.errors import AccessRefused, NoToken
from app.services import installation
from app.services.calls import CallContext
from jobs.worker import Worker

# Pauses that a good answer of PanDA lifts.
MENDED = (installation.ACCESS, installation.SERVER)


def check_access(worker: Worker, now: datetime) -> bool:
    """Ask PanDA who we are, once after the start and while delivery is paused for it; always idle.

    Without the production role PanDA would accept tasks and silently change their type: delivery pauses.
    """
    state = installation.find_installation()
    is_paused = state is not None and state.paused_for in MENDED
    if worker.memory.get("access_is_good") and not is_paused:
        return False
    with worker.calling_for(CallContext()) as panda:
        try:
            person = panda.user_attributes()
        except (AccessRefused, NoToken) as error:
            installation.pause_delivery(installation.ACCESS, str(error), now)
            raise
    if not person.is_production_user:
        words = f"PanDA knows us as {person.user_name!r} without the production role"
        installation.pause_delivery(installation.ACCESS, words, now)
        return False
    worker.memory["access_is_good"] = True
    if is_paused:
        installation.resume_delivery()
    return False
