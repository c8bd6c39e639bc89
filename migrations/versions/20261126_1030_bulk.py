"""bulk: one action on many tasks, and how it went with each.

Revision: 5c0d93f7a1e8
Follows: 8e1d47b6c2f3
Made: 2026-11-26 10:30:41.118203+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = '5c0d93f7a1e8'
down_revision = '8e1d47b6c2f3'
branch_labels = None
depends_on = None

IS_GOING_ON = sa.text("state IN ('confirmed', 'running')")


def upgrade() -> None:
    op.create_table('bulk_action',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('wish', sa.Text(), nullable=True),
    sa.Column('back', sa.Text(), nullable=False),
    sa.Column('tasks', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_bulk_action_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_action'))
    )
    op.create_index(op.f('ix_bulk_action_user_id'), 'bulk_action', ['user_id'], unique=False)
    op.create_index('ix_bulk_action_going_on', 'bulk_action', ['id'], unique=False, sqlite_where=IS_GOING_ON, postgresql_where=IS_GOING_ON)

    op.create_table('bulk_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('action_id', sa.Integer(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('task_name', sa.String(length=256), nullable=False),
    sa.Column('task_version', sa.Integer(), nullable=False),
    sa.Column('result', sa.String(length=16), nullable=True),
    sa.Column('why', sa.String(length=16), nullable=True),
    sa.Column('details', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['action_id'], ['bulk_action.id'], name=op.f('fk_bulk_item_action_id_bulk_action'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_item'))
    )
    op.create_index('ix_bulk_item_action_id_result_id', 'bulk_item', ['action_id', 'result', 'id'], unique=False)


def downgrade() -> None:
    op.drop_table('bulk_item')
    op.drop_table('bulk_action')
