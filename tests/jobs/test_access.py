"""The self-test of our credentials, and the pauses it lifts."""

import pytest

from app.models import Task
from app.panda.errors import AccessRefused, NoToken, PandaUnavailable
from app.services import installation
from jobs.access import check_access
from jobs.deliver import deliver_next
from tests.jobs.bench import Bench

WHO = "system/get_user_attributes"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def without_role(bench: Bench) -> str:
    return bench.simulator.token(groups=["spd.nica.jinr", "spd.nica.jinr/user"])


def test_good_credentials_are_asked_for_once(bench: Bench):
    for _ in range(3):
        bench.run(check_access)

    assert len(bench.calls(WHO)) == 1
    assert bench.pause() is None


def test_refused_credentials_pause_delivery(bench: Bench):
    bench.simulator.fault("refuse_tokens")

    with pytest.raises(AccessRefused):
        bench.step(check_access)

    assert bench.pause() == "access"


def test_a_missing_token_pauses_delivery(bench: Bench, token_file):
    token_file.unlink()

    with pytest.raises(NoToken):
        bench.step(check_access)

    assert bench.pause() == "access"
    assert bench.calls(WHO) == []


def test_credentials_without_the_production_role_pause_delivery(bench: Bench, queued: Task, token_file):
    token_file.write_text(without_role(bench))
    bench.app.config["PANDA_ORIGIN"] = "spd.nica.jinr:user"

    bench.run(check_access)
    bench.run(deliver_next)

    assert bench.pause() == "access"
    assert bench.at_panda() == []


def test_good_credentials_lift_the_pause(bench: Bench, queued: Task, token_file):
    good = token_file.read_text()
    token_file.write_text("expired")
    with pytest.raises(AccessRefused):
        bench.step(check_access)
    token_file.write_text(good)

    bench.run(check_access)
    bench.run(deliver_next)

    assert bench.pause() is None
    assert bench.states(queued)[0] == "submitted"


def test_a_pause_of_the_last_process_is_lifted_by_the_next(bench: Bench, now):
    with bench.app.app_context():
        installation.pause_delivery(installation.ACCESS, "expired", now)

    bench.run(check_access)

    assert bench.pause() is None


@pytest.mark.parametrize("reason", ["read_back", "found_twice", "foreign_database", "by_hand"])
@on_sqlite
def test_a_pause_that_waits_for_a_person_is_not_lifted(bench: Bench, now, reason: str):
    with bench.app.app_context():
        installation.pause_delivery(reason, "words", now)

    bench.run(check_access)

    assert bench.pause() == reason


def test_a_pause_that_waits_for_a_person_replaces_one_that_does_not(bench: Bench, now):
    with bench.app.app_context():
        installation.pause_delivery(installation.ACCESS, "expired", now)
        installation.pause_delivery(installation.FOREIGN_DATABASE, "a copy", now)
        installation.pause_delivery(installation.ACCESS, "expired", now)

    bench.run(check_access)

    assert bench.pause() == "foreign_database"


def test_a_panda_that_is_away_says_nothing_about_our_credentials(bench: Bench, closed_port: int):
    bench.app.config["PANDA_URL"] = f"http://127.0.0.1:{closed_port}"

    with pytest.raises(PandaUnavailable):
        bench.step(check_access)

    assert bench.pause() is None


def test_a_send_that_is_refused_although_we_are_known_keeps_the_pause_for_a_while(bench: Bench, queued: Task):
    bench.run(check_access)
    body = "ERROR : method submit is forbidden"
    bench.simulator.fault("answer", method="task/submit", status=403, content_type="text/plain", body=body)
    bench.run(deliver_next)
    shown = []

    for _ in range(24):  # two minutes
        bench.run(check_access)
        bench.run(deliver_next)
        shown.append(bench.pause())
        bench.wait(seconds=5)

    assert shown.count("server") >= 20, "the alarm does not flicker"
    assert len(bench.calls("task/submit")) <= 4
