"""What stands nowhere in our source, so that nothing a person types is run, unpacked or taken for markup."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(ROOT.glob("app/static/js/*.js"))
TEMPLATES = sorted(path for path in ROOT.glob("app/templates/**/*") if path.is_file())


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# The simulator is a program of its own that production never starts.
SOURCES = [
    path
    for path in [*ROOT.glob("app/**/*.py"), *ROOT.glob("jobs/**/*.py"), ROOT / "config.py", ROOT / "wsgi.py"]
    if "simulator" not in path.parts
]


@cache  # by the first test that asks: not while tests are collected, in every process
def nodes() -> list[tuple[str, ast.AST]]:
    """Return (file, node) of all there is."""
    trees = [(name_of(path), ast.parse(path.read_text())) for path in SOURCES]
    return [(file, node) for file, tree in trees for node in ast.walk(tree)]


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Return (file, dotted name, call) of all that is called."""
    return [(file, ast.unparse(node.func), node) for file, node in nodes() if isinstance(node, ast.Call)]


def called(pattern: str) -> set[str]:
    return {file for file, name, _call in calls() if re.fullmatch(pattern, name)}


def imported(pattern: str) -> set[str]:
    return {
        file
        for file, node in nodes()
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [str(node.module)])
        if re.fullmatch(pattern, name.partition(".")[0])
    }


