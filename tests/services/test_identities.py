"""Who comes by the identity provider: found or made, brought up to date, linked and unlinked."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.identity import Identity
from app.domain.permission import Role
from app.domain.sign_in import Method, Visitor
from app.extensions import db, write_unit
from app.models import AccountEvent, User, UserIdentity, UserSession
from app.services.accounts import NewAccount, make_account
from app.services.identities import IsDisabled, RoleRules, enter_by_identity, find_identities
from app.services.linked import IdentityTaken, NeedsPassword, link_identity, unlink_identity
from app.services.problems import NotFound
from app.services.sessions import begin_session
from tests.build_task import build_task
from tests.conftest import PASSWORD

VISITOR = Visitor("192.0.2.1", "a browser")
RULES = RoleRules({"spd/physicists": "physicist", "spd/production": "manager"}, Role.VIEWER)
ISSUER = "https://iam.example.org/"


def told(subject="1", **more):
    facts = {"username": "somebody", "first_name": "Some", "last_name": "Body", "groups": ("spd/physicists",)}
    return Identity(ISSUER, subject, **{**facts, **more})


@pytest.fixture
def come(app_context, now):
    """come(identity) → the user."""
    return lambda identity: enter_by_identity(identity, RULES, VISITOR, now)


@pytest.fixture
def local(app_context, now):
    """An account with a password, and no role of an admin's hand."""
    user = make_account(NewAccount("local", "Lo", "Cal", "same@example.org", PASSWORD), Role.VIEWER, now)
    with write_unit():
        user.given_role = None
    return user


def kinds():
    return list(db.session.scalars(select(AccountEvent.kind).order_by(AccountEvent.id)))


def test_the_same_subject_is_the_same_person(come):
    first, second = come(told()), come(told(username="renamed", first_name="Other"))

    assert first.id == second.id
    assert (second.username, second.first_name) == ("somebody", "Other")
    assert kinds() == ["registered"]


def test_another_issuer_is_another_person(come):
    other = Identity("https://other.example.org/", "1", "somebody")

    assert come(told()).id != come(other).id


def test_the_address_links_nothing(come, local):
    user = come(told(email="SAME@example.org", email_verified=True))

    assert user.id != local.id
    assert user.email == local.email == "same@example.org"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("", ""),
        ("not an address", ""),
        ("a@example.org\n", "a@example.org"),
        ("x" * 300 + "@example.org", ""),
    ],
)
def test_an_address_that_is_none_is_left_out(come, given, stored):
    assert come(told(email=given, email_verified=True)).email == stored


def test_an_address_that_is_not_confirmed_there_is_left_out(come):
    assert come(told(email="a@example.org", email_verified=False)).email == ""


@pytest.mark.parametrize(
    ("wanted", "username"),
    [
        ("vpupkin", "vpupkin"),
        ("V.Pupkin", "v.pupkin"),
        ("pupkin@jinr.ru", "pupkin"),
        ("José Á", "jose-a"),
        ("Пупкин", "user"),
        ("", "user"),
        ("42", "user-42"),
        ("ab", "user-ab"),
        ("x" * 200, "x" * 64),
        ("-.-", "user"),
        ("ab\u202e\x00cd", "ab-cd"),
    ],
)
def test_a_username_is_made_to_fit(come, wanted, username):
    assert come(told(username=wanted)).username == username


def test_a_taken_username_is_numbered(come, local):
    users = [come(told(str(number), username="local")).username for number in range(3)]

    assert users == ["local-2", "local-3", "local-4"]


def test_a_long_taken_username_is_numbered_within_its_length(come):
    come(told("1", username="x" * 64))

    assert come(told("2", username="x" * 64)).username == "x" * 62 + "-2"


def test_somebody_without_a_name_is_called_by_the_username(come):
    assert come(told(first_name="", last_name=" \u200b")).full_name == "somebody"


def test_the_role_follows_the_groups_up_and_down(come):
    roles = [
        come(told(groups=groups)).role
        for groups in [
            (),
            ("/spd/production",),
            ("spd/physicists",),
            ("else",),
            ("spd/physicists", "spd/production"),
        ]
    ]

    assert roles == ["viewer", "manager", "physicist", "viewer", "manager"]
    assert kinds() == ["registered", *["role_changed"] * 4]


def test_what_an_admin_gave_stays(come):
    user = come(told())
    with write_unit():
        user.role = user.given_role = "admin"

    assert come(told(groups=())).role == "admin"
    assert user.group_role is None
    assert kinds() == ["registered"]


ADMINS = RoleRules({"spd/admins": "admin"}, Role.VIEWER)


