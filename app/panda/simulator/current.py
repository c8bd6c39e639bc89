"""The parts of the running application."""

from contextlib import AbstractContextManager

from flask import current_app

from app.panda.simulator.issuer import Issuer
from app.panda.simulator.settings import Settings
from app.panda.simulator.world import World, open_world


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def issuer() -> Issuer:
    found: Issuer = current_app.config["ISSUER"]
    return found


def world() -> AbstractContextManager[World]:
    """Open the world for one request; see open_world."""
    return open_world(settings(), current_app.config["DATABASE"])
