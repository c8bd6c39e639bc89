"""What the pages of presets and of saved views share: the list, and the form that changes one's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.forms.saved_view import SavedViewForm
from app.identity import signed_in_user
from app.models import Preset, SavedView
from app.problem_words import problem_text
from app.services.kept import Shelf, Thing
from app.services.problems import Invalid

# What a thing holds: labels with values.
Words = list[tuple[str, str]]


@dataclass(frozen=True)
class KeptItem:
    """A thing in the list; form: to change one's own."""

    thing: Preset | SavedView
    words: Words
    form: SavedViewForm
    is_own: bool
    may_delete: bool


def items_of(
    shelf: Shelf[Thing], words_of: Callable[[Thing], Words], sent: Mapping[int, SavedViewForm]
) -> list[KeptItem]:
    """Return what the person may use. sent: forms that were refused, by the id of the thing."""
    user = signed_in_user()
    return [
        KeptItem(
            thing,
            words_of(thing),
            _form_of(thing, sent.get(thing.id)),
            thing.owner_id == user.id,
            shelf.may_delete(user, thing),
        )
        for thing in shelf.all_for(user)
    ]


def change_kept(shelf: Shelf[Thing], thing_id: int, form: SavedViewForm) -> bool:
    """Rename a thing, share it or keep it to oneself. False: the form says what is wrong."""
    user = signed_in_user()
    # Whose it is comes first: a bad name of a thing of others is none of the person's business.
    if not form.validate() and shelf.get(thing_id, user).owner_id == user.id:
        return False
    try:
        shelf.change(thing_id, user, form.name.data or "", form.is_shared.data, datetime.now(UTC))
    except Invalid as refusal:
        show_problems(form, refusal)
        return False
    return True


def show_problems(form: SavedViewForm, refusal: Invalid) -> None:
    """Put what is wrong beside its field."""
    for problem in refusal.problems:
        form[problem.field].errors = [*form[problem.field].errors, problem_text(problem)]


def _form_of(thing: Preset | SavedView, sent: SavedViewForm | None) -> SavedViewForm:
    form = sent or SavedViewForm(formdata=None, name=thing.name, is_shared=thing.is_shared)
    # Each thing has fields of its own on the page: their ids must differ.
    form.name.id, form.is_shared.id = f"name-{thing.id}", f"shared-{thing.id}"
    form.name.label.field_id, form.is_shared.label.field_id = form.name.id, form.is_shared.id
    return form
