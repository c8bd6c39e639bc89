"""What somebody settled by hand, and so `make run` must leave alone: the PanDA and the service's address."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As config.py is delivered: with these `make run` chooses free ports of its own.
SHIPPED = {"PANDA_URL": "http://127.0.0.1:8081", "PUBLIC_URL": "http://127.0.0.1:8080"}


class CannotRun(Exception):
    """Said in one line, with what to do about it."""


def own_settings(root: Path, instance: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return those of SHIPPED that the environment, the instance's config.py or an edited config.py sets."""
    delivered = _read(root / "config.py")
    edited = {name: delivered[name] for name, value in SHIPPED.items() if delivered.get(name, value) != value}
    told = {name: environment[f"SPD_{name}"] for name in SHIPPED if f"SPD_{name}" in environment}
    found = edited | _read(instance / "config.py") | told
    return {name: str(found[name]) for name in SHIPPED if name in found}


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return runpy.run_path(str(path))
    except Exception as error:
        message = f"{path} cannot be read: {error}"
        raise CannotRun(message) from error
