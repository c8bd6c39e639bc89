"""The rules of the house, read off the source: who imports whom, sizes, what stands only in one place."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("jobs/**/*.py")])

# What the pages are made with; a part of its own each, so that only they are open to views.
WEB = {"app.errors", "app.htmx", "app.identity", "app.language", "app.messages", "app.page_context"}
WEB |= {"app.proof", "app.security", "app.settings", "app.state_words", "app.texts"}
WEB |= {"app.log_context", "app.logs", "app.machines", "app.metrics", "app.observing"}
WEB |= {"app.account_words", "app.alarm_words", "app.bulk_words", "app.command_words", "app.pause_words"}
WEB |= {"app.people_words", "app.problem_words", "app.refusals"}
MAIL = {"app.mail_message", "app.mail_server", "app.mail_texts"}
SINGLE = {"app.extensions", "config", *MAIL, *WEB}
# Mails are written when they are sent: their texts are the one thing of the pages that jobs/ needs.
FOR_JOBS = {"app.extensions", "app.messages", "app.settings", *MAIL}
FOR_JOBS |= {"app.log_context", "app.logs", "app.metrics"}

# Layer: (parts of the project it may import, packages from outside it may import; None: any). The longest
# prefix counts; `app` is create_app and what stands beside it. Itself and the standard library: always.
LAYERS: dict[str, tuple[set[str], set[str] | None]] = {
    "app.domain": (set(), set()),
    "app.network": (set(), {"requests", "urllib3"}),
    "app.panda": ({"app.domain", "app.network"}, {"requests", "urllib3"}),
    "app.panda.simulator": ({"app.domain"}, {"flask", "joserfc", "werkzeug"}),
    "app.iam": ({"app.domain", "app.network"}, {"authlib", "joserfc", "requests", "urllib3"}),
    "app.models": ({"app.domain", "app.extensions"}, {"sqlalchemy"}),
    "app.services": ({"app.models", "app.domain", "app.extensions"}, {"sqlalchemy"}),
    "app.forms": ({"app.domain", "app.texts"}, {"wtforms", "flask_wtf", "flask_babel"}),
    "app.views": (
        {"app.iam", "app.services", "app.models", "app.forms", "app.domain", "app.extensions", *WEB},
        None,
    ),
    "app": ({"app.iam", "app.views", "app.services", "app.models", "app.domain", *SINGLE}, None),
    "jobs": ({"app", "app.services", "app.models", "app.panda", "app.domain", *FOR_JOBS}, None),
}

# Imports from outside that one module needs, with the reason.
ALLOWED = {
    ("app.services.passwords", "argon2"): "the one place that hashes",
    ("app.services.passwords", "flask"): "asks whether tests want the cheap hash",
    ("app.services.password_rules", "zxcvbn"): "the one place that judges passwords",
    ("app.services.sealing", "cryptography"): "the one place that encrypts",
    ("app.services.sealing", "joserfc"): "the one place that encrypts",
    ("app.services.yaml_records", "yaml"): "the one place that reads YAML, its events alone",
    ("app.services.codes", "pyotp"): "the codes of the second factor",
    ("app.services.second_factor", "pyotp"): "its secret, and the address that an app reads",
}

MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 30
# module.function: why it may be longer.
LONG_FUNCTIONS: dict[str, str] = {}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache  # by the first test that asks: not while tests are collected, in every process
def trees() -> dict[str, ast.Module]:
    return {module_of(path): ast.parse(path.read_text(), str(path)) for path in SOURCES}


def layer_of(module: str) -> str:
    fitting = [layer for layer in LAYERS if module == layer or module.startswith(f"{layer}.")]
    return max(fitting, key=len)


def imports_of(module: str) -> Iterator[str]:
    """Yield what a module imports anywhere, inside functions too: modules, where names can be told apart."""
    for node in ast.walk(trees()[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write the whole path of an import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in trees() else str(node.module) for name in names)


def part_of(module: str) -> str:
    return module if module in SINGLE else layer_of(module)


def problem_with(module: str, imported: str) -> str | None:
    own, outside = LAYERS[layer_of(module)]
    top = imported.partition(".")[0]
    if top in {"app", "jobs", "config"}:
        is_fine = part_of(imported) in {*own, layer_of(module)}
    else:
        is_fine = top in sys.stdlib_module_names or outside is None or top in outside
    return None if is_fine or (module, top) in ALLOWED else f"{module} imports {imported}"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_it_may(layer):
    modules = [module for module in trees() if layer_of(module) == layer]

    problems = [problem_with(module, name) for module in modules for name in imports_of(module)]

    assert not list(filter(None, problems))
    assert modules, "the rule is about nothing"


def test_only_the_clients_import_requests():
    found = [
        module for module in trees() if "requests" in {name.partition(".")[0] for name in imports_of(module)}
    ]

    assert {layer_of(module) for module in found} == {"app.iam", "app.network", "app.panda"}


def test_only_the_scheduled_work_imports_the_client_of_panda():
    found = [module for module in trees() if any(name.startswith("app.panda") for name in imports_of(module))]

    assert {layer_of(module) for module in found} <= {"app.panda", "app.panda.simulator", "jobs"}


def test_nothing_imports_the_simulator():
    found = [
        module
        for module in trees()
        if layer_of(module) != "app.panda.simulator"
        and any(name.startswith("app.panda.simulator") for name in imports_of(module))
    ]

    assert not found


def test_files_stay_short():
    lines = {module_of(path): len(path.read_text().splitlines()) for path in SOURCES}

    assert {module: count for module, count in lines.items() if count > MAX_FILE_LINES} == {}


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}.{node.name}", node


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines from `def` to the last one, the docstring apart: telling more costs nothing."""
    first = node.body[0]
    is_docstring = ast.get_docstring(node) is not None
    told = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - told


def test_functions_stay_short():
    lines = {name: length_of(node) for name, node in functions()}

    long = {name: count for name, count in lines.items() if count > MAX_FUNCTION_LINES}

    assert {name: count for name, count in long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long), "an exception that is not needed any more"


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler takes any exception and does not raise it again."""
    caught = ast.unparse(handler.type) if handler.type else "BaseException"
    raises_again = isinstance(handler.body[-1], ast.Raise)
    return caught in {"Exception", "BaseException"} and not raises_again


def test_only_two_places_catch_every_exception():
    found = {
        module
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node)
    }

    assert found <= {"jobs.run", "app.errors"}


def calls(module: str) -> Iterator[str]:
    for node in ast.walk(trees()[module]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_no_view_commits():
    views = [module for module in trees() if layer_of(module) == "app.views"]

    assert not [(module, call) for module in views for call in calls(module) if call.endswith(".commit")]


def test_below_the_views_nobody_asks_the_clock_or_the_environment():
    below = [module for module in trees() if layer_of(module) in {"app.domain", "app.models", "app.services"}]
    asking = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "os.getenv"}

    assert not [(module, call) for module in below for call in calls(module) if call in asking]
    assert not [module for module in below if "environ" in ast.dump(trees()[module])]
