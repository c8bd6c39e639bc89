"""The permission matrix: docs/permissions.md, cell by cell, against the running application."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.domain.permission import Right, Role, may
from app.extensions import db
from app.identity import POLLED, PREVIEWS
from app.models import Task, User
from tests.permission_table import Row, read_table
from tests.views.conftest import HTMX
from tests.world import ANONYMOUS, DISABLED, EVERYBODY, EXPIRED, Route, World, routes_of

MISSING = 2_000_000_000
TABLE = read_table()
STRANGERS = (ANONYMOUS, DISABLED, EXPIRED)
# These lead to the sign-in page whoever asks.
LEAD_TO_SIGN_IN = {"auth.sign_out", "code.ask", "iam.sign_in", "iam.callback", "iam.signed_out"}


@pytest.fixture
def world(app: Flask, make_user: Callable, make_task: Callable) -> World:
    return World(app, make_user, make_task)


@pytest.fixture
def routes(app: Flask) -> dict[tuple[str, str], Route]:
    """The routes by (path, method)."""
    return {(route.path, route.method): route for route in routes_of(app)}


def is_public(row: Row) -> bool:
    return row.cells[ANONYMOUS] == "yes"


def outcome(route: Route, answer: TestResponse) -> str:
    """Return the word of the table for an answer."""
    path = urlsplit(answer.headers.get("Location", "")).path
    if answer.status_code == 303 and path == "/sign-in" and route.endpoint not in LEAD_TO_SIGN_IN:
        return "sign in"
    if answer.status_code == 403:
        who_may = ("These roles may do it:", "Only the person whose it is may do this.")
        return "403" if any(words in answer.text for words in who_may) else "403 without who may"
    if route.endpoint == "machines.healthz" and answer.status_code == 503:
        return "yes"  # the page says that something is not well
    return "yes" if answer.status_code in {200, 303, 409, 422} else str(answer.status_code)


def test_the_table_names_every_route_and_no_other(routes):
    assert {(row.path, row.method) for row in TABLE} == set(routes)


def test_a_route_about_a_task_has_a_row_for_each_state_that_matters(routes):
    states = {key: sorted(row.state for row in TABLE if (row.path, row.method) == key) for key in routes}

    wanted = {key: ["draft", "queued"] if route.is_about_a_task else [""] for key, route in routes.items()}

    assert states == wanted


def test_a_table_that_is_not_whole_is_refused():
    with pytest.raises(ValueError, match="one head"):
        read_table("| `/tasks` | GET |\n")


def test_a_view_is_public_only_if_it_is_marked_so(app, routes):
    marked = {
        key
        for key, route in routes.items()
        if getattr(app.view_functions[route.endpoint], "is_public", False)
    }

    assert marked == {(row.path, row.method) for row in TABLE if is_public(row)}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_everybody_gets_what_the_table_says(world, routes, capsys):
    cells = [(row, who) for row in TABLE for who in EVERYBODY]

    deviations = {}
    for row, who in cells:
        route = routes[row.path, row.method]
        got = outcome(route, world.ask(who, route, row.state))
        if got != row.cells[who]:
            deviations[row.path, row.method, row.state, who] = f"{got}, the table says {row.cells[who]}"

    with capsys.disabled():
        print(f"\npermission matrix: {len(cells)} cells, {len(deviations)} deviations")
    assert deviations == {}
    assert len(cells) >= 320


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("who", STRANGERS)
def test_a_piece_for_nobody_is_empty_and_leads_its_page_to_sign_in(world, routes, who):
    for row in TABLE:
        if is_public(row):
            continue
        route = routes[row.path, row.method]
        answer = world.ask(who, route, row.state, headers=HTMX)

        assert (answer.status_code, answer.text) == (401, ""), route
        led_to = answer.headers.get("HX-Redirect", "").partition("?")[0]
        assert led_to == ("" if route.endpoint in POLLED | PREVIEWS else "/sign-in"), route


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_method_that_no_route_has_is_refused(world, routes):
    for path in {path for path, _method in routes}:
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {m for p, m in routes if p == path}:
            wrong = Route("", method, path)
            anything = dict.fromkeys(wrong.parameters, 1)  # it is not looked at

            assert world.ask("admin", wrong, known=anything).status_code == 405, wrong


def as_shown(answer: TestResponse, number: object) -> tuple[int, list[str]]:
    """Return status and lines, but for the number asked for, and tokens, which no two answers share."""
    text = re.sub(r"\bI[\w-]{50,}\.[\w.-]+", "", answer.text)
    return answer.status_code, re.sub(rf"/(tasks|chains)/{number}\b", r"/\1/", text).splitlines()


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("who", ["viewer", "other physicist"])
def test_a_foreign_draft_answers_word_for_word_like_a_missing_id(world, routes, who):
    about_tasks = [route for route in routes.values() if route.is_about_a_task]

    for route in about_tasks:
        draft = world.ask(who, route, "draft")
        number = draft.request.path.split("/")[2]
        missing = world.ask(who, route, known={"task_id": MISSING, "chain_id": MISSING})

        assert as_shown(draft, number) == as_shown(missing, MISSING), route
        assert draft.status_code in {403, 404}
    assert len(about_tasks) >= 8


@pytest.mark.parametrize("number", [0, MISSING, 2**31 - 1, 2**31, 2**63, 10**30])
def test_a_number_that_nothing_has_is_not_found(world, routes, number):
    numbered = [route for route in routes.values() if "<int:" in route.path]
    known = {name: str(number) for route in numbered for name in route.parameters}

    for route in numbered:
        assert world.ask("admin", route, known=known).status_code == 404, route
    assert len(numbered) >= 14


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("number", ["-1", "1.5", "abc", "%00", "1%20", "١٢٣٤٥"])
def test_what_is_no_number_is_not_found(world, routes, number):
    for path in {path for path, method in routes if "<int:" in path and method == "GET"}:
        address = re.sub(r"<int:\w+>", number, path)

        assert world.browser("admin").get(address).status_code == 404, address


@pytest.fixture
def person(app, make_user, make_task, sign_in):
    """person(role) → browser, with the ids of a draft and a queued task of the person's own."""

    def make(role):
        user = make_user("physicist")
        own = {state: make_task(state, creator=user).id for state in ("draft", "queued")}
        with app.app_context():  # somebody who made tasks before the role was taken away, or given
            db.session.execute(update(User).where(User.id == user.id).values(role=role))
            db.session.execute(update(Task).values(chain_id=Task.id))
            db.session.commit()
        return sign_in(user), own

    return make


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_who_became_a_viewer_sees_the_own_tasks_but_changes_none(person, routes):
    browser, own = person("viewer")

    for (path, method), route in routes.items():
        for task_id in own.values() if route.is_about_a_task else ():
            address = re.sub(r"<int:(task|chain)_id>", str(task_id), path)
            address = address.replace("<kind>", "kill").replace("<action>", "submit")
            answer = browser.open(address, method=method)
            # To have the state read again, and to follow, is reading too.
            expected = dict.fromkeys(
                ("tasks.show", "tasks.status", "tasks.whole_history", "chains.show"), 200
            ) | dict.fromkeys(("commands.refresh", "followers.follow", "followers.unfollow"), 303)
            assert answer.status_code == expected.get(route.endpoint, 403), route


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("role", Role)
def test_buttons_are_shown_to_those_who_may_press_them(person, make_task, role):
    browser, own = person(role)
    pages = {True: own["queued"], False: make_task("queued").id}

    for is_owner, task_id in pages.items():
        has_button = "Withdraw task" in browser.get(f"/tasks/{task_id}").text
        assert has_button == may(role, Right.CHANGE_TASK, is_owner=is_owner)
