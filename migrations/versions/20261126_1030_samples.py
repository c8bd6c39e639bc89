"""samples: which tasks are of the same sample, what extends what, what waits for its test or for approval.

The version before this one goes on running beside it: what it writes has no sample, and nobody is asked
about it.

Revision: c41e6d2b8a97
Follows: 5c0d93f7a1e8
Made: 2026-11-26 10:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c41e6d2b8a97'
down_revision = '5c0d93f7a1e8'
branch_labels = None
depends_on = None

IS_UNAPPROVED = sa.text("state = 'queued' AND approved_at IS NULL")
HAS_TWIN = sa.text('waits_for_id IS NOT NULL')
IS_EXTENSION = sa.text('extends_id IS NOT NULL')
# Of the first convention: year, source, energy, polarization, description, run, data type stand before the
# dataset name and the version.
FIELDS_OF_A_NAME, FIELDS_OF_A_SAMPLE = 9, 7
AT_ONCE = 5000


def upgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sample', sa.String(length=256), nullable=True))
        batch_op.add_column(sa.Column('extends_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('first_event', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('is_twin', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('waits_for_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('test_waived_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('test_waived_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('approved_by_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_task_unapproved', ['state', 'jobs'], unique=False, sqlite_where=IS_UNAPPROVED, postgresql_where=IS_UNAPPROVED)
        batch_op.create_foreign_key(batch_op.f('fk_task_approved_by_id_user'), 'user', ['approved_by_id'], ['id'])
        batch_op.create_index('ix_task_waits_for_id', ['waits_for_id'], unique=False, sqlite_where=HAS_TWIN, postgresql_where=HAS_TWIN)
        batch_op.create_foreign_key(batch_op.f('fk_task_waits_for_id_task'), 'task', ['waits_for_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_task_test_waived_by_id_user'), 'user', ['test_waived_by_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_task_sample'), ['sample'], unique=False)
        batch_op.create_index('ix_task_extends_id', ['extends_id'], unique=False, sqlite_where=IS_EXTENSION, postgresql_where=IS_EXTENSION)
        batch_op.create_foreign_key(batch_op.f('fk_task_extends_id_task'), 'task', ['extends_id'], ['id'])
    fill_samples()


def fill_samples() -> None:
    """Neither database has a function that finds the seventh separator, so it is done here, some at a time."""
    task = sa.table('task', sa.column('id'), sa.column('name'), sa.column('sample'), sa.column('convention_version'))
    filling = sa.update(task).where(task.c.id == sa.bindparam('task_id')).values(sample=sa.bindparam('made'))
    connection, last = op.get_bind(), 0
    while True:
        some = sa.select(task.c.id, task.c.name).where(task.c.id > last, task.c.convention_version == 1)
        rows = connection.execute(some.order_by(task.c.id).limit(AT_ONCE)).all()
        if not rows:
            return
        last = rows[-1].id
        parts = {row.id: row.name.split('.') for row in rows}
        found = [
            {'task_id': task_id, 'made': '.'.join(words[:FIELDS_OF_A_SAMPLE])}
            for task_id, words in parts.items()
            if len(words) >= FIELDS_OF_A_NAME
        ]
        if found:
            connection.execute(filling, found)


def downgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_task_extends_id_task'), type_='foreignkey')
        batch_op.drop_index('ix_task_extends_id', sqlite_where=IS_EXTENSION, postgresql_where=IS_EXTENSION)
        batch_op.drop_index(batch_op.f('ix_task_sample'))
        batch_op.drop_constraint(batch_op.f('fk_task_approved_by_id_user'), type_='foreignkey')
        batch_op.drop_index('ix_task_unapproved', sqlite_where=IS_UNAPPROVED, postgresql_where=IS_UNAPPROVED)
        batch_op.drop_column('approved_by_id')
        batch_op.drop_column('approved_at')
        batch_op.drop_constraint(batch_op.f('fk_task_test_waived_by_id_user'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_task_waits_for_id_task'), type_='foreignkey')
        batch_op.drop_index('ix_task_waits_for_id', sqlite_where=HAS_TWIN, postgresql_where=HAS_TWIN)
        batch_op.drop_column('test_waived_by_id')
        batch_op.drop_column('test_waived_at')
        batch_op.drop_column('waits_for_id')
        batch_op.drop_column('is_twin')
        batch_op.drop_column('first_event')
        batch_op.drop_column('extends_id')
        batch_op.drop_column('sample')
