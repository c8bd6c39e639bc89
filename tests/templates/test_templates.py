"""The rules of the templates, read off their text: pieces, titles, what the strict CSP forbids, sizes."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.state_words import STATES

APP = Path(__file__).parents[2] / "app"
FOLDER = APP / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
# Mails have no frame.
PAGES = [name for name in TEMPLATES if not re.search(r"(^|/)_|^mail/", name)]
# Parts of <head> and rows of a table: they are included, never answered alone.
NOT_ALONE = {"_head.html", "calls/_outcome.html"}
PIECES = [
    name
    for name in TEMPLATES
    if name.split("/")[-1].startswith("_") and not name.startswith("_macros/") and name not in NOT_ALONE
]
MAX_LINES = 80
VOID = {"img", "input", "link", "meta", "wbr", "br", "hr"}


def text_of(name: str) -> str:
    return (FOLDER / name).read_text()


def without_jinja(text: str) -> str:
    """Return the markup alone; macros are no part of what a template itself shows."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%-?\s*macro .*?endmacro\s*-?%\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)


class Roots(HTMLParser):
    """Collects the elements that stand in no other."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[dict[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        if self.depth == 0:
            self.roots.append(dict(attrs))
        if tag not in VOID:
            self.depth += 1

    def handle_endtag(self, _tag):
        self.depth -= 1


@pytest.mark.parametrize("name", [name for name in PAGES if not name.endswith("layout.html")])
def test_a_page_has_the_frame_and_a_title(name):
    text = text_of(name)

    assert re.match(r'\{% extends "(\w+/)?layout\.html" %\}', text)
    assert re.search(r"\{% block title %\}\{\{ .+ \}\}\{% endblock %\}", text)


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_has_one_root_element_with_an_id(name):
    parser = Roots()

    parser.feed(without_jinja(text_of(name)))

    assert parser.depth == 0
    assert ["id" in root for root in parser.roots] == [True]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_nothing_the_strict_policy_forbids(name):
    markup = text_of(name)

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|hx-vals=.js:", markup)
    assert not re.search(r"<script(?![^>]*\ssrc=)", markup)
    assert not re.search(r"https?://|//[a-z]+\.[a-z]", markup)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_fits_on_a_screen(name):
    assert len(text_of(name).splitlines()) <= MAX_LINES


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_htmx_asks_for_has_an_address_without_it(name):
    """A link has href beside hx-get; a form has action. Pieces that refresh themselves are no controls."""
    for tag in re.findall(r"<(?:a|button|form)\b[^>]*\bhx-(?:get|post)=[^>]*>", text_of(name)):
        assert re.search(r"\s(href|action|formaction)=", tag)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_form_that_changes_something_carries_a_token(name):
    for form in re.findall(r"<form\b.*?</form>", text_of(name), flags=re.DOTALL):
        if 'method="post"' in form:
            assert 'name="csrf_token"' in form or "form.hidden_tag()" in form


def symbols() -> set[str]:
    return set(re.findall(r'<symbol id="([a-z-]+)"', (APP / "static" / "icons.svg").read_text()))


def test_every_icon_named_in_a_template_is_in_the_sprite():
    named = {icon for name in TEMPLATES for icon in re.findall(r'\bicon\("([a-z-]+)"\)', text_of(name))}

    assert named
    assert named <= symbols()


def test_every_state_has_an_icon_of_the_sprite_and_a_colour():
    styles = (APP / "static" / "css" / "parts.css").read_text()
    coloured = {"ring", *re.findall(r"\.state-([a-z-]+)", styles)}  # a ring has the colour of every badge

    icons = {words.icon for words in STATES.values()}

    assert icons <= symbols()
    assert icons <= coloured
