"""Following tasks at PanDA: what is shown is what PanDA said last, with its time."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models import Task
from app.panda.errors import OutcomeUnknown, PandaUnavailable
from app.services import following
from app.services.following import PandaState
from jobs.deliver import deliver_next
from jobs.refresh import refresh, refresh_asked
from tests.jobs.bench import Bench

LIST, DETAILS = "task/get_tasks_modified_since", "task/get_detailed_info"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def send(bench: Bench, make_task: Callable[..., Task]) -> Callable[..., Task]:
    """send() → a task that PanDA has accepted just now and JEDI has not taken yet."""

    def make(**wanted: Any) -> Task:
        task = make_task("queued", **wanted)
        bench.run(deliver_next)
        bench.set(task, refresh_due_at=None)
        return task

    return make


def set_status(bench: Bench, task: Task, status: str, **more: Any) -> None:
    bench.simulator.set_task(id=bench.task(task).panda_id, status=status, stays=True, **more)


def counts(task: Task) -> tuple[int | None, int, int]:
    return task.jobs_total, task.jobs_done, task.jobs_failed


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


# --- time --------------------------------------------------------------------------------------------


def state(status: str, changed_at: datetime | None, **more: Any) -> PandaState:
    nothing = {"priority": None, "jobs_total": None, "jobs_done": None, "jobs_failed": None}
    return PandaState(status=status, changed_at=changed_at, error_dialog=None, **(nothing | more))


def test_a_late_answer_does_not_overwrite_a_newer_one(bench: Bench, send: Callable[..., Task], now: datetime):
    task = send()
    with bench.app.app_context():
        newer = following.store_state(task.id, state("done", now), now)
        older = following.store_state(task.id, state("running", now - timedelta(seconds=1)), now)

    assert (newer, older) == (True, False)
    assert (bench.task(task).shown_state, bench.task(task).state_as_of) == ("done", now)


def test_the_same_state_seen_later_keeps_its_time(bench: Bench, send: Callable[..., Task], now: datetime):
    task, later = send(), now + timedelta(hours=1)
    with bench.app.app_context():
        following.store_state(task.id, state("running", now), now)
        following.store_state(task.id, state("running", later), later)

    assert (bench.task(task).state_as_of, bench.task(task).confirmed_at) == (now, later)


def test_a_state_before_our_own_clock_is_taken(bench: Bench, send: Callable[..., Task], now: datetime):
    task = send()
    with bench.app.app_context():
        stored = following.store_state(task.id, state("defined", now - timedelta(hours=5)), now)

    assert stored, "PanDA's clock and ours are not compared"


def test_a_clock_that_is_put_back_does_not_stop_the_following(bench: Bench, send: Callable[..., Task]):
    task = send()
    bench.wait(days=1)
    set_status(bench, task, "running", n_finished=3)
    bench.run(refresh)
    bench.wait(days=-1)
    set_status(bench, task, "running", n_finished=7)

    bench.run(refresh)

    assert bench.task(task).jobs_done == 7


# --- somebody is looking -----------------------------------------------------------------------------


def ask(bench: Bench, task: Task) -> None:
    with bench.app.app_context():
        following.ask_for_refresh(task.id, bench.now())


def test_a_task_that_somebody_looks_at_is_read_at_once(bench: Bench, send: Callable[..., Task]):
    task = send()
    bench.simulator.advance(15)
    ask(bench, task)

    bench.run(refresh_asked)
    bench.run(refresh_asked)

    assert bench.task(task).shown_state == "ready"
    assert (len(bench.calls(DETAILS)), bench.task(task).refresh_due_at) == (1, None)


def test_a_task_just_accepted_is_asked_for_and_not_found_without_harm(bench: Bench, queued: Task):
    bench.run(deliver_next)

    bench.run(refresh_asked)

    assert bench.task(queued).shown_state == "submitted"
    assert len(bench.calls(DETAILS)) == 1


def test_an_answer_older_than_what_is_shown_is_asked_for_once(
    bench: Bench, send: Callable[..., Task], now: datetime
):
    task = send()
    bench.simulator.advance(15)
    with bench.app.app_context():
        following.store_state(task.id, state("done", now + timedelta(hours=1)), now)
    ask(bench, task)

    bench.run(refresh_asked)

    assert bench.task(task).shown_state == "done"
    assert len(bench.calls(DETAILS)) == 1


def test_a_task_that_cannot_be_read_does_not_keep_others_waiting(bench: Bench, send: Callable[..., Task]):
    first, second = send(), send()
    bench.simulator.advance(15)
    ask(bench, first)
    bench.wait(seconds=1)
    ask(bench, second)
    bench.simulator.fault("html", method=DETAILS, count=1)

    with pytest.raises(OutcomeUnknown):
        bench.step(refresh_asked)
    bench.run(refresh_asked)

    assert [bench.task(task).shown_state for task in (first, second)] == ["submitted", "ready"]


def test_who_looks_while_panda_is_away_is_served_when_it_is_back(
    bench: Bench, send: Callable[..., Task], closed_port: int
):
    task, url = send(), bench.app.config["PANDA_URL"]
    bench.simulator.advance(15)
    ask(bench, task)
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"
    bench.begin(bench.epoch)
    with pytest.raises(PandaUnavailable):
        bench.step(refresh_asked)
    bench.app.config["PANDA_URL"] = url
    bench.begin(bench.epoch)

    bench.run(refresh_asked)

    assert bench.task(task).shown_state == "ready"


# --- faults ------------------------------------------------------------------------------------------


def test_one_task_that_cannot_be_read_does_not_keep_the_others_from_being_read(
    bench: Bench, send: Callable[..., Task]
):
    tasks = [send() for _ in range(4)]
    bench.simulator.advance(15)
    bench.simulator.fault("html", method=DETAILS, count=2)

    bench.run(refresh)
    first = [bench.task(task).shown_state for task in tasks]
    bench.run(refresh)

    assert first == ["submitted", "submitted", "ready", "ready"]
    assert {bench.task(task).shown_state for task in tasks} == {"ready"}


@on_sqlite
def test_a_cycle_in_which_nothing_can_be_read_ends_with_the_error(bench: Bench, send: Callable[..., Task]):
    for _ in range(6):
        send()
    bench.simulator.advance(15)
    bench.simulator.fault("html", method=DETAILS)

    with pytest.raises(OutcomeUnknown):
        bench.run(refresh)

    assert len(bench.calls(DETAILS)) == 3


@on_sqlite
@pytest.mark.parametrize("number", [2**31, 2**70, -(2**40)])
def test_counts_that_cannot_be_are_not_known(bench: Bench, send: Callable[..., Task], number: int):
    task = send()
    bench.simulator.advance(15)
    told = bench.ask_panda(lambda panda: panda.get_detailed_info(bench.task(task).panda_id))
    data = dict(told.raw) | {"nFiles": number, "nFilesFinished": number, "currentPriority": number}
    body = json.dumps({"success": True, "message": "", "data": data})
    bench.simulator.fault("answer", method=DETAILS, status=200, content_type="text/plain", body=body)

    bench.run(refresh)

    assert bench.task(task).shown_state == "ready"
    assert counts(bench.task(task)) == (1000, 0, 0)


def test_the_look_back_reaches_as_far_as_panda_keeps(bench: Bench):
    bench.run(refresh)
    bench.wait(minutes=1)
    bench.run(refresh)

    asked = [json.loads(call.parameters)["since"] for call in bench.calls(LIST)]
    since = [datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for moment in asked]
    assert (bench.now() - since[0]).days == 30
    assert timedelta(hours=8) <= bench.now() - since[1] < timedelta(hours=9)
