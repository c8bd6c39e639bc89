"""Every HTTP exchange with PanDA."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.task import Task
from app.models.user import User


class PandaCall(Model):
    """One exchange. The row is committed before the first byte leaves and completed by the answer."""

    __tablename__ = "panda_call"
    __table_args__ = (
        Index("ix_panda_call_started_at_id", "started_at", "id"),
        Index("ix_panda_call_method_started_at", "method", "started_at"),
        Index("ix_panda_call_outcome_started_at", "outcome", "started_at"),
        Index("ix_panda_call_task_id_started_at", "task_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    # The person whose wish it serves; None for the service's own reading.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="SET NULL"))
    command_id: Mapped[int | None] = mapped_column(ForeignKey("panda_command.id", ondelete="SET NULL"))
    panda_id: Mapped[int | None] = mapped_column(BigInteger)
    verb: Mapped[str] = mapped_column(String(8))
    method: Mapped[str] = mapped_column(String(64))
    # JSON text; no headers, no secrets.
    parameters: Mapped[str] = mapped_column(Text)
    http_status: Mapped[int | None]
    # First 4 kB.
    answer: Mapped[str | None] = mapped_column(Text)
    # "open" until the answer came, then "ok" or the name of the error.
    outcome: Mapped[str] = mapped_column(String(32), default="open")
    milliseconds: Mapped[int | None]

    user: Mapped[User | None] = relationship()
    task: Mapped[Task | None] = relationship()
