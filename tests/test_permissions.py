"""Every route × method × person: public by mark, or refused as the table of permissions says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import update

from app.domain.permission import Right, Role, may
from app.extensions import db
from app.identity import POLLED, PREVIEWS
from app.models import User
from app.services.calls import CallContext, begin_call
from tests.views.conftest import HTMX
from tests.views.reading import read

MISSING = 2_000_000_000

# What a person needs for a method of a route; None: it is public. A new route must be entered here.
NEEDED: dict[tuple[str, str], Right | None] = {
    ("auth.sign_in", "GET"): None,
    ("auth.sign_in", "POST"): None,
    ("auth.register", "GET"): None,
    ("auth.register", "POST"): None,
    ("auth.sign_out", "POST"): None,
    ("auth.preferences", "POST"): None,
    ("code.ask", "GET"): None,
    ("code.ask", "POST"): None,
    ("proof.ask", "GET"): Right.VIEW_TASKS,
    ("proof.ask", "POST"): Right.VIEW_TASKS,
    ("second_factor.show", "GET"): Right.VIEW_TASKS,
    ("second_factor.begin", "POST"): Right.VIEW_TASKS,
    ("second_factor.confirm", "POST"): Right.VIEW_TASKS,
    ("second_factor.switch_off", "POST"): Right.VIEW_TASKS,
    ("second_factor.recovery_codes", "POST"): Right.VIEW_TASKS,
    ("own_sessions.show", "GET"): Right.VIEW_TASKS,
    ("own_sessions.end", "POST"): Right.VIEW_TASKS,
    ("own_sessions.end_others", "POST"): Right.VIEW_TASKS,
    ("health.home", "GET"): None,
    ("health.heartbeat", "GET"): Right.VIEW_TASKS,
    ("tasks.index", "GET"): Right.VIEW_TASKS,
    ("tasks.show", "GET"): Right.VIEW_TASKS,
    ("tasks.status", "GET"): Right.VIEW_TASKS,
    ("tasks.submit", "POST"): Right.CHANGE_TASK,
    ("tasks.withdraw", "POST"): Right.CHANGE_TASK,
    ("tasks.back_to_draft", "POST"): Right.CHANGE_TASK,
    ("tasks.delete", "POST"): Right.CHANGE_TASK,
    ("edit_task.edit", "GET"): Right.CHANGE_TASK,
    ("edit_task.save", "POST"): Right.CHANGE_TASK,
    ("new_task.name", "GET"): Right.CREATE_TASK,
    ("new_task.check", "POST"): Right.CREATE_TASK,
    ("new_task.name_preview", "GET"): Right.CREATE_TASK,
    ("new_task.size", "GET"): Right.CREATE_TASK,
    ("new_task.create", "POST"): Right.CREATE_TASK,
    ("new_task.size_preview", "GET"): Right.CREATE_TASK,
    ("calls.index", "GET"): Right.VIEW_CALLS,
    ("calls.show", "GET"): Right.VIEW_CALLS,
}
# These ask for the right to create tasks before they look at the task: their 403 tells of no task.
ROLE_FIRST = {"edit_task.edit", "edit_task.save"}


class Route(NamedTuple):
    endpoint: str
    method: str
    path: str


def routes_of(app: Flask) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            if rule.endpoint != "static":
                yield Route(rule.endpoint, method, rule.rule)


def about_a_task(route: Route) -> bool:
    return "<int:task_id>" in route.path


@pytest.fixture
def call(app):
    with app.app_context():
        return begin_call(CallContext(), "GET", "task/get_status", None, "{}", datetime.now(UTC))


@pytest.fixture
def ask_for(call):
    """ask_for(browser, route, task_id, **more) → status code of the answer."""

    def ask(browser, route, task_id=MISSING, **more):
        path = route.path.replace("<int:task_id>", str(task_id)).replace("<int:call_id>", str(call))
        path = path.replace("<int:session_id>", str(MISSING))
        return browser.open(path, method=route.method, **more)

    return ask


def test_the_table_names_every_route_and_no_other(app):
    assert {(route.endpoint, route.method) for route in routes_of(app)} == set(NEEDED)


def test_a_view_is_public_only_if_it_is_marked_so(app):
    marked = {
        route.endpoint
        for route in routes_of(app)
        if getattr(app.view_functions[route.endpoint], "is_public", False)
    }

    assert marked == {endpoint for (endpoint, _method), right in NEEDED.items() if right is None}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_somebody_unknown_is_led_to_sign_in(app, client, ask_for, make_task):
    task_id = make_task("queued").id
    guarded = [route for route in routes_of(app) if NEEDED[route.endpoint, route.method]]

    for route in guarded:
        page, piece = ask_for(client, route, task_id), ask_for(client, route, task_id, headers=HTMX)

        assert (page.status_code, page.location.partition("?")[0]) == (303, "/sign-in"), route
        assert (piece.status_code, piece.text) == (401, ""), route
        led_to = piece.headers.get("HX-Redirect", "").partition("?")[0]
        assert led_to == ("" if route.endpoint in POLLED | PREVIEWS else "/sign-in"), route
    assert len(guarded) >= 18


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_method_that_no_route_has_is_refused(app, sign_in, ask_for, make_task):
    browser, task_id = sign_in("admin"), make_task("queued").id
    known = set(NEEDED)

    for route in routes_of(app):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            same_path = {other.endpoint for other in routes_of(app) if other.path == route.path}
            if not {(endpoint, method) for endpoint in same_path} & known:
                wrong = route._replace(method=method)
                assert ask_for(browser, wrong, task_id).status_code == 405, wrong


@pytest.fixture
def person(app, make_user, make_task, sign_in):
    """person(role) → browser, with the ids of a draft and a queued task of the person's own."""

    def make(role):
        user = make_user("physicist")
        own = {state: make_task(state, creator=user).id for state in ("draft", "queued")}
        with app.app_context():  # somebody who made tasks before the role was taken away, or given
            db.session.execute(update(User).where(User.id == user.id).values(role=role))
            db.session.commit()
        return sign_in(user), own

    return make


