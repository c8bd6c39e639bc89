"""Fields that no form has are sent with every form, by everybody: nothing that is not meant changes."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Boolean, DateTime, Integer
from sqlalchemy.types import TypeDecorator

from app.extensions import db
from tests.rows import all_rows, changed_columns
from tests.world import ADMIN, ANONYMOUS, MANAGER, OTHER, OWNER, VIEWER, routes_of
from tests.world_forms import FORMS

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

WORD, NUMBER, MOMENT = "mass-assigned", 424_242, datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
SENT = {WORD, NUMBER, MOMENT}

# What a form may change in rows that were there before; "table+": rows it may add, "table-": take away.
# Refusals and clicks are noted by any.
ANYWHERE = {
    "account_event+",
    "throttle+",
    "throttle.moments",
    "throttle.updated_at",
    "user_session.active_at",
}
CHANGES: dict[str, set[str]] = {
    "auth.preferences": {"user.language", "user.theme"},
    "auth.sign_out": {"user_session.ended_at"},
    "bulk.propose": {"bulk_action+", "bulk_item+"},
    "bulk.choose_fields": {"bulk_action.wish"},
    "bulk.start": {
        "bulk_action.state", "bulk_action.started_at", "bulk_action.ended_at", "bulk_item.result",
        "task.campaign", "task.version", "task.updated_at", "task_change+",
    },
    "comments.add": {"task_comment+"},
    "comments.save": {"task_comment.text", "task_comment.edited_at"},
    "comments.delete": {"task_comment.text", "task_comment.deleted_at", "task_comment.deleted_by_id"},
    "edit_task.save": {
        "task.name", "task.sample", "task.run_number", "task.version", "task.updated_at", "task_field.value",
        "task_field.number", "task_change+",
    },
    "followers.follow": {"task_follower+"},
    "followers.unfollow": {"task_follower-"},
    "forgotten.ask": {"mail+"},
    "imports.check": {"task+", "task_field+", "task_transition+", "task_follower+"},
    "identities.unlink": {"user_identity-", "mail+"},
    "plan.make": {"task+", "task_field+", "task_transition+", "task_follower+"},
    "labels.save": {"task.version", "task.updated_at", "task_tag+", "task_change+"},
    "new_task.create": {"task+", "task_field+", "task_transition+", "task_follower+"},
    "own_sessions.end": {"user_session.ended_at"},
    "own_sessions.end_others": {"user_session.ended_at"},
    "presets.change": {"preset.name", "preset.is_shared", "preset.updated_at"},
    "presets.create": {"preset+"},
    "presets.delete": {"preset-"},
    "profile.email": {"mail+"},
    "profile.password": {
        "user.password_hash", "user_session.token_hash", "user_session.proved_at", "user_session.ended_at",
        "mail+", "mail.state", "known_device+",
    },
    "profile.save": {"user.first_name", "user.last_name", "user.language", "user.theme", "user.time_zone"},
    "registration.register": {"user+", "mail+"},
    "second_factor.begin": {"user.totp_secret"},
    "second_factor.switch_off": {"user.totp_secret"},
    "people.change_role": {"user.role", "user.given_role", "mail+"},
    "people.disable": {"user.is_disabled", "user_session.ended_at"},
    "people.enable": {"user.is_disabled"},
    "people.end_sessions": {"user_session.ended_at"},
    "pasted_lists.paste": {"pasted_list+"},
    "saved_views.change": {"saved_view.name", "saved_view.is_shared", "saved_view.updated_at"},
    "saved_views.choose": {"default_view+"},
    "saved_views.choose_none": {"default_view-"},
    "saved_views.create": {"saved_view+"},
    "saved_views.delete": {"saved_view-"},
    "tasks.delete": {"task-", "task_field-", "task_transition-", "task_follower-"},
    # Who may approve tasks does so by submitting one.
    "tasks.submit": {
        "task.state", "task.state_as_of", "task.shown_state", "task.version", "task.updated_at",
        "task.approved_at", "task.approved_by_id", "task_transition+", "panda_command+",
    },
}  # fmt: skip


def sent_for(column):
    """Return what is sent for a column: for a role the one everybody would want."""
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, Boolean):
        return "1"
    if isinstance(kind, Integer):
        return str(NUMBER)
    if isinstance(kind, DateTime):
        return MOMENT.isoformat()
    return "admin" if "role" in column.name else WORD


COLUMNS = {column.name: sent_for(column) for table in db.metadata.sorted_tables for column in table.columns}


def differences(before, after):
    """Return "table.column", "table+" and "table-" for what changed, and the values sent that were stored."""
    words, stored = set(), set()
    for key, names in changed_columns(before, after).items():
        table = key[0]
        if key not in before or key not in after:
            words.add(f"{table}{'-' if key in before else '+'}")
        else:
            words |= {f"{table}.{name}" for name in names}
        new = after.get(key, {})
        stored |= {f"{table}.{name}" for name in names if new.get(name) in SENT}
    return words - ANYWHERE, stored


@pytest.mark.parametrize("who", [ANONYMOUS, VIEWER, OWNER, OTHER, MANAGER, ADMIN])
def test_no_field_changes_what_its_form_is_not_about(app, world, who):
    wrong = {}

    for route in routes_of(app):
        if not route.is_unsafe:
            continue
        address, browser = world.address(route, "draft"), world.browser(who)
        before = all_rows(app)
        form = {**COLUMNS, **FORMS.get(route.endpoint, {})}
        answer = browser.open(address, method=route.method, data=form, query_string=COLUMNS)
        changed, stored = differences(before, all_rows(app))
        if (unwanted := changed - CHANGES.get(route.endpoint, set())) or stored or answer.status_code >= 500:
            wrong[route.endpoint] = (answer.status_code, unwanted, stored)

    assert wrong == {}


def test_nobody_registers_as_anything_but_what_the_setting_says(app, client, ask):
    client.post("/register", data={**COLUMNS, **FORMS["registration.register"]})

    [user] = [row for (table, _key), row in all_rows(app).items() if table == "user"]
    assert user["role"] == app.config["NEW_ACCOUNT_ROLE"]
    assert (user["is_disabled"], user["totp_secret"], user["group_role"]) == (False, None, None)


def test_the_forms_do_change_what_they_are_about(app, world):
    """Or the test above would pass where nothing is taken at all."""
    changed = {}
    world.address(next(route for route in routes_of(app) if route.endpoint == "tasks.show"))  # makes a task

    for route in routes_of(app):
        if route.endpoint in CHANGES:
            address, browser = world.address(route, "draft", whose=ADMIN), world.browser(ADMIN)
            before = all_rows(app)
            if route.is_unsafe:
                browser.open(address, method=route.method, data=FORMS.get(route.endpoint, {}))
                changed[route.endpoint] = differences(before, all_rows(app))[0]

    idle = {endpoint for endpoint, columns in changed.items() if not columns}
    nothing_to_do = {"people.enable", "people.end_sessions", "followers.unfollow"}
    assert idle <= nothing_to_do, "a new person has nothing to enable or end, and follows nothing"
