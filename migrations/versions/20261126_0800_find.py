"""find: saved views, pasted lists, and numbers of names to ask for ranges of, keys.

The version before this one goes on running beside it: what it writes has no number, and is found by ranges
once it is saved again.

Revision: 7be14a9d52c0
Follows: 7d3f0c1a9b52
Made: 2026-11-26 07:40:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = '7be14a9d52c0'
down_revision = '7d3f0c1a9b52'
branch_labels = None
depends_on = None

IS_NUMBER = sa.text('number IS NOT NULL')
# Each of the two by its own means: SQLite has no regular expressions, PostgreSQL no casts that cannot fail.
FILL = {
    'postgresql': "UPDATE task_field SET number = CAST(value AS DOUBLE PRECISION)"
    " WHERE value ~ '^[0-9]{1,15}(\\.[0-9]{1,15})?$'",
    'sqlite': "UPDATE task_field SET number = CAST(value AS REAL)"
    " WHERE value GLOB '[0-9]*' AND value GLOB '*[0-9]' AND value NOT GLOB '*[^0-9.]*'"
    " AND value NOT GLOB '*.*.*'"
    " AND instr(value || '.', '.') <= 16 AND length(value) - instr(value || '.', '.') <= 15",
}


def upgrade() -> None:
    op.create_table('pasted_list',
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('pasted_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_pasted_list'))
    )
    op.create_index(op.f('ix_pasted_list_pasted_at'), 'pasted_list', ['pasted_at'], unique=False)
    op.create_table('saved_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('list_key', sa.String(length=32), nullable=True),
    sa.Column('is_shared', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['list_key'], ['pasted_list.key'], name=op.f('fk_saved_view_list_key_pasted_list')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_saved_view_owner_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    sa.UniqueConstraint('owner_id', 'name', name=op.f('uq_saved_view_owner_id_name'))
    )
    op.create_index(op.f('ix_saved_view_is_shared'), 'saved_view', ['is_shared'], unique=False)
    op.create_index(op.f('ix_saved_view_list_key'), 'saved_view', ['list_key'], unique=False)
    op.create_table('default_view',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('view_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_default_view_user_id_user'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['view_id'], ['saved_view.id'], name=op.f('fk_default_view_view_id_saved_view'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_default_view'))
    )
    op.create_index(op.f('ix_default_view_view_id'), 'default_view', ['view_id'], unique=False)

    op.add_column('user', sa.Column('uses_keys', sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column('task_field', sa.Column('number', sa.Double(), nullable=True))
    op.execute(FILL[op.get_bind().dialect.name])
    op.create_index('ix_task_field_field_number_task_id', 'task_field', ['field', 'number', 'task_id'], unique=False, sqlite_where=IS_NUMBER, postgresql_where=IS_NUMBER)
    op.create_index('ix_task_created_at', 'task', ['created_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_task_created_at', table_name='task')
    op.drop_index('ix_task_field_field_number_task_id', table_name='task_field')
    with op.batch_alter_table('task_field', schema=None) as batch_op:
        batch_op.drop_column('number')

    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.drop_column('uses_keys')

    op.drop_table('default_view')
    op.drop_table('saved_view')
    op.drop_table('pasted_list')
