"""Migrations: up and down on full tables, on both databases, with one head that is what the models say."""

import re
from collections.abc import Callable
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from app.cli import MIGRATIONS, migrate_to_head
from app.extensions import db
from app.models import Task, TaskField, TaskTransition, User
from tests.databases import bare_app, migrate_database

pytestmark = pytest.mark.own_app

# A later revision as people will write them: it alters a table that others point to.
ALTERS_TASK = """
import sqlalchemy as sa
from alembic import op

revision = "throwaway"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("task") as batch:
        batch.add_column(sa.Column("colour", sa.String(16), nullable=False, server_default="blue"))
        batch.alter_column("task_type", type_=sa.String(80), existing_type=sa.String(64))


def downgrade():
    with op.batch_alter_table("task") as batch:
        batch.alter_column("task_type", type_=sa.String(64), existing_type=sa.String(80))
        batch.drop_column("colour")
"""

BREAKS_REFERENCES = ALTERS_TASK.replace(
    "def upgrade():", 'def upgrade():\n    op.execute("DELETE FROM task")\n    return\n'
)


@pytest.fixture
def later_revision(tmp_path: Path) -> Callable[[str], str]:
    """later_revision(text) → folder of migrations that has this revision after the real ones."""

    def write(text: str) -> str:
        folder = tmp_path / "migrations"
        (folder / "versions").mkdir(parents=True)
        for name in ("env.py", "alembic.ini", "script.py.mako"):
            (folder / name).write_bytes((MIGRATIONS / name).read_bytes())
        for path in (MIGRATIONS / "versions").glob("*.py"):
            (folder / "versions" / path.name).write_bytes(path.read_bytes())
        (folder / "versions" / "99990101_0000_throwaway.py").write_text(text.format(head=head()))
        return str(folder)

    return write


def head() -> str:
    return scripts().get_current_head()


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def field_of(task_id: int) -> sa.Insert:
    return sa.insert(TaskField).values(task_id=task_id, field="polarization", value="UU")


def rows_of_children() -> list[int]:
    return [
        db.session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in (TaskField, TaskTransition)
    ]


def test_the_migrations_have_one_head():
    heads = scripts().get_heads()

    assert len(heads) == 1


def test_a_migration_is_named_by_its_date():
    names = [path.name for path in (MIGRATIONS / "versions").glob("*.py")]

    assert names
    assert all(re.fullmatch(r"\d{8}_\d{4}_\w+\.py", name) for name in names)


def test_no_migration_imports_the_application():
    texts = [path.read_text() for path in (MIGRATIONS / "versions").glob("*.py")]

    assert not any(re.search(r"^\s*(from|import) (app|jobs|config)\b", text, re.MULTILINE) for text in texts)


def test_the_migrations_make_what_the_models_say(database_url):
    with bare_app(database_url) as app, app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        difference = compare_metadata(context, db.metadata)

    assert difference == []


def test_moments_are_stored_with_their_zone(database_url):
    with bare_app(database_url) as app, app.app_context():
        columns = sa.inspect(db.engine).get_columns("task")

    types = {column["name"]: column["type"] for column in columns}
    assert isinstance(types["created_at"], sa.DateTime)
    assert types["created_at"].timezone or database_url.startswith("sqlite")


def test_migrating_twice_changes_nothing(database_url):
    migrate_database(database_url)

    with bare_app(database_url) as app, app.app_context(), db.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == head()


def test_all_migrations_can_be_taken_back(databases):
    url = databases.make(migrated=False)

    with bare_app(url) as app, app.app_context():
        migrate_to_head()
        flask_migrate.downgrade(directory=str(MIGRATIONS), revision="base")
        tables = sa.inspect(db.engine).get_table_names()

    assert tables == ["alembic_version"]
    databases.drop(url)


def test_altering_a_full_table_keeps_the_rows_of_its_children(app: Flask, make_task, later_revision):
    parent_id = make_task("queued").id
    folder = later_revision(ALTERS_TASK)

    with app.app_context():
        before = rows_of_children()
        db.session.remove()
        flask_migrate.upgrade(directory=folder)
        after = rows_of_children()
        colour = db.session.scalar(sa.text("SELECT colour FROM task WHERE id = :id"), {"id": parent_id})

    assert before == after
    assert all(before)
    assert colour == "blue"


def test_references_still_hold_after_altering_a_full_table(app: Flask, make_task, later_revision):
    task_id = make_task("queued").id
    folder = later_revision(ALTERS_TASK)

    with app.app_context():
        flask_migrate.upgrade(directory=folder)
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(field_of(task_id + 1))
        db.session.rollback()
        targets = {
            key["referred_table"]
            for table in ("task", "task_field")
            for key in sa.inspect(db.engine).get_foreign_keys(table)
        }

    assert targets == {"task", "user"}


