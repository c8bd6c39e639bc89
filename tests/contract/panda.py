"""The PanDA under test, and the control of the simulator when it is that."""

import json
import socket
import ssl
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

JSON_HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}
# A real JEDI takes tasks every 10-20 s and commands every minute.
PATIENCE_SECONDS = 600
USER = "spdprod contract test"


class Simulator:
    """Control of a running simulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._tokens: dict[str, str] = {}

    def begin(self, at: float | None = None) -> None:
        """Forget all tasks and faults and stop the clock, where it stands or at a moment."""
        self._post("begin", {"freeze": True, "at": at})

    def clock(self, **wish: Any) -> dict:
        return self._post("clock", wish)

    def advance(self, seconds: float) -> None:
        self.clock(advance=seconds)

    def fault(self, kind: str, **options: Any) -> None:
        self._post("faults", {"kind": kind, **options})

    def tasks(self, **wanted: str) -> list[dict]:
        """Return all tasks, or those of this name or ticket_id."""
        return self._session.get(f"{self.url}/simulator/tasks", params=wanted, timeout=10).json()["tasks"]

    def set_task(self, **wish: Any) -> dict:
        return self._post("tasks", wish)["tasks"][0]

    def token(self, **wish: Any) -> str:
        key = repr(sorted(wish.items()))
        if key not in self._tokens:
            self._tokens[key] = self._post("tokens", wish)["access_token"]
        return self._tokens[key]

    def _post(self, path: str, wish: dict) -> dict:
        answer = self._session.post(f"{self.url}/simulator/{path}", json=wish, timeout=10)
        answer.raise_for_status()
        return answer.json()


class Panda:
    """A PanDA server, real or simulated, spoken to by plain HTTP."""

    def __init__(
        self,
        url: str,
        token: str,
        vo: str,
        simulator: Simulator | None = None,
        *,
        ca: str | None = None,
        role: str = "production",
    ) -> None:
        self.url, self.token, self.vo, self.simulator = url.rstrip("/"), token, vo, simulator
        self.ca, self.origin = ca, f"{vo}:{role}"
        self.patience_seconds = PATIENCE_SECONDS
        # Names of one run begin alike, so that it finds its own tasks again.
        self.prefix = f"contract.test.{uuid.uuid4().hex[:12]}."
        self.submitted: list[int] = []

    def headers(self) -> dict[str, str]:
        return JSON_HEADERS | {"Authorization": f"Bearer {self.token}", "Origin": self.origin}

    def raw(self, verb: str, method: str, **options: Any) -> requests.Response:
        options.setdefault("headers", self.headers())
        url = f"{self.url}/api/v1/{method}"
        verify = self.ca or True
        return requests.request(verb, url, timeout=60, allow_redirects=False, verify=verify, **options)

    def send_and_leave(self, method: str, part: float = 1, **arguments: Any) -> None:
        """Send a request, or only the first part of it, and go without waiting for the answer."""
        body = json.dumps(arguments).encode()
        where = urlsplit(self.url)
        head = {"Host": where.netloc, "Content-Length": str(len(body)), **self.headers()}
        lines = [f"POST /api/v1/{method} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        is_secret = where.scheme == "https"
        address = (where.hostname or "", where.port or (443 if is_secret else 80))
        with socket.create_connection(address, 60) as plain:
            line = self._wrapped(plain, address[0]) if is_secret else plain
            line.sendall(whole[: int(len(whole) * part)])
            line.close()

    def _wrapped(self, plain: socket.socket, host: str) -> socket.socket:
        return ssl.create_default_context(cafile=self.ca).wrap_socket(plain, server_hostname=host)

    def get(self, method: str, **parameters: Any) -> dict:
        return self.raw("GET", method, params=parameters).json()

    def post(self, method: str, **arguments: Any) -> dict:
        return self.raw("POST", method, json=arguments).json()

    def submit(self, parameters: dict, **more: Any) -> int:
        answer = self.post("task/submit", task_parameters=parameters, **more)
        assert answer["success"] is True, answer
        self.kill_later(answer["data"])
        return answer["data"]

    def kill_later(self, task_id: int) -> None:
        """Have the task killed when the test is over: it shall not use up a real grid."""
        if task_id not in self.submitted:
            self.submitted.append(task_id)

    def status(self, task_id: int) -> str | None:
        """The state, None while PanDA says that there is no such task."""
        return self.get("task/get_status", task_id=task_id)["data"]

    def info(self, task_id: int) -> dict:
        return self.get("task/get_detailed_info", task_id=task_id)["data"]

    def wait_until(self, is_so: Callable[[], Any]) -> Any:
        """Let time pass until something is true; the simulator's clock is put forward for it."""
        for _ in range(int(self.patience_seconds / 2)):
            if found := is_so():
                return found
            if self.simulator:
                self.simulator.advance(2)
            else:
                time.sleep(2)
        raise TimeoutError

    def wait_for_jedi(self, *task_ids: int) -> None:
        """Wait until JEDI has taken the tasks and judged their names: not `registered` any more."""
        early = {None, "registered"}
        self.wait_until(lambda: not {self.status(task_id) for task_id in task_ids} & early)

    def kill_all(self) -> None:
        """Ask once for the end of all; a real server is swept again when all tests are over."""
        for task_id in self.submitted[-10:]:
            self.post("task/kill", task_id=task_id)

    def parameters(self, **changes: Any) -> dict:
        """A tiny task without input and with a name of its own."""
        name = f"{self.prefix}{uuid.uuid4().hex}"
        return {
            "taskName": name,
            "userName": USER,
            "vo": self.vo,
            "workingGroup": self.vo,
            "prodSourceLabel": "managed",
            "taskType": "prod",
            "taskPriority": 100,
            "processingType": "simul",
            "architecture": "",
            "transUses": "",
            "transHome": None,
            "transPath": "https://example.org/nothing.sh",
            "cloud": "RU",
            "site": "JINR_SPD_TEST",
            "coreCount": 1,
            "ramCount": 1000,
            "ramUnit": "MB",
            "noInput": True,
            "nEvents": 25,
            "nEventsPerJob": 10,
            "uniqueTaskName": True,
            "skipScout": True,
            "ticketID": uuid.uuid4().hex,
            "log": _file(f"{name}.log", "log", f"{name}.${{SN}}.log.tgz"),
            "jobParameters": [
                {"type": "constant", "value": "--nothing"},
                _file(name, "output", f"--output={name}.${{SN}}.root"),
            ],
        } | changes


def _file(dataset: str, kind: str, value: str) -> dict:
    place = {"token": "local", "destination": "local"}
    return {"type": "template", "param_type": kind, "dataset": dataset, "value": value, **place}
