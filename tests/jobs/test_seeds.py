"""Random seeds: each generation task has a range of its own, whatever happens on its way to PanDA."""

import json
import random
from collections.abc import Callable
from itertools import pairwise

from app.domain.estimate import check_size
from app.models import Task
from app.services import tasks
from app.services.rules import rules_from
from app.services.tasks import TaskInput, warning_key
from jobs.deliver import deliver_next
from tests.build_task import FIELDS
from tests.jobs.bench import Bench


def offset_of(bench: Bench, task: Task) -> int | None:
    """Return the offset sent with the seeds: JEDI's first seed is the next number."""
    sent = json.loads(bench.command(task).payload)
    return next((item["offset"] for item in sent["jobParameters"] if "offset" in item), None)


def jobs_at_panda(bench: Bench, task: Task) -> int:
    sent = json.loads(bench.command(task).payload)
    return -(-sent["nEvents"] // sent["nEventsPerJob"])


def seeds_of(bench: Bench, task: Task) -> range:
    """Return the seeds that JEDI will use."""
    first = (offset_of(bench, task) or 0) + 1
    return range(first, first + jobs_at_panda(bench, task))


def resize(bench: Bench, task: Task, jobs: int) -> None:
    """Change the number of jobs of a queued task."""
    now, shown = bench.now(), bench.task(task)
    fields = FIELDS | {field.field: field.value for field in shown.fields}
    with bench.app.app_context():
        rules = rules_from(bench.app.config)
        problems = tasks.check_name(fields, None, rules, now, task.id)
        problems += check_size(1_000_000, jobs, rules.limits_of(fields))
        confirmed = frozenset(map(warning_key, problems))
        given = TaskInput(fields, None, 1_000_000, jobs, confirmed)
        tasks.change_task(task.id, shown.creator, shown.version, given, rules, now)


def put_back(bench: Bench) -> None:
    """Have the next send not leave the machine."""
    bench.simulator.fault("answer", method="task/submit", status=503, count=1)
    bench.run(deliver_next)
    bench.wait(minutes=5)


def test_the_range_stored_is_the_range_sent(bench: Bench, make_task: Callable[..., Task]):
    sent = [make_task("queued") for _ in range(2)]
    bench.run(deliver_next)

    stored = [(bench.task(task).seed_first, bench.task(task).seed_count) for task in sent]

    assert stored == [(1, 1000), (1001, 1000)]
    assert [offset_of(bench, task) for task in sent] == [0, 1000]


def test_a_task_put_back_keeps_its_range(bench: Bench, queued: Task):
    put_back(bench)
    first = bench.task(queued).seed_first

    bench.run(deliver_next)

    assert (first, bench.task(queued).seed_first, offset_of(bench, queued)) == (1, 1, 0)


def test_a_task_that_got_more_jobs_gets_a_range_of_its_own_again(
    bench: Bench, make_task: Callable[..., Task]
):
    task = make_task("queued", jobs=500)
    put_back(bench)
    resize(bench, task, 2000)

    bench.run(deliver_next)

    assert (bench.task(task).seed_first, bench.task(task).seed_count) == (501, 2000)
    assert offset_of(bench, task) == 500


def test_a_task_that_got_fewer_jobs_keeps_its_range(bench: Bench, queued: Task):
    put_back(bench)
    resize(bench, queued, 10)

    bench.run(deliver_next)

    assert (bench.task(queued).seed_first, offset_of(bench, queued)) == (1, 0)


def test_a_task_that_is_not_sent_uses_up_no_seeds(bench: Bench, make_task: Callable[..., Task]):
    refused, sent = make_task("queued"), make_task("queued")
    bench.set(refused, name="a name with blanks")

    bench.run(deliver_next)

    assert [bench.task(task).state for task in (refused, sent)] == ["rejected", "submitted"]
    assert [bench.task(task).seed_first for task in (refused, sent)] == [None, 1]


def test_ranges_never_overlap(bench: Bench, make_task: Callable[..., Task]):
    chance = random.Random(20261123)
    made = []
    for _ in range(12):
        made.append(make_task("queued", jobs=chance.choice([1, 7, 300, 1000])))
        if chance.random() < 0.4:
            put_back(bench)
        waiting = [task for task in made if bench.task(task).state == "queued"]
        if waiting and chance.random() < 0.6:
            resize(bench, chance.choice(waiting), chance.choice([2, 30, 999, 4000]))
        if chance.random() < 0.5:
            bench.run(deliver_next)
    bench.wait(minutes=10)
    bench.run(deliver_next)

    ranges = sorted((seeds_of(bench, task) for task in made), key=lambda seeds: seeds.start)

    assert {bench.task(task).state for task in made} == {"submitted"}
    assert all(one.stop <= other.start for one, other in pairwise(ranges))
    assert ranges[0].start == 1
    for task in made:
        assert seeds_of(bench, task).start == bench.task(task).seed_first
        assert len(seeds_of(bench, task)) <= bench.task(task).seed_count
