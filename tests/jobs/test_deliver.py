"""Sending: what each answer of PanDA, and each way of getting none, leaves behind."""

import json

from jobs.deliver import deliver_next


def test_an_accepted_task_is_submitted_with_the_id_of_panda(bench, queued):
    bench.run(deliver_next)

    (there,) = bench.at_panda(queued)
    assert bench.states(queued) == ("submitted", "accepted", there["id"])
    assert there["name"] == queued.name
    assert bench.history(queued)[-2:] == [("queued", "sending"), ("sending", "submitted")]
