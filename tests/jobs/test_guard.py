"""A restored or copied database sends nothing until somebody has released it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from app.domain.payload import KEY
from app.extensions import db
from app.models import Alarm, StraySend, Task
from app.services.operating import release
from jobs.deliver import deliver_next
from jobs.guard import guard_once
from jobs.reconcile import reconcile_next
from jobs.refresh import refresh
from jobs.sent_journal import JournalUnwritable, SentJournal
from jobs.verify import verify_next
from tests.backup import make_backup, restore
from tests.databases import counted_statements
from tests.jobs.bench import Bench

SUBMIT = "task/submit"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def journal_of(bench: Bench) -> Path:
    return Path(bench.app.config["SENT_JOURNAL"])


def lines_of(bench: Bench) -> list[dict]:
    return [json.loads(line) for line in journal_of(bench).read_text().splitlines() if line]


def strays_of(bench: Bench) -> list[StraySend]:
    with bench.app.app_context():
        found = db.session.scalars(select(StraySend).order_by(StraySend.id)).all()
        db.session.expunge_all()
        return list(found)


def let_go(bench: Bench) -> None:
    with bench.app.app_context():
        release(bench.app.config["INSTANCE_ID"], bench.now(), 10**6)


def sends(bench: Bench) -> int:
    return len(bench.at_panda())


@pytest.fixture
def tasks(bench: Bench, make_task: Callable[..., Task]) -> list[Task]:
    """Five tasks that wait to be sent; one was sent before them, so that there is a journal."""
    make_task("queued")
    bench.run(deliver_next)
    return [make_task("queued") for _ in range(5)]


def start_again(bench: Bench) -> None:
    """Do what a new program does."""
    bench.take_over()
    bench.run(deliver_next)
    bench.run(verify_next)


def test_a_restored_database_sends_nothing_and_finds_what_was_sent(bench: Bench, tasks: list[Task]):
    backup = make_backup(bench.app)
    bench.run(deliver_next)
    sent = sends(bench)
    seeds = [bench.task(task).seed_first for task in tasks]
    restore(bench.app, backup)

    start_again(bench)
    looked_for = [bench.states(task)[:2] for task in tasks]
    bench.run(reconcile_next)
    bench.run(verify_next)

    assert sends(bench) == sent == 6
    assert looked_for == [("unknown", "unknown")] * 5
    assert [bench.states(task) for task in tasks] == [
        ("submitted", "accepted", bench.at_panda(task)[0]["id"]) for task in tasks
    ]
    assert bench.pause() == "restored"
    assert [bench.task(task).seed_first for task in tasks] == seeds
    assert all(bench.task(task).verified_at for task in tasks)


def test_what_the_restored_database_has_not_even_as_a_row_is_listed(
    bench: Bench, tasks: list[Task], make_task: Callable[..., Task]
):
    bench.run(deliver_next)
    backup = make_backup(bench.app)
    lost = make_task("queued")
    bench.run(deliver_next)
    key, seed = bench.command(lost).key, bench.task(lost).seed_first
    restore(bench.app, backup)

    start_again(bench)
    (stray,) = strays_of(bench)
    let_go(bench)
    next_task = make_task("queued", run="99999")
    start_again(bench)

    assert (stray.key, stray.name, stray.found_in) == (key, lost.name, "journal")
    assert bench.states(next_task)[0] == "submitted"
    assert bench.task(next_task).seed_first >= seed + lost.jobs, "no two tasks have the same seeds"


def test_after_the_release_delivery_goes_on_and_the_same_facts_never_pause_again(
    bench: Bench, tasks: list[Task], make_task: Callable[..., Task]
):
    backup = make_backup(bench.app)
    bench.run(deliver_next)
    make_task("queued")
    bench.run(deliver_next)
    restore(bench.app, backup)
    start_again(bench)
    paused = bench.pause()

    let_go(bench)
    start_again(bench)
    new = make_task("queued")
    bench.run(deliver_next)

    assert (paused, bench.pause()) == ("restored", None)
    assert bench.states(new)[0] == "submitted"
    assert [stray.released_at is not None for stray in strays_of(bench)] == [True]


def test_a_database_without_the_journal_it_had_is_a_copy(bench: Bench, tasks: list[Task]):
    journal_of(bench).unlink()

    start_again(bench)
    paused, sent = bench.pause(), sends(bench)
    start_again(bench)
    still = bench.pause()
    let_go(bench)
    start_again(bench)

    assert (paused, sent, still) == ("copied", 1, "copied")
    assert bench.pause() is None
    assert sends(bench) == 6


def test_a_task_at_panda_with_our_key_that_is_not_known_pauses_delivery(bench: Bench, tasks: list[Task]):
    lost = {"taskName": "lost", "userName": bench.app.config["PANDA_USER_NAME"], "vo": "spd.nica.jinr"}
    lost |= {"prodSourceLabel": "managed", "taskType": "prod", KEY: "a key of before"}
    stranger = bench.simulator.set_task(parameters=lost, status="running")
    others = lost | {"taskName": "by hand"}
    others.pop(KEY)
    bench.simulator.set_task(parameters=others, status="running")
    bench.simulator.advance(15)

    bench.run(refresh)
    bench.run(deliver_next)

    (stray,) = strays_of(bench)
    assert (bench.pause(), sends(bench)) == ("restored", 3)
    assert (stray.key, stray.panda_id, stray.found_in) == ("a key of before", stranger["id"], "panda")


def test_strangers_are_read_a_few_a_cycle_and_once(bench: Bench, tasks: list[Task]):
    other = {"userName": bench.app.config["PANDA_USER_NAME"], "vo": "spd.nica.jinr", "taskType": "prod"}
    other |= {"prodSourceLabel": "managed"}
    for number in range(7):
        bench.simulator.set_task(parameters=other | {"taskName": f"by hand {number}"}, status="running")
    bench.simulator.advance(15)
    read = []

    for _ in range(4):
        bench.run(refresh)
        read.append(len(bench.calls("task/get_task_parameters")))
        bench.wait(minutes=1)

    assert read == [5, 7, 7, 7]
    assert bench.pause() is None


def test_what_was_not_sent_after_all_is_no_sign_of_a_restored_database(
    bench: Bench, tasks: list[Task], closed_port: int
):
    there = bench.app.config["PANDA_URL"]
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"
    bench.begin(bench.epoch)
    bench.run(deliver_next)
    last = lines_of(bench)[-2:]
    bench.app.config["PANDA_URL"] = there

    bench.wait(minutes=2)
    start_again(bench)

    assert [(line["what"], line["name"]) for line in last] == [("not sent", task.name) for task in tasks[:2]]
    assert bench.pause() is None
    assert sends(bench) == 6


def test_a_task_that_waits_to_be_sent_again_is_no_sign_of_a_restored_database(
    bench: Bench, tasks: list[Task], now
):
    bench.run(deliver_next)
    command = bench.command(tasks[0])
    bench.set(command, state="ready", resent=True)
    bench.set(bench.task(tasks[0]), state="unknown", panda_id=None)

    start_again(bench)

    assert bench.pause() is None
    assert bench.states(tasks[0])[0] == "submitted"


def test_a_second_send_that_the_database_has_forgotten_is_looked_for(bench: Bench, tasks: list[Task]):
    bench.run(deliver_next)
    command = bench.command(tasks[0])
    bench.set(command, state="ready", resent=True)
    bench.set(bench.task(tasks[0]), state="unknown", panda_id=None)
    backup = make_backup(bench.app)
    bench.wait(minutes=1)
    bench.run(deliver_next)
    restore(bench.app, backup)

    start_again(bench)

    assert bench.pause() == "restored"
    assert bench.states(tasks[0])[:2] == ("unknown", "unknown")
    assert len(bench.at_panda(tasks[0])) == 2, "not three"


# --- the journal itself ------------------------------------------------------------------------------


def test_each_send_stands_in_the_journal_with_its_key_and_name(bench: Bench, tasks: list[Task]):
    bench.run(deliver_next)

    noted = [(line["what"], line["key"], line["name"]) for line in lines_of(bench)]
    assert noted[1:] == [("sending", bench.command(task).key, task.name) for task in tasks]


def test_a_journal_that_cannot_be_written_lets_nothing_leave(bench: Bench, tasks: list[Task]):
    journal = journal_of(bench)
    elsewhere = journal.rename(journal.with_name("elsewhere"))
    journal.mkdir()  # who runs the tests may write into any file, but into no folder

    for _ in range(3):
        with pytest.raises(JournalUnwritable, match="nothing is sent"):
            bench.step(deliver_next)
    waiting = [bench.states(task)[0] for task in tasks], sends(bench), len(bench.history(tasks[0]))
    journal.rmdir()
    elsewhere.rename(journal)
    bench.wait(minutes=1)
    bench.run(deliver_next)

    assert waiting == (["queued"] * 5, 1, 4), "one task was taken up and put back, no more"
    assert sends(bench) == 6
    assert bench.pause() is None


@on_sqlite
def test_a_journal_that_is_gone_is_not_begun_anew_while_we_run(bench: Bench, tasks: list[Task]):
    journal_of(bench).unlink()

    with pytest.raises(JournalUnwritable):
        bench.step(deliver_next)

    assert not journal_of(bench).exists()
    assert sends(bench) == 1


def test_a_line_that_was_cut_off_neither_counts_nor_swallows_the_next(tmp_path: Path, bench: Bench, tasks):
    journal = SentJournal.of(bench.app.config)
    whole = journal_of(bench).read_bytes()
    journal_of(bench).write_bytes(whole + b'{"what":"sending","key":"a')

    bench.run(deliver_next)

    assert len(list(journal.sends())) == 6


@on_sqlite
def test_the_guard_leaves_the_database_of_another_installation_alone(bench: Bench, tasks: list[Task]):
    bench.set(bench.installation(), paused_for="foreign_database")
    journal_of(bench).unlink()

    bench.run(lambda worker, now: bool(guard_once(worker, now)))

    assert bench.pause() == "foreign_database"
    assert not journal_of(bench).exists()
    with bench.app.app_context():
        assert db.session.scalars(select(Alarm)).all() == []


@on_sqlite
def test_a_longer_journal_is_not_compared_in_more_statements(bench: Bench, tasks: list[Task]):
    statements_of_one = statements_at_start(bench)
    bench.run(deliver_next)

    assert len(lines_of(bench)) == 6
    assert statements_at_start(bench) == statements_of_one


def statements_at_start(bench: Bench) -> int:
    """Count what a new program asks the database before it sends anything."""
    bench.take_over()
    with counted_statements(bench.app) as statements:
        bench.step(lambda worker, now: bool(guard_once(worker, now)))
    return len(statements)
