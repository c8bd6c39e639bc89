"""Hundreds of naughty strings and 10 000 made-up ones into every text field: no failure, stored is shown."""

import re
from datetime import UTC, datetime
from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import insert, select

from app.models import User
from tests.views.many_texts import MANY
from tests.views.reading import read
from tests.views.test_naughty_strings import assert_unharmed
from tests.world import ADMIN, Route, World, routes_of
from tests.world_forms import FORMS

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])

MADE_UP = 10_000
AT_ONCE = 100
# What lists and previews are asked by; every form gets these too.
ASKED_BY = ["q", "creator", "method", "outcome", "task", "user", "page", "sort", "kind", "person", "before"]
STATUSES = {200, 303, 404, 409, 422}
TAG = re.compile(r"<[a-z!/?]", re.IGNORECASE)


def takes_text(route: Route) -> bool:
    is_form = route.is_unsafe and set(FORMS.get(route.endpoint, {})) - {"version"}
    if route.endpoint.startswith("machines."):  # they read nothing of what is asked
        return False
    return route.endpoint != "auth.sign_out" and (bool(is_form) or not route.parameters)


class Typist:
    """Types texts into all fields of one form after the other, as many at once as it has fields."""

    def __init__(self, app, world: World) -> None:
        self._world = world
        self._addresses = {r: world.address(r, "draft", whose=ADMIN) for r in routes_of(app) if takes_text(r)}
        self._turns = cycle(self._addresses)
        self._browser = world.browser(ADMIN)
        self.typed = 0
        self.failures: list[object] = []

    def type(self, texts: list[str]) -> None:
        """Type all of these."""
        while texts:
            route = next(self._turns)
            fields = list(dict.fromkeys([*FORMS.get(route.endpoint, {}), *ASKED_BY]))
            self._send(route, dict(zip(fields, texts, strict=False)))
            texts = texts[len(fields) :]

    def _send(self, route: Route, typed: dict[str, str]) -> None:
        data = {**FORMS.get(route.endpoint, {}), **typed}
        sent = {"data": data} if route.is_unsafe else {"query_string": data}
        answer = self._browser.open(self._addresses[route], method=route.method, **sent)
        self.typed += len(typed)
        if answer.status_code not in STATUSES:
            self.failures.append((route, answer.status_code, typed))
        if route.endpoint in {"auth.sign_in", "auth.register"} and answer.status_code == 303:
            self._browser = self._world.browser(ADMIN)
        self.failures += [
            (route, "unescaped", text)
            for text in typed.values()
            if TAG.search(text) and answer.status_code != 303 and text in answer.text
        ]


@pytest.fixture
def typist(app, world):
    return Typist(app, world)


def test_the_list_is_as_broad_as_the_big_one():
    assert len(MANY) >= 515


@SQLITE
def test_every_form_takes_every_string_of_the_list(typist):
    typist.type(MANY)
    typist.type(MANY[7:] + MANY[:7])  # in other fields

    assert typist.failures == []
    assert typist.typed == 2 * len(MANY)


@SQLITE
def test_every_form_takes_what_nobody_thought_of(typist, capsys):
    texts = strategies.text(max_size=40)

    @settings(
        max_examples=MADE_UP // AT_ONCE, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategies.lists(texts, min_size=AT_ONCE, max_size=AT_ONCE))
    def type_them(typed):
        typist.type(typed)

    type_them()

    with capsys.disabled():
        print(f"\nmade-up strings typed: {typist.typed}, failures: {len(typist.failures)}")
    assert typist.failures == []
    assert typist.typed >= MADE_UP


NAMES = [text for text in MANY if text.strip() and text.isprintable() and len(text) <= 100]


@SQLITE
class TestNames:
    @pytest.fixture
    def settings(self):
        return {"LIST_PAGE_SIZE": 1000}

    def test_a_name_is_shown_as_it_is_stored(self, world, alter, ask):
        row = {"email": "", "role": "viewer", "is_disabled": False, "created_at": datetime.now(UTC)}
        pairs = list(zip(NAMES, NAMES[1:] + NAMES[:1], strict=True))
        alter(
            insert(User).values(
                [
                    row | {"username": f"named{number}", "first_name": first, "last_name": last}
                    for number, (first, last) in enumerate(pairs)
                ]
            )
        )
        browser = world.browser(ADMIN)

        rows = read(browser.get("/people?q=named")).one("tbody").all("tr")
        shown = {row.attributes["id"]: next(row.all("td", data_label="Name")).text for row in rows}

        people = ask(select(User).where(User.username.startswith("named")))
        wanted = {f"person-{person.id}": " ".join(person.full_name.split()) for person in people}
        assert shown == wanted
        assert len(wanted) >= 350
        for person in people[::25]:
            page = read(browser.get(f"/people/{person.id}"))
            assert page.one("h1").text == wanted[f"person-{person.id}"]


@SQLITE
def test_a_reason_is_shown_as_it_is_stored(app, world):
    browser = world.browser(ADMIN)
    disable = next(each for each in routes_of(app) if each.endpoint == "people.disable")
    texts = [text for text in NAMES if TAG.search(text) or "{" in text or "%" in text][::4]

    for text in texts:
        there = world.address(disable)
        person = there.removesuffix("/disable")
        assert_unharmed(text, browser.post(there, data={"reason": text}), 303)
        page = browser.get(person)
        assert_unharmed(text, page, 200)
        assert " ".join(text.split()) in read(page).one(id="person-facts").text
    assert len(texts) >= 25
