"""Read the settings and check them: every problem is listed at once."""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import config as defaults
from app.domain.convention import conventions_from_settings, naming_problems
from app.domain.payload import PayloadSettings
from app.domain.permission import Role
from app.domain.recipe import Recipe, recipes_from_settings

MIN_SECRET_LENGTH = 32
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

Settings = MutableMapping[str, Any]


class SettingsError(Exception):
    """The settings are not fit to run with; `problems` lists all of them."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The settings need your attention:\n  - " + "\n  - ".join(problems))


def load(
    config: Settings, instance: Path, environment: Mapping[str, str], overrides: Mapping[str, Any]
) -> None:
    """Fill config from config.py, the instance's config.py, SPD_* of the environment, and overrides."""
    own = {name: getattr(defaults, name) for name in dir(defaults) if name.isupper()}
    config.update(own)
    config["INSTANCE"] = str(instance)
    config.update(_instance_settings(instance))
    config.update(_environment_settings(own, environment))
    config.update(overrides)
    config["SQLALCHEMY_DATABASE_URI"] = config["DATABASE_URL"] or f"sqlite:///{instance / 'spd.sqlite'}"
    config["LOG_FOLDER"] = config["LOG_FOLDER"] or str(instance / "logs")
    secret_file = config["PANDA_CLIENT_SECRET_FILE"] or str(instance / "panda_client_secret")
    config["PANDA_CLIENT_SECRET_FILE"] = secret_file
    config["SECRET_KEY"] = _secret_key(config, instance)


def check(config: Settings) -> None:
    """Raise SettingsError with every problem found; else add what is read from the tables.

    Adds CONVENTIONS, the naming conventions with the newest last, and RECIPE_BOOK, the recipes by data type.
    """
    # The other checks rely on the types.
    problems = _wrong_types(config)
    if not problems:
        problems = _problems_always(config)
        problems += _problems_in_production(config) if config["PRODUCTION"] else []
    if problems:
        raise SettingsError(problems)
    config["CONVENTIONS"] = conventions_from_settings(
        config["NAMING_CONVENTIONS"], config["COLLISION_SYSTEMS"]
    )
    config["RECIPE_BOOK"] = recipes_from_settings(config["RECIPES"])


def _instance_settings(instance: Path) -> dict[str, Any]:
    path = instance / "config.py"
    if not path.exists():
        return {}
    found: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), found)  # noqa: S102  the administrator's own file
    return {name: value for name, value in found.items() if name.isupper()}


def _environment_settings(own: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, default in own.items():
        text = environment.get(f"SPD_{name}")
        if text is None:
            continue
        try:
            found[name] = text if isinstance(default, str) else json.loads(text)
        except json.JSONDecodeError:
            message = f"SPD_{name}: {text!r} is not JSON; write true, 12, 1.5, [..] or {{..}}"
            raise SettingsError([message]) from None
    return found


def _secret_key(config: Mapping[str, Any], instance: Path) -> str:
    """Read the cookie secret; a demo makes its own at the first start. Empty in production if missing."""
    named = config["SECRET_KEY_FILE"]
    if not isinstance(named, str):
        return ""  # check() says what is wrong with it
    path = Path(named or instance / "secret_key")
    if not path.exists() and not config["PRODUCTION"]:
        _make_secret(path)
    return path.read_text().strip() if path.exists() else ""


def _make_secret(path: Path) -> None:
    """Make the secret; of two processes that start together one makes it, and both use it whole."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _problems_always(config: Mapping[str, Any]) -> list[str]:
    problems = []
    roles = [role.value for role in Role]
    if config["NEW_ACCOUNT_ROLE"] not in roles:
        problems.append(f"NEW_ACCOUNT_ROLE: {config['NEW_ACCOUNT_ROLE']!r} is none of {', '.join(roles)}")
    problems += [f"{name} must be more than 0" for name in _positive_names() if config[name] <= 0]
    if config["REFRESH_OVERLAP_HOURS"] < 7:
        problems.append("REFRESH_OVERLAP_HOURS: at least 7, as PanDA sets its times up to 6 hours back")
    if len(config["SECRET_KEY"]) < MIN_SECRET_LENGTH:
        problems.append(
            f"SECRET_KEY_FILE: the file must exist and hold at least {MIN_SECRET_LENGTH} characters;"
            " make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    problems += _panda_problems(config)
    problems += naming_problems(config["NAMING_CONVENTIONS"], config["COLLISION_SYSTEMS"])
    for data_type, recipe in config["RECIPES"].items():
        problems += Recipe.problems_of(data_type, recipe)
    problems += PayloadSettings.problems_of(config)
    return problems


def _wrong_types(config: Mapping[str, Any]) -> list[str]:
    problems = []
    for name in dir(defaults):
        default = getattr(defaults, name)
        if not name.isupper() or isinstance(config[name], type(default)):
            continue
        if isinstance(default, float) and isinstance(config[name], int):
            continue
        problems.append(f"{name}: must be {type(default).__name__}, is {type(config[name]).__name__}")
    return problems


def _positive_names() -> list[str]:
    ends = ("_SECONDS", "_MINUTES", "_HOURS", "_DAYS", "_SIZE", "_LIMIT", "_LENGTH", "_PASSES", "_WINDOW")
    return [name for name in dir(defaults) if name.isupper() and name.endswith(ends)]


def _panda_problems(config: Mapping[str, Any]) -> list[str]:
    problems = []
    url = urlsplit(config["PANDA_URL"])
    if url.scheme not in {"http", "https"} or not url.hostname or url.path.strip("/"):
        problems.append("PANDA_URL: write https://host:port without a path")
    elif url.scheme != "https" and url.hostname not in _LOOPBACK:
        problems.append("PANDA_URL: https is required, the token would travel in the clear")
    if ":" not in config["PANDA_ORIGIN"]:
        problems.append('PANDA_ORIGIN: write "<VO>:<role>", as spd.nica.jinr:production')
    if not config["PANDA_TOKEN_FILE"] and not config["PANDA_TOKEN_URL"]:
        problems.append("PANDA_TOKEN_FILE or PANDA_TOKEN_URL: one of them must be given")
    monitor = config["PANDA_MONITOR_TASK_URL"]
    if monitor and not (monitor.startswith(("https://", "http://")) and "{task_id}" in monitor):
        problems.append("PANDA_MONITOR_TASK_URL: write https://… with {task_id} in it, or leave it empty")
    if not config["PANDA_USER_NAME"].isascii():
        problems.append("PANDA_USER_NAME: ASCII only")
    return problems


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
    if config["NEW_ACCOUNT_ROLE"] not in {"viewer", "physicist"}:
        problems.append("NEW_ACCOUNT_ROLE: only viewer or physicist in production")
    if urlsplit(config["PANDA_URL"]).hostname in _LOOPBACK or "/simulator/" in config["PANDA_TOKEN_URL"]:
        problems.append("PANDA_URL, PANDA_TOKEN_URL: the simulator is refused in production")
    if config.get("DEBUG") or os.environ.get("FLASK_DEBUG", "0") not in {"", "0"}:
        problems.append("FLASK_DEBUG: the debugger is refused in production")
    return problems
