"""What people keep of the list of tasks: their views of it, and pasted lists too long for an address."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.user import User


class PastedList(Model):
    """Names and ids of tasks somebody pasted. Its key follows from its text: whoever has it has the list."""

    __tablename__ = "pasted_list"

    # The beginning of the SHA-256 of the text.
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    # A name or an id a line.
    text: Mapped[str] = mapped_column(Text)
    # When it was last pasted. Housekeeping forgets what no view names.
    pasted_at: Mapped[datetime] = mapped_column(index=True)


class SavedView(Model):
    """Filters and sort of the list of tasks under a name. It goes with its owner's account."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    # The query of the address; "" is everything.
    query: Mapped[str] = mapped_column(Text)
    # The pasted list that the query names.
    list_key: Mapped[str | None] = mapped_column(ForeignKey("pasted_list.key"), index=True)
    # For all who are signed in.
    is_shared: Mapped[bool] = mapped_column(index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    owner: Mapped[User] = relationship()
    listed: Mapped[PastedList | None] = relationship()

    def __repr__(self) -> str:
        return f"<SavedView {self.id} {self.name!r} of user {self.owner_id}>"


class DefaultView(Model):
    """The view a person's list begins with, where the address says nothing; their own or a shared one."""

    __tablename__ = "default_view"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id", ondelete="CASCADE"), index=True)
