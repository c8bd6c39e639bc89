"""The people of a demo installation: one for each role that creates or watches over tasks."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.domain.permission import Role
from app.extensions import db, write_unit
from app.models import User
from app.services.accounts import NewAccount, make_account
from app.services.passwords import hash_password

DEMO_ROLES = (Role.PHYSICIST, Role.MANAGER, Role.ADMIN)
WORDS_IN_A_PASSWORD = 4

# 64 words of the laboratory that are hard to misread: four of them and two digits are 30 random bits,
# enough for accounts that exist on one machine for looking around.
_WORDS = """
    anchor atom barrel beam bottle bridge bronze candle carbon chart cobalt comet copper crystal detector
    drum electron engine field filter garden gluon granite hadron harbour helium island kaon kettle ladder
    lantern lepton magnet meadow meson mirror muon neutron nickel nucleus ocean orbit oxygen parton photon
    pion planet proton quark quartz river rocket rotor silver solid spin target thunder timber tracker tunnel
    vertex violet wagon
""".split()  # noqa: SIM905  64 quoted words would read worse


def memorable_password() -> str:
    """Return a random password that can be typed from a screen, such as "muon-ladder-orbit-quartz-42"."""
    words = [secrets.choice(_WORDS) for _ in range(WORDS_IN_A_PASSWORD)]
    return "-".join([*words, f"{secrets.randbelow(100):02d}"])


def make_demo_people(known: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Make the demo people that are missing and return username → password of all of them.

    known: the passwords told before. A person whose password nobody knows any more gets a new one. Commits.
    """
    return {role.value: known.get(role.value) or _give_password(role, now) for role in DEMO_ROLES}


def _give_password(role: Role, now: datetime) -> str:
    password = memorable_password()
    user = db.session.scalar(select(User).where(User.username == role.value))
    if user is None:
        make_account(
            NewAccount(role.value, "Demo", role.value.title(), f"{role.value}@example.org", password),
            role,
            now,
        )
    else:
        with write_unit():
            user.password_hash = hash_password(password)
    return password
