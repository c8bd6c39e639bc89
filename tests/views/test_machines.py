"""/livez, /healthz and /metrics: what programs are told, without a person, a session or a name."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from app.extensions import db
from app.models import Installation
from app.services.heartbeat import note_failure, note_success
from app.services.installation import create_installation, pause_delivery

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
JSON = {"Accept": "application/json"}
TOKEN = "a token of the tests for figures"


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What the database is asked."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def healthy(app: Flask) -> Flask:
    """The application with all work done well and an answer of PanDA."""
    now = datetime.now(UTC)
    with app.app_context():
        create_installation("spd-demo")
        for name in ("deliver", "refresh"):
            note_success(name, 10, now)
        db.session.execute(update(Installation).values(panda_answered_at=now))
        db.session.commit()
    return app


def test_a_process_that_answers_lives_whatever_the_database_does(sign_in: Callable, statements: list[str]):
    browser = sign_in("viewer")
    statements.clear()

    answer = browser.get("/livez")

    assert (answer.status_code, answer.text) == (200, "alive\n")
    assert statements == []
    assert "Set-Cookie" not in answer.headers


def test_a_service_that_is_well_says_so(healthy: Flask, client: FlaskClient, statements: list[str]):
    plain = client.get("/healthz")
    asked = len(statements)
    answer = client.get("/healthz", headers=JSON)

    assert (plain.status_code, plain.text, plain.mimetype) == (200, "healthy\n", "text/plain")
    assert answer.json["healthy"] is True
    assert answer.json["reasons"] == {}
    assert answer.json["work"]["deliver"]["failing"] is False
    assert (answer.json["waiting"], answer.json["undecided"], answer.json["paused_for"]) == (0, 0, None)
    assert asked <= 16
    assert not [words for words in statements if "user" in words.partition("FROM")[2]]


def test_what_is_not_well_is_said_with_503(healthy: Flask, client: FlaskClient):
    old = datetime.now(UTC) - timedelta(minutes=11)
    with healthy.app_context():
        note_success("deliver", 10, old)
        pause_delivery("access", "the token of robot", datetime.now(UTC))
        db.session.execute(update(Installation).values(panda_answered_at=old))
        db.session.commit()

    plain, answer = client.get("/healthz"), client.get("/healthz", headers=JSON)

    assert plain.status_code == answer.status_code == 503
    assert plain.text.splitlines()[0] == "no-beat: Sending of tasks: it last did well 11 min ago."
    assert list(answer.json["reasons"]) == ["no-beat", "panda", "paused"]
    assert answer.json["paused_for"] == "access"
    assert answer.json["work"]["deliver"]["seconds_since_good"] >= 660


def test_what_others_said_stays_inside(healthy: Flask, client: FlaskClient, make_task: Callable):
    task = make_task("unknown")
    with healthy.app_context():
        note_failure("deliver", 10, "PandaUnavailable: canary.example.org", datetime.now(UTC))
        note_success("deliver", 10, datetime.now(UTC) - timedelta(hours=1))
        pause_delivery("access", "canary of PanDA", datetime.now(UTC))

    for path in ("/healthz", "/metrics", "/livez"):
        for headers in ({}, JSON):
            text = client.get(path, headers=headers).text
            assert "canary" not in text
            assert task.name not in text
            assert "physicist" not in text


@pytest.mark.own_app
@on_sqlite  # made, but not the one in the settings
class TestAway:
    """The database is a PostgreSQL that cannot be reached: nobody listens at its address."""

    @pytest.fixture
    def settings(self) -> dict:
        return {"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing"}

    def test_it_is_the_reason(self, client: FlaskClient):
        plain, answer = client.get("/healthz"), client.get("/healthz", headers=JSON)

        assert plain.status_code == answer.status_code == 503
        assert plain.text == "database: The database does not answer, or takes nothing that is written.\n"
        assert json.loads(answer.text)["reasons"].keys() == {"database"}

    def test_the_process_lives_all_the_same(self, client: FlaskClient):
        assert client.get("/livez").status_code == 200

    def test_it_is_one_of_the_figures(self, client: FlaskClient):
        answer = client.get("/metrics")

        assert answer.status_code == 200
        assert "spd_database_up 0.0" in answer.text
        assert "spd_tasks" not in answer.text


def figures(client: FlaskClient, **more: object) -> dict[str, float]:
    """Return the figures of /metrics by name and labels."""
    lines = client.get("/metrics", **more).text.splitlines()
    return {key: float(value) for key, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_the_figures_of_the_database_are_those_of_now(
    healthy: Flask, client: FlaskClient, make_task: Callable
):
    for state in ("draft", "queued", "queued", "unknown"):
        make_task(state)
    before = figures(client)
    make_task("queued")

    now = figures(client)

    assert before['spd_tasks{state="queued"}'] == 2
    assert now['spd_tasks{state="queued"}'] == now['spd_commands{kind="submit",state="ready"}'] == 3
    assert now['spd_commands{kind="submit",state="unknown"}'] == 1
    assert 0 <= now['spd_oldest_command_age_seconds{kind="submit",state="ready"}'] < 60
    assert (now["spd_database_up"], now["spd_delivery_paused"], now["spd_holder_epoch"]) == (1, 0, 1)
    assert now['spd_work_failing{work="deliver"}'] == 0
    assert 0 <= now['spd_work_good_age_seconds{work="deliver"}'] < 60
    assert 0 <= now["spd_panda_answer_age_seconds"] < 60


@on_sqlite
def test_a_request_is_counted_by_its_pattern_and_never_by_its_path(client: FlaskClient):
    def count(labels: str) -> float:
        return figures(client).get(f"spd_http_request_seconds_count{{{labels}}}", 0)

    shown = 'method="GET",route="/tasks/<int:task_id>",status="303"'
    none, odd = 'method="GET",route="none",status="404"', 'method="other",route="none",status="404"'
    before = count(shown), count(none), count(odd)
    for path in ("/tasks/4711", "/tasks/4712", "/canary-of-a-path", "/canary/again"):
        client.get(path)
    client.open("/canary", method="CANARY")

    assert (count(shown), count(none), count(odd)) == (before[0] + 2, before[1] + 2, before[2] + 1)
    assert "canary" not in client.get("/metrics").text.lower()
    assert "/tasks/4711" not in client.get("/metrics").text


@on_sqlite
@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_without_a_token_nothing_that_comes_through_a_proxy_gets_figures(client: FlaskClient, header: str):
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


@on_sqlite
@pytest.mark.parametrize("address", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", ""])
def test_without_a_token_no_other_machine_gets_figures(client: FlaskClient, address: str):
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == 404


@on_sqlite
def test_behind_a_proxy_a_token_must_be_set(app: Flask, client: FlaskClient):
    app.config["PROXIES"] = 1

    assert client.get("/metrics").status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": f"Bearer {TOKEN}x"}, 401),
        ({"Authorization": f"Bearer {TOKEN[:-1]}"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Bearer имя".encode().decode("latin-1")}, 401),
        ({}, 401),
    ],
)
def test_a_token_opens_the_figures_to_every_machine(app, client, tmp_path, given, status):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    app.config["METRICS_TOKEN_FILE"] = str(tmp_path / "token")

    answer = client.get("/metrics", headers=given, environ_base={"REMOTE_ADDR": "192.0.2.1"})

    assert answer.status_code == status
    assert (status == 200) == ("spd_database_up" in answer.text)
    assert answer.headers.get("WWW-Authenticate") == (None if status == 200 else "Bearer")


@on_sqlite
def test_a_token_file_that_is_gone_opens_nothing(app: Flask, client: FlaskClient, tmp_path):
    app.config["METRICS_TOKEN_FILE"] = str(tmp_path / "nowhere")

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
