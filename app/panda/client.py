"""The typed client of PanDA's HTTP API, version 1.

A call that returns has succeeded; everything else is an error of errors.py. Nothing is sent twice: trying
again is the caller's decision, and errors.py says when it is safe. Each call uses a connection of its own.
Needs panda-server 1.0.1 or newer. Sources: panda-observed.md; panda-protocol.md, sections 1 and 5.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from urllib.parse import quote, urlencode

from requests import Request

from app.network.address import checked_address, tls_context
from app.panda import replies
from app.panda.errors import AccessRefused
from app.panda.masking import Mask
from app.panda.orders import Order
from app.panda.recorder import CallRequest, Recorder, Recording, SilentRecorder
from app.panda.replies import TaskBrief, TaskInfo, UserAttributes, WrongShape
from app.panda.tokens import TokenSource, checked_token
from app.panda.transport import Limits, exchange
from app.panda.verdict import Reply, accepted_task_id, read_reply, successful_data

T = TypeVar("T")

# PanDA takes a filter value with one of these for a pattern and applies it after it has cut the list to
# `limit` rows: a task that exists may then be missing.
PATTERN_CHARACTERS = frozenset("^$*+?|()\\")


@dataclass(frozen=True)
class PandaSettings:
    """Where PanDA is and how long it may take. `origin` is "<VO>:<role>"; see config.py for the rest."""

    url: str
    origin: str
    ca_bundle: str | None = None
    connect_seconds: float = 3.0
    command_seconds: float = 60.0
    query_seconds: float = 60.0
    overloaded_is_not_sent: bool = True
    command_answer_bytes: int = 1 << 20
    query_answer_bytes: int = 64 << 20
    user_agent: str = "spd-production-manager"


class PandaClient:
    """Calls PanDA. Safe for use by several threads.

    `tokens` is None where no credentials are wanted. `recorder` is told of each call before anything goes
    to PanDA, and of its outcome. A missing token is found out before that: NoToken leaves no record.
    Raise ValueError for an address that must not get a token.
    """

    def __init__(
        self, settings: PandaSettings, tokens: TokenSource | None, recorder: Recorder | None = None
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._recorder = recorder or SilentRecorder()
        self._url = checked_address(settings.url, with_secret=tokens is not None)
        self._tls = tls_context(self._url, settings.ca_bundle)
        self._command = Limits(
            settings.connect_seconds, settings.command_seconds, settings.command_answer_bytes
        )
        self._query = Limits(settings.connect_seconds, settings.query_seconds, settings.query_answer_bytes)

    def is_alive(self) -> None:
        """Return if PanDA's web server answers. It does so without its database; no token is sent."""
        self._get("system/is_alive", {}, lambda data: None, anonymous=True)

    def user_attributes(self) -> UserAttributes:
        """Return who we are for PanDA: without the production role tasks would be taken as a user's."""
        return self._get("system/get_user_attributes", {}, replies.user_attributes)

    def submit(
        self,
        parameters: Mapping[str, object],
        parent_tid: int | None = None,
        recorder: Recorder | None = None,
    ) -> int:
        """Submit a task and return PanDA's id of it. `recorder` takes the place of the client's.

        OutcomeUnknown: the task may exist; look for it before anything else. NotSent, TooManyActiveTasks
        and AccessRefused: nothing was done, the same parameters may be sent later. ArgumentsRefused:
        nothing was done and never will be with these parameters.
        """
        body: dict[str, object] = {"task_parameters": dict(parameters)}
        if parent_tid is not None:
            body["parent_tid"] = parent_tid
        call = CallRequest("POST", "task/submit", None, json.dumps(body, allow_nan=False))
        request = Request("POST", f"{self._url}/api/v1/task/submit", data=call.parameters.encode())
        return self._call(call, request, self._command, accepted_task_id, recorder or self._recorder)

    def order(self, order: Order, task_id: int, recorder: Recorder | None = None) -> None:
        """Ask PanDA to do something with a task; return when it has taken the order. See orders.py.

        That it was carried out shows in the task alone. OutcomeUnknown: it may have been taken. Everything
        else means that nothing was done. `recorder` takes the place of the client's.
        """
        call = CallRequest("POST", order.method, task_id, order.body(task_id))
        request = Request("POST", f"{self._url}/api/v1/{order.method}", data=call.parameters.encode())
        understand = partial(order.understand, task_id)
        self._call(call, request, self._command, understand, recorder or self._recorder)

    def get_status(self, task_id: int) -> str:
        """Return JEDI's word for the state. TaskNotFound for the first seconds of every task."""
        return self._get("task/get_status", {"task_id": task_id}, replies.status, task_id)

    def get_detailed_info(self, task_id: int) -> TaskInfo:
        """Return what JEDI knows of the task. TaskNotFound for the first seconds of every task."""
        return self._get("task/get_detailed_info", {"task_id": task_id}, replies.task_info, task_id)

    def get_task_parameters(self, task_id: int) -> dict[str, object]:
        """Return the parameters as they were submitted, from the moment PanDA accepted them."""
        return self._get("task/get_task_parameters", {"task_id": task_id}, replies.task_parameters, task_id)

    def tasks_modified_since(
        self, since: datetime, user_name: str, label: str, min_task_id: int | None = None
    ) -> list[TaskBrief]:
        """Return the tasks of one user and one label that changed since, by id.

        30 days back at most; only ids above `min_task_id`. An empty list proves nothing: PanDA gives it on
        errors of its own too. Overlap generously: modification times jump back by hours.
        """
        query: dict[str, object] = {
            "since": _moment(since),
            "dn": user_name,
            "prod_source_label": label,
        }
        if min_task_id is not None:
            query["min_task_id"] = min_task_id
        return self._get("task/get_tasks_modified_since", query, replies.task_briefs)

    def tasks_detailed_info_since(
        self, filters: Mapping[str, str], since: datetime | None = None, limit: int = 200
    ) -> list[TaskInfo]:
        """Return the tasks whose JEDI attributes equal all filters; {"userName": "NOT NULL"}: of any user.

        90 days back without `since`, `limit` tasks at most. An empty list proves nothing. Raise ValueError
        for a value that PanDA would take for a pattern.
        """
        for name, value in filters.items():
            if PATTERN_CHARACTERS.intersection(value):
                msg = f"The filter {name}={value!r} holds a character that makes it a pattern."
                raise ValueError(msg)
        query: dict[str, object] = {"filters": json.dumps(dict(filters)), "n_tasks": limit}
        if since is not None:
            query["since"] = _moment(since)
        return self._get("task/get_tasks_detailed_info_since", query, replies.task_infos)

    def close(self) -> None:
        """Do nothing: no connection outlives its call."""

    def _get(
        self,
        method: str,
        query: Mapping[str, object],
        decode: Callable[[object], T],
        task_id: int | None = None,
        *,
        anonymous: bool = False,
    ) -> T:
        call = CallRequest("GET", method, task_id, json.dumps(query))
        # A blank is sent as %20, which unlike + has one meaning everywhere.
        request = Request("GET", f"{self._url}/api/v1/{method}?{urlencode(query, quote_via=quote)}")
        understand = partial(_decoded, decode)
        return self._call(call, request, self._query, understand, self._recorder, anonymous=anonymous)

    def _call(
        self,
        call: CallRequest,
        request: Request,
        limits: Limits,
        understand: Callable[[Reply], T],
        recorder: Recorder,
        *,
        anonymous: bool = False,
    ) -> T:
        token = "" if anonymous or self._tokens is None else checked_token(self._tokens.get())
        request.headers = self._headers(token)
        mask = Mask(token)
        try:
            with Recording(recorder, call, mask) as recording:
                answer = exchange(request, limits, self._tls, mask)
                recording.heard(answer)
                lenient = self._settings.overloaded_is_not_sent
                return understand(read_reply(answer, mask, overloaded_is_not_sent=lenient))
        except AccessRefused:
            if self._tokens is not None:
                self._tokens.forget(token)
            raise

    def _headers(self, token: str) -> dict[str, str]:
        """Return the headers; PanDA compares the first two letter by letter before it answers in JSON."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "Origin": self._settings.origin,
            "User-Agent": self._settings.user_agent,
        }
        return headers | ({"Authorization": f"Bearer {token}"} if token else {})


def _decoded(decode: Callable[[object], T], reply: Reply) -> T:
    """Return the decoded data of a query's reply; data of another shape is no usable answer."""
    try:
        return decode(successful_data(reply))
    except WrongShape as finding:
        raise reply.unusable(str(finding)) from finding


def _moment(moment: datetime) -> str:
    """Write an aware moment as PanDA reads it: UTC, whole seconds, rounded down."""
    if moment.tzinfo is None:
        msg = "a moment without a time zone"
        raise ValueError(msg)
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
