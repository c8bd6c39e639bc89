"""Read the settings from their four places and refuse what is not fit; settings_check says what that is."""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import config as defaults
from app.domain.chain_settings import chains_from_settings
from app.domain.convention import conventions_from_settings
from app.domain.recipe import recipes_from_settings
from app.settings_check import NAMES, problems_of

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
    own = {name: getattr(defaults, name) for name in NAMES}
    config.update(own)
    config["INSTANCE"] = str(instance)
    config.update(_instance_settings(instance))
    config.update(_environment_settings(own, environment))
    config.update(overrides)
    config["SQLALCHEMY_DATABASE_URI"] = config["DATABASE_URL"] or f"sqlite:///{instance / 'spd.sqlite'}"
    config["LOG_FOLDER"] = config["LOG_FOLDER"] or str(instance / "logs")
    config["SENT_JOURNAL"] = config["SENT_JOURNAL"] or str(instance / "sent.journal")
    for name in ("PANDA_CLIENT_SECRET_FILE", "IAM_CLIENT_SECRET_FILE"):
        config[name] = config[name] or str(instance / name.removesuffix("_FILE").lower())
    config["SECRET_KEY"] = _secret_key(config, instance)


def check(config: Settings) -> None:
    """Raise SettingsError with every problem found; else add what is read from the tables.

    Adds CONVENTIONS, the naming conventions with the newest last, RECIPE_BOOK, the recipes by data
    type, and CHAIN_BOOK, the chains by name.
    """
    problems = problems_of(config)
    if problems:
        raise SettingsError(problems)
    config["CONVENTIONS"] = conventions_from_settings(
        config["NAMING_CONVENTIONS"], config["COLLISION_SYSTEMS"]
    )
    config["RECIPE_BOOK"] = recipes_from_settings(config["RECIPES"])
    config["CHAIN_BOOK"] = chains_from_settings(config["CHAINS"])


# What reading and running the administrator's own file may end with.
_WRONG_IN_A_FILE = (
    ArithmeticError, AttributeError, ImportError, LookupError, NameError, OSError, SyntaxError, TypeError,
    ValueError,
)  # fmt: skip


def _instance_settings(instance: Path) -> dict[str, Any]:
    path = instance / "config.py"
    found: dict[str, Any] = {}
    try:
        if not path.exists():
            return {}
        exec(compile(path.read_text(), str(path), "exec"), found)  # nosec B102  # noqa: S102  the administrator's own file
    except _WRONG_IN_A_FILE as error:
        raise SettingsError([f"{path} cannot be read: {type(error).__name__}: {error}"]) from error
    return {name: value for name, value in found.items() if name.isupper()}


def _environment_settings(own: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    problems = []
    for name, default in own.items():
        text = environment.get(f"SPD_{name}")
        if text is None:
            continue
        try:
            found[name] = text if isinstance(default, str) else json.loads(text)
        except json.JSONDecodeError:
            problems.append(f"SPD_{name}: {text!r} is not JSON; write true, 12, 1.5, [..] or {{..}}")
    if problems:
        raise SettingsError(problems)
    return found


def _secret_key(config: Mapping[str, Any], instance: Path) -> str:
    """Read the cookie secret; a demo makes its own at the first start. Empty in production if missing."""
    named = config["SECRET_KEY_FILE"]
    if not isinstance(named, str):
        return ""  # check() says what is wrong with it
    path = Path(named or instance / "secret_key")
    try:
        if not path.exists() and not config["PRODUCTION"]:
            if not named and not instance.exists():  # nothing is there yet: good for this process alone
                return secrets.token_urlsafe(48)
            _make_secret(path)
        return path.read_text().strip()
    except (OSError, ValueError):
        return ""  # check() asks for the file


def _make_secret(path: Path) -> None:
    """Make the secret; of two processes that start together one makes it, and both use it whole."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
