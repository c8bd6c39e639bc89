"""What the commands ask first: is there a database to work on?"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click
from flask import current_app
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from app.extensions import db

Command = TypeVar("Command", bound=Callable[..., Any])


def needs_database(command: Command) -> Command:
    """Refuse a command in one line where `flask prepare` has made no database, or it does not answer.

    Stands below @with_appcontext: it needs the settings.
    """

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not _is_prepared():
            message = f"No database in {_place()}; run `flask prepare`, or name the folder in SPD_INSTANCE."
            raise click.ClickException(message)
        return command(*args, **kwargs)

    return cast(Command, guarded)


def _is_prepared() -> bool:
    try:
        return inspect(db.engine).has_table("installation")
    except DBAPIError as error:
        if db.engine.dialect.name == "sqlite":  # the folder is not there
            return False
        said = str(error.orig).partition("\n")[0]
        message = f"The database does not answer: {said}"
        raise click.ClickException(message) from error


def _place() -> str:
    is_named = bool(current_app.config["DATABASE_URL"])
    return "what DATABASE_URL names" if is_named else current_app.instance_path
