"""`make demo-data` begins: all that it takes from the services is there."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_program_starts_and_says_what_it_does():
    command = [sys.executable, "tools/demo_data.py", "--help"]

    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    assert "believable tasks" in answer.stdout
