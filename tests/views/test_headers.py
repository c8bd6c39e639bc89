"""Every answer of every route carries the headers, and no page holds what the policy forbids."""

from itertools import cycle

import pytest
from werkzeug.exceptions import abort

from tests.views.reading import read
from tests.views.test_security import missing_headers
from tests.world import ADMIN, ANONYMOUS, VIEWER, routes_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

STATUSES = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 501, 503, None]
# As large as nothing that is sent to us: the form of a table of tasks is the largest.
TOO_MUCH = {"comment": "x" * (1 << 22)}
RUNNING = {"style", "srcdoc", "formaction", "background", "hx-on", "hx-vals", "hx-vars"}


@pytest.mark.parametrize("who", [ANONYMOUS, VIEWER, ADMIN])
def test_every_route_answers_with_the_headers(app, world, who):
    routes = list(routes_of(app))

    answers = {route: world.ask(who, route, "draft") for route in routes}

    assert {route: missing_headers(answer) for route, answer in answers.items()} == {
        key: {} for key in routes
    }
    assert len(routes) >= 32


@pytest.mark.own_app
def test_every_error_answers_with_the_headers(app, world):
    """Each route fails in several ways; None: with an exception nobody thought of."""
    browser, wrong, seen = world.browser(ADMIN), {}, set()
    routes = list(routes_of(app))

    for route, status in zip(routes * 3, cycle(STATUSES)):

        def fail(status=status, **_parts):
            if status is None:
                raise RuntimeError("a secret of the inside")
            abort(status)

        fail.is_public = True
        app.view_functions[route.endpoint] = fail
        answer = browser.open(world.address(route, "draft"), method=route.method)
        seen.add(answer.status_code)
        if missing_headers(answer) or answer.status_code != (status or 500) or "secret" in answer.text:
            wrong[route, status] = (answer.status_code, missing_headers(answer))

    assert wrong == {}
    assert seen == {*STATUSES} - {None}


class TestTooMuch:
    """With the tokens of the real service: every form is read before it is believed."""

    @pytest.fixture
    def settings(self):
        return {"WTF_CSRF_ENABLED": True}

    @pytest.mark.parametrize("who", [ANONYMOUS, ADMIN])
    def test_every_form_refuses_what_is_too_large(self, app, world, who):
        routes = [route for route in routes_of(app) if route.is_unsafe]

        answers = {route: world.ask(who, route, "draft", data=TOO_MUCH) for route in routes}

        assert {route: answer.status_code for route, answer in answers.items()} == dict.fromkeys(routes, 413)
        assert [missing_headers(answer) for answer in answers.values()] == [{}] * len(routes)
        assert all("Nothing was saved." in answer.text for answer in answers.values())


def what_runs(page):
    """Yield what a page runs or loads from elsewhere than our own files."""
    for element in page.all():
        for name, value in element.attributes.items():
            is_script = value.strip().lower().startswith(("javascript:", "data:text", "vbscript:"))
            if name.startswith("on") or name in RUNNING or is_script:
                yield f"<{element.tag} {name}={value!r}>"
        if element.tag in {"style", "iframe", "object", "embed", "base", "applet"}:
            yield f"<{element.tag}>"
        if element.tag == "script" and (
            not element.attributes.get("src", "").startswith("/static/") or element.text
        ):
            yield "a script that is no file of ours"
        if element.tag == "meta" and "http-equiv" in element.attributes:
            yield "<meta http-equiv>"


def test_no_page_runs_anything_but_our_files(app, world):
    routes = [route for route in routes_of(app) if route.method == "GET"]
    pages = {
        (route, who, state): world.ask(who, route, state)
        for route in routes
        for who in (ANONYMOUS, ADMIN)
        for state in (("draft", "queued") if route.is_about_a_task else ("",))
    }

    answers = {key: answer for key, answer in pages.items() if answer.status_code in {200, 422}}
    shown = {key: read(answer) for key, answer in answers.items() if answer.mimetype == "text/html"}

    assert {key: found for key, page in shown.items() if (found := list(what_runs(page)))} == {}
    assert len(shown) >= 20
