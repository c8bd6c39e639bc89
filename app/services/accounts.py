"""Accounts: registering and signing in with a password."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.domain.permission import Role
from app.domain.plain_text import without_control_characters
from app.domain.problem import Problem
from app.extensions import db, write_unit
from app.models import User
from app.services.passwords import hash_password, password_matches
from app.services.problems import Invalid


@dataclass(frozen=True)
class NewAccount:
    """What somebody who registers tells about themselves."""

    username: str
    first_name: str
    last_name: str
    email: str
    password: str


def register(account: NewAccount, role: Role, now: datetime) -> User:
    """Create an account. Raise Invalid when the username or the e-mail address is taken. Commits."""
    # Hashing takes long on purpose: not while others wait to write.
    password_hash = hash_password(account.password)
    try:
        with write_unit() as session:
            _refuse_taken(account)
            user = User(
                username=account.username,
                first_name=account.first_name,
                last_name=account.last_name,
                email=account.email.lower(),
                password_hash=password_hash,
                role=role.value,
                given_role=role.value,
                email_confirmed_at=now,
                created_at=now,
            )
            session.add(user)
    except IntegrityError:  # taken by somebody who registered at the same moment
        _refuse_taken(account)
        raise
    return user


def _refuse_taken(account: NewAccount) -> None:
    problems = []
    if db.session.scalar(select(User.id).where(User.username == account.username)):
        problems.append(Problem("username", "username_taken"))
    if db.session.scalar(select(User.id).where(User.email == account.email.lower())):
        problems.append(Problem("email", "email_taken"))
    if problems:
        raise Invalid(problems)


def spelled(username: str) -> str:
    """Return a username or an address as it is compared, however it was typed."""
    return without_control_characters(username).strip().lower()


def find_by_name(typed: str) -> User | None:
    """Return whose username it is, or whose e-mail address among those who have a password."""
    wanted = spelled(typed)
    is_address = (User.email == wanted) & User.password_hash.is_not(None)
    return db.session.scalar(select(User).where((User.username == wanted) | is_address))


def has_password(user: User | None, password: str) -> bool:
    """Compare the password; nobody takes as long as somebody."""
    return password_matches(user.password_hash if user else None, password)


def may_come_in(user: User) -> bool:
    """Say whether an account is open: neither disabled nor still waiting for its address to be confirmed."""
    return not user.is_disabled and user.email_confirmed_at is not None


def find_by_password(username: str, password: str) -> User | None:
    """Return the person of an open account with this username (or e-mail address) and password, or None."""
    user = find_by_name(username)
    return user if has_password(user, password) and user and may_come_in(user) else None


def set_preferences(user: User, language: str | None, theme: str | None) -> None:
    """Store what the person chose; None leaves it. Commits."""
    with write_unit():
        user.language = language or user.language
        user.theme = theme or user.theme


def set_role(username: str, role: Role) -> bool:
    """Give a person another role; False when there is no such person. Commits."""
    with write_unit() as session:
        person = update(User).where(User.username == username)
        changed = session.execute(person.values(role=role.value, given_role=role.value))
        return getattr(changed, "rowcount", 0) == 1
