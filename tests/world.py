"""Every route of the application, asked by everybody, with what belongs into its address and its form.

A new route needs nothing here, but where its address has a part of a new name. An empty form that makes no
sense is filled in by tests/world_forms.py.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.domain.bulk import BulkKind
from app.domain.sign_in import Method, Visitor
from app.extensions import db
from app.models import Preset, Task, User, UserIdentity, UserSession
from app.services import sessions
from app.services.bulk import Chosen, keep_wish, propose
from app.services.calls import CallContext, begin_call
from app.services.comments import CommentRules, add_comment
from app.services.saved_views import ViewInput, save_view
from tests.world_forms import FORMS, WISH

# Who asks. All but the first are signed in, or were; the owner made the tasks asked about.
ANONYMOUS, VIEWER, OWNER, OTHER = "anonymous", "viewer", "owner", "other physicist"
MANAGER, ADMIN, DISABLED, EXPIRED = "manager", "admin", "disabled", "expired session"
EVERYBODY = (ANONYMOUS, VIEWER, OWNER, OTHER, MANAGER, ADMIN, DISABLED, EXPIRED)
ROLES = {VIEWER: "viewer", MANAGER: "manager", ADMIN: "admin"}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class Route(NamedTuple):
    endpoint: str
    method: str
    path: str

    @property
    def parameters(self) -> list[str]:
        """The names of the parts of the address that differ."""
        return PARAMETER.findall(self.path)

    @property
    def is_about_a_task(self) -> bool:
        return bool({"task_id", "chain_id"} & set(self.parameters))

    @property
    def is_unsafe(self) -> bool:
        return self.method not in {"GET", "HEAD", "OPTIONS"}


def routes_of(app: Flask) -> Iterator[Route]:
    """Yield each route once for each of its methods; files of static/ apart."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            if rule.endpoint != "static":
                yield Route(rule.endpoint, method, rule.rule)


