"""Build the web application: a short list of steps."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    cli,
    errors,
    identity,
    language,
    observing,
    page_context,
    request_size,
    security,
    settings,
    static_files,
)
from app.extensions import babel, csrf, db, login_manager, migrate
from app.views import (
    approval,
    auth,
    bulk,
    calls,
    chains,
    code,
    commands,
    comments,
    compare,
    delivery,
    edit_task,
    extend,
    followers,
    forgotten,
    health,
    held,
    iam,
    identities,
    imports,
    labels,
    links,
    machines,
    new_task,
    own_sessions,
    pasted_lists,
    people,
    people_events,
    plan,
    presets,
    profile,
    proof,
    recipes,
    registration,
    saved_views,
    second_factor,
    tasks,
    twin,
)

AT_THE_DOOR = (auth, code, proof, registration, forgotten, links, iam)
ABOUT_PEOPLE = (profile, identities, second_factor, own_sessions, people_events, people)
OF_TASKS = (
    tasks,
    saved_views,
    pasted_lists,
    chains,
    plan,
    extend,
    presets,
    recipes,
    new_task,
    imports,
    edit_task,
    commands,
    bulk,
    twin,
    held,
    delivery,
    approval,
    calls,
)
REMEMBERED = (comments, compare, followers, labels)
VIEWS = (*AT_THE_DOOR, *ABOUT_PEOPLE, *OF_TASKS, *REMEMBERED, health, machines)

# Longest wait for a connection to the database, seconds: then the page says that it does not answer.
DATABASE_WAIT_SECONDS = 3
# PostgreSQL ends a transaction in which nothing happens for so long, seconds: a process that is frozen in the
# middle of one would else keep its rows locked, and the stand-by could not take over from it.
IDLE_TRANSACTION_SECONDS = 10


def build_app(overrides: Mapping[str, Any]) -> Flask:
    """Build the application; see create_app."""
    instance = Path(os.environ.get("SPD_INSTANCE", "instance")).absolute()
    app = Flask("app", instance_path=str(overrides.get("INSTANCE", instance)))
    _configure_settings(app, overrides)
    _configure_database(app)
    _configure_sessions(app)
    _configure_views(app)
    observing.configure(app)  # before all that may answer a request
    language.configure(app, babel)
    identity.configure(app, login_manager)
    page_context.configure(app)
    security.configure(app)
    static_files.configure(app)
    errors.configure(app)
    cli.configure(app)
    return app


def _configure_settings(app: Flask, overrides: Mapping[str, Any]) -> None:
    # A command may have been typed in the wrong place: only `flask prepare` makes the folder, once it runs.
    if click.get_current_context(silent=True) is None:
        Path(app.instance_path).mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.load(app.config, Path(app.instance_path), os.environ, overrides)
    settings.check(app.config)


def _configure_database(app: Flask) -> None:
    # The values of a statement may be secrets: no error message shows them.
    engine: dict[str, Any] = {"hide_parameters": True, "pool_timeout": DATABASE_WAIT_SECONDS}
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        # A connection may have died with the server since it was last used.
        options = f"-c idle_in_transaction_session_timeout={IDLE_TRANSACTION_SECONDS}s"
        connecting = {"connect_timeout": DATABASE_WAIT_SECONDS, "options": options}
        engine |= {"pool_pre_ping": True, "connect_args": connecting}
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", engine)
    db.init_app(app)
    migrate.init_app(app, db, render_as_batch=True, compare_type=True)


def _configure_sessions(app: Flask) -> None:
    is_production = app.config["PRODUCTION"]
    request_size.configure(app)  # before the first that reads a form
    csrf.init_app(app)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-spd" if is_production else "spd",
        DEVICE_COOKIE_NAME="__Host-spd-device" if is_production else "spd-device",
        SESSION_COOKIE_SECURE=is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=app.config["SESSION_ABSOLUTE_HOURS"]),
        # Sent when it changes only: an answer to a poll must not bring back the cookie of before.
        SESSION_REFRESH_EACH_REQUEST=False,
        # A page may stay open all day: the token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=1 << 20,
        MAX_FORM_MEMORY_SIZE=1 << 19,
    )
    if app.config["PROXIES"]:
        hops = app.config["PROXIES"]
        # Flask documents that middleware is put in the place of the method.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as Werkzeug documents it


def _configure_views(app: Flask) -> None:
    for module in VIEWS:
        app.register_blueprint(module.blueprint)
