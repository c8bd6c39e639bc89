"""remember: changes of fields, comments, tags, campaign, request, followers.

The version before this one goes on running beside it: every new column may be left out of an INSERT.

Revision: 8e1d47b6c2f3
Follows: 7be14a9d52c0
Made: 2026-11-26 07:40:12.301847+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = '8e1d47b6c2f3'
down_revision = '7be14a9d52c0'
branch_labels = None
depends_on = None

CAMPAIGN_GIVEN = sa.text('campaign IS NOT NULL')
REQUEST_GIVEN = sa.text('request IS NOT NULL')


def upgrade() -> None:
    op.create_table('task_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('way', sa.String(length=8), nullable=False),
    sa.Column('field', sa.String(length=32), nullable=False),
    sa.Column('old', sa.Text(), nullable=True),
    sa.Column('new', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_change_task_id_task'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_task_change_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_change'))
    )
    op.create_index(op.f('ix_task_change_task_id'), 'task_change', ['task_id'], unique=False)

    op.create_table('task_comment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['deleted_by_id'], ['user.id'], name=op.f('fk_task_comment_deleted_by_id_user')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_comment_task_id_task'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_task_comment_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_comment'))
    )
    op.create_index(op.f('ix_task_comment_task_id'), 'task_comment', ['task_id'], unique=False)

    op.create_table('comment_mention',
    sa.Column('comment_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['task_comment.id'], name=op.f('fk_comment_mention_comment_id_task_comment'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_comment_mention_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('comment_id', 'user_id', name=op.f('pk_comment_mention'))
    )

    op.create_table('task_tag',
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('tag', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_tag_task_id_task'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('task_id', 'tag', name=op.f('pk_task_tag'))
    )
    op.create_index('ix_task_tag_tag_task_id', 'task_tag', ['tag', 'task_id'], unique=False)

    op.create_table('task_follower',
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_follower_task_id_task'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_task_follower_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('task_id', 'user_id', name=op.f('pk_task_follower'))
    )
    op.create_index('ix_task_follower_user_id_task_id', 'task_follower', ['user_id', 'task_id'], unique=False)

    op.add_column('task', sa.Column('campaign', sa.String(length=64), nullable=True))
    op.add_column('task', sa.Column('request', sa.String(length=64), nullable=True))
    op.create_index('ix_task_campaign_updated_at', 'task', ['campaign', 'updated_at'], unique=False, sqlite_where=CAMPAIGN_GIVEN, postgresql_where=CAMPAIGN_GIVEN)
    op.create_index('ix_task_request_updated_at', 'task', ['request', 'updated_at'], unique=False, sqlite_where=REQUEST_GIVEN, postgresql_where=REQUEST_GIVEN)
    op.add_column('panda_command', sa.Column('way', sa.String(length=8), server_default='web', nullable=False))
    op.add_column('user', sa.Column('mail_mentions', sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column('user', sa.Column('follow_own', sa.Boolean(), server_default=sa.true(), nullable=False))

    # Who made a task follows it, as from now on.
    op.execute("INSERT INTO task_follower (task_id, user_id, since) SELECT id, creator_id, created_at FROM task")


def downgrade() -> None:
    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.drop_column('follow_own')
        batch_op.drop_column('mail_mentions')
    with op.batch_alter_table('panda_command', schema=None) as batch_op:
        batch_op.drop_column('way')
    op.drop_index('ix_task_request_updated_at', table_name='task')
    op.drop_index('ix_task_campaign_updated_at', table_name='task')
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_column('request')
        batch_op.drop_column('campaign')
    # A mail of a kind that is not known then is given up by itself; no need to wait for that.
    op.execute("DELETE FROM mail WHERE kind = 'mention'")

    op.drop_table('task_follower')
    op.drop_table('task_tag')
    op.drop_table('comment_mention')
    op.drop_table('task_comment')
    op.drop_table('task_change')