def test_the_last_active_admin_stays_one_whatever_the_groups_say(app_context, now):
    first, second = (
        enter_by_identity(told(subject, username="boss", groups=("spd/admins",)), ADMINS, VISITOR, now)
        for subject in ("1", "2")
    )
    assert enter_by_identity(told("1", groups=()), ADMINS, VISITOR, now).role == "viewer"

    assert enter_by_identity(told("2", groups=()), ADMINS, VISITOR, now).role == "admin"

    assert (first.role, second.role, second.group_role) == ("viewer", "admin", "admin")
    newest = db.session.scalars(select(AccountEvent).order_by(AccountEvent.id.desc())).first()
    assert (newest.user_id, newest.words) == (second.id, "viewer by groups refused: no other admin is left")


def test_the_last_active_admin_stays_one_without_the_identity(local, now):
    link_identity(local, told(groups=("spd/admins",)), ADMINS, VISITOR, now)
    [identity] = find_identities(local)

    unlink_identity(local, identity.id, ADMINS, 0, VISITOR, now)

    assert (local.role, find_identities(local)) == ("admin", [])
    words = db.session.scalars(select(AccountEvent.words)).all()
    assert "viewer by groups refused: no other admin is left" in words


def test_a_disabled_person_stays_out(come):
    user = come(told())
    with write_unit():
        user.is_disabled = True

    with pytest.raises(IsDisabled):
        come(told(first_name="Other", groups=("spd/production",)))

    db.session.refresh(user)
    assert (user.first_name, user.role) == ("Some", "physicist")
    assert kinds() == ["registered", "refused"]


def test_an_account_with_a_password_keeps_its_name_and_address(come, local, now):
    link_identity(local, told(), RULES, VISITOR, now)

    user = come(told(first_name="Other", email="other@example.org", email_verified=True))

    assert (user.id, user.first_name, user.email) == (local.id, "Lo", "same@example.org")
    assert user.role == "physicist"


def test_a_linked_identity_leads_to_the_account(come, local, now):
    link_identity(local, told(), RULES, VISITOR, now)

    assert come(told()).id == local.id
    assert kinds() == ["identity_linked", "role_changed"]


def test_linking_twice_changes_nothing(local, now):
    link_identity(local, told(), RULES, VISITOR, now)
    link_identity(local, told(), RULES, VISITOR, now)

    assert len(find_identities(local)) == 1
    assert kinds() == ["identity_linked", "role_changed"]


def test_an_identity_moves_from_an_account_that_nobody_used(come, local, now):
    other = come(told())
    begin_session(other, Method.IAM, VISITOR, now)

    link_identity(local, told(), RULES, VISITOR, now)

    db.session.refresh(other)
    assert other.is_disabled
    assert db.session.scalars(select(UserSession)).one().ended_at == now
    assert [identity.user_id for identity in db.session.scalars(select(UserIdentity))] == [local.id]
    assert kinds() == ["registered", "disabled", "identity_linked", "role_changed"]


def with_password(user, _now):
    db.session.execute(update(User).where(User.id == user.id).values(password_hash="x"))


def with_role(user, _now):
    db.session.execute(update(User).where(User.id == user.id).values(given_role="manager"))


def disabled(user, _now):
    db.session.execute(update(User).where(User.id == user.id).values(is_disabled=True))


def with_task(user, now):
    build_task(user, "draft", now)


def with_another_identity(user, now):
    link_identity(user, told("2"), RULES, VISITOR, now)


@pytest.mark.parametrize("use", [with_password, with_role, disabled, with_task, with_another_identity])
def test_an_identity_of_an_account_in_use_is_refused(come, local, now, use):
    other = come(told())
    use(other, now)
    db.session.commit()

    with pytest.raises(IdentityTaken):
        link_identity(local, told(), RULES, VISITOR, now)

    assert find_identities(local) == []
    assert kinds()[-1] == "refused"


def test_unlinking_ends_the_sessions_that_began_there(local, now):
    link_identity(local, told(), RULES, VISITOR, now)
    begin_session(local, Method.PASSWORD, VISITOR, now)
    begin_session(local, Method.IAM, VISITOR, now)
    begin_session(local, Method.IAM, VISITOR, now)
    sessions = list(db.session.scalars(select(UserSession).order_by(UserSession.id)))
    [identity] = find_identities(local)

    later = now + timedelta(minutes=1)
    unlink_identity(local, identity.id, RULES, sessions[2].id, VISITOR, later)

    assert [session.ended_at for session in sessions] == [None, later, None]
    assert find_identities(local) == []
    assert (local.role, local.group_role) == ("viewer", None)
    assert kinds()[-2:] == ["identity_removed", "role_changed"]


def test_the_only_way_to_sign_in_is_not_taken_away(come, now):
    user = come(told())

    with pytest.raises(NeedsPassword):
        unlink_identity(user, find_identities(user)[0].id, RULES, 0, VISITOR, now)

    assert len(find_identities(user)) == 1


def test_the_identity_of_somebody_else_is_not_there(come, local, now):
    [identity] = find_identities(come(told()))

    for missing in (identity.id, 999):
        with pytest.raises(NotFound):
            unlink_identity(local, missing, RULES, 0, VISITOR, now)
