"""presets: values of the form of a task under a name.

Revision: 9c27e5a81d46
Follows: c41e6d2b8a97
Made: 2026-11-26 11:00:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = '9c27e5a81d46'
down_revision = 'c41e6d2b8a97'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('preset',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('is_shared', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_preset_owner_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_preset')),
    sa.UniqueConstraint('owner_id', 'name', name=op.f('uq_preset_owner_id_name'))
    )
    op.create_index(op.f('ix_preset_is_shared'), 'preset', ['is_shared'], unique=False)


def downgrade() -> None:
    op.drop_table('preset')
