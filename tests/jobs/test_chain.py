"""A chain on the simulated PanDA: each step is sent when the one before is there, with nobody touching it."""

from collections.abc import Callable

import pytest

from app.models import Task, User
from app.services import chains
from app.services.intent import record_intent
from app.services.parameters import ParameterBuilder
from jobs.deliver import deliver_next
from jobs.refresh import refresh
from tests.build_chain import build_chain
from tests.jobs.bench import Bench

STEPS = ("SIMULATION", "RECO", "AOD")
Chain = list[Task]


@pytest.fixture
def chain(bench: Bench, make_user: Callable[..., User]) -> Chain:
    with bench.app.app_context():
        return [bench.task(task) for task in build_chain(make_user("physicist"), bench.now(), STEPS)]


def work(bench: Bench) -> None:
    """Send what may be sent, let PanDA's time pass, and read the states."""
    bench.run(deliver_next)
    bench.simulator.advance(300)
    bench.wait(minutes=20)
    bench.run(refresh)


def end(bench: Bench, task: Task, status: str, finished: int, failed: int) -> None:
    """Have a task end like this at PanDA, and read it."""
    panda_id = bench.task(task).panda_id
    bench.simulator.set_task(
        id=panda_id, status=status, stays=True, n_finished=finished, n_failed=failed, n_bad=0
    )
    bench.wait(minutes=20)
    bench.run(refresh)


def states(bench: Bench, chain: Chain) -> list[str]:
    return [bench.task(task).shown_state for task in chain]


def test_it_runs_from_one_click_to_its_end(bench: Bench, chain: Chain):
    seen = [states(bench, chain)]
    for _ in STEPS:
        work(bench)
        seen.append(states(bench, chain))

    assert seen == [
        ["queued", "queued", "queued"],
        ["done", "queued", "queued"],
        ["done", "done", "queued"],
        ["done", "done", "done"],
    ]
    ids = [bench.task(task).panda_id for task in chain]
    assert [there["parent"] for there in bench.at_panda()] == [ids[0], ids[0], ids[1]], "parent_tid"


def test_a_child_is_not_sent_before_its_parent_is_done(bench: Bench, chain: Chain):
    bench.run(deliver_next)
    bench.wait(minutes=20)
    bench.run(refresh)
    bench.run(deliver_next)

    assert [there["name"] for there in bench.at_panda()] == [chain[0].name]


def test_it_reads_what_its_parent_made(bench: Bench, chain: Chain):
    work(bench)
    bench.run(deliver_next)

    sent = bench.command(chain[1]).payload
    assert f'"dataset":"{chain[0].name}"' in sent
    assert f'"dataset":"{chain[0].name}.params"' in sent


@pytest.mark.parametrize("status", ["failed", "aborted", "broken"])
def test_a_dead_parent_holds_what_follows(bench: Bench, chain: Chain, status: str):
    bench.run(deliver_next)
    end(bench, chain[0], status, 0, 10)

    work(bench)

    assert states(bench, chain) == [status, "queued", "queued"]
    assert len(bench.at_panda()) == 1


def test_an_accepted_part_releases_it_without_the_parents_id(bench: Bench, chain: Chain):
    """With parent_tid JEDI would end every later step `finished`, even with every job good."""
    bench.run(deliver_next)
    end(bench, chain[0], "finished", 60, 40)
    work(bench)
    assert states(bench, chain) == ["finished", "queued", "queued"], "it is nobody's to decide but a person's"

    with bench.app.app_context():
        parent = bench.task(chain[0])
        chains.accept_part(parent.id, parent.creator, parent.version, bench.now())
    work(bench)
    work(bench)

    assert states(bench, chain) == ["finished", "done", "done"]
    ids = [bench.task(task).panda_id for task in chain]
    assert [there["parent"] for there in bench.at_panda()] == [ids[0], ids[1], ids[1]]


def test_enough_releases_it_by_the_setting(bench: Bench, chain: Chain):
    bench.app.config["PART_ACCEPTED_FROM_PERCENT"] = 60
    bench.run(deliver_next)
    end(bench, chain[0], "finished", 60, 40)

    work(bench)
    work(bench)

    assert states(bench, chain)[:2] == ["finished", "done"]


def test_the_simulator_ends_a_child_finished_while_its_parent_is(bench: Bench, chain: Chain):
    """The quirk of JEDI that the id is left out for."""
    bench.run(deliver_next)
    end(bench, chain[0], "finished", 60, 40)
    parent = bench.task(chain[0]).panda_id
    parameters = {
        "taskName": "a.child",
        "userName": "somebody",
        "vo": "spd",
        "nEvents": 10,
        "nEventsPerJob": 1,
    }
    parameters |= dict.fromkeys(("processingType", "architecture", "transUses", "transHome"), "x")
    child = bench.simulator.set_task(
        parameters={**parameters, "jobParameters": [], "prodSourceLabel": "managed", "taskType": "prod"},
        parent=parent,
    )

    bench.simulator.advance(600)

    there = next(task for task in bench.at_panda() if task["id"] == child["id"])
    assert (there["status"], there["finished"]) == ("finished", 10)


def test_a_parent_that_begins_anew_takes_back_the_release(bench: Bench, chain: Chain):
    """Between the choice of what is sent next and the intent to send it."""
    bench.run(deliver_next)
    bench.set(chain[0], panda_status="running", shown_state="running")

    with bench.app.app_context():
        child = bench.command(chain[1]).id
        builder = ParameterBuilder(bench.app.config)
        sending = record_intent(child, builder.text, builder.seeding_recipes(), bench.epoch, bench.now())

    assert sending is None
    assert bench.states(chain[1]) == ("queued", "ready", None)
