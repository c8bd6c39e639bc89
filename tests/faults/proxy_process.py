"""The fault proxy as a process of the campaign, and what it is told."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import trustme

from tests.faults.parent import die_with_parent

ROOT = Path(__file__).parents[2]
# A name that only the campaign's processes can look up (worker.py).
TLS_HOST = "panda.test"
DRAIN_SECONDS = 60


class ProxyProcess:
    """A running proxy. With TLS it speaks https under TLS_HOST; `bundle` is what clients trust then."""

    def __init__(
        self, folder: Path, simulator_port: int, seed: int, *, strict: bool = False, tls: bool = False,
        late_seconds: float = 4.0,
    ) -> None:  # fmt: skip
        command = [sys.executable, "-m", "tests.faults.proxy", "--upstream", str(simulator_port)]
        command += ["--seed", str(seed), "--late-seconds", str(late_seconds)]
        command += ["--strict"] if strict else []
        command += ["--tls", str(make_certificates(folder))] if tls else []
        self.bundle = str(folder / "ca.pem") if tls else ""
        with (folder / "proxy.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, preexec_fn=die_with_parent
            )
        ports = json.loads(self._process.stdout.readline())
        self.port, self._control, self.canary = ports["port"], ports["control"], ports["canary"]
        self.url = f"https://{TLS_HOST}:{self.port}" if tls else f"http://127.0.0.1:{self.port}"

    def tell(self, **wish: Any) -> dict[str, Any]:
        """Change what it does, and return what it has done."""
        with socket.create_connection(("127.0.0.1", self._control), timeout=DRAIN_SECONDS) as line:
            line.sendall(json.dumps(wish).encode() + b"\n")
            with line.makefile("rb") as answer:
                return json.loads(answer.readline())

    def drain(self) -> None:
        """Do no more harm, and wait until nothing is on its way to PanDA."""
        self.tell(share=0, share_of_reads=0)
        limit = time.monotonic() + DRAIN_SECONDS
        while self.tell()["pending"]:
            if time.monotonic() > limit:
                raise TimeoutError("the proxy still has requests in hand")
            time.sleep(0.1)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def make_certificates(folder: Path) -> Path:
    """Write what a server of TLS_HOST and one of another name show, and the authority of the first."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name, issuer in (("right", authority), ("wrong", trustme.CA())):
        issuer.issue_cert(TLS_HOST).private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
    return folder
