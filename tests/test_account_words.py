"""What happened at the door is said in words, and a browser by its name."""

import re

import pytest

from app.account_words import browser_words, event_more, event_word
from app.domain.browser import recognise
from app.domain.permission import Right
from app.domain.sign_in import Event, Method

LINUX, WINDOWS = "(X11; Linux x86_64)", "(Windows NT 10.0; Win64; x64)"
MAC, PHONE = "(Macintosh; Intel Mac OS X 10_15_7)", "(iPhone; CPU iPhone OS 18_1 like Mac OS X)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

BROWSERS = {
    f"Mozilla/5.0 {LINUX} Gecko/20100101 Firefox/144.0": ("Firefox", "Linux"),
    f"Mozilla/5.0 {WINDOWS} {CHROME}": ("Chrome", "Windows"),
    f"Mozilla/5.0 {WINDOWS} {CHROME} Edg/142.0.0.0": ("Edge", "Windows"),
    f"Mozilla/5.0 {WINDOWS} {CHROME} YaBrowser/25.10.0.0": ("Yandex Browser", "Windows"),
    f"Mozilla/5.0 (Linux; Android 15) {CHROME}": ("Chrome", "Android"),
    f"Mozilla/5.0 {MAC} AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15": ("Safari", "macOS"),
    f"Mozilla/5.0 {PHONE} AppleWebKit/605.1.15 CriOS/142.0 Safari/604.1": ("Chrome", "iPhone"),
    "curl/8.5.0": ("curl", None),
    "<script>": (None, None),
    "": (None, None),
}  # fmt: skip


@pytest.mark.parametrize("user_agent", BROWSERS)
def test_a_browser_is_recognised(user_agent):
    assert recognise(user_agent) == BROWSERS[user_agent]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_everything_that_can_happen_has_words(app, language):
    with app.test_request_context(headers={"Accept-Language": language}):
        words = {event_word(kind.value) for kind in Event}
        methods = {event_more(method.value) for method in Method}

        assert len(words) == len(Event)
        assert not (words | methods) & {*Event, *Method}
        assert event_word("of another version") == "of another version"
        assert browser_words("<script>") in {"an unknown browser", "неизвестный браузер"}


WRITTEN = {
    "GET /calls: needs the right to view PanDA calls": "GET /calls: нужно право «смотреть обмен с PanDA»",
    "POST /sign-in: the form came without its token, or from another site": "POST /sign-in: форма пришла",
    "1 ended": "1 сеанс",
    "2": "2 сеанса",
    "by a link in a mail": "по ссылке из письма",
    "viewer → manager by flask set-role": "наблюдатель → менеджер, командой flask set-role",
    "viewer → manager, by groups": "наблюдатель → менеджер, по группам",
    "manager": "менеджер",
    "its identity was linked to casper": "casper",
    "broken off at the provider (request 0a1b)": "(request 0a1b)",
}


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("words", WRITTEN)
def test_what_is_written_beside_an_event_is_said_in_russian(app, words):
    with app.test_request_context(headers={"Accept-Language": "ru"}):
        said = event_more(words)

    assert WRITTEN[words] in said
    assert re.search("[а-я]", said)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("right", Right)
def test_every_right_has_words(app, right):
    words = f"GET /x: needs the right to {right.value}"

    with app.test_request_context(headers={"Accept-Language": "ru"}):
        assert right.value not in event_more(words)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("typed", ["He left", "viewer wrote this", "%(role)s %s", "<b>", "", "ended 3"])
def test_what_an_admin_typed_stays(app, typed):
    with app.test_request_context(headers={"Accept-Language": "ru"}):
        assert event_more(typed) == typed
        assert browser_words("") == "—"
