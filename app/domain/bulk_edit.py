"""One change of fields for many tasks: only what was chosen is touched, all else stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.convention import Convention
from app.domain.estimate import read_count
from app.domain.labels import LabelRules, Labels, check_labels, tags_in
from app.domain.naming import check
from app.domain.problem import Problem

COUNTS = ("events", "jobs")
COLLISION = "collision"
# Words that are added to those of a task, and taken from them.
ADD_TAGS, REMOVE_TAGS = "add_tags", "remove_tags"
LABELS = ("campaign", "request", ADD_TAGS, REMOVE_TAGS)
# What may be emptied.
MAY_BE_EMPTY = frozenset({COLLISION, "campaign", "request"})


@dataclass(frozen=True)
class Edit:
    """What is to be changed. values: the chosen fields as typed; takes_warnings: odd values are meant so."""

    values: Mapping[str, str] = field(default_factory=dict)
    takes_warnings: bool = False

    @property
    def of_labels(self) -> bool:
        """Say whether labels are changed."""
        return bool(self.values.keys() & set(LABELS))

    @property
    def of_sent(self) -> bool:
        """Say whether something is changed that PanDA gets."""
        return bool(self.values.keys() - set(LABELS))

    def labels_for(self, kept: Labels) -> Labels:
        """Return the labels of a task that had these."""
        tags = (set(kept.tags) | set(tags_in(self.values.get(ADD_TAGS, "")))) - set(
            tags_in(self.values.get(REMOVE_TAGS, ""))
        )
        return Labels(
            tuple(sorted(tags)),
            self.values.get("campaign", kept.campaign),
            self.values.get("request", kept.request),
        )


def editable_fields(convention: Convention) -> tuple[str, ...]:
    """Return what can be changed on many tasks, in the order of the form."""
    return (*convention.field_names, COLLISION, *COUNTS, *LABELS)


def check_edit(
    edit: Edit, convention: Convention, labels: LabelRules, context: Mapping[str, str]
) -> list[Problem]:
    """Return what is wrong with a change whatever the task; what depends on the task is judged with it."""
    if not edit.values:
        return [Problem("edit", "nothing_chosen")]
    found = [
        Problem(name, "missing")
        for name, value in edit.values.items()
        if not value and name not in MAY_BE_EMPTY
    ]
    named = {name: value for name, value in edit.values.items() if name in convention.field_names}
    judged = check(convention, named, context) if named else []
    found += [each for each in judged if each.field in named and each.is_error and each.code != "missing"]
    codes = tuple(system.code for system in convention.collisions)
    if edit.values.get(COLLISION) and edit.values[COLLISION] not in codes:
        found.append(Problem(COLLISION, "not_in_vocabulary", {"allowed": codes}))
    for name in COUNTS:
        count = read_count(name, edit.values[name]) if edit.values.get(name) else None
        found += [count] if isinstance(count, Problem) else []
    return found + _label_problems(edit, labels)


def _label_problems(edit: Edit, rules: LabelRules) -> list[Problem]:
    if not edit.of_labels:
        return []
    asked = Labels(
        tags_in(edit.values.get(ADD_TAGS, "")),
        edit.values.get("campaign", ""),
        edit.values.get("request", ""),
    )
    found = check_labels(asked, rules)
    return [
        Problem(ADD_TAGS, problem.code, problem.values) if problem.field == "tags" else problem
        for problem in found
    ]
