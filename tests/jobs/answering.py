"""Answers to a send that the simulated PanDA gives instead of its own."""

import json
from typing import Any

SUBMIT = "task/submit"


def answers(status: int, body: str | dict) -> dict[str, Any]:
    """The wish for an answer that the simulated PanDA gives instead of its own, without doing anything."""
    text = (
        body if isinstance(body, str) else json.dumps({"success": False, "message": "", "data": None} | body)
    )
    return {"method": SUBMIT, "status": status, "content_type": "text/plain", "body": text}
