"""People, who they are at an identity provider, and the signed-in browsers."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, func, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model

_LOCAL = text("password_hash IS NOT NULL")


class User(Model):
    __tablename__ = "user"
    __table_args__ = (
        # One may sign in with the e-mail address and a password. Who comes by an identity provider is known
        # by issuer and subject alone: what it says of the address proves nothing here.
        Index("uq_user_email_local", "email", unique=True, sqlite_where=_LOCAL, postgresql_where=_LOCAL),
        Index("ix_user_email", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Never changes: tasks carry a copy for sorting.
    username: Mapped[str] = mapped_column(String(64), unique=True)
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    # Empty where the identity provider told none.
    email: Mapped[str] = mapped_column(String(254))
    # None: registered, but the address is not confirmed yet; such an account cannot be signed in to.
    email_confirmed_at: Mapped[datetime | None]
    # None: this account has no password; its person comes by the identity provider.
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # What counts: domain/permission.role_of of the two below, written whenever one of them changes.
    role: Mapped[str] = mapped_column(String(16))
    # By an admin; None: nobody gave one.
    given_role: Mapped[str | None] = mapped_column(String(16))
    # By the groups of the identity provider at the last sign-in.
    group_role: Mapped[str | None] = mapped_column(String(16))
    is_disabled: Mapped[bool] = mapped_column(default=False)
    # None: as the browser prefers; as the service shows times.
    language: Mapped[str | None] = mapped_column(String(8))
    # Of the page they registered or last signed in with: what mails are written in where none is chosen.
    seen_language: Mapped[str | None] = mapped_column(String(8))
    theme: Mapped[str | None] = mapped_column(String(8))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    # The keys of lists (j, k, x, …): a single key may be in the way of who speaks to the computer.
    uses_keys: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Mail me when a comment names me; follow the tasks I create.
    mail_mentions: Mapped[bool] = mapped_column(default=True, server_default=true())
    follow_own: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]
    # The second factor (TOTP). The secret is encrypted; until it is confirmed it is not asked for.
    totp_secret: Mapped[str | None] = mapped_column(String(200))
    totp_confirmed_at: Mapped[datetime | None]
    # The 30-second step of the last code that was taken: no code is taken twice.
    totp_last_step: Mapped[int | None]

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def __repr__(self) -> str:
        return f"<User {self.username} ({self.role})>"


class UserIdentity(Model):
    """Who a person is at an identity provider: issuer and subject, never the e-mail address."""

    __tablename__ = "user_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))
    # The groups told at the last sign-in, a JSON list of names.
    groups: Mapped[str] = mapped_column(Text, default="[]")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class UserSession(Model):
    """A signed-in browser. The cookie holds the token, the database only its SHA-256.

    Defaults stand in the database: the version before these columns may still be running.
    """

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # "password" or "iam": domain/sign_in.Method.
    method: Mapped[str] = mapped_column(String(16), server_default="password")
    # The password was right, the code of the second factor is still to come: nobody is signed in yet.
    awaits_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    # Last click of the person; pages that refresh themselves do not count.
    active_at: Mapped[datetime]
    # When the person last proved who they are: changing a password asks for a fresh proof.
    proved_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    # As the browser calls itself, and where it came from: for the person to recognise it.
    browser: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    address: Mapped[str] = mapped_column(String(45), server_default=text("''"))

    user: Mapped[User] = relationship(lazy="joined")

    def __repr__(self) -> str:
        return f"<UserSession {self.id} of user {self.user_id}>"
