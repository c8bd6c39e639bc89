"""Who does the scheduled work: the epoch that guards its writes."""

from datetime import datetime

from sqlalchemy import select

from app.extensions import db, write_unit
from app.models import Holder


def begin_epoch(owner: str, now: datetime) -> int:
    """Become the holder; every write of an earlier holder that is guarded by its epoch now fails. Commits."""
    with write_unit() as session:
        holder = session.get(Holder, 1, with_for_update=True)
        if holder is None:
            holder = Holder(id=1, epoch=0)
            session.add(holder)
        holder.epoch += 1
        holder.owner, holder.since = owner[:128], now
        session.flush()
        return holder.epoch


def is_held_in(epoch: int) -> bool:
    """Say whether no other holder has begun since."""
    return db.session.scalar(select(Holder.epoch).where(Holder.id == 1)) == epoch
