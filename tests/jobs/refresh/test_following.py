"""Following tasks at PanDA: what is shown is what PanDA said last, with its time."""

import json
from collections.abc import Callable

import pytest

from app.models import Task
from jobs.refresh import refresh
from tests.jobs.bench import Bench
from tests.jobs.refresh.seen import DETAILS, LIST, counts, on_sqlite, set_status


def test_a_state_is_shown_with_the_time_panda_gives_it(bench: Bench, send: Callable[..., Task]):
    task = send()
    bench.simulator.advance(15)

    bench.run(refresh)

    seen, panda_id = bench.task(task), bench.task(task).panda_id
    info = bench.ask_panda(lambda panda: panda.get_detailed_info(panda_id))
    assert (seen.panda_status, seen.shown_state) == ("ready", "ready") == (info.status, seen.shown_state)
    assert seen.state_as_of == info.state_changed_at
    assert bench.history(task)[-1] == ("submitted", "ready")


def test_a_task_is_followed_to_its_end(bench: Bench, send: Callable[..., Task]):
    task, seen = send(), []

    for _ in range(30):
        bench.simulator.advance(4)
        bench.wait(minutes=1)
        bench.run(refresh)
        seen.append(bench.task(task).shown_state)

    end = bench.task(task)
    assert list(dict.fromkeys(seen)) == ["submitted", "defined", "ready", "running", "done"]
    assert counts(end) == (1000, 1000, 0)
    assert end.started_at is not None


def test_a_task_that_panda_does_not_find_stays_as_it_is(bench: Bench, send: Callable[..., Task]):
    task = send()
    set_status(bench, task, "running")
    bench.run(refresh)
    bench.simulator.begin()
    before = bench.task(task)

    for _ in range(3):
        bench.wait(hours=1)
        bench.run(refresh)

    after = bench.task(task)
    assert (after.shown_state, after.state_as_of) == ("running", before.state_as_of)
    assert after.updated_at == before.updated_at
    assert len(bench.history(task)) == len(set(bench.history(task)))


@pytest.mark.parametrize("word", ["frobnicating", "x" * 300], ids=["short", "long"])
def test_a_word_nobody_knows_is_shown_as_it_is(bench: Bench, send: Callable[..., Task], word: str):
    task = send()
    set_status(bench, task, word)

    bench.run(refresh)
    bench.run(refresh)

    assert bench.task(task).shown_state == word[:64]
    assert len(bench.calls(DETAILS)) == 1, "the same word is no change"


def test_the_progress_of_a_running_task_is_read_in_turn(bench: Bench, send: Callable[..., Task]):
    task = send(events=100, jobs=10)
    set_status(bench, task, "running", n_finished=3, n_failed=1)
    bench.run(refresh)
    first = bench.task(task)
    set_status(bench, task, "running", n_finished=7)
    bench.run(refresh)
    too_early = bench.task(task).jobs_done
    bench.wait(seconds=61)

    bench.run(refresh)

    assert (counts(first), too_early) == ((10, 3, 1), 3)
    assert counts(bench.task(task)) == (10, 7, 1)
    assert len(bench.history(task)) == 5, "progress is no change of state"


def test_a_modification_time_that_is_set_back_hides_no_change(bench: Bench, send: Callable[..., Task]):
    task = send()
    bench.simulator.advance(15)
    bench.run(refresh)
    bench.wait(minutes=1)
    set_status(bench, task, "exhausted", modified_at=bench.now().timestamp() - 6 * 3600)

    bench.run(refresh)

    assert bench.task(task).shown_state == "exhausted"


@pytest.mark.parametrize("is_new_process", [False, True])
def test_a_final_state_that_is_left_again_is_followed(
    bench: Bench, send: Callable[..., Task], is_new_process: bool
):
    task = send()
    set_status(bench, task, "finished", error_dialog="half of it failed")
    bench.run(refresh)
    finished = bench.task(task)
    set_status(bench, task, "running", error_dialog=None, modified_at=bench.now().timestamp() - 3600)
    bench.wait(hours=20 if is_new_process else 0)
    if is_new_process:
        bench.begin(bench.epoch)

    bench.run(refresh)

    assert (finished.shown_state, finished.error_dialog) == ("finished", "half of it failed")
    assert (bench.task(task).shown_state, bench.task(task).error_dialog) == ("running", None)


def test_a_task_the_list_does_not_show_is_asked_for_after_a_while(bench: Bench, send: Callable[..., Task]):
    task = send()
    bench.simulator.advance(15)
    bench.run(refresh)
    set_status(bench, task, "exhausted", modified_at=bench.now().timestamp() - 40 * 86400)
    bench.wait(minutes=10)
    bench.run(refresh)
    before = bench.task(task).shown_state
    bench.wait(minutes=6)

    bench.run(refresh)

    assert (before, bench.task(task).shown_state) == ("ready", "exhausted")


@on_sqlite
def test_an_empty_list_changes_nothing(bench: Bench, send: Callable[..., Task]):
    task = send()
    set_status(bench, task, "running")
    bench.run(refresh)
    bench.simulator.fault("database_down")

    bench.run(refresh)

    assert bench.task(task).shown_state == "running"


@on_sqlite
def test_a_task_of_another_is_of_no_interest(bench: Bench, send: Callable[..., Task]):
    task = send()
    parameters = json.loads(bench.command(task).payload) | {"ticketID": "other", "taskName": "other"}
    other = bench.simulator.set_task(parameters=parameters, status="running")

    bench.run(refresh)

    assert other["id"] not in [call.panda_id for call in bench.calls(DETAILS)]


@on_sqlite
def test_a_cycle_asks_for_unchanged_tasks_by_the_list_alone(bench: Bench, send: Callable[..., Task]):
    for _ in range(5):
        send()
    bench.simulator.advance(15)
    bench.run(refresh)
    bench.wait(minutes=1)
    asked = len(bench.calls(DETAILS))

    bench.run(refresh)

    assert (len(bench.calls(LIST)), len(bench.calls(DETAILS))) == (2, asked)


@on_sqlite
def test_a_cycle_asks_for_so_many_running_tasks_and_comes_to_the_others_in_turn(
    bench: Bench, send: Callable[..., Task]
):
    bench.app.config["REFRESH_DETAILS_PER_CYCLE"] = 2
    tasks = [send() for _ in range(4)]
    for task in tasks:
        set_status(bench, task, "running")
    bench.run(refresh)
    known = len(bench.calls(DETAILS))
    bench.wait(minutes=2)

    bench.run(refresh)
    bench.run(refresh)

    asked = [call.panda_id for call in bench.calls(DETAILS)[known:]]
    assert sorted(asked) == sorted(bench.task(task).panda_id for task in tasks)
