"""What a payload is made of, beside the recipe."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.columns import column_lines, column_problems
from app.domain.problem import Problem

# PanDA's clean_user_id cuts numbers, quotes and parentheses off a name; its queries then miss our tasks.
_CUT_BY_PANDA = re.compile(r"[ _][0-9]|[/()'\"]|[^ -~]")

# PanDA's key: our setting.
_SETTINGS = {
    "userName": "PANDA_USER_NAME",
    "vo": "PANDA_VO",
    "workingGroup": "PANDA_WORKING_GROUP",
    "prodSourceLabel": "PANDA_PROD_SOURCE_LABEL",
    "architecture": "PANDA_ARCHITECTURE",
    "cloud": "PANDA_CLOUD",
    "site": "PANDA_SITE",
}


@dataclass(frozen=True)
class TaskToSend:
    """A task as it goes to PanDA.

    fields: the name's fields as parse gives them. key: our idempotency key, letters, digits and "-", 50
    characters at most. creator: the user name of its owner. priority: higher runs sooner. seed_offset: seeds
    begin one above it; None where the recipe draws no random numbers. event_offset: the numbers of its events
    begin one above it. parent_name: the task whose output is read; None for a task on its own.
    """

    name: str
    fields: Mapping[str, str]
    events: int
    jobs: int
    key: str
    creator: str
    priority: int
    seed_offset: int | None = None
    event_offset: int = 0
    parent_name: str | None = None


@dataclass(frozen=True)
class PayloadSettings:
    """What every task says about itself at PanDA: the PANDA_… settings of config.py."""

    columns: Mapping[str, str]  # by PanDA's key: userName, vo, workingGroup, …

    @staticmethod
    def from_settings(config: Mapping[str, object]) -> "PayloadSettings":
        """Return the settings PANDA_USER_NAME, PANDA_VO, … of config.py."""
        return PayloadSettings({key: str(config[name]) for key, name in _SETTINGS.items()})

    @staticmethod
    def problems_of(config: Mapping[str, object]) -> list[str]:
        """Return all that is wrong with these settings, in plain English."""
        settings = PayloadSettings.from_settings(config)
        lines = [
            f"{name}: {line}"
            for key, name in _SETTINGS.items()
            for line in column_lines({key: settings.columns[key]})
        ]
        if settings.is_user_name_cut:
            lines.append(
                "PANDA_USER_NAME: ASCII without quotes, / and parentheses, and no number after a blank or _:"
                " PanDA cuts them off"
            )
        return lines

    @property
    def is_user_name_cut(self) -> bool:
        """True if PanDA would know this userName by another name."""
        return bool(_CUT_BY_PANDA.search(self.columns["userName"]))

    def problems(self) -> Iterator[Problem]:
        """Yield the problems of the settings, each blamed on its name in config.py."""
        for key, name in _SETTINGS.items():
            yield from column_problems(name, key, self.columns[key])
        if self.is_user_name_cut:
            yield Problem("PANDA_USER_NAME", "user_name_changes", {"user_name": self.columns["userName"]})
