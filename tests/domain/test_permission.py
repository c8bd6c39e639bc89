"""Who may do what, and which role a person has: the only wall before PanDA."""

import pytest

from app.domain.permission import TABLE, Right, Role, may, role_from_groups, role_of, who_may

GROUPS = {"spd": "viewer", "/spd/physicists": "physicist", "spd/production": "manager"}


def test_every_right_is_in_the_table():
    assert set(TABLE) == set(Right)


@pytest.mark.parametrize("right", Right)
def test_a_stronger_role_may_all_that_a_weaker_one_may(right):
    everywhere = [may(role, right) for role in Role]
    own = [may(role, right, is_owner=True) for role in Role]

    assert everywhere == sorted(everywhere)
    assert own == sorted(own)
    assert all(mine >= others for mine, others in zip(own, everywhere, strict=True))


@pytest.mark.parametrize(
    ("right", "weakest", "weakest_on_own"),
    [
        (Right.VIEW_TASKS, Role.VIEWER, Role.VIEWER),
        (Right.VIEW_CALLS, Role.PHYSICIST, Role.PHYSICIST),
        (Right.CREATE_TASK, Role.PHYSICIST, Role.PHYSICIST),
        (Right.CHANGE_TASK, Role.MANAGER, Role.PHYSICIST),
        (Right.VIEW_DRAFT, Role.MANAGER, Role.VIEWER),
        (Right.MANAGE_PEOPLE, Role.ADMIN, Role.ADMIN),
    ],
)
def test_a_right_begins_with_a_role(right, weakest, weakest_on_own):
    assert who_may(right)[0] is weakest
    assert next(role for role in Role if may(role, right, is_owner=True)) is weakest_on_own


@pytest.mark.parametrize(
    ("given", "from_groups", "counts"),
    [
        (None, None, Role.VIEWER),
        (None, Role.MANAGER, Role.MANAGER),
        (Role.PHYSICIST, None, Role.PHYSICIST),
        (Role.VIEWER, Role.ADMIN, Role.VIEWER),
        (Role.ADMIN, Role.VIEWER, Role.ADMIN),
    ],
)
def test_the_word_of_an_admin_counts_more_than_the_groups(given, from_groups, counts):
    assert role_of(given, from_groups, Role.VIEWER) is counts


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ([], None),
        (["atlas"], None),
        (["spd"], Role.VIEWER),
        (["/spd"], Role.VIEWER),
        (["spd/physicists", "spd"], Role.PHYSICIST),
        (["/spd", "/spd/production", "/spd/physicists"], Role.MANAGER),
        (["spd/production/admins", "SPD"], None),
        (["spd/productio", "xspd", ""], None),
    ],
)
def test_the_strongest_group_gives_the_role_and_only_its_exact_name(groups, role):
    assert role_from_groups(groups, GROUPS) is role
