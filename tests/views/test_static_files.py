"""Files that pages need are fetched once, and anew when they have changed."""

import re

import pytest
from flask import Flask, url_for

from app import static_files

KEPT = "public, max-age=31536000, immutable"


def addresses(page: str) -> set[str]:
    """Return every address of a static file in a page."""
    return {found.partition("#")[0] for found in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)}


def kept(client, address: str) -> str:
    """Return how long a browser may keep what stands there."""
    with client.get(address) as answer:
        assert answer.status_code == 200
        return answer.headers["Cache-Control"]


def test_a_browser_keeps_what_a_page_names(client):
    named = addresses(client.get("/sign-in").text)

    assert len(named) > 10
    assert {kept(client, address) for address in named} == {KEPT}


@pytest.mark.parametrize("version", ["", "?v=000000000000"])
def test_a_browser_asks_again_for_any_other_version(client, version):
    assert kept(client, f"/static/css/frame.css{version}") == "no-cache"


def test_a_changed_file_has_another_address(tmp_path):
    def address_with(content: str) -> str:
        (tmp_path / "page.css").write_text(content)
        app = Flask("app", static_folder=str(tmp_path))
        static_files.configure(app)
        with app.test_request_context():
            return url_for("static", filename="page.css")

    assert address_with("a") == address_with("a") != address_with("b")


def test_what_is_not_there_is_not_kept(client):
    answer = client.get("/static/css/nothing.css?v=000000000000")

    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")
