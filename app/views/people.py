"""The admins' pages about people: the list, one account, and what may be changed in it."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.domain.permission import Right, Role
from app.forms.people import AS_GROUPS_SAY, DisableForm, RemoveForm, RoleForm
from app.htmx import wants_fragment
from app.identity import needs, signed_in_user, visitor
from app.messages import role_word
from app.models import User
from app.people_words import groups_choice_word
from app.proof import needs_proof
from app.services import people, roles
from app.services.problems import Refusal
from app.services.roles import LastAdmin, NotForOneself, PersonChanged
from app.views.people_list import list_context, read_query
from app.views.person_page import person_context

blueprint = Blueprint("people", __name__)

Answer = Response | tuple[str, int]


@blueprint.get("/people")
@needs(Right.MANAGE_PEOPLE)
def index() -> str:
    """List the people."""
    query, config = read_query(request.args), current_app.config
    page = people.list_people(query, config["LIST_PAGE_SIZE"], config["COUNT_LIMIT"])
    template = "people/_table.html" if wants_fragment() else "people/list.html"
    return render_template(template, **list_context(query, page))


@blueprint.get("/people/<int:person_id>")
@needs(Right.MANAGE_PEOPLE)
def show(person_id: int) -> Answer:
    """Show an account and what may be changed in it."""
    return _page(people.get_person(person_id))


@blueprint.post("/people/<int:person_id>/role")
@needs(Right.MANAGE_PEOPLE)
@needs_proof
def change_role(person_id: int) -> Answer:
    """Give a role, or leave it to the groups."""
    person, form = people.get_person(person_id), RoleForm()
    form.role.choices = _role_choices(person)
    if not form.validate():
        return _page(person, role_form=form)
    given = None if form.role.data == AS_GROUPS_SAY else Role(form.role.data)
    seen = Role(form.seen.data) if form.seen.data in list(Role) else None
    return _act(person, lambda now: _give(person, given, seen, now))


def _give(person: User, given: Role | None, seen: Role | None, now: datetime) -> str:
    new_account = Role(current_app.config["NEW_ACCOUNT_ROLE"])
    before = given == seen and person.role
    role = roles.change_role(person.id, given, seen, new_account, signed_in_user(), visitor(), now)
    if role.value == before:
        return str(_("The role was %(role)s already. Nothing was changed.", role=role_word(role)))
    return str(_("The role is now: %(role)s.", role=role_word(role)))


@blueprint.post("/people/<int:person_id>/disable")
@needs(Right.MANAGE_PEOPLE)
@needs_proof
def disable(person_id: int) -> Answer:
    """Disable an account and end its sessions."""
    person, form = people.get_person(person_id), DisableForm()
    if not form.validate():
        return _page(person, disable_form=form)
    return _act(person, lambda now: _disable(person, form.reason.data, now))


def _disable(person: User, reason: str | None, now: datetime) -> str:
    ended = roles.disable(person.id, reason or "", signed_in_user(), visitor(), now)
    disabled = str(_("The account is disabled."))
    return f"{disabled} {_ended(ended)}"


@blueprint.post("/people/<int:person_id>/enable")
@needs(Right.MANAGE_PEOPLE)
@needs_proof
def enable(person_id: int) -> Answer:
    """Let a person sign in again."""
    return _act(people.get_person(person_id), lambda now: _enable(person_id, now))


def _enable(person_id: int, now: datetime) -> str:
    roles.enable(person_id, signed_in_user(), visitor(), now)
    return str(_("The account is enabled: its person can sign in again."))


@blueprint.post("/people/<int:person_id>/end-sessions")
@needs(Right.MANAGE_PEOPLE)
@needs_proof
def end_sessions(person_id: int) -> Answer:
    """Sign a person out everywhere."""
    person = people.get_person(person_id)
    return _act(person, lambda now: _ended(roles.end_sessions(person_id, signed_in_user(), visitor(), now)))


@blueprint.post("/people/<int:person_id>/remove-second-factor")
@needs(Right.MANAGE_PEOPLE)
@needs_proof
def remove_second_factor(person_id: int) -> Answer:
    """Take away the second factor of somebody who lost telephone and codes."""
    person, form = people.get_person(person_id), RemoveForm()
    if not form.validate():
        return _page(person, remove_form=form)
    return _act(person, lambda now: _take_second_factor(person, form.ground.data or "", now))


def _take_second_factor(person: User, reason: str, now: datetime) -> str:
    was_there = roles.take_second_factor(person.id, reason, signed_in_user(), visitor(), now)
    return str(_("The second factor is removed.") if was_there else _("There was no second factor."))


def _ended(count: int) -> str:
    return str(ngettext("%(num)s session was ended.", "%(num)s sessions were ended.", count))


def _act(person: User, action: Callable[[datetime], str]) -> Response:
    """Do what a button says, and say on the next page how it went."""
    person_id = person.id
    try:
        flash(action(datetime.now(UTC)), "success")
    except (NotForOneself, LastAdmin, PersonChanged) as refusal:
        flash(_words_of(refusal), "warning")
    return redirect(url_for("people.show", person_id=person_id), 303)


def _words_of(refusal: Refusal) -> str:
    if isinstance(refusal, NotForOneself):
        return str(_("Not with your own account: another administrator must do it. Nothing was changed."))
    if isinstance(refusal, LastAdmin):
        return str(_("This is the last active administrator: give somebody else that role first."))
    return str(_("The account was changed meanwhile. Look at it again; nothing was changed by you."))


def _page(
    person: User,
    *,
    role_form: RoleForm | None = None,
    disable_form: DisableForm | None = None,
    remove_form: RemoveForm | None = None,
) -> Answer:
    status = 422 if role_form or disable_form or remove_form else 200
    role_form = role_form or RoleForm(formdata=None, role=person.given_role or AS_GROUPS_SAY)
    role_form.role.choices = _role_choices(person)
    role_form.seen.data = person.given_role or ""
    forms = {
        "role_form": role_form,
        "disable_form": disable_form or DisableForm(formdata=None),
        "remove_form": remove_form or RemoveForm(formdata=None),
    }
    return render_template("people/page.html", **person_context(person, signed_in_user()), **forms), status


def _role_choices(person: User) -> list[tuple[str, str]]:
    by_groups = bool(current_app.config["IAM_ISSUER"] or person.group_role)
    # Without the provider a role that was given once is not taken back to none.
    none_given = [(AS_GROUPS_SAY, groups_choice_word(person))] if by_groups or not person.given_role else []
    return [
        *none_given,
        *((role.value, role_word(role)) for role in Role),
    ]