def test_taking_back_an_alteration_keeps_the_rows_too(app: Flask, make_task, later_revision):
    make_task("queued")
    folder = later_revision(ALTERS_TASK)

    with app.app_context():
        before = rows_of_children()
        db.session.remove()
        flask_migrate.upgrade(directory=folder)
        flask_migrate.downgrade(directory=folder)

        assert rows_of_children() == before
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Task)) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])  # PostgreSQL never lets references break
def test_a_migration_that_breaks_references_is_rolled_back(app: Flask, make_task, later_revision):
    make_task("queued")
    folder = later_revision(BREAKS_REFERENCES)

    with app.app_context():
        before = rows_of_children()
        db.session.remove()
        with pytest.raises(Exception, match="references would be broken"):
            flask_migrate.upgrade(directory=folder)
        after = rows_of_children()
        revision = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))

    assert before == after
    assert revision == head()


def test_foreign_keys_are_on_again_after_a_migration(databases):
    url = databases.make(migrated=False)

    with bare_app(url) as app, app.app_context():
        migrate_to_head()
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(field_of(1))

    databases.drop(url)


INITIAL = "5d20c3e7a401"


def test_who_has_no_password_has_none_before_and_after_the_migration_of_people(app: Flask, make_user):
    users = {name: make_user("manager", name).id for name in ("local", "provider", "waiting")}
    with app.app_context():
        for name, values in {
            "provider": {"password_hash": None, "given_role": None, "group_role": "manager", "email": ""},
            "waiting": {"email_confirmed_at": None, "given_role": None},
        }.items():
            db.session.execute(sa.update(User).where(User.id == users[name]).values(**values))
        db.session.commit()
        db.session.remove()

        flask_migrate.downgrade(directory=str(MIGRATIONS), revision=INITIAL)
        rows = db.session.execute(sa.text('SELECT username, password_hash, is_disabled FROM "user"')).all()
        before = {name: (stored, bool(is_disabled)) for name, stored, is_disabled in rows}
        db.session.remove()
        flask_migrate.upgrade(directory=str(MIGRATIONS))
        provider = db.session.get_one(User, users["provider"])

        assert before["provider"] == ("!", False)
        assert before["waiting"][1]
        assert before["local"][0].startswith("$argon2id$")
        assert not before["local"][1]
        assert (provider.password_hash, provider.given_role, provider.group_role) == (None, None, "manager")


BEFORE_NUMBERS = "44b0f7de65d7"
SPELLED = {
    "59": 59.0, "0": 0.0, "13.5": 13.5, "007": 7.0, "999999999999": 999_999_999_999.0, "UU": None, "": None,
    "13p5": None, "1.2.3": None, "1.": None, ".5": None, "-1": None, "1e3": None, "1 ": None, "\u0661": None,
    "9" * 15: 999_999_999_999_999.0, "9" * 16: None, "1." + "1" * 16: None, "NaN": None, "0x10": None,
}  # fmt: skip


def test_the_numbers_of_names_written_before_are_those_written_since(app: Flask, make_task):
    task_id = make_task("queued").id
    rows = [{"task_id": task_id, "field": f"f{n}", "value": value} for n, value in enumerate(SPELLED)]
    number_of = sa.select(TaskField.value, TaskField.number).where(TaskField.field.startswith("f"))

    with app.app_context():
        db.session.execute(sa.insert(TaskField), rows)
        db.session.commit()
        since = dict(db.session.execute(number_of).all())
        db.session.remove()
        flask_migrate.downgrade(directory=str(MIGRATIONS), revision=BEFORE_NUMBERS)
        flask_migrate.upgrade(directory=str(MIGRATIONS))
        before = dict(db.session.execute(number_of).all())

    assert since == SPELLED
    assert before == SPELLED


BEFORE_SAMPLES = "8e1d47b6c2f3"


def test_the_samples_of_names_written_before_are_those_written_since(app: Flask, make_task):
    make_task("queued", energy="13.5", dataset="with.dots.in.it")
    make_task("draft")
    strange = make_task("queued").id
    samples = sa.select(Task.id, Task.sample)

    with app.app_context():
        since = dict(db.session.execute(samples).all())
        db.session.execute(sa.update(Task).where(Task.id == strange).values(name="a name of before"))
        db.session.commit()
        db.session.remove()
        flask_migrate.downgrade(directory=str(MIGRATIONS), revision=BEFORE_SAMPLES)
        flask_migrate.upgrade(directory=str(MIGRATIONS))
        before = dict(db.session.execute(samples).all())

    assert all(
        re.fullmatch(r"2026\.MC\.(27|13p5)\.UU\.minbias\.\d+\.SIMULATION", text) for text in since.values()
    )
    assert before == since | {strange: None}
