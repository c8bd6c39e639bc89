"""Saved views: whose they are, who changes them, how many there may be, where a list begins."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import DefaultView, PastedList, SavedView, User
from app.services import saved_views
from app.services.pasted_lists import find_list, forget_old_lists, keep_list
from app.services.problems import Invalid, NotAllowed, NotFound
from app.services.registration import forget_unconfirmed
from app.services.saved_views import VIEWS, ViewInput

LIMIT = 3


@pytest.fixture
def people(app_context, make_user):
    """The owner, somebody else, and a manager."""
    return make_user("physicist", "owner"), make_user("viewer", "other"), make_user("manager", "manager")


@pytest.fixture
def save(app_context, now):
    """save(user, name, …) → the id of the view."""

    def save_one(user, name, query="state=done", shared=False, list_key="", replaces=False):
        given = ViewInput(name, query, shared, list_key)
        return saved_views.save_view(user, given, LIMIT, now, replaces=replaces).id

    return save_one


def names_for(user):
    return [view.name for view in VIEWS.all_for(user)]


def default_of(user):
    view = saved_views.find_default(user)
    return view and view.id


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
        save(owner, "mine", query="state=failed")

    assert code_of(refusal) == ["view_name_taken"]
    assert VIEWS.get(first, owner).query == "state=done"
    assert save(other, "mine") != first
    assert save(owner, "mine", query="state=failed", replaces=True) == first
    assert VIEWS.get(first, owner).query == "state=failed"


def test_there_may_be_so_many_and_one_may_still_be_replaced(people, save):
    owner, other, _manager = people
    for number in range(LIMIT):
        save(owner, f"view {number}")
    with pytest.raises(Invalid) as refusal:
        save(owner, "one more")

    assert code_of(refusal) == ["too_many_views"]
    save(owner, "view 0", query="", replaces=True)
    save(other, "one more")
    assert len(names_for(owner)) == LIMIT


def test_of_many_at_once_no_more_than_the_limit_are_kept(app, people, at_once, now):
    owner = people[0]

    def step(number):
        given = ViewInput(f"view {number}", "", False)
        return lambda: saved_views.save_view(owner, given, LIMIT, now, replaces=False)

    results = at_once(*(step(number) for number in range(8)))

    assert sum(isinstance(result, Invalid) for result in results) == 8 - LIMIT
    assert db.session.scalar(select(func.count()).select_from(SavedView)) == LIMIT


def test_of_two_with_one_name_at_once_one_is_kept(app, people, at_once, now):
    given = ViewInput("mine", "", False)

    results = at_once(*[lambda: saved_views.save_view(people[0], given, LIMIT, now, replaces=False)] * 4)

    assert sum(isinstance(result, Invalid) for result in results) == 3


def test_only_its_owner_changes_a_view(people, save, now):
    owner, other, manager = people
    shared, private = save(owner, "shared", shared=True), save(owner, "private")

    for user in (other, manager):
        with pytest.raises(NotAllowed):
            VIEWS.change(shared, user, "taken over", True, now)
        with pytest.raises(NotFound):
            VIEWS.change(private, user, "taken over", True, now)
    VIEWS.change(private, owner, "renamed", True, now)
    with pytest.raises(Invalid) as refusal:
        VIEWS.change(private, owner, "shared", True, now)

    assert code_of(refusal) == ["view_name_taken"]
    assert names_for(other) == ["renamed", "shared"]


def test_managers_may_delete_what_is_shared_and_nothing_else(people, save):
    owner, other, manager = people
    shared, private = save(owner, "shared", shared=True), save(owner, "private")

    with pytest.raises(NotAllowed):
        VIEWS.delete(shared, other)
    with pytest.raises(NotFound):
        VIEWS.delete(private, manager)
    assert VIEWS.delete(shared, manager) == "shared"
    assert VIEWS.delete(private, owner) == "private"

    assert names_for(owner) == []


def test_a_list_begins_with_the_view_chosen_while_it_may_be_seen(people, save, now):
    owner, other, _manager = people
    shared, private = save(owner, "shared", shared=True), save(owner, "private")
    chosen = []

    with pytest.raises(NotFound):
        saved_views.choose_default(other, private)
    for view_id in (shared, None, shared):
        saved_views.choose_default(other, view_id)
        chosen.append(default_of(other))
    saved_views.choose_default(owner, private)
    saved_views.choose_default(owner, shared)
    chosen.append(default_of(owner))
    VIEWS.change(shared, owner, "shared", False, now)
    chosen += [default_of(other), default_of(owner)]
    VIEWS.delete(shared, owner)
    chosen += [default_of(other), default_of(owner)]

    assert chosen == [shared, None, shared, shared, None, shared, None, None]
    assert db.session.scalar(select(func.count()).select_from(DefaultView)) == 0


def test_views_go_with_the_account_but_stay_while_it_is_only_disabled(people, save, now):
    owner, other, _manager = people
    save(owner, "shared", shared=True)
    saved_views.choose_default(other, save(owner, "another", shared=True))

    db.session.execute(update(User).where(User.id == owner.id).values(is_disabled=True))
    db.session.commit()
    while_disabled = names_for(other)
    db.session.execute(update(User).where(User.id == owner.id).values(email_confirmed_at=None))
    db.session.commit()
    forget_unconfirmed(now + timedelta(days=1), now + timedelta(days=1))

    assert while_disabled == ["another", "shared"]
    assert (names_for(other), saved_views.find_default(other)) == ([], None)
    assert db.session.get(User, owner.id) is None


def test_a_pasted_list_is_kept_once_and_as_long_as_a_view_names_it(people, save, now):
    owner = people[0]
    words, old = ("2026.MC.a.1", "77"), now - timedelta(days=10)
    key = keep_list(words, old)
    named, again = keep_list(("1", "2"), old), keep_list(words, old)
    view = save(owner, "with a list", query=f"list={named}", list_key=named)
    save(owner, "with one that is gone", query="list=x", list_key="x" * 32)

    assert (again, find_list(key), find_list("x" * 32)) == (key, words, None)
    forget_old_lists(old)
    assert find_list(key) == words
    forget_old_lists(now)
    assert (find_list(key), find_list(named)) == (None, ("1", "2"))
    VIEWS.delete(view, owner)
    forget_old_lists(now)
    assert db.session.scalar(select(func.count()).select_from(PastedList)) == 0
