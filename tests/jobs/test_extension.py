"""Extensions as they are sent: neither their random seeds nor their event numbers are used twice."""

import itertools
import json
from collections.abc import Callable

import pytest

from app.models import Task, User
from app.services.begun_from import BegunFrom
from app.services.operating import release
from jobs.deliver import deliver_next
from jobs.reconcile import reconcile_next
from tests.backup import make_backup, restore
from tests.build_chain import build_chain, make_planner, make_wish
from tests.jobs.bench import Bench

EVENTS, EACH = 100_000, 1000


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("physicist")


@pytest.fixture
def first(bench: Bench, user: User) -> Task:
    """A task of a sample, sent."""
    with bench.app.app_context():
        [task] = build_chain(user, bench.now(), ["SIMULATION"], events=str(EVENTS))
        made = bench.task(task)
    bench.run(deliver_next)
    return made


def extend(bench: Bench, user: User, first: list[Task], events: int, version: int) -> list[Task]:
    with bench.app.app_context():
        begun_from = BegunFrom({task.recipe: bench.task(task) for task in first}, extends=True)
        wish = make_wish([task.recipe for task in first], str(events), version=[str(version)])
        made = make_planner().make(
            wish, None, user, frozenset(), bench.now(), submit=True, begun_from=begun_from
        )
        return [bench.task(task) for task in made]


def ranges(bench: Bench, task: Task) -> tuple[range, range]:
    """Return the seeds and the event numbers that JEDI makes of what was sent (it adds the offset to 1)."""
    sent = json.loads(bench.command(task).payload)
    offsets = {item["value"]: item["offset"] for item in sent["jobParameters"] if "offset" in item}
    seed, event = offsets["--seed=${RNDMSEED}"] + 1, offsets["--first=${FIRSTEVENT}"] + 1
    jobs = -(-sent["nEvents"] // sent["nEventsPerJob"])
    return range(seed, seed + jobs), range(event, event + sent["nEvents"])


def overlapping(found: list[range]) -> list[tuple[range, range]]:
    pairs = itertools.combinations(found, 2)
    return [(one, two) for one, two in pairs if one.start < two.stop and two.start < one.stop]


def test_what_two_extensions_send_repeats_nothing(bench: Bench, first: Task, user: User):
    made = [first, *extend(bench, user, [first], 5500, 2), *extend(bench, user, [first], 70_000, 3)]
    bench.run(deliver_next)

    found = [ranges(bench, task) for task in made]

    assert overlapping([seeds for seeds, _events in found]) == []
    assert overlapping([events for _seeds, events in found]) == []
    assert [events.start for _seeds, events in found] == [1, 100_001, 105_501]
    assert [bench.task(task).first_event for task in made] == [None, 100_001, 105_501]
    assert [len(bench.at_panda()), bench.task(made[2]).state] == [3, "submitted"]


def test_one_that_was_put_back_and_made_larger_repeats_nothing(bench: Bench, first: Task, user: User):
    [one] = extend(bench, user, [first], 5000, 2)
    bench.simulator.fault("answer", method="task/submit", status=503, count=1)
    bench.run(deliver_next)
    assert (bench.task(one).state, bench.task(one).first_event) == ("queued", 100_001)
    bench.set(one, events=9000, jobs=9, jobs_total=9)
    [two] = extend(bench, user, [first], 5000, 3)
    bench.wait(minutes=5)
    bench.run(deliver_next)

    found = [ranges(bench, task) for task in (first, one, two)]

    assert overlapping([seeds for seeds, _events in found]) == []
    assert overlapping([events for _seeds, events in found]) == []


def test_a_whole_chain_is_extended_and_reads_its_own(bench: Bench, user: User):
    with bench.app.app_context():
        chain = [bench.task(task) for task in build_chain(user, bench.now(), ["SIMULATION", "RECO"])]
    bench.run(deliver_next)

    made = extend(bench, user, chain, 4000, 2)
    bench.run(deliver_next)

    assert [bench.task(task).extends_id for task in made] == [task.id for task in chain]
    assert ranges(bench, made[0])[1].start == 100_001
    assert bench.task(made[1]).parent_id == made[0].id
    assert bench.task(made[1]).first_event is None, "it reads its events"


def test_what_extends_nothing_numbers_its_events_from_one(bench: Bench, first: Task):
    seeds, events = ranges(bench, first)

    assert (seeds, events) == (range(1, 101), range(1, EVENTS + 1))


def test_a_restored_database_repeats_no_event_numbers(bench: Bench, first: Task, user: User):
    """The journal keeps with which numbers an extension was sent."""
    [one] = extend(bench, user, [first], 5000, 2)
    backup = make_backup(bench.app)
    bench.run(deliver_next)
    sent = ranges(bench, one)
    restore(bench.app, backup)

    bench.take_over()
    bench.run(deliver_next)
    bench.run(reconcile_next)
    with bench.app.app_context():
        release(bench.app.config["INSTANCE_ID"], bench.now(), 10**6)
    [two] = extend(bench, user, [first], 5000, 3)
    bench.run(deliver_next)

    assert (bench.task(one).state, bench.task(one).first_event) == ("submitted", 100_001)
    assert ranges(bench, one) == sent
    assert overlapping([ranges(bench, task)[1] for task in (first, one, two)]) == []
