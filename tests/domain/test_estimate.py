"""Events per job, the jobs PanDA makes, and what is odd with a size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from app.domain.estimate import SizeLimits, check_size, events_per_job, panda_jobs, read_count
from app.domain.problem import Problem
from tests.domain.shipped import brief

LIMITS = SizeLimits.from_settings(vars(config))


@pytest.mark.parametrize(
    ("events", "jobs", "each", "made"),
    [
        (1_000_000, 1000, 1000, 1000),
        (1000, 7, 143, 7),
        (1000, 300, 4, 250),
        (10, 4, 3, 4),
        (1, 1, 1, 1),
        (9999, 9999, 1, 9999),
        (10**10, 99_999, 100_002, 99_999),
    ],
)
def test_events_are_shared_among_the_jobs_rounded_up(events, jobs, each, made):
    assert events_per_job(events, jobs) == each
    assert panda_jobs(events, each) == made


@given(st.integers(1, 10**12), st.integers(1, 10**6))
def test_panda_makes_no_more_jobs_than_asked_and_leaves_out_no_event(events, jobs):
    each = events_per_job(events, jobs)
    made = panda_jobs(events, each)

    assert (made - 1) * each < events <= made * each
    assert made <= jobs


@pytest.mark.parametrize(("events", "jobs"), [(0, 1), (1, 0), (-5, 1), (5, -1)])
def test_no_events_or_no_jobs_cannot_be_shared(events, jobs):
    with pytest.raises(ValueError, match=f"{events} events in {jobs} jobs"):
        events_per_job(events, jobs)


@pytest.mark.parametrize(
    ("events", "jobs", "expected"),
    [
        (1_000_000, 1000, []),
        (1_000_000, 10_000, []),
        (1_000_000, 10_001, []),  # 100 events a job: PanDA makes 10 000
        (1_000_000_000, 10_001, ["jobs many_jobs?"]),
        (9999, 9999, ["jobs few_events_per_job?"]),
        (1, 1, ["jobs few_events_per_job?"]),
        (20_000, 20_000, ["jobs many_jobs?", "jobs few_events_per_job?"]),
        (20_000, 10_001, []),  # 2 events a job: 10 000 jobs
        (0, 1, ["events too_small"]),
        (1, 0, ["jobs too_small"]),
        (-1, -1, ["events too_small", "jobs too_small"]),
        (10**10 + 1, 10, ["events too_large"]),
        (10**10, 100_001, ["jobs too_large"]),
        (10, 11, ["jobs more_jobs_than_events"]),
    ],
)
def test_a_size_is_judged(events, jobs, expected):
    assert brief(check_size(events, jobs, LIMITS)) == expected


def test_more_jobs_than_events_offers_as_many_jobs_as_events():
    (problem,) = check_size(10, 11, LIMITS)

    assert problem.mend == "10"
    assert not any(found.is_error for found in check_size(10, 10, LIMITS))


@pytest.mark.parametrize(
    ("text", "count"), [("1000", 1000), (" 1000\n", 1000), ("0", 0), ("007", 7), ("9" * 100, int("9" * 100))]
)
def test_a_count_is_read(text, count):
    assert read_count("events", text) == count


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("1 000 000", "1000000"),
        ("1\u00a0000\u202f000", "1000000"),
        ("1_000_000", "1000000"),
        ("1'000'000", "1000000"),
        ("1,000,000", "1000000"),
        ("1.000.000", "1000000"),
        ("1e6", "1000000"),
        ("1E+6", "1000000"),
        ("1.5e6", "1500000"),
        ("2.5M", "2500000"),
        ("200k", "200000"),
        ("１０００", "1000"),
        ("1.5", None),
        ("1.000", None),
        ("1.55e1", None),
        ("1e-3", None),
        ("-5", None),
        ("many", None),
        ("9" * 101, None),
        ("\u0663", None),
    ],
)
def test_what_is_no_whole_number_is_refused_with_what_may_be_meant(text, mend):
    problem = read_count("events", text)

    assert isinstance(problem, Problem)
    assert brief([problem]) == ["events not_an_integer"]
    assert problem.mend == mend


@pytest.mark.parametrize("text", ["", "  "])
def test_no_count_is_missing(text):
    assert read_count("jobs", text) == Problem("jobs", "missing")
