"""Presets: whose they are, who uses, changes and deletes them, how many there may be."""

from threading import Event

import pytest
from sqlalchemy import delete, event, func, select

from app.extensions import db
from app.models import Preset, User
from app.services.kept import ToKeep
from app.services.presets import PRESETS, save_preset
from app.services.problems import Invalid, NotAllowed, NotFound

LIMIT = 3
QUERY = "year=2026&energy=27"


@pytest.fixture
def people(app_context, make_user):
    """The owner, somebody else, and a manager."""
    return make_user("physicist", "owner"), make_user("physicist", "other"), make_user("manager", "manager")


@pytest.fixture
def save(app_context, now):
    """save(user, name, …) → the id of the preset."""

    def save_one(user, name, query=QUERY, shared=False, replaces=False):
        given = ToKeep(name, query, shared)
        return save_preset(user, given, LIMIT, now, replaces=replaces).id

    return save_one


def names_for(user):
    return [preset.name for preset in PRESETS.all_for(user)]


def code_of(refusal):
    return [problem.code for problem in refusal.value.problems]


def test_ones_own_come_first_and_others_only_where_they_are_shared(people, save):
    owner, other, _manager = people
    for user, name, shared in (
        (owner, "b", False),
        (owner, "A", True),
        (other, "c", True),
        (other, "d", False),
    ):
        save(user, name, shared=shared)

    assert [names_for(user) for user in people] == [["A", "b", "c"], ["c", "d", "A"], ["A", "c"]]


def test_a_name_is_ones_own_only_once(people, save):
    owner, other, _manager = people
    first = save(owner, "mine")
    with pytest.raises(Invalid) as refusal:
        save(owner, "mine", query="year=2027")

    assert code_of(refusal) == ["preset_name_taken"]
    assert PRESETS.get(first, owner).query == QUERY
    assert save(other, "mine") != first
    assert save(owner, "mine", query="year=2027", replaces=True) == first
    assert PRESETS.get(first, owner).query == "year=2027"


def test_of_many_at_once_no_more_than_the_limit_are_kept(app, people, at_once, now):
    owner = people[0]

    def step(number):
        given = ToKeep(f"preset {number}", QUERY, False)
        return lambda: save_preset(owner, given, LIMIT, now, replaces=False)

    results = at_once(*(step(number) for number in range(8)))

    refused = [result for result in results if isinstance(result, Invalid)]
    assert [problem.code for each in refused for problem in each.problems] == ["too_many_presets"] * (
        8 - LIMIT
    )
    assert db.session.scalar(select(func.count()).select_from(Preset)) == LIMIT


def test_of_two_with_one_name_at_once_one_is_kept(app, people, at_once, now):
    given = ToKeep("mine", QUERY, False)

    results = at_once(*[lambda: save_preset(people[0], given, LIMIT, now, replaces=False)] * 4)

    assert sum(isinstance(result, Invalid) for result in results) == 3


def test_a_name_is_given_once_by_saving_and_renaming_at_the_same_moment(people, save, at_once, now):
    owner = people[0]
    old = save(owner, "old")
    is_saving, is_renamed = Event(), Event()

    def pause(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO preset"):
            is_saving.set()
            is_renamed.wait(0.3)

    def rename():
        is_saving.wait(5)
        try:
            PRESETS.change(old, owner, "wanted", False, now)
        finally:
            is_renamed.set()

    wanted = ToKeep("wanted", QUERY, False)
    db.session.rollback()  # what is read below is what the others have written
    event.listen(db.engine, "before_cursor_execute", pause)
    saved, renamed = at_once(lambda: save_preset(owner, wanted, LIMIT, now, replaces=False), rename)
    event.remove(db.engine, "before_cursor_execute", pause)

    assert isinstance(saved, Preset)
    assert isinstance(renamed, Invalid)
    assert sorted(names_for(owner)) == ["old", "wanted"]


def test_only_its_owner_changes_a_preset(people, save, now):
    owner, other, manager = people
    shared, private = save(owner, "shared", shared=True), save(owner, "private")

    for user in (other, manager):
        with pytest.raises(NotAllowed):
            PRESETS.change(shared, user, "taken over", True, now)
        with pytest.raises(NotFound):
            PRESETS.change(private, user, "taken over", True, now)
    PRESETS.change(private, owner, "renamed", True, now)
    with pytest.raises(Invalid) as refusal:
        PRESETS.change(private, owner, "shared", True, now)

    assert code_of(refusal) == ["preset_name_taken"]
    assert names_for(other) == ["renamed", "shared"]


def test_managers_may_delete_what_is_shared_and_nothing_else(people, save):
    owner, other, manager = people
    shared, private = save(owner, "shared", shared=True), save(owner, "private")

    with pytest.raises(NotAllowed):
        PRESETS.delete(shared, other)
    with pytest.raises(NotFound):
        PRESETS.delete(private, manager)
    assert PRESETS.delete(shared, manager) == "shared"
    assert PRESETS.delete(private, owner) == "private"

    assert names_for(owner) == []


def test_a_viewer_saves_none(app_context, make_user, save):
    with pytest.raises(NotAllowed):
        save(make_user("viewer"), "mine")


def test_presets_go_with_the_account_of_their_owner(people, save):
    owner, other, _manager = people
    save(owner, "mine", shared=True)
    save(other, "another", shared=True)

    db.session.execute(delete(User).where(User.id == owner.id))
    db.session.commit()

    assert names_for(other) == ["another"]
