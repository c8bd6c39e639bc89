"""Nothing gets around the escaping: not in templates, not in our scripts, not in the application."""

import ast
import re
from pathlib import Path

import pytest

APP = Path(__file__).parent.parent.parent / "app"
FOLDER = APP / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
SCRIPTS = sorted((APP / "static" / "js").glob("*.js"))

# The only expression that may be marked as safe in a template: a constant, which nobody types.
MARKED_SAFE = {"_macros/fields.html": """'aria-invalid="true"'|safe if view.errors else \"\""""}
# What a script may use: this one sorts the rows of an answer of ours inside a <template>, which runs
# nothing, and names a way of htmx to swap.
MAY_PARSE = {"keep_order.js": {"innerHTML", "outerHTML"}}

UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false")
# What takes text for markup or for a program.
RUNNING = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|eval|"
    r"setHTMLUnsafe)\b|\bnew Function\b|set(?:Timeout|Interval)\(\s*[\"'`]"
)
BUILDING = {"Markup", "render_template_string", "from_string", "escape_silent"}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_escapes_all_it_shows(template):
    allowed = MARKED_SAFE.get(template, "")
    text = (FOLDER / template).read_text()

    assert allowed in text
    assert UNESCAPED.findall(text.replace(allowed, "")) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_never_takes_text_for_markup(script):
    assert set(RUNNING.findall(script.read_text())) == MAY_PARSE.get(script.name, set())


def test_the_application_builds_no_markup_of_its_own():
    found = [
        (path.relative_to(APP).as_posix(), node.lineno)
        for path in sorted(APP.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in BUILDING
    ]

    assert found == []


@pytest.mark.parametrize("text", ["{{ a|safe }}", "{{ a | safe }}", "{% autoescape false %}"])
def test_the_rule_finds_what_it_looks_for(text):
    assert UNESCAPED.search(text)


@pytest.mark.parametrize("text", ["a.innerHTML = b", "eval(a)", "new Function(a)", "setTimeout('a()', 1)"])
def test_the_rule_about_scripts_finds_what_it_looks_for(text):
    assert RUNNING.search(text)
