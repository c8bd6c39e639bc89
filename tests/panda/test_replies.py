"""Strict decoding: what PanDA documents passes, anything else is no reply."""

from datetime import UTC, datetime, timedelta

import pytest

from app.panda import replies
from app.panda.replies import WrongShape

AT = {"__datetime__": "2026-11-23T05:41:17.713950"}
INFO = {
    "jediTaskID": 7,
    "taskName": "a",
    "status": "running",
    "userName": "spdprod demo",
    "ticketID": "k-1",
    "errorDialog": "[{}, []]",
    "stateChangeTime": AT,
    "modificationTime": AT,
    "startTime": AT,
    "taskPriority": 900,
    "currentPriority": 800,
    "nFiles": 10,
    "nFilesFinished": 4,
    "nFilesFailed": 1,
    "splitRule": "nFilesPerJob=1",
}


def test_detailed_info_is_decoded() -> None:
    info = replies.task_info(INFO)

    moment = datetime(2026, 11, 23, 5, 41, 17, 713950, tzinfo=UTC)
    assert info == replies.TaskInfo(
        task_id=7,
        name="a",
        status="running",
        user_name="spdprod demo",
        ticket_id="k-1",
        error_dialog="[{}, []]",
        state_changed_at=moment,
        modified_at=moment,
        started_at=moment,
        priority=900,
        current_priority=800,
        n_files=10,
        n_finished=4,
        n_failed=1,
        raw=INFO,
    )


def test_all_but_id_and_status_may_be_missing() -> None:
    info = replies.task_info({"jediTaskID": 7, "status": "aborted", "taskName": None})

    assert (info.name, info.n_files, info.state_changed_at, info.user_name) == (None, None, None, None)


def test_a_moment_with_a_zone_is_turned_into_utc() -> None:
    info = replies.task_info(INFO | {"startTime": {"__datetime__": "2026-11-23T08:00:00+03:00"}})

    assert info.started_at == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert info.started_at.utcoffset() == timedelta(0)


def test_characters_that_no_database_takes_are_replaced() -> None:
    assert replies.task_info(INFO | {"errorDialog": "a\x00b"}).error_dialog == "a\ufffdb"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jediTaskID", None),
        ("jediTaskID", True),
        ("jediTaskID", "7"),
        ("jediTaskID", 7.0),
        ("jediTaskID", 0),
        ("jediTaskID", -7),
        ("status", None),
        ("status", ""),
        ("status", 3),
        ("taskName", 3),
        ("errorDialog", ["a"]),
        ("nFiles", True),
        ("nFiles", "10"),
        ("nFilesFinished", 1.5),
        ("currentPriority", {}),
        ("stateChangeTime", "2026-11-23T05:41:17"),
        ("stateChangeTime", {}),
        ("stateChangeTime", {"__datetime__": 3}),
        ("stateChangeTime", {"__datetime__": "yesterday"}),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(WrongShape, match=key):
        replies.task_info(INFO | {key: value})


@pytest.mark.parametrize("data", [None, [], "a", 3, True])
def test_data_that_are_no_object_are_refused(data: object) -> None:
    for decode in (replies.task_info, replies.task_briefs, replies.task_parameters, replies.user_attributes):
        with pytest.raises(WrongShape):
            decode(data)


@pytest.mark.parametrize("data", [None, {}, "a", 3, [3], [{}]])
def test_a_list_of_tasks_must_be_one(data: object) -> None:
    with pytest.raises(WrongShape):
        replies.task_infos(data)


def test_briefs_come_by_task_id_whatever_their_keys() -> None:
    briefs = replies.task_briefs(
        {
            "33": {"jediTaskID": 9, "status": "done", "taskName": "b", "modificationTime": AT},
            "5": {"jediTaskID": 3, "status": "aborted", "taskName": None},
        }
    )

    assert [(brief.task_id, brief.name, brief.status) for brief in briefs] == [
        (3, None, "aborted"),
        (9, "b", "done"),
    ]
    assert briefs[1].modified_at == datetime(2026, 11, 23, 5, 41, 17, 713950, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_production_user": "yes"},
        {"is_production_user": None},
        {"fqans": None},
        {"fqans": "a"},
        {"fqans": [3]},
        {"user_dn_clean": None},
    ],
)
def test_attributes_of_another_kind_are_refused(wrong: dict) -> None:
    good = {"user_dn_clean": "Test Producer", "fqans": [], "is_production_user": False}
    assert replies.user_attributes(good).is_production_user is False

    with pytest.raises(WrongShape):
        replies.user_attributes(good | wrong)
