"""Presets: values of the form of a task under a name."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.user import User


class Preset(Model):
    """What somebody fills in again and again. It goes with its owner's account."""

    __tablename__ = "preset"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    # Fields with their values as the query of an address; what was empty is not in it.
    query: Mapped[str] = mapped_column(Text)
    # For all who make tasks.
    is_shared: Mapped[bool] = mapped_column(index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    owner: Mapped[User] = relationship()

    def __repr__(self) -> str:
        return f"<Preset {self.id} {self.name!r} of user {self.owner_id}>"
