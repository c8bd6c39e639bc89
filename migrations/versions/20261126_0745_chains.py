"""chains: a part that was accepted, and what a task was cloned from.

The version before this one goes on running beside it.

Revision: 7d3f0c1a9b52
Follows: 44b0f7de65d7
Made: 2026-11-26 07:45:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = '7d3f0c1a9b52'
down_revision = '44b0f7de65d7'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cloned_from_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('part_accepted_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('part_accepted_by_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_task_cloned_from_id'), ['cloned_from_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_task_cloned_from_id_task'), 'task', ['cloned_from_id'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key(batch_op.f('fk_task_part_accepted_by_id_user'), 'user', ['part_accepted_by_id'], ['id'])


def downgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_task_part_accepted_by_id_user'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_task_cloned_from_id_task'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_task_cloned_from_id'))
        batch_op.drop_column('part_accepted_by_id')
        batch_op.drop_column('part_accepted_at')
        batch_op.drop_column('cloned_from_id')
