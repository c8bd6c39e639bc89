"""Plans of chains: laid out and judged as often as one likes, then made as a whole or not at all."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.naming import NotAName, build, check
from app.domain.permission import Right, Role, may
from app.domain.plan import PlannedTask, Wish, combinations, lay_out
from app.domain.problem import Problem
from app.domain.task_state import TaskState
from app.extensions import write_unit
from app.models import Task, TaskField, User
from app.services.begun_from import NOTHING_BEFORE, BegunFrom, sample_judge
from app.services.drafts import Creator, find_by_names, new_draft, queue_submission, taken_by
from app.services.just_made import is_draft, is_just_made
from app.services.parameters import ParameterBuilder
from app.services.parents import begin_chain
from app.services.problems import Invalid, NotAllowed
from app.services.rules import TaskRules
from app.services.strays import burnt_names
from app.services.task_input import TaskInput
from app.services.tasks import refusing
from app.services.transitions import move
from app.services.twins import add_twin, queue_twin

# A free version is looked for so far.
LAST_VERSION = 200


@dataclass(frozen=True)
class Row:
    """A task of a plan with all that is wrong or odd with it. parent: its place in the plan."""

    planned: PlannedTask
    parent: int | None
    problems: list[Problem]


@dataclass(frozen=True)
class Plan:
    """What would be made. problems: of the whole; those of a task stand in its row."""

    rows: list[Row]
    problems: list[Problem]

    def refusing(self, confirmed: frozenset[str]) -> list[Problem]:
        """Return what stands in the way, each problem once."""
        found = [*self.problems, *(problem for row in self.rows for problem in row.problems)]
        unique = {(problem.field, problem.code, repr(problem.values)): problem for problem in found}
        return refusing(list(unique.values()), confirmed)


@dataclass(frozen=True)
class Given:
    """What all tasks of a plan have in common."""

    creator: Creator
    collision: str | None
    steps: int
    begun_from: BegunFrom
    with_twin: bool

    def input_of(self, task: PlannedTask, recipe_field: str) -> TaskInput:
        """Return what is said of one task of the plan."""
        data_type = task.fields[recipe_field]
        extended = self.begun_from.extended(data_type)
        return TaskInput(
            task.fields, self.collision, task.events or 0, task.jobs or 0,
            cloned_from_id=self.begun_from.copied_id(data_type),
            extends_id=extended.id if extended else None,
            with_twin=self.with_twin and not task.step,
        )  # fmt: skip


@dataclass(frozen=True)
class Planner:
    """What plans are made with: the rules of this installation, and how large a plan may be, tasks."""

    rules: TaskRules
    builder: ParameterBuilder
    size: int

    def plan(
        self, wish: Wish, collision: str | None, user: User, now: datetime,
        begun_from: BegunFrom = NOTHING_BEFORE,
    ) -> Plan:  # fmt: skip
        """Lay out and judge. Stores nothing."""
        rules = self.rules
        chains = combinations(rules.convention, wish, rules.recipe_field)
        number = len(chains) * len(wish.steps)
        if number > self.size or not wish.steps:
            values = {"tasks": number, "maximum": self.size}
            return Plan([], [Problem("plan", "plan_too_large", values)] if number else [])
        chains = _with_versions(chains, wish, rules)
        planned = lay_out(rules.convention, wish, chains, rules.recipe_field, rules.limits_of)
        return Plan(self._judge(planned, collision, user, now, begun_from), [])

    def _judge(
        self, planned: Sequence[PlannedTask], collision: str | None, user: User, now: datetime,
        begun_from: BegunFrom,
    ) -> list[Row]:  # fmt: skip
        names = [task.name for task in planned if task.name]
        taken, burnt, times = find_by_names(names), burnt_names(names), Counter(names)
        context = self.rules.context(collision, now)
        judge = sample_judge(planned, collision, begun_from, self.rules, self.builder)
        rows: list[Row] = []
        for place, task in enumerate(planned):
            found = [*check(self.rules.convention, task.fields, context), *task.problems]
            if task.name in taken:
                found.append(taken_by(taken[task.name]))
            elif task.name in burnt:
                found.append(Problem("name", "name_burnt"))
            elif task.name:
                found += judge(task)
            if task.name and times[task.name] > 1:
                found.append(Problem("name", "name_twice"))
            parent = place - 1 if task.step else None
            after = begun_from.after if parent is None else None
            if after:
                found += after.problems(task.fields, user, self.builder.recipes, self.rules)
            if not any(problem.is_error for problem in found):
                above = after.task if after else planned[parent] if parent is not None else None
                found += self._unsendable(task, above, user)
            rows.append(Row(task, parent, found))
        return rows

    def _unsendable(self, task: PlannedTask, parent: PlannedTask | Task | None, user: User) -> list[Problem]:
        """Return what would stand against sending it."""
        row = Task(
            name=task.name, recipe=task.fields[self.rules.recipe_field], events=task.events, jobs=task.jobs,
            creator_name=user.username, priority=self.rules.priority,
            fields=[TaskField(field=name, value=value) for name, value in task.fields.items()],
            parent=Task(name=parent.name) if parent else None,
        )  # fmt: skip
        return self.builder.preview(row).problems

    def make(
        self, wish: Wish, collision: str | None, user: User, confirmed: frozenset[str], now: datetime,
        *, submit: bool, begun_from: BegunFrom = NOTHING_BEFORE, with_twin: bool = False,
    ) -> list[Task]:  # fmt: skip
        """Make every task of a plan as a draft, or queued: all or nothing. Commits.

        with_twin: the first step of each chain waits for a small test. Raise NotAllowed, or Invalid with all
        problems.
        """
        if not may(Role(user.role), Right.CREATE_TASK):
            raise NotAllowed(Right.CREATE_TASK)
        with write_unit() as session:
            begun_from = begun_from.locked(session)
            given = Given(Creator.of(user), collision, len(wish.steps), begun_from, with_twin)
            plan = self.plan(wish, collision, user, now, begun_from)
            if in_the_way := plan.refusing(confirmed):
                raise Invalid(in_the_way)
            made = self._make_drafts(session, plan, given, now)
            session.flush()
            for task in made if submit else []:
                move(session, task.id, TaskState.DRAFT, TaskState.QUEUED, now, user_id=given.creator.id)
                queue_submission(session, task, given.creator.id, now)
                queue_twin(session, task, given.creator.id, now)
            for task in made:
                session.refresh(task)
        return made

    def find_just_made(
        self, wish: Wish, collision: str | None, user: User, now: datetime,
        *, submit: bool, begun_from: BegunFrom = NOTHING_BEFORE, with_twin: bool = False,
    ) -> list[Task]:  # fmt: skip
        """Return the tasks that this person made of the same plan within the last minute, or none.

        Two clicks are one wish. submit: drafts are not what was wished for.
        """
        given = Given(Creator.of(user), collision, len(wish.steps), begun_from, with_twin)
        rows = self.plan(wish, collision, user, now, begun_from).rows
        found = find_by_names([row.planned.name for row in rows if row.planned.name])
        tasks = [found.get(row.planned.name or "") for row in rows]
        for row, task in zip(rows, tasks, strict=True):
            after = begun_from.after.task if begun_from.after else None
            parent = tasks[row.parent] if row.parent is not None else after
            wanted = given.input_of(row.planned, self.rules.recipe_field)
            if not is_just_made(task, user, wanted, now, parent.id if parent else None):
                return []
        made = [task for task in tasks if task is not None]
        return [] if submit and any(map(is_draft, made)) else made

    def _make_drafts(self, session: Session, plan: Plan, given: Given, now: datetime) -> list[Task]:
        made: list[Task] = []
        after = given.begun_from.after
        first_parent = begin_chain(session, after.task, now) if after and after.task else None
        for row in plan.rows:
            task, wanted = row.planned, given.input_of(row.planned, self.rules.recipe_field)
            parent = made[row.parent] if row.parent is not None else first_parent
            draft = new_draft(session, given.creator, wanted, dict(task.fields), self.rules, now, parent)
            if given.steps > 1 and first_parent is None:
                draft.chain_id = made[given.steps * task.chain].id if task.step else draft.id
            if wanted.with_twin:
                add_twin(session, given.creator, draft, self.rules, now)
            made.append(draft)
        return made


def _with_versions(chains: Iterable[Mapping[str, str]], wish: Wish, rules: TaskRules) -> list[dict[str, str]]:
    """Give chains without a version the first that is free for all their steps."""
    open_chains = [dict(chain) for chain in chains]
    waiting = [chain for chain in open_chains if not chain.get("version")]
    for version in range(1, LAST_VERSION + 1):
        if not waiting:
            break
        names = {id(chain): _names(chain | {"version": str(version)}, wish, rules) for chain in waiting}
        wanted = [name for some in names.values() for name in some]
        taken = find_by_names(wanted).keys() | burnt_names(wanted)
        for chain in waiting:
            if not taken & set(names[id(chain)]):
                chain["version"] = str(version)
        waiting = [chain for chain in waiting if not chain.get("version")]
    return open_chains


def _names(chain: Mapping[str, str], wish: Wish, rules: TaskRules) -> list[str]:
    names = []
    for step in wish.steps:
        try:
            names.append(build(rules.convention, {**chain, rules.recipe_field: step.data_type}))
        except NotAName:
            continue
    return names
