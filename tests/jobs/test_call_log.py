"""Every exchange with PanDA has its row: before the first byte leaves, completed after, without secrets."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.models import Task
from app.panda.errors import AccessRefused
from app.services.calls import CallContext, CallResult, begin_call, end_call, give_up_calls
from jobs.access import check_access
from jobs.deliver import deliver_next
from jobs.housekeeping import tidy_up
from jobs.reconcile import reconcile_next
from jobs.refresh import refresh, refresh_asked
from jobs.verify import verify_next
from tests.jobs.bench import Bench
from tests.jobs.failing_database import failing_database
from tests.jobs.onlooker import Onlooker

SUBMIT, WHO = "task/submit", "system/get_user_attributes"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def onlooker(bench: Bench, database_url: str) -> Iterator[Onlooker]:
    """Somebody who reads the database each time PanDA is connected to."""
    onlooker = Onlooker(bench.app.config["PANDA_URL"], database_url)
    bench.app.config["PANDA_URL"] = onlooker.url
    yield onlooker
    onlooker.close()


def everything(bench: Bench) -> None:
    for work in (check_access, deliver_next, verify_next, refresh, refresh_asked):
        bench.run(work)


def test_the_row_of_a_call_is_there_before_panda_is_connected_to(
    bench: Bench, queued: Task, onlooker: Onlooker
):
    everything(bench)

    assert len(onlooker.seen) == len(bench.calls()) == 5
    for number, seen in enumerate(onlooker.seen):
        assert len(seen) == number + 1, "no call without its row"
        assert seen[-1][1] == "open"
        assert [outcome for _, outcome in seen[:-1]] == ["ok"] * number


def test_a_completed_call_tells_what_was_asked_and_answered(bench: Bench, queued: Task):
    bench.run(deliver_next)

    (call,) = bench.calls(SUBMIT)
    command = bench.command(queued)
    assert (call.user_id, call.task_id, call.command_id) == (queued.creator_id, queued.id, command.id)
    assert (call.verb, call.outcome, call.http_status) == ("POST", "ok", 200)
    assert call.parameters == command.payload
    assert "succeeded. new jediTaskID=1" in call.answer
    assert call.milliseconds is not None


def test_a_reading_call_tells_which_task_it_was_for(bench: Bench, queued: Task):
    bench.run(deliver_next)
    bench.run(verify_next)

    (call,) = bench.calls("task/get_task_parameters")
    assert (call.user_id, call.task_id, call.panda_id) == (None, queued.id, 1)


def test_the_last_good_answer_of_panda_is_known(bench: Bench):
    bench.simulator.fault("refuse_tokens")
    with pytest.raises(AccessRefused):
        bench.step(check_access)
    before = bench.installation().panda_answered_at
    bench.simulator.begin()

    bench.run(check_access)

    assert before is None
    assert bench.installation().panda_answered_at is not None


@on_sqlite
def test_no_row_holds_the_token(bench: Bench, queued: Task, token_file):
    token = token_file.read_text()
    everything(bench)
    echo = f"ERROR : Token authentication failed. Bearer {token} is too old"
    bench.simulator.fault("answer", status=403, content_type="text/plain", body=echo)
    bench.begin(bench.epoch)
    with pytest.raises(AccessRefused):
        bench.step(check_access)

    written = "".join(f"{call.parameters}{call.answer}{call.outcome}" for call in bench.calls())
    assert "Token authentication failed" in written
    assert token not in written
    assert token.split(".")[1] not in written
    assert token not in (bench.installation().paused_words or "")


@on_sqlite
def test_an_answer_is_kept_up_to_four_kilobytes(bench: Bench):
    bench.simulator.fault("answer", status=500, content_type="text/plain", body="ä" * 100_000)

    with pytest.raises(Exception, match="No usable answer"):
        bench.step(check_access)

    assert len(bench.calls(WHO)[0].answer) == 4096


def test_without_its_row_a_call_is_not_made(bench: Bench, onlooker: Onlooker):
    with failing_database(bench.app, "INSERT INTO panda_call"), pytest.raises(OperationalError):
        bench.step(check_access)

    assert onlooker.seen == []


def test_calls_of_a_program_that_died_are_completed_by_the_next(bench: Bench):
    with bench.app.app_context():
        call_id = begin_call(CallContext(), "GET", WHO, None, "{}", bench.now())
        give_up_calls()
        given_up = bench.calls(WHO)[0].outcome
        end_call(call_id, CallResult(200, "late", "ok", 7), bench.now())

    assert given_up == "OutcomeUnknown"
    assert bench.calls(WHO)[0].outcome == "ok", "an answer that comes late counts"


def test_old_readings_are_forgotten_and_commands_kept(bench: Bench, queued: Task):
    bench.run(deliver_next)
    bench.run(verify_next)
    bench.wait(days=13)
    bench.run(tidy_up)
    before = len(bench.calls())
    bench.wait(days=1, minutes=1)

    bench.run(tidy_up)

    assert before == 2
    assert [call.method for call in bench.calls()] == [SUBMIT]


def test_no_transaction_is_open_while_panda_is_waited_for(bench: Bench, queued: Task, onlooker: Onlooker):
    bench.simulator.fault("drop", method=SUBMIT, count=1, moment="after")
    in_use: list[int] = []
    with bench.app.app_context():
        pool = db.engine.pool

    def look() -> None:
        # What can be written down while a send is under way is, and then nothing is held any more.
        limit = time.monotonic() + 5
        while pool.checkedout() and time.monotonic() < limit:
            time.sleep(0.01)
        in_use.append(pool.checkedout())

    onlooker.on_connect = look

    for work in (check_access, deliver_next, reconcile_next, verify_next, refresh, refresh_asked):
        bench.wait(minutes=1)
        bench.run(work)

    assert len(in_use) >= 8
    assert set(in_use) == {0}, "connections to the database in use"
