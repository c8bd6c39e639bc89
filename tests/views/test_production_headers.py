"""On the server of the experiment every answer of every route keeps browsers to https."""

import pytest

from tests.views import test_security
from tests.world import PARAMETER, routes_of

BEHIND_PROXY = {"Host": "127.0.0.1", "X-Forwarded-Host": "spd.example.org", "X-Forwarded-Proto": "https"}


class TestEveryRoute:
    settings = test_security.TestProduction.settings

    @pytest.mark.parametrize("database_kind", ["sqlite"])
    @pytest.mark.parametrize("more", [{}, {"HX-Request": "true"}], ids=["page", "piece"])
    def test_every_answer_says_that_only_https_is_spoken(self, app, client, more):
        answers = {}

        for route in routes_of(app):
            path = PARAMETER.sub("1", route.path)
            answers[route] = client.open(path, method=route.method, headers=BEHIND_PROXY | more)
        answers["missing"] = client.get("/nothing", headers=BEHIND_PROXY | more)

        wanted = "max-age=63072000; includeSubDomains"
        told = {key: answer.headers.get("Strict-Transport-Security") for key, answer in answers.items()}
        assert set(told.values()) == {wanted}
        assert {answer.status_code for answer in answers.values()} >= {200, 404}
        assert len(answers) > 60
