"""Who may do what. PanDA sees every call of ours as production role: this table is the only wall."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """Roles of people, weakest first."""

    VIEWER = "viewer"
    PHYSICIST = "physicist"
    MANAGER = "manager"
    ADMIN = "admin"


class Right(StrEnum):
    """What a person may be allowed to do."""

    VIEW_TASKS = "view tasks"
    VIEW_CALLS = "view PanDA calls"
    CREATE_TASK = "create a task"
    CHANGE_TASK = "change a task"
    STEER_TASK = "stop or steer a task at PanDA"
    DECIDE_LOST_TASK = "decide on a task whose answer was lost"
    APPROVE_TASK = "approve a task"
    RUN_DELIVERY = "pause and resume delivery"
    VIEW_DRAFT = "view a draft"
    CHANGE_VIEW = "change a saved view"
    DELETE_VIEW = "delete a saved view"
    CHANGE_PRESET = "change a preset"
    DELETE_PRESET = "delete a preset"
    COMMENT = "write a comment"
    CHANGE_COMMENT = "change a comment"
    DELETE_COMMENT = "delete a comment"
    MANAGE_PEOPLE = "manage people"


_EVERYBODY = frozenset(Role)
_MAKERS = frozenset({Role.PHYSICIST, Role.MANAGER, Role.ADMIN})
_MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})
_ADMINS = frozenset({Role.ADMIN})
_NOBODY: frozenset[Role] = frozenset()

# right: (roles that have it on everything, roles that have it on what is their own)
TABLE: dict[Right, tuple[frozenset[Role], frozenset[Role]]] = {
    Right.VIEW_TASKS: (_EVERYBODY, _EVERYBODY),
    Right.VIEW_CALLS: (_MAKERS, _MAKERS),
    Right.CREATE_TASK: (_MAKERS, _MAKERS),
    Right.CHANGE_TASK: (_MANAGERS, _MAKERS),
    # Who can submit can stop.
    Right.STEER_TASK: (_MANAGERS, _MAKERS),
    Right.DECIDE_LOST_TASK: (_MANAGERS, _MANAGERS),
    # Nobody approves their own task but who may approve all.
    Right.APPROVE_TASK: (_MANAGERS, _MANAGERS),
    Right.RUN_DELIVERY: (_MANAGERS, _MANAGERS),
    Right.VIEW_DRAFT: (_MANAGERS, _EVERYBODY),
    Right.CHANGE_VIEW: (_NOBODY, _EVERYBODY),
    # One that is shared and misleads, after its owner has left.
    Right.DELETE_VIEW: (_MANAGERS, _EVERYBODY),
    Right.CHANGE_PRESET: (_NOBODY, _MAKERS),
    Right.DELETE_PRESET: (_MANAGERS, _MAKERS),
    Right.COMMENT: (_MAKERS, _MAKERS),
    # Nobody puts words into another's mouth.
    Right.CHANGE_COMMENT: (_NOBODY, _MAKERS),
    Right.DELETE_COMMENT: (_MANAGERS, _MAKERS),
    Right.MANAGE_PEOPLE: (_ADMINS, _ADMINS),
}


def may(role: Role, right: Right, *, is_owner: bool = False) -> bool:
    """Say whether a role has a right; is_owner tells that the thing acted on is the person's own."""
    everywhere, own = TABLE[right]
    return role in everywhere or (is_owner and role in own)


def who_may(right: Right) -> list[Role]:
    """List the roles that have the right on everything, weakest first, for the page that refuses."""
    return [role for role in Role if role in TABLE[right][0]]


def role_of(given: Role | None, from_groups: Role | None, new_account: Role) -> Role:
    """Return the role that counts: an admin's word, else that of the groups, else that of a new account."""
    return given or from_groups or new_account


def role_from_groups(groups: Iterable[str], table: Mapping[str, str]) -> Role | None:
    """Return the strongest role that the groups give, or None. A leading slash of a group does not count."""
    names = {group.strip("/") for group in groups}
    roles = {Role(role) for group, role in table.items() if group.strip("/") in names}
    return max(roles, key=list(Role).index, default=None)
