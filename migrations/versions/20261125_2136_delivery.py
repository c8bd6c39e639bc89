"""delivery: commands to PanDA beside submission, stray sends, alarms, the breaker's state.

The version before this one goes on running beside it. Going back forgets the commands it does not know.

Revision: 44b0f7de65d7
Follows: 5c9a83d18ca5
Made: 2026-11-25 21:36:04.935976+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = '44b0f7de65d7'
down_revision = '5c9a83d18ca5'
branch_labels = None
depends_on = None

OPEN_BEFORE = sa.text("state IN ('ready', 'sending', 'unknown', 'held')")
OPEN = sa.text("state IN ('ready', 'sending', 'unknown', 'held', 'asked')")


def upgrade() -> None:
    op.create_table('alarm',
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('kind', name=op.f('pk_alarm'))
    )
    op.create_table('stray_send',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('found_in', sa.String(length=16), nullable=False),
    sa.Column('panda_id', sa.BigInteger(), nullable=True),
    sa.Column('name', sa.String(length=256), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stray_send')),
    sa.UniqueConstraint('key', name=op.f('uq_stray_send_key'))
    )
    with op.batch_alter_table('installation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('panda_away_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('panda_away_words', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('panda_next_try_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('journal_begun_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('scheduled_work', schema=None) as batch_op:
        batch_op.add_column(sa.Column('begun_at', sa.DateTime(timezone=True), nullable=True))

    op.add_column('user', sa.Column('seen_language', sa.String(length=8), nullable=True))
    op.add_column('task', sa.Column('recheck_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('panda_command', schema=None) as batch_op:
        batch_op.add_column(sa.Column('argument', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('comment', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('status_before', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('status_before_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('asks', sa.Integer(), server_default=sa.text('0'), nullable=False))
        batch_op.add_column(sa.Column('turn', sa.Integer(), server_default=sa.text('1000000'), nullable=False))
        batch_op.add_column(sa.Column('watch_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('watched_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_panda_command_state_turn', ['state', 'turn', 'next_at', 'id'], unique=False)
        batch_op.create_index('ix_panda_command_state_watched_at', ['state', 'watched_at'], unique=False)
        batch_op.create_index('ix_panda_command_watch_until', ['watch_until'], unique=False, sqlite_where=sa.text('watch_until IS NOT NULL'), postgresql_where=sa.text('watch_until IS NOT NULL'))
        batch_op.drop_index('uq_panda_command_open')
        batch_op.create_index('uq_panda_command_open', ['task_id'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)

    # Room in each page for the next version of a row: PostgreSQL then leaves the indexes as they are.
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE task SET (fillfactor = 70)')

    # What waits now keeps its place by priority.
    op.execute("UPDATE panda_command SET turn = 1000000 - (SELECT priority FROM task WHERE task.id = task_id)")


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE task RESET (fillfactor)')
    op.execute("UPDATE panda_call SET command_id = NULL WHERE command_id IN (SELECT id FROM panda_command WHERE kind != 'submit')")
    op.execute("DELETE FROM panda_command WHERE kind != 'submit'")
    op.execute("UPDATE panda_command SET state = 'held' WHERE state = 'given-up'")
    op.execute("UPDATE task SET state = 'held', shown_state = 'held' WHERE state = 'given-up'")
    with op.batch_alter_table('panda_command', schema=None) as batch_op:
        batch_op.drop_index('uq_panda_command_open')
        batch_op.create_index('uq_panda_command_open', ['task_id'], unique=True, sqlite_where=OPEN_BEFORE, postgresql_where=OPEN_BEFORE)
        batch_op.drop_index('ix_panda_command_watch_until')
        batch_op.drop_index('ix_panda_command_state_watched_at')
        batch_op.drop_index('ix_panda_command_state_turn')
        batch_op.drop_column('watched_at')
        batch_op.drop_column('watch_until')
        batch_op.drop_column('turn')
        batch_op.drop_column('asks')
        batch_op.drop_column('status_before_at')
        batch_op.drop_column('status_before')
        batch_op.drop_column('comment')
        batch_op.drop_column('argument')

    with op.batch_alter_table('installation', schema=None) as batch_op:
        batch_op.drop_column('journal_begun_at')
        batch_op.drop_column('panda_next_try_at')
        batch_op.drop_column('panda_away_words')
        batch_op.drop_column('panda_away_since')

    with op.batch_alter_table('scheduled_work', schema=None) as batch_op:
        batch_op.drop_column('begun_at')
    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.drop_column('seen_language')
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_column('recheck_at')

    op.drop_table('stray_send')
    op.drop_table('alarm')
