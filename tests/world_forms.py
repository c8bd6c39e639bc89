"""What is typed into the forms of the routes when everybody asks for them."""

import hashlib
import json

from tests.build_task import FIELDS
from tests.conftest import PASSWORD

SIZE = {"events": "1000000", "jobs": "1000"}
NO_LABELS = {"tags": "", "campaign": "", "request": ""}
# A change of many tasks that was typed, and what its page sends back of it.
WISH = {"values": {"campaign": "2026-test"}, "takes_warnings": False}
SEEN_WISH = hashlib.sha256(json.dumps(WISH).encode()).hexdigest()[:16]
# What is typed into the form of a route, where an empty one would say nothing.
FORMS: dict[str, dict[str, str]] = {
    "auth.sign_in": {"username": "nobody", "password": PASSWORD, "next": ""},
    "registration.register": {
        "username": "stranger", "first_name": "Some", "last_name": "Stranger",
        "email": "stranger@example.org", "password": PASSWORD, "password_again": PASSWORD,
    },
    "registration.other_address": {"email": "stranger.else@example.org"},
    "forgotten.ask": {"email": "stranger@example.org"},
    "profile.save": {
        "first_name": "Some", "last_name": "Stranger", "language": "", "time_zone": "", "theme": "auto",
        "mail_mentions": "1", "follow_own": "1",
    },
    "profile.password": {
        "old_password": PASSWORD,
        "password": "another word of tests",
        "password_again": "another word of tests",
    },
    "profile.email": {"email": "stranger.again@example.org"},
    "auth.preferences": {"language": "en", "theme": "dark", "next_url": "/tasks"},
    "new_task.check": {**FIELDS, "collision": "", "action": "continue"},
    "new_task.create": {**FIELDS, **SIZE, **NO_LABELS, "run": "4711", "collision": "", "action": "draft"},
    "edit_task.save": {
        **FIELDS, **SIZE, "run": "4712", "collision": "", "action": "draft", "task_version": "1",
    },
    "people.change_role": {"role": "manager", "seen": "viewer"},
    "people.disable": {"reason": "a test"},
    "held.send_again": {"version": "1", "comment": "a test"},
    "held.give_up": {"version": "1", "comment": "a test"},
    "delivery.pause": {"comment": "a test"},
    "people.remove_second_factor": {"ground": "a test"},
    "saved_views.create": {"name": "done ones", "query": "state=done", "is_shared": "y"},
    "saved_views.change": {"name": "another name", "is_shared": "y"},
    "pasted_lists.paste": {"text": " ".join(map(str, range(1, 900))), "query": ""},
}  # fmt: skip
FORMS |= {
    "commands.ask": {"version": "1", "comment": "a test"},
    "commands.take_back": {"command": "1"},
    "bulk.propose": {"kind": "edit", "task": "1"},
    "bulk.choose_fields": {"change_campaign": "1", "campaign": "2026-test"},
    "bulk.start": {"seen": SEEN_WISH},
    "comments.add": {"comment": "a test"},
    "comments.save": {"comment": "another test"},
    "labels.save": {"seen_tags": "", "tags": "test", "campaign": "", "request": ""},
}
FORMS |= {
    "chains.accept_part": {"version": "1"},
    "twin.waive": {"version": "1"},
    "approval.approve": {"task": "1:1"},
    "approval.decline": {"version": "1", "comment": "a test"},
    "chains.act": {"task": "1:1"},
    "plan.make": {
        **{name: value for name, value in FIELDS.items() if name not in ("data_type", "version")},
        "run": "4713", "events": "1000", "steps": "SIMULATION-RECO", "action": "draft",
    },
}  # fmt: skip
FORMS["presets.create"] = {**FIELDS, "name": "my sample", "is_shared": "y", "form_of": "task"}
FORMS["presets.change"] = {"name": "another name", "is_shared": "y"}
FORMS["imports.check"] = {
    "text": json.dumps([{**FIELDS, **SIZE, "run": "4714"}]), "format": "", "action": "all-draft",
}  # fmt: skip
FORMS |= {f"tasks.{action}": {"version": "1"} for action in ("submit", "withdraw", "back_to_draft", "delete")}
