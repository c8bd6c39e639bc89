"""Values of filters as people write them: ranges, spans of time, ids, lists; what is none is None."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.task_filter import (
    FILTERS,
    MOST_LISTED,
    field_filter,
    number_range,
    read_value,
    span_of,
    split_list,
    split_values,
)
from tests.domain.shipped import CONVENTION

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
KNOWN = {known.name: known for known in (*FILTERS, *map(field_filter, CONVENTION.fields))}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("f_run", "59", "59"),
        ("f_run", "059", "59"),
        ("f_run", "59-70", "59-70"),
        ("f_run", "70-59", "59-70"),
        ("f_run", "59\N{EN DASH}70", "59-70"),
        ("f_run", "59..70", "59-70"),
        ("f_run", "59-", "59-"),
        ("f_run", "-70", "-70"),
        ("f_run", "-", None),
        ("f_run", "abc", "abc"),
        ("f_energy", "13p5-27", "13.5-27"),
        ("f_energy", "13.50", "13.5"),
        ("f_energy", "9-10", "9-10"),
        ("f_source", "MC", "MC"),
        ("f_description", "59-70", "59-70"),
        ("state", "done", "done"),
        ("creator", "@me", "@me"),
        ("chain", "77", "77"),
        ("chain", "077", "77"),
        *(("chain", text, None) for text in ("0", "-1", "x", "1.5", "9" * 19, "\u0661")),
        *(("updated", text, text) for text in ("7d", "24h", "2w", "..7d", "7d..", "14d..7d", "2026-03-01")),
        *(("updated", text, text) for text in ("2026-03-01..", "..2026-03-01", "2026-03-01..2026-03-05")),
        *(("created", text, None) for text in ("", "..", "7", "d", "7m", "99999d", "2026-02-30", "20260301")),
        *(("created", text, None) for text in ("2026-W10-1", "0001-01-01", "9999-12-31", "7d..x", "1..2..3")),
    ],
)
def test_a_value_has_one_spelling_or_is_none(name, text, value):
    assert read_value(KNOWN[name], text) == value


@pytest.mark.parametrize(
    ("value", "bounds"),
    [("59-70", (59, 70)), ("13.5-", (13.5, None)), ("-27", (None, 27)), ("59", None), ("a-b", None)],
)
def test_a_range_has_bounds(value, bounds):
    assert number_range(value) == bounds


@pytest.mark.parametrize(
    ("value", "begin", "end"),
    [
        ("7d", NOW - timedelta(days=7), None),
        ("..2w", None, NOW - timedelta(days=14)),
        ("14d..24h", NOW - timedelta(days=14), NOW - timedelta(days=1)),
        ("2026-03-01", datetime(2026, 2, 28, 21, tzinfo=UTC), datetime(2026, 3, 1, 21, tzinfo=UTC)),
        (
            "2026-03-01..2026-03-05",
            datetime(2026, 2, 28, 21, tzinfo=UTC),
            datetime(2026, 3, 5, 21, tzinfo=UTC),
        ),
        ("2026-03-01..", datetime(2026, 2, 28, 21, tzinfo=UTC), None),
        ("..2026-03-01", None, datetime(2026, 3, 1, 21, tzinfo=UTC)),
    ],
)
def test_a_span_has_whole_days_of_the_readers_zone(value, begin, end):
    assert span_of(value, NOW, MOSCOW) == (begin, end)


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("f_run", "59 - 70, 80; 90\t100-", ["59-70", "80", "90", "100-"]),
        ("f_data_type", " RECO,AOD  EVGEN ", ["RECO", "AOD", "EVGEN"]),
        ("updated", "2026-03-01 .. 2026-03-05", ["2026-03-01..2026-03-05"]),
        ("created", "2026-03-01, 7d", ["2026-03-01", "7d"]),
        ("chain", ",,", []),
    ],
)
def test_several_values_stand_in_one_box(name, text, values):
    assert split_values(KNOWN[name], text) == values


def test_a_list_is_read_however_it_is_pasted():
    pasted = '2026.MC.a.1, "2026.MC.b.1"\r\n77\t0077; 2026.MC.a.1\n\n'

    assert split_list(pasted) == ("2026.MC.a.1", "2026.MC.b.1", "77")
    assert split_list(" ,;\n") == ()
    assert MOST_LISTED == 1000