class World:
    """An application with everybody in it, and things of the owner's to ask about."""

    def __init__(self, app: Flask, make_user: Callable[..., User], make_task: Callable[..., Task]) -> None:
        self.app = app
        self._make_user, self._make_task = make_user, make_task
        self._identities = self._views = 0
        self.people = {who: make_user(ROLES.get(who, "physicist")) for who in EVERYBODY[1:]}
        # Part of an address → a new thing of this kind.
        self._parameters: dict[str, Callable[[str, str], Any]] = {
            "task_id": lambda state, _whose: make_task(state or "queued", creator=self.people[OWNER]).id,
            "chain_id": lambda state, _whose: self._new_chain(state or "queued"),
            "action": lambda _state, _whose: "submit",
            "form": lambda _state, _whose: "csv",
            "kind": lambda _state, _whose: "kill",
            "view_id": lambda _state, whose: self._new_view(whose),
            "preset_id": lambda _state, whose: self._new_preset(whose),
            "comment_id": lambda state, whose: self._new_comment(state or "queued", whose),
            "action_id": lambda _state, whose: self._new_action(whose),
            "call_id": lambda _state, _whose: self._new_call(),
            "person_id": lambda _state, _whose: make_user("viewer").id,
            "session_id": lambda _state, whose: self._new_session(whose),
            "identity_id": lambda _state, whose: self._new_identity(whose),
        }
        # What is only read, and the browsers that read: (part of an address, state, whose) → thing.
        self._read: dict[tuple[str, str, str], Any] = {}
        self._readers: dict[str, FlaskClient] = {}
        app.config["SIGN_IN_TRIES"] = 1000  # everybody types the same name
        with app.app_context():
            disabled = self.people[DISABLED].id
            db.session.execute(update(User).where(User.id == disabled).values(is_disabled=True))
            db.session.commit()

    def _new_chain(self, state: str) -> int:
        first, second = (self._make_task(state, creator=self.people[OWNER]).id for _ in range(2))
        with self.app.app_context():
            db.session.execute(update(Task).where(Task.id.in_([first, second])).values(chain_id=first))
            db.session.execute(update(Task).where(Task.id == second).values(parent_id=first))
            db.session.commit()
        return first

    def _new_comment(self, state: str, whose: str) -> int:
        task, author = self._parameters["task_id"](state, whose), self.people[whose]
        with self.app.app_context():
            rules = CommentRules.from_settings(self.app.config)
            return add_comment(task, author, "a test", rules, datetime.now(UTC)).id

    def _new_call(self) -> int:
        with self.app.app_context():
            return begin_call(CallContext(), "GET", "task/get_status", None, "{}", datetime.now(UTC))

    def _new_view(self, whose: str) -> int:
        self._views += 1
        given = ViewInput(f"view {self._views}", "state=done", is_shared=False)
        with self.app.app_context():
            return save_view(self.people[whose], given, 1000, datetime.now(UTC), replaces=False).id

    def _new_action(self, whose: str) -> int:
        chosen = Chosen([self._make_task("draft", creator=self.people[OWNER]).id])
        with self.app.app_context():
            now, user = datetime.now(UTC), self.people[whose]
            action_id = propose(user, BulkKind.EDIT, chosen, "/tasks", 1000, now).id
            keep_wish(action_id, user, WISH)
            return action_id

    def _new_preset(self, whose: str) -> int:
        """Return a new preset; a viewer's was saved when that person had another role."""
        self._views += 1
        now = datetime.now(UTC)
        made = Preset(
            owner_id=self.people[whose].id, name=f"preset {self._views}", query="year=2026&energy=27",
            is_shared=False, created_at=now, updated_at=now,
        )  # fmt: skip
        with self.app.app_context():
            db.session.add(made)
            db.session.commit()
            return made.id

    def _new_session(self, whose: str) -> int:
        with self.app.app_context():
            sessions.begin_session(self.people[whose], Method.PASSWORD, Visitor(), datetime.now(UTC))
            newest = select(func.max(UserSession.id)).where(UserSession.user_id == self.people[whose].id)
            return db.session.scalar(newest)

    def _new_identity(self, whose: str) -> int:
        now = datetime.now(UTC)
        self._identities += 1
        made = UserIdentity(
            user_id=self.people[whose].id,
            issuer="https://iam.example.org",
            subject=str(self._identities),
            created_at=now,
            used_at=now,
        )
        with self.app.app_context():
            db.session.add(made)
            db.session.commit()
            return made.id

    def address(self, route: Route, state: str = "", whose: str = OWNER, **known: object) -> str:
        """Return an address of a route; what it is about is in this state, and theirs, unless known.

        It is new, but for routes that only read: these have what they ask about in common.
        """
        path = route.path
        for name in route.parameters:
            value = known.get(name) or self._thing(name, state, whose, is_new=route.is_unsafe)
            path = re.sub(rf"<(?:\w+:)?{name}>", str(value), path)
        return path

    def _thing(self, name: str, state: str, whose: str, *, is_new: bool) -> Any:
        if is_new:
            return self._parameters[name](state, whose)
        if (name, state, whose) not in self._read:
            self._read[name, state, whose] = self._parameters[name](state, whose)
        return self._read[name, state, whose]

    def browser(self, who: str) -> FlaskClient:
        """Return a browser of this person: signed in just now, or long ago."""
        browser = self.app.test_client()
        if who == ANONYMOUS:
            return browser
        now = datetime.now(UTC)
        with self.app.app_context():
            token = sessions.begin_session(self.people[who], Method.PASSWORD, Visitor(), now)
            if who == EXPIRED:
                old = now - timedelta(days=400)
                mine = UserSession.user_id == self.people[who].id
                db.session.execute(update(UserSession).where(mine).values(active_at=old, created_at=old))
                db.session.commit()
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return browser

    def ask(self, who: str, route: Route, state: str = "", **more: Any) -> TestResponse:
        """Ask for a route as this person, with a form that makes sense."""
        known = more.pop("known", {})
        data = more.pop("data", FORMS.get(route.endpoint, {})) if route.is_unsafe else None
        path = self.address(route, state, **known)
        if route.is_unsafe:
            self._readers.clear()  # it may end sessions
        browser = self.browser(who) if route.is_unsafe else self._reader(who)
        return browser.open(path, method=route.method, data=data, **more)

    def _reader(self, who: str) -> FlaskClient:
        """Return a browser of this person for pages that only show: the same one until something changes."""
        if who not in self._readers:
            self._readers[who] = self.browser(who)
        return self._readers[who]
