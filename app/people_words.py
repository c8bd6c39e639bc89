"""The words for people: states of accounts, and where a role comes from."""

from flask import current_app
from flask_babel import gettext as _

from app.domain.permission import Role, role_of
from app.messages import role_word
from app.models import User
from app.services.addresses import address_typed, is_unreachable
from app.services.people import PersonState, RoleSource, source_of

# The icon of a state; its colour follows the icon.
STATE_ICONS = {
    PersonState.ACTIVE: "tick",
    PersonState.UNCONFIRMED: "dots",
    PersonState.DISABLED: "barred-disc",
}


def person_state_word(state: str) -> str:
    """Return the word of a state."""
    return {
        PersonState.ACTIVE: str(_("active")),
        PersonState.UNCONFIRMED: str(_("not confirmed")),
        PersonState.DISABLED: str(_("disabled")),
    }[PersonState(state)]


def email_words(person: User) -> str:
    """Return the address of a person; words where it belongs to another account."""
    if is_unreachable(person):
        return str(_("%(address)s: belongs to another account", address=address_typed(person)))
    return person.email


def source_word(person: User) -> str:
    """Say where the role of a person comes from."""
    return {
        RoleSource.GIVEN: str(_("given")),
        RoleSource.GROUPS: str(_("by groups")),
        RoleSource.NEW: str(_("new account")),
    }[source_of(person)]


def role_by_groups(person: User) -> Role:
    """Return the role that the person has where no admin gives one."""
    from_groups = Role(person.group_role) if person.group_role else None
    return role_of(None, from_groups, Role(current_app.config["NEW_ACCOUNT_ROLE"]))


def groups_choice_word(person: User) -> str:
    """Return the words of the choice that leaves the role to the groups."""
    if not current_app.config["IAM_ISSUER"] and not person.group_role:
        return str(_("that of a new account (%(role)s)", role=role_word(role_by_groups(person))))
    values = {"iam": current_app.config["IAM_NAME"], "role": role_word(role_by_groups(person))}
    if person.group_role:
        return str(_("as the groups of %(iam)s say (now: %(role)s)", **values))
    return str(_("as the groups of %(iam)s say (they give none: %(role)s)", **values))
