"""Tables of tasks: judged as often as one likes, then made in one transaction, or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.descent import in_order
from app.domain.permission import Right, Role, may
from app.domain.problem import Problem
from app.domain.sample import sample_of
from app.domain.succession import PARENT, Recipes
from app.domain.task_state import TaskState
from app.domain.task_table import TABLE, TableRow, in_ranges
from app.domain.task_to_send import TaskToSend
from app.extensions import write_unit
from app.models import Task, User
from app.services.drafts import Creator, find_by_names, new_drafts, queue_submission, taken_by
from app.services.import_rows import Entry, follow_parents, read_entry
from app.services.just_made import is_draft, is_just_made
from app.services.parameters import ParameterBuilder
from app.services.parents import begin_chain, lock_parents
from app.services.problems import Invalid, NotAllowed
from app.services.rules import TaskRules
from app.services.samples import find_of_many
from app.services.strays import burnt_names
from app.services.task_input import TaskInput
from app.services.tasks import refusing
from app.services.transitions import move_all


@dataclass(frozen=True)
class Judged:
    """The rows of a table with all that is wrong or odd. order: their places, parents first."""

    entries: Sequence[Entry]
    order: Sequence[int]

    @property
    def valid(self) -> list[int]:
        """Return the places of the rows that can be made, parents first."""
        return [place for place in self.order if not self.entries[place].is_wrong]

    @property
    def warnings(self) -> list[Problem]:
        """Return what asks, of all rows that can be made."""
        return [problem for place in self.valid for problem in self.entries[place].problems]

    @property
    def left_out(self) -> list[int]:
        """Return the numbers of the rows that cannot be made."""
        return [entry.row.number for entry in self.entries if entry.is_wrong]


@dataclass(frozen=True)
class Made:
    """What was made. ids: of the tasks; chains: of those that have one, each once; left_out: row numbers.

    are_drafts: none of it had been submitted yet.
    """

    ids: Sequence[int]
    chains: Sequence[int]
    left_out: Sequence[int]
    are_drafts: bool


@dataclass(frozen=True)
class Importer:
    """What tables are judged by: the rules and recipes of this installation."""

    rules: TaskRules
    recipes: Recipes
    builder: ParameterBuilder

    def judge(self, rows: Iterable[TableRow], user: User, now: datetime) -> Judged:
        """Judge every row as a task made by hand, and beside the others. Stores nothing."""
        entries = [read_entry(row, self.rules, self.recipes, now) for row in rows]
        _judge_names(entries)
        _judge_samples(entries, self.rules)
        follow_parents(entries, user, self.recipes, self.rules)
        order = in_order([entry.parent for entry in entries])
        for place in order:
            self._judge_sending(entries[place], entries, user)
        _leave_out(entries, order)
        return Judged(entries, order)

    def _judge_sending(self, entry: Entry, entries: Sequence[Entry], user: User) -> None:
        if entry.is_wrong or not entry.name or not entry.events or not entry.jobs:
            return
        above = entries[entry.parent].name if entry.parent is not None else None
        sent = TaskToSend(
            entry.name, entry.fields, entry.events, entry.jobs, "", user.username, self.rules.priority,
            parent_name=above or (entry.above.name if entry.above else None),
        )  # fmt: skip
        entry.problems += self.builder.stands_against(sent)

    def make(
        self, rows: Iterable[TableRow], user: User, confirmed: frozenset[str], now: datetime,
        *, submit: bool, only_valid: bool,
    ) -> Made:  # fmt: skip
        """Make a draft of every row, or queue it; only_valid: of those that can be made. Commits.

        Raise NotAllowed, or Invalid with what stands in the way: then nothing was made.
        """
        if not may(Role(user.role), Right.CREATE_TASK):
            raise NotAllowed(Right.CREATE_TASK)
        with write_unit() as session:
            creator = Creator.of(user)
            judged = self.judge(rows, user, now)
            if in_the_way := _in_the_way(judged, confirmed, only_valid=only_valid):
                raise Invalid(in_the_way)
            drafts = self._make_drafts(session, judged, creator, now)
            session.flush()
            made = _made(drafts, judged.left_out)
            if submit:
                move_all(session, made.ids, TaskState.DRAFT, TaskState.QUEUED, now, creator.id)
                for draft in drafts:
                    queue_submission(session, draft, creator.id, now)
        return made

    def _make_drafts(self, session: Session, judged: Judged, creator: Creator, now: datetime) -> list[Task]:
        """Make the drafts of all valid rows, one generation after the other. Return them by row."""
        made: dict[int, Task] = {}
        waiting = judged.valid
        entries = [judged.entries[place] for place in waiting]
        lock_parents(session, [entry.above for entry in entries if entry.above])
        while waiting:
            places = [place for place in waiting if judged.entries[place].parent in {None, *made}]
            parents = [_parent_of(session, judged.entries[place], made, now) for place in places]
            inputs = [_input_of(judged.entries[place]) for place in places]
            wanted = zip(inputs, parents, strict=True)
            drafts = new_drafts(session, creator, wanted, self.rules, now)
            made |= dict(zip(places, drafts, strict=True))
            waiting = [place for place in waiting if place not in made]
        return [made[place] for place in sorted(made)]


def find_just_imported(
    judged: Judged, user: User, now: datetime, *, submit: bool, only_valid: bool
) -> Made | None:
    """Return what this person made of the same rows within the last minute: two clicks are one wish.

    None where that was nothing, where a row could still be made, or where all were wanted and one is missing.
    submit: drafts are not what was wished for.
    """
    found = find_by_names(entry.name for entry in judged.entries if entry.name)
    wanted = {name: task for name, task in found.items() if not (submit and is_draft(task))}
    tasks = [
        wanted[entry.name]
        for entry in judged.entries
        if entry.name
        and is_just_made(
            wanted.get(entry.name), user, _input_of(entry), now, _parent_id(entry, judged.entries, wanted)
        )
    ]
    is_rest_wrong = not judged.valid and (only_valid or len(tasks) == len(judged.entries))
    if not tasks or not is_rest_wrong:
        return None
    names = {task.name for task in tasks}
    return _made(tasks, [entry.row.number for entry in judged.entries if entry.name not in names])


def _parent_id(entry: Entry, entries: Sequence[Entry], found: Mapping[str, Task]) -> int | None:
    """Return the task that a row follows, of those that were found; None where there is none."""
    above = entry.above if entry.parent is None else found.get(entries[entry.parent].name or "")
    return above.id if above else None


def _made(tasks: Sequence[Task], left_out: Sequence[int]) -> Made:
    chains = dict.fromkeys(task.chain_id for task in tasks if task.chain_id is not None)
    return Made([task.id for task in tasks], list(chains), left_out, all(map(is_draft, tasks)))


def _judge_names(entries: Sequence[Entry]) -> None:
    rows: dict[str, list[int]] = {}
    for entry in entries:
        if entry.name:
            rows.setdefault(entry.name, []).append(entry.row.number)
    taken, burnt = find_by_names(rows), burnt_names(rows)
    for entry in entries:
        if entry.name and entry.name in taken:
            entry.problems.append(taken_by(taken[entry.name]))
        elif entry.name in burnt:
            entry.problems.append(Problem("name", "name_burnt"))
        if entry.name and len(rows[entry.name]) > 1:
            entry.problems.append(Problem("name", "name_in_rows", {"rows": in_ranges(rows[entry.name])}))


def _judge_samples(entries: Sequence[Entry], rules: TaskRules) -> None:
    """Ask where there is something of the same sample already."""
    good = [entry for entry in entries if entry.name and not entry.is_wrong]
    wanted = [(sample_of(rules.convention, entry.fields), entry.collision) for entry in good]
    found = find_of_many(wanted)
    for entry, sample in zip(good, wanted, strict=True):
        entry.problems += [found[sample].problem()] if sample in found else []


def _leave_out(entries: Sequence[Entry], order: Sequence[int]) -> None:
    """Note which rows cannot be made because the parent cannot."""
    below_circles = set(range(len(entries))) - set(order)
    for place in (*order, *sorted(below_circles)):
        entry = entries[place]
        if entry.parent is not None and (entries[entry.parent].is_wrong or entry.parent in below_circles):
            number = entries[entry.parent].row.number
            if not any(problem.code == "parent_circle" for problem in entry.problems):
                entry.problems.append(Problem(PARENT, "parent_left_out", {"number": number}))


def _in_the_way(judged: Judged, confirmed: frozenset[str], *, only_valid: bool) -> list[Problem]:
    """Return each problem once: errors where all rows are wanted, and warnings that are not confirmed."""
    found = judged.warnings if only_valid else [
        problem for entry in judged.entries for problem in entry.problems
    ]  # fmt: skip
    if not judged.valid:
        found = [*found, Problem(TABLE, "nothing_to_make")]
    unique = {(problem.field, problem.code, repr(problem.values)): problem for problem in found}
    return refusing(list(unique.values()), confirmed)


def _input_of(entry: Entry) -> TaskInput:
    return TaskInput(entry.fields, entry.collision, entry.events or 0, entry.jobs or 0, labels=entry.labels)


def _parent_of(session: Session, entry: Entry, made: Mapping[int, Task], now: datetime) -> Task | None:
    """Return the parent of a row that is to be made. It begins a chain where it is in none."""
    if entry.parent is not None:
        parent = made[entry.parent]
        parent.chain_id = parent.chain_id or parent.id
        return parent
    return begin_chain(session, entry.above, now) if entry.above else None
