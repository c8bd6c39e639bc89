"""A simulator inside the test process, with its clock stopped, and one that serves a real socket."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app.panda.simulator import create_app
from app.panda.simulator.issuer import Issuer
from app.panda.simulator.task import FINAL
from tests.simulator.program import Program

VO = "spd.nica.jinr"
USER = "spdprod demo"


class Simulator:
    """Speaks with the simulated PanDA as the production role, and turns its controls."""

    def __init__(self) -> None:
        self.app = create_app()
        self.client = self.app.test_client()
        self.headers = {"Accept": "application/json", "Origin": f"{VO}:production"}
        self.headers["Authorization"] = f"Bearer {self.token()}"
        self._names = 0

    def token(self, **wish: Any) -> str:
        return self.control("tokens", wish)["access_token"]

    def as_viewer(self) -> dict[str, str]:
        token = self.token(name="Anna Viewer", username="viewer", groups=[VO, f"{VO}/user"])
        return {"Accept": "application/json", "Origin": f"{VO}:user", "Authorization": f"Bearer {token}"}

    def control(self, path: str, wish: Any = None) -> dict:
        answer = (
            self.client.get(f"/simulator/{path}")
            if wish is None
            else self.client.post(f"/simulator/{path}", json=wish)
        )
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def advance(self, seconds: float) -> None:
        self.control("clock", {"advance": seconds})

    def fault(self, kind: str, **options: Any) -> None:
        self.control("faults", {"kind": kind, **options})

    def get(self, method: str, **parameters: Any) -> dict:
        return self.raw("GET", method, query_string=parameters).get_json(force=True)

    def post(self, method: str, **arguments: Any) -> dict:
        return self.raw("POST", method, json=arguments).get_json(force=True)

    def raw(self, verb: str, method: str, **options: Any) -> TestResponse:
        options.setdefault("headers", self.headers)
        return self.client.open(f"/api/v1/{method}", method=verb, **options)

    def parameters(self, **changes: Any) -> dict:
        self._names += 1
        return {
            "taskName": f"task.{self._names}",
            "userName": USER,
            "vo": VO,
            "prodSourceLabel": "managed",
            "taskType": "prod",
            "taskPriority": 900,
            "processingType": "simul",
            "architecture": "x86_64",
            "transUses": "",
            "transHome": None,
            "jobParameters": [],
            "noInput": True,
            "nEvents": 100,
            "nEventsPerJob": 10,
            "uniqueTaskName": True,
            "skipScout": True,
        } | changes

    def submit(self, parent_tid: int | None = None, **changes: Any) -> int:
        more = {} if parent_tid is None else {"parent_tid": parent_tid}
        answer = self.post("task/submit", task_parameters=self.parameters(**changes), **more)
        assert answer["success"], answer
        return answer["data"]

    def status(self, task_id: int) -> str | None:
        return self.get("task/get_status", task_id=task_id)["data"]

    def info(self, task_id: int) -> dict:
        return self.get("task/get_detailed_info", task_id=task_id)["data"]

    def counts(self, task_id: int) -> tuple[int, int, int]:
        """Files in all, finished, failed."""
        info = self.info(task_id)
        return info["nFiles"], info["nFilesFinished"], info["nFilesFailed"]

    def statuses(self, task_id: int, seconds: int = 120) -> list[str | None]:
        """The states a task goes through, asked each second, until it ends in another than now."""
        seen = [self.status(task_id)]
        for _ in range(seconds):
            self.advance(1)
            if (status := self.status(task_id)) != seen[-1]:
                seen.append(status)
            if status != seen[0] and status in FINAL:
                break
        return seen


@pytest.fixture(scope="session")
def issuer_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key pair for all tests: making one takes a good part of a second."""
    folder = tmp_path_factory.mktemp("issuer")
    Issuer(folder, VO)
    return folder / "issuer_key.pem"


@pytest.fixture
def simulator(tmp_path: Path, issuer_key: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    (tmp_path / "simulator").mkdir()
    shutil.copy(issuer_key, tmp_path / "simulator")
    monkeypatch.setenv("SIMULATOR_FOLDER", str(tmp_path / "simulator"))
    monkeypatch.setenv("SIMULATOR_VO", VO)
    simulator = Simulator()
    simulator.control("clock", {"freeze": True})
    yield simulator
    simulator.app.config["DATABASE"].close()


@pytest.fixture
def start(issuer_key: Path) -> Iterator[Callable[..., Program]]:
    """start(folder, server) → a simulator as a program of its own; ended with the test."""
    started = []

    def begin(folder: Path, server: str) -> Program:
        started.append(Program(folder, server))
        return started[-1]

    yield begin
    for program in started:
        program.kill()


@pytest.fixture
def served(simulator: Simulator) -> Iterator[str]:
    """The address of the same simulator on a real socket: faults of the connection need one."""
    server = make_server("127.0.0.1", 0, simulator.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
