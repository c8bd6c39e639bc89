"""Find what is wrong with the settings: everything at once, in words for the administrator."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import config as defaults
from app.domain.chain_settings import chain_problems
from app.domain.convention import conventions_from_settings, naming_problems
from app.domain.payload import PayloadSettings
from app.domain.recipe import Recipe
from app.domain.twin import twin_problems
from app.settings_addresses import address_problems, is_loopback
from app.settings_labels import label_problems
from app.settings_people import people_problems, people_problems_in_production

MIN_SECRET_LENGTH = 32
MIN_TOKEN_LENGTH = 20
LOG_FORMATS = ("plain", "json")
# The column of the database.
MAX_INSTANCE_ID_LENGTH = 64
NAMES = [name for name in dir(defaults) if name.isupper()]
_POSITIVE_ENDS = (
    "_SECONDS",
    "_MINUTES",
    "_HOURS",
    "_DAYS",
    "_SIZE",
    "_LIMIT",
    "_LENGTH",
    "_PASSES",
    "_WINDOW",
    "_TRIES",
    "_PORT",
    "_PER_ADDRESS",
    "_AND_HOUR",
    "TWIN_EVENTS",
)
POSITIVE = [name for name in NAMES if name.endswith((*_POSITIVE_ENDS, "_CYCLE")) or name.startswith("MAX_")]
NOT_NEGATIVE = [
    "PROXIES",
    "APPROVAL_FROM_JOBS",
    "COMMAND_AGAIN_TIMES",
    "PART_ACCEPTED_FROM_PERCENT",
    "PRIORITY_LOWEST",
    "SECONDS_TO_UNDO",
    "SUBMISSIONS_PER_MINUTE",
    "WARN_JOBS_ABOVE",
    "WARN_EVENTS_PER_JOB_UP_TO",
]
# JEDI's column takes no more.
HIGHEST_PRIORITY = 2**31 - 1
# A request holds memory, and its rows the database, for as long as it takes.
AT_MOST = {
    "PRIORITY_HIGHEST": HIGHEST_PRIORITY,
    "PART_ACCEPTED_FROM_PERCENT": 100,
    "IMPORT_ROWS_LIMIT": 10_000,
    "IMPORT_BYTES_LIMIT": 10_000_000,
}
# The first must not be more than the second.
IN_ORDER = [
    ("DELIVER_RETRY_SECONDS", "DELIVER_RETRY_MAX_SECONDS"),
    ("COMMAND_AGAIN_MINUTES", "COMMAND_WATCH_MINUTES"),
    ("PRIORITY_LOWEST", "PRIORITY_HIGHEST"),
    ("HEARTBEAT_AMBER_SECONDS", "HEARTBEAT_RED_SECONDS"),
    ("MAIL_RETRY_SECONDS", "MAIL_RETRY_MAX_SECONDS"),
]


def problems_of(config: Mapping[str, Any]) -> list[str]:
    """Return every problem, each in one line that begins with the name of the setting."""
    # The other checks rely on the types.
    problems = _wrong_types(config)
    if problems:
        return problems
    problems = [
        *_installation_problems(config),
        *_number_problems(config),
        *_secret_problems(config),
        *address_problems(config),
        *_panda_problems(config),
        *people_problems(config),
        *label_problems(config),
        *_table_problems(config),
    ]
    return problems + (_problems_in_production(config) if config["PRODUCTION"] else [])


def _wrong_types(config: Mapping[str, Any]) -> list[str]:
    wanted = {name: type(getattr(defaults, name)) for name in NAMES}
    return [
        f"{name}: must be {kind.__name__}, is {type(config[name]).__name__}"
        for name, kind in wanted.items()
        if not _is_of(kind, config[name])
    ]


def _is_of(kind: type, value: object) -> bool:
    # True is an int for Python; one who writes PROXIES = True means something else.
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _installation_problems(config: Mapping[str, Any]) -> list[str]:
    problems = []
    if not 1 <= len(config["INSTANCE_ID"].strip()) <= len(config["INSTANCE_ID"]) <= MAX_INSTANCE_ID_LENGTH:
        problems.append(f"INSTANCE_ID: 1 to {MAX_INSTANCE_ID_LENGTH} characters")
    if not _is_time_zone(config["TIME_ZONE"]):
        problems.append(
            f"TIME_ZONE: {config['TIME_ZONE']!r} is unknown here; write one as Europe/Moscow or UTC"
        )
    if config["LOG_FORMAT"] not in LOG_FORMATS:
        problems.append(f"LOG_FORMAT: {config['LOG_FORMAT']!r} is none of {', '.join(LOG_FORMATS)}")
    if config["METRICS_TOKEN_FILE"] and not _holds_a_token(config["METRICS_TOKEN_FILE"]):
        problems.append(
            f"METRICS_TOKEN_FILE: the file must be readable and hold {MIN_TOKEN_LENGTH} characters or more"
        )
    if not _can_be_written(Path(config["LOG_FOLDER"])):
        problems.append(f"LOG_FOLDER: no files can be written in {config['LOG_FOLDER']}")
    if not _can_be_written(Path(config["SENT_JOURNAL"]).parent) or Path(config["SENT_JOURNAL"]).is_dir():
        problems.append(f"SENT_JOURNAL: no file {config['SENT_JOURNAL']} can be written")
    return problems


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a name of a folder of zones
        return False
    return True


def _holds_a_token(path: str) -> bool:
    try:
        return len(Path(path).read_text().strip()) >= MIN_TOKEN_LENGTH
    except (OSError, ValueError):
        return False


def _can_be_written(folder: Path) -> bool:
    """Say whether files can be made there; the folder itself need not exist yet."""
    try:
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    except (OSError, ValueError):
        return False


def _number_problems(config: Mapping[str, Any]) -> list[str]:
    # NaN is neither, and JSON can say Infinity.
    problems = [f"{name} must be more than 0" for name in POSITIVE if not 0 < config[name] < math.inf]
    problems += [f"{name} must not be less than 0" for name in NOT_NEGATIVE if config[name] < 0]
    problems += [
        f"{smaller} must not be more than {larger}"
        for smaller, larger in IN_ORDER
        if config[smaller] > config[larger]
    ]
    if config["REFRESH_OVERLAP_HOURS"] < 7:
        problems.append("REFRESH_OVERLAP_HOURS: at least 7, as PanDA sets its times up to 6 hours back")
    return problems + [
        f"{name} must not be more than {most}" for name, most in AT_MOST.items() if config[name] > most
    ]


def _secret_problems(config: Mapping[str, Any]) -> list[str]:
    if len(config["SECRET_KEY"]) >= MIN_SECRET_LENGTH:
        return []
    return [
        f"SECRET_KEY_FILE: the file must exist, be readable and hold at least {MIN_SECRET_LENGTH} characters;"
        " make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    ]


def _panda_problems(config: Mapping[str, Any]) -> list[str]:
    problems = []
    if ":" not in config["PANDA_ORIGIN"]:
        problems.append('PANDA_ORIGIN: write "<VO>:<role>", as spd.nica.jinr:production')
    if not config["PANDA_TOKEN_FILE"] and not config["PANDA_TOKEN_URL"]:
        problems.append("PANDA_TOKEN_FILE or PANDA_TOKEN_URL: one of them must be given")
    return problems


def _table_problems(config: Mapping[str, Any]) -> list[str]:
    problems = naming_problems(config["NAMING_CONVENTIONS"], config["COLLISION_SYSTEMS"])
    for data_type, recipe in config["RECIPES"].items():
        problems += Recipe.problems_of(data_type, recipe)
    problems += chain_problems(config["CHAINS"], config["RECIPES"])
    if not problems:
        conventions = conventions_from_settings(config["NAMING_CONVENTIONS"], config["COLLISION_SYSTEMS"])
        problems += twin_problems(config["TWIN_FIELD"], config["TWIN_MARK"], conventions[-1])
    return problems + PayloadSettings.problems_of(config)


def _problems_in_production(config: Mapping[str, Any]) -> list[str]:
    problems = [
        f"{name}: the demo value {getattr(defaults, name)!r} is refused in production"
        for name in ("INSTANCE_ID", "PUBLIC_URL", "TRUSTED_HOSTS", "PANDA_USER_NAME", "PANDA_CLIENT_ID")
        if config[name] == getattr(defaults, name)
        and not (name == "PANDA_CLIENT_ID" and config["PANDA_TOKEN_FILE"])
    ]
    if not config["SECRET_KEY_FILE"]:
        problems.append("SECRET_KEY_FILE: name the file in production")
    if not config["PUBLIC_URL"].startswith("https://"):
        problems.append("PUBLIC_URL: https is required in production")
    if is_loopback(config["PANDA_URL"]) or "/simulator/" in config["PANDA_TOKEN_URL"]:
        problems.append("PANDA_URL, PANDA_TOKEN_URL: the simulator is refused in production")
    if config.get("DEBUG") or os.environ.get("FLASK_DEBUG", "0") not in {"", "0"}:
        problems.append("FLASK_DEBUG: the debugger is refused in production")
    return problems + people_problems_in_production(config)
