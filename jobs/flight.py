"""One POST that is under way, in a thread of its own: meanwhile other things can be written down."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from app.panda import errors
from app.services.intent import Intent
from jobs.call_log import SendLog
from jobs.worker import Worker


class Flight:
    """A send whose intent is written down. It begins at once; the database is not touched by its thread."""

    def __init__(self, worker: Worker, sending: Intent) -> None:
        self.sending = sending
        self.record = SendLog(sending.call_id)
        self._panda = worker.panda
        threads = ThreadPoolExecutor(1, thread_name_prefix="submit")
        self._sent = threads.submit(copy_context().run, self._send)
        threads.shutdown(wait=False)  # nothing more is to be done there

    def _send(self) -> int:
        parameters = json.loads(self.sending.payload)
        return self._panda.submit(parameters, parent_tid=self.sending.parent_panda_id, recorder=self.record)

    def land(self) -> int | errors.PandaError:
        """Wait for the end. Return PanDA's id of the task, or what the answer proves instead."""
        try:
            return self._sent.result()
        except errors.PandaError as error:
            return error
