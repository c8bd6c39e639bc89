"""Accounts: making them, and signing in with a password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.domain.permission import Role
from app.domain.plain_text import without_control_characters
from app.domain.problem import Problem
from app.domain.sign_in import Event, Visitor
from app.extensions import db, write_unit
from app.models import User
from app.services.account_events import note_event
from app.services.links import Purpose, mint_link
from app.services.passwords import hash_password, is_outdated, password_matches
from app.services.problems import Invalid


@dataclass(frozen=True)
class NewAccount:
    """What is told of somebody who gets an account."""

    username: str
    first_name: str
    last_name: str
    email: str
    password: str


def make_account(account: NewAccount, role: Role, now: datetime) -> User:
    """Make an account of a role that somebody answers for, its address too: nothing need be confirmed.

    Raise Invalid when the username or the e-mail address is taken. Commits.
    """
    # Hashing takes long on purpose: not while others wait to write.
    user = new_user(account, role, now)
    user.given_role, user.email_confirmed_at = role.value, now
    try:
        with write_unit() as session:
            _refuse_taken(account)
            session.add(user)
    except IntegrityError:  # taken by somebody who registered at the same moment
        _refuse_taken(account)
        raise
    return user


def make_account_with_link(account: NewAccount, role: Role, lifetime: timedelta, now: datetime) -> str:
    """Make an account and return the token of a link with which its first password is set.

    Raise Invalid as make_account does. Commits.
    """
    user = make_account(account, role, now)
    with write_unit() as session:
        note_event(session, Event.ACCOUNT_MADE, user, Visitor(), now, words=role.value)
        return mint_link(session, user.id, Purpose.RESET, user.email, lifetime, now)


def new_user(account: NewAccount, role: Role, now: datetime) -> User:
    """Return the row of a new account, not stored yet. Takes long: the password is hashed."""
    return User(
        username=account.username,
        first_name=account.first_name,
        last_name=account.last_name,
        email=account.email.lower(),
        password_hash=hash_password(account.password),
        role=role.value,
        created_at=now,
    )


def is_username_taken(username: str) -> bool:
    """Say whether somebody has this username; usernames are public."""
    return db.session.scalar(select(User.id).where(User.username == username)) is not None


def holder_of(address: str) -> User | None:
    """Return who signs in with this e-mail address and a password, or None."""
    has_password = User.password_hash.is_not(None)
    return db.session.scalar(select(User).where(User.email == address.lower(), has_password))


def _refuse_taken(account: NewAccount) -> None:
    problems = []
    if is_username_taken(account.username):
        problems.append(Problem("username", "username_taken"))
    if holder_of(account.email):
        problems.append(Problem("email", "email_taken"))
    if problems:
        raise Invalid(problems)


def spelled(username: str) -> str:
    """Return a username or an address as it is compared, however it was typed."""
    return without_control_characters(username).strip().lower()


def find_by_name(typed: str) -> User | None:
    """Return whose username it is, or whose confirmed e-mail address among those who have a password.

    One that waits to be confirmed counts for nobody: only who registered with an address that is not known
    here could sign in with it, and would learn that.
    """
    wanted = spelled(typed)
    is_confirmed = User.email_confirmed_at.is_not(None)
    is_address = (User.email == wanted) & User.password_hash.is_not(None) & is_confirmed
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


def renew_hash(user: User, password: str) -> str | None:
    """Make the hash anew if it was made with other parameters than are used now; return it. Commits if so."""
    known = user.password_hash
    if known is None or not is_outdated(known):
        return known
    fresh = hash_password(password)
    with write_unit() as session:
        # Not over a password that was changed meanwhile.
        is_same = User.id == user.id, User.password_hash == known
        renewed = session.execute(update(User).where(*is_same).values(password_hash=fresh))
        return fresh if getattr(renewed, "rowcount", 0) == 1 else known


def set_preferences(user: User, language: str | None, theme: str | None, uses_keys: bool | None) -> None:
    """Store what the person chose; None leaves it. Commits."""
    with write_unit():
        user.uses_keys = user.uses_keys if uses_keys is None else uses_keys
        user.language = language or user.language
        user.theme = theme or user.theme


def note_language(user: User, language: str) -> None:
    """Remember what a person reads the service in, for their mails. Commits where it is another."""
    if user.seen_language != language:
        with write_unit():
            user.seen_language = language


@dataclass(frozen=True)
class Profile:
    """What people change about themselves; empty: as the browser prefers, as the service shows times."""

    first_name: str
    last_name: str
    language: str
    time_zone: str
    theme: str
    # Preferences that are on or off: mail me when a comment names me; follow the tasks I create.
    mail_mentions: bool = True
    follow_own: bool = True


def save_profile(user: User, profile: Profile, visitor: Visitor, now: datetime) -> None:
    """Store what a person changed about themselves. Commits."""
    with write_unit() as session:
        user.first_name, user.last_name = profile.first_name, profile.last_name
        user.language, user.theme = profile.language or None, profile.theme
        user.time_zone = profile.time_zone or None
        user.mail_mentions, user.follow_own = profile.mail_mentions, profile.follow_own
        note_event(session, Event.PROFILE_CHANGED, user, visitor, now)