def expected(role: Role, route: Route, state: str, *, is_owner: bool) -> set[int]:
    """Return the status codes that are right, going by app/domain/permission.py."""
    right = NEEDED[route.endpoint, route.method]
    if route.endpoint in ROLE_FIRST and not may(role, Right.CREATE_TASK):
        return {403}
    if about_a_task(route) and state == "draft" and not may(role, Right.VIEW_DRAFT, is_owner=is_owner):
        return {404}
    if right is not None and not may(role, right, is_owner=is_owner or not about_a_task(route)):
        return {403}
    if "<int:session_id>" in route.path:
        return {404}  # nobody's
    return {200, 303, 422}


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("is_owner", [True, False], ids=["own", "other"])
@pytest.mark.parametrize("state", ["draft", "queued"])
def test_a_role_gets_what_the_table_says(app, person, ask_for, make_task, role, is_owner, state):
    browser, own = person(role)
    task_id = own[state] if is_owner else make_task(state).id

    wrong = {}
    for route in routes_of(app):
        if route.endpoint == "auth.sign_out":
            continue
        status = ask_for(browser, route, task_id).status_code
        if status not in expected(role, route, state, is_owner=is_owner):
            wrong[route] = status

    assert wrong == {}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PHYSICIST])
def test_a_foreign_draft_answers_like_a_task_that_is_not_there(app, sign_in, ask_for, make_task, role):
    browser, draft = sign_in(role.value), make_task("draft").id
    browser.get("/tasks")  # takes the greeting away

    for route in filter(about_a_task, routes_of(app)):
        found, missing = ask_for(browser, route, draft), ask_for(browser, route, MISSING)

        assert found.status_code == missing.status_code, route
        assert read(found).one("main").text == read(missing).one("main").text, route


@pytest.mark.parametrize("number", [0, MISSING, 2**31 - 1, 2**31, 2**63, 10**30])
def test_a_number_that_no_task_or_call_has_is_not_found(app, sign_in, ask_for, number):
    browser = sign_in("admin")
    paths = [rule.rule for rule in app.url_map.iter_rules() if "<int:" in rule.rule]

    for route in filter(about_a_task, routes_of(app)):
        assert ask_for(browser, route, number).status_code == 404, route
    assert browser.get(f"/calls/{number}").status_code == 404
    assert browser.post(f"/profile/sessions/{number}/end").status_code == 404
    assert len(set(paths)) == 9


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("number", ["-1", "1.5", "abc", "%00", "1%20", "١"])
def test_what_is_no_number_is_not_found(sign_in, number):
    browser = sign_in("admin")

    assert browser.get(f"/tasks/{number}").status_code == 404
    assert browser.get(f"/calls/{number}").status_code == 404


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("role", Role)
def test_buttons_are_shown_to_those_who_may_press_them(person, make_task, role):
    browser, own = person(role)
    pages = {True: own["queued"], False: make_task("queued").id}

    for is_owner, task_id in pages.items():
        has_button = "Withdraw task" in browser.get(f"/tasks/{task_id}").text
        assert has_button == may(role, Right.CHANGE_TASK, is_owner=is_owner)
