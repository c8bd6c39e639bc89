"""Style sheets, scripts and pictures: a browser keeps each until its content changes."""

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

YEAR_SECONDS = 31_536_000


def configure(app: Flask) -> None:
    """Put the version of a file into its address, and let browsers keep that address for ever."""
    versions = _versions(Path(app.static_folder or ""))

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and values.get("filename") in versions:
            values.setdefault("v", versions[values["filename"]])

    @app.after_request
    def allow_keeping(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in {200, 304}:
            name = (request.view_args or {}).get("filename")
            # An address of another version is answered with today's file: that must not stay.
            if name in versions and request.args.get("v") == versions[name]:
                response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        return response


def _versions(folder: Path) -> dict[str, str]:
    """Map the name of each file to the first letters of its hash."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in files
    }