# What must not be called, and where it stands all the same: with the reason.
FORBIDDEN: dict[str, tuple[str, dict[str, str]]] = {
    "another program is started": (r"os\.(system|popen|exec\w*|spawn\w*|posix_spawn\w*|fork\w*)", {}),
    "a text is run as code": (
        r"eval|exec|compile|__import__|import_module",
        {"app/settings.py": "the administrator's own config.py, a program by intention"},
    ),
    "a text becomes a template or markup": (
        r"render_template_string|(\w+\.)*(from_string|Markup|Template|Environment)",
        {},
    ),
    "a hash is weak": (r"hashlib\.(md5|sha1|new)|(\w+\.)*(MD5|SHA1)", {}),
    "a place in the text is filled in by the text": (r".*\.(format_map|vformat)", {}),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_dangerous_is_called(what):
    pattern, allowed = FORBIDDEN[what]

    assert called(pattern) == set(allowed)


# What they could do: start programs, unpack objects, read XML or markup, guess.
MODULES = r"subprocess|pty|pickle|marshal|shelve|dill|yaml|xml|lxml|random|markdown\w*|bleach|importlib|runpy"


# It takes the events of YAML, from which nothing is built: it has no loader, and follows no alias.
READS_YAML = {"app/services/yaml_records.py"}


def test_nothing_dangerous_is_imported():
    assert imported(MODULES) == READS_YAML
    assert {name for file, name, _call in calls() if file in READS_YAML and "yaml." in name} == {"yaml.parse"}
    assert imported("secrets"), "the search finds nothing at all"


def test_scheduled_work_is_kept_in_memory_and_nothing_of_it_is_unpacked():
    """The job stores of APScheduler that outlast a process unpickle what they find."""
    assert "jobs/schedule.py" in imported("apscheduler")
    assert {name for _file, name, _call in calls() if "JobStore" in name} <= {"MemoryJobStore"}


def test_statements_are_written_whole_and_never_put_together_from_texts():
    raw = [
        (file, call.args[0])
        for file, name, call in calls()
        if name in {"text", "sa.text", "literal_column"} or name.endswith("exec_driver_sql")
    ]

    put_together = [(file, ast.unparse(part)) for file, part in raw if not is_constant(part)]

    assert put_together == []
    assert raw


def is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return is_constant(node.body) and is_constant(node.orelse)
    # A name in capitals stands for a text written at the head of the module.
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def test_a_pattern_is_written_by_us_or_by_an_administrator():
    """A pattern that a person types could run for ever, or match what it should not."""
    not_constant = {
        file
        for file, name, call in calls()
        if re.fullmatch(r"re\.(compile|match|search|fullmatch|sub|findall|split)", name)
        and not isinstance(call.args[0], ast.Constant)
    }

    assert not_constant == {
        "app/admin_cli.py",  # constants of the forms
        "app/domain/comment.py",  # two constants put together
        "app/domain/labels.py",  # two patterns of config.py, here and in settings_labels
        "app/domain/convention.py",  # the naming convention of config.py, here and in the next two
        "app/domain/naming_form.py",
        "app/domain/naming_mend.py",
        "app/event_words.py",  # a table of constants: our words of events
        "app/reasons.py",  # a table of constants: words of PanDA and ours
        "app/settings_addresses.py",  # two constants put together
        "app/settings_labels.py",
        "app/settings_people.py",  # a constant of the forms
    }


def test_certificates_are_always_checked():
    unchecked = [
        (file, keyword.arg)
        for file, _name, call in calls()
        for keyword in call.keywords
        if keyword.arg in {"verify", "check_hostname"} and ast.unparse(keyword.value) == "False"
    ]
    loosened = [
        file
        for file, node in nodes()
        if isinstance(node, ast.Attribute) and node.attr in {"CERT_NONE", "_create_unverified_context"}
    ]

    assert unchecked == loosened == []


# Which file is written where: the inventory of docs/security.md says who may read it and how long it is kept.
WRITERS = {
    "app/settings.py": "the secret of a demo",
    "app/alarm_memory.py": "whom an alarm is mailed to when the database does not answer",
    "app/cli.py": "the sign-ins of a demo",
    "app/mail_server.py": "the mails of a demo, which has no mail server",
    "jobs/daily_log.py": "the daily log of what was sent",
    "jobs/holder.py": "the lock beside SQLite, which stays empty",
    "jobs/sent_journal.py": "the key and name of every send, to know a restored database by",
}


def test_no_file_is_written_but_those_of_the_inventory():
    writing = r".*\.?(write_text|write_bytes|FileHandler|NamedTemporaryFile|mkstemp)|os\.open"
    opened = {
        file
        for file, name, call in calls()
        if name.split(".")[-1] == "open" and re.search(r"['\"][rb]*[wax+]", ast.unparse(call))
    }

    assert called(writing) | opened == set(WRITERS)


# The one form that takes a file, and the view that reads it into a text.
TAKE_A_FILE = {"app/templates/tasks/_import_text.html", "app/templates/tasks/import.html"}


def test_one_form_takes_a_file_and_it_is_kept_nowhere():
    """The lines of the ASVS about files that are stored are left out in docs/security.md because of it."""
    with_files = {name_of(path) for path in TEMPLATES if re.search(r'"file"|multipart/', path.read_text())}

    assert with_files == TAKE_A_FILE
    assert called(r"(\w+\.)*(FileField|MultipleFileField|send_file|send_from_directory)") == set()
    read = {file for file, node in nodes() if isinstance(node, ast.Attribute) and node.attr == "files"}
    assert read == {"app/views/imports.py"}
    assert called(r"(\w+\.)*(ZipFile|GzipFile|TarFile|decompress|unpack_archive)|uploaded\.save") == set()


# What a script could keep in the browser, whom it could call, what it could put under objects of others.
SCRIPTED = {
    "storage": r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.",
    "calls": r"postMessage|WebSocket|EventSource|sendBeacon|XMLHttpRequest|\bfetch\(|import\(",
    "prototypes": r"__proto__|prototype|Object\.assign\((?!document\.createElement)|\[\w+\]\s*=[^=]",
}


# tests/browser/test_forms.py shows that no password is kept, and nothing once the next page is there.
KEEPS = {"keep_typed.js": "what is typed into forms, from a page to the same one in another language"}


@pytest.mark.parametrize("what", SCRIPTED)
def test_a_script_keeps_nothing_and_calls_nobody(what):
    found = {path.name for path in SCRIPTS if re.search(SCRIPTED[what], path.read_text())}

    assert found == (set(KEEPS) if what == "storage" else set())
    assert SCRIPTS


def test_htmx_runs_no_code_of_an_answer_and_keeps_no_page():
    head = (ROOT / "app/templates/_head.html").read_text()

    for setting in ("allowEval", "allowScriptTags"):
        assert f'"{setting}": false' in head
    assert '"historyCacheSize": 0' in head
    assert '"selfRequestsOnly": true' in head
