"""The recorded exchanges of a real panda-server 1.0.4, and what each needs to be replayed."""

import json
import re
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("recordings.json")
ENTRIES: dict[str, dict] = {entry["id"]: entry for entry in json.loads(FILE.read_text())}

# Just after the last recording; the queries of the recordings name days.
RECORDED_AT = 1795413900.0
PRODUCER = "Test Producer"
VIEWER = {"name": "Anna Viewer", "username": "viewer", "groups": ["spd.nica.jinr", "spd.nica.jinr/user"]}

# Recordings the simulator need not reproduce, and why. None of them is a call of ours.
EXEMPT = {
    "a006_get_attributes": "shows the environment of Apache and mod_wsgi, where the simulator is not",
    "a308_get_job_descriptions": "there are no records of grid jobs behind the counts",
    "a391_reassign_pending_jobs": "there are no grid jobs to reassign",
    "a630_kill_unfinished_jobs": "there are no grid jobs to kill",
    "a631_reassign_global_share": "there are no shares: nothing in the simulator waits for another",
    "a714_get_job_status": "there are no records of grid jobs behind the counts",
    "a716_stats_active": "there are no sites with queues to count",
}

TOKENS: dict[str, dict] = {
    "producer (group production)": {},
    "producer (group production), expired": {"lifetime_seconds": -60},
    "producer (group production), signed by another key": {"kind": "other_key"},
    "producer (group production), unknown kid": {"kind": "unknown_kid"},
    "producer (group production), other audience": {"kind": "other_audience"},
    "producer (group production), other issuer": {"kind": "other_issuer"},
    "no role group": {"groups": ["spd.nica.jinr"]},
    "viewer (group user)": VIEWER,
}


def token_wish(entry_id: str) -> dict | str | None:
    """What to ask the simulator's issuer for; a text is sent as it is, None sends no token."""
    kind = ENTRIES[entry_id]["request"]["token"]
    if kind.endswith("short-lived"):
        return {"lifetime_seconds": 60 if entry_id == "a512_shortlived_before_expiry" else -60}
    return {"none": None, "garbage": "garbage"}[kind] if kind in {"none", "garbage"} else TOKENS[kind]


def _like(entry_id: str, **changes: Any) -> dict:
    return ENTRIES[entry_id]["request"]["json"]["task_parameters"] | changes


def _task(
    number: int, status: str = "running", like: str = "a101_submit_prod_unique_1", **changes: Any
) -> dict:
    settings = {key: changes.pop(key) for key in ("jedi_name", "error_dialog") if key in changes}
    return {"id": number, "status": status, "parameters": _like(like, **changes), **settings}


_FIRST = _task(1)
_FRESH = _task(1, "waiting")
_DUPLICATE = _task(
    2, "aborted", jedi_name=None, error_dialog="toabort since there is duplicated task -> jediTaskID=1"
)
_NO_TYPE = {"taskType": "anal", "taskPriority": 1000}
_OF_VIEWER = _NO_TYPE | {"userName": "Anna Viewer"}
_LATER = "a951_sim_submit"
_REEXECUTED = _task(1, "toincexec")

# The tasks that must be there, by the beginning of the recording's name.
TASKS: dict[str, list[dict]] = {
    "a102": [_FRESH],
    "a103": [_FRESH],
    "a104": [_FRESH],
    "a105": [_FRESH],
    "a106": [_FRESH],
    "a108": [_task(3, "waiting", "a107_submit_anal_unique_1")],
    "a110": [_task(4, "waiting", "a109_submit_notype_1", **_NO_TYPE)],
    "a112": [_task(5, "waiting", "a111_submit_user_role", **_OF_VIEWER)],
    "a30": [_FIRST, _DUPLICATE],
    "a310": [_FIRST],
    # Recorded when these ran but had no jobs yet.
    "a311": [_FIRST, _task(4, "ready"), _task(9, "aborted", jedi_name=None)],
    "a312": [_FIRST],
    "a313": [_FIRST, _task(5, **_OF_VIEWER)],
    "a314": [_FIRST, _DUPLICATE],
    "a315": [_FIRST, _task(8, taskName="spd.legacy.1795412451")],
    "a40": [_task(3), _task(5, **_OF_VIEWER)],
    "a430": [_DUPLICATE],
    "a431": [_DUPLICATE],
    "a432": [_task(3)],
    "a440": [_task(3)],
    "a441": [_task(4)],
    "a501": [_task(11, "running", "a501_resubmit_anal_running")],
    "a502": [_task(1, "done")],
    "a503": [_task(1, "done")],
    "a510": [_task(16, "waiting", "a510_resend_after_crash_anal")],
    "a511": [_task(15, "running", "a511_resend_after_crash_prod")],
    "a512": [_task(1, "done")],
    "a513": [_task(1, "done")],
    "a514": [_task(1, "done")],
    "a515": [_task(1, "done")],
    "a516": [_task(1, "done")],
    "a701": [_REEXECUTED],
    "a702": [_REEXECUTED],
    "a703": [_REEXECUTED],
    "a713": [_FIRST],
    "a717": [_FIRST, _DUPLICATE],
    "a801": [_FIRST],
    "a952": [_task(72, "waiting", _LATER)],
    "a953": [_task(72, "waiting", _LATER)],
    "a954": [_task(72, "waiting", _LATER)],
    "a955": [_task(72, "waiting", _LATER)],
    "a956": [_task(72, "waiting", _LATER)],
    "a957": [_task(72, "registered", _LATER)],
    "a958": [_task(72, "defined", _LATER)],
    "a959": [_task(72, "ready", _LATER)],
    "a960": [_task(72, "running", _LATER)],
    "a961": [_task(72, "exhausted", _LATER)],
    "a991": [_task(61, "done", "a991_resubmit_anal_same_name_after_done")],
}

# What must be wrong with PanDA.
FAULTS = {
    "a514": "accept_expired",
    "a515": "accept_expired",
    "a516": "accept_expired",
    "a801": "database_down",
    "a802": "database_down",
    "a803": "database_down",
}


def tasks_for(entry_id: str) -> list[dict]:
    """The most fitting line of the table: a30 stands for a301 to a309."""
    return next((TASKS[entry_id[:size]] for size in (4, 3) if entry_id[:size] in TASKS), [])


def wording(text: str) -> str:
    """A message without what differs from run to run: numbers, and the frames of a traceback."""
    return re.sub(
        r"\d+", "N", re.sub(r"(Traceback \(most recent call last\):).*\n", r"\1\n", text, flags=re.S)
    )
