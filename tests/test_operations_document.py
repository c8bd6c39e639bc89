"""docs/operations.md and docs/deploy tell of all there is, as it is: alarms, states, pauses, settings."""

import configparser
import re
from pathlib import Path

import pytest

import config as delivered
from app.domain.alarm import AlarmKind
from app.domain.task_state import OPEN_STATES, TRANSITIONS, CommandState, TaskState
from app.pause_words import PAUSES
from jobs.__main__ import CHECK_SECONDS, LOST

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/operations.md").read_text()
DEPLOY = ROOT / "docs/deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def section(title: str) -> str:
    """Return the text under a heading, up to the next one that is no deeper."""
    found = re.search(rf"^(#+) {re.escape(title)}\n", TEXT, re.MULTILINE)
    assert found, title
    deep = len(found[1])
    return re.split(rf"^#{{1,{deep}}} ", TEXT[found.end() :], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str) -> dict[str, list[str]]:
    """Return the table under a heading: first cell → the others."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section(title).splitlines()
        if line.startswith("| `")
    ]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_alarm_has_a_section_with_what_to_do():
    headings = re.findall(r"^### (\S+)$", section("Alarms"), re.MULTILINE)

    assert headings == [kind.value for kind in AlarmKind]
    for kind in AlarmKind:
        assert len(section(kind.value)) > 80, kind


def test_every_reason_of_a_pause_is_told():
    assert set(rows("paused")) == set(PAUSES)


def test_every_state_of_a_task_is_told_with_where_it_goes():
    table = rows("Tasks")

    assert set(table) == {state.value for state in TaskState}
    for state, goes_to in TRANSITIONS.items():
        assert set(re.findall(r"`([\w-]+)`", table[state.value][1])) == {new.value for new in goes_to}, state
        assert table[state.value][2], state


def test_every_state_of_a_command_is_told_and_whether_it_is_open():
    table = rows("Commands")

    assert set(table) == {state.value for state in CommandState}
    for state in CommandState:
        assert table[state.value][0] == ("yes" if state in OPEN_STATES else "no"), state
        assert table[state.value][2], state


def test_what_comes_up_now_and_then_is_told():
    wanted = ["Backup", "Restore", "Upgrade", "Renewing the token", "PanDA is away", "Disk full"]

    assert set(wanted) <= set(re.findall(r"^### (.+)$", section("Now and then"), re.MULTILINE))


def test_every_setting_and_command_that_is_named_exists(app):
    texts = [TEXT, *(path.read_text() for path in DEPLOY.iterdir())]
    environment = {
        "PROMETHEUS_MULTIPROC_DIR",
        "SPD_INSTANCE",
        "FLASK_APP",
        "PORT",
        "WEB_CONCURRENCY",
        "PYTHONUNBUFFERED",
    }
    settings = {name for text in texts for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", text)} - environment
    commands = {name for text in texts for name in re.findall(r"`flask ([\w-]+)", text)}

    assert {name for name in settings if not hasattr(delivered, name.removeprefix("SPD_"))} == set()
    assert commands <= set(app.cli.commands), commands - set(app.cli.commands)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_program_of_ours(unit: Path):
    service = read_unit(unit)["Service"]

    command = service["ExecStart"].split()
    assert command[:3] == ["/srv/spd-production/.venv/bin/python", "-m", command[2]]
    assert command[2] in {"gunicorn", "flask", "jobs"}
    assert service["UMask"] == "0077"


def test_the_watchdog_is_fed_often_enough_and_the_exit_codes_are_ours():
    service = read_unit(DEPLOY / "spd-jobs.service")["Service"]

    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= 5 * CHECK_SECONDS
    assert int(service["TimeoutStopSec"]) > delivered.PANDA_COMMAND_SECONDS
    assert service["Restart"] == "always"
    assert str(LOST) not in service["RestartPreventExitStatus"].split()


def test_the_alarm_is_looked_for_each_minute():
    assert read_unit(DEPLOY / "spd-alarm.timer")["Timer"]["OnUnitInactiveSec"] == "60s"
    assert read_unit(DEPLOY / "spd-alarm.service")["Service"]["SuccessExitStatus"] == "1"


def read_unit(path: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str
    unit.read_string(path.read_text())
    return unit
