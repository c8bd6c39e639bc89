"""The sender's daily log file, in the shape the prototype's users know."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.models import Task, User
from app.services.intent import Intent
from app.services.restored import Sent
from jobs.daily_log import write_send
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
MOMENT = datetime(2024, 9, 24, 2, 58, 6, 812_400, tzinfo=UTC)

# The entry of the talk, with a dataset name of this test's task.
ENTRY = """\
2024-09-24 02:58:06,812 Sending task named '{name}'
  dataset name : 'myDataset.123456.name'
  event(s) per job : 15
  no input flag is : True
  task creator : Test Physicist
  task VO : spd.nica.jinr
  task priority : 900
  architecture : x86_64
  cloud : RU
  site : JINR_SPD_TEST
  workingGroup : spd.nica.jinr
"""


def logged(bench: Bench) -> str:
    (file,) = Path(bench.app.config["LOG_FOLDER"]).glob("create_send_*.log")
    return file.read_text()


@pytest.fixture
def sent(bench: Bench, make_task: Callable[..., Task]) -> Task:
    task = make_task("queued", events=15_000, jobs=1000)
    bench.run(deliver_next)
    return bench.task(task)


def intent_of(bench: Bench, task: Task) -> Intent:
    """Return what was written down before this task was sent."""
    command = bench.command(task)
    sent = Sent(command.key, task.name, command.sent_at, None)
    dataset = next(field.value for field in task.fields if field.field == "dataset")
    return Intent(command.id, task.id, 1, command.payload, None, sent, dataset, task.creator.full_name)


def test_an_entry_has_the_shape_of_the_prototype(bench: Bench, sent: Task, tmp_path: Path):
    write_send(tmp_path / "new", intent_of(bench, sent), MOMENT)

    file = tmp_path / "new" / "create_send_2024-09-24.log"
    assert file.read_text() == ENTRY.format(name=sent.name)


def test_the_sender_writes_an_entry_a_task(bench: Bench, make_task: Callable[..., Task]):
    tasks = [make_task("queued") for _ in range(2)]

    bench.run(deliver_next)

    heads = [line for line in logged(bench).splitlines() if not line.startswith("  ")]
    assert [line.partition(" Sending ")[2] for line in heads] == [
        f"task named '{task.name}'" for task in tasks
    ]


def test_the_times_and_the_name_of_the_file_are_those_of_the_service(bench: Bench, queued: Task):
    bench.app.config["TIME_ZONE"] = "Pacific/Kiritimati"  # 14 hours ahead of UTC
    evening = datetime(2026, 11, 23, 20, 0, 0, tzinfo=UTC)
    with bench.app.app_context():
        bench.set(bench.command(queued), next_at=evening)
        deliver_next(bench.worker(deliver_next), evening)

    (file,) = Path(bench.app.config["LOG_FOLDER"]).glob("*")
    assert file.name == "create_send_2026-11-24.log"
    assert file.read_text().startswith("2026-11-24 10:00:00,000 Sending")


def test_a_creator_cannot_write_lines_of_his_own(
    bench: Bench, make_task: Callable[..., Task], make_user: Callable[..., User]
):
    creator = make_user("physicist")
    forged = "A\n2024-09-24 02:58:06,812 Sending task named 'forged'\r\n\x1b[31m\u2028B"
    bench.set(creator, first_name=forged[:100])
    make_task("queued", creator=creator)

    bench.run(deliver_next)

    lines = logged(bench).splitlines()
    assert len(lines) == 11
    assert len([line for line in lines if not line.startswith("  ")]) == 1
    assert "\x1b" not in logged(bench)


def test_what_an_installation_does_not_send_is_left_empty(bench: Bench, queued: Task):
    bench.app.config["PANDA_SITE"] = bench.app.config["PANDA_CLOUD"] = ""

    bench.run(deliver_next)

    assert bench.states(queued)[0] == "submitted"
    assert "  site : \n" in logged(bench)


def test_a_day_goes_on_where_it_was(bench: Bench, sent: Task, tmp_path: Path):
    for _ in range(2):
        write_send(tmp_path, intent_of(bench, sent), MOMENT)

    assert (tmp_path / "create_send_2024-09-24.log").read_text().count("Sending") == 2
