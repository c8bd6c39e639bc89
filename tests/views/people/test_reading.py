"""The admins' pages about people: who is found, and what is read of whom."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from app.domain.permission import Role
from app.domain.sign_in import Event
from app.models import AccountEvent, User, UserIdentity, UserSession
from tests.conftest import PASSWORD
from tests.databases import counted_statements
from tests.views.conftest import HTMX
from tests.views.people.seen import row_of, usernames
from tests.views.reading import read
from tests.views.second_factor import switch_on


def test_the_list_tells_who_may_do_what_and_why(admin, make_user, alter):
    make_user("physicist", "given"), make_user("viewer", "grouped"), make_user("viewer", "fresh")
    alter(
        update(User)
        .where(User.username == "grouped")
        .values(given_role=None, group_role="manager", role="manager", is_disabled=True)
    )
    alter(update(User).where(User.username == "fresh").values(given_role=None, email_confirmed_at=None))

    page = admin.get("/people")

    assert usernames(page) == ["fresh", "given", "grouped", "the-admin"]
    assert "4 people" in read(page).one("main").text
    assert "production manager by groups" in row_of(page, "grouped").text
    assert row_of(page, "grouped").text.endswith("disabled")
    assert "viewer new account" in row_of(page, "fresh").text
    assert row_of(page, "fresh").text.endswith("not confirmed")
    assert "physicist given never" in row_of(page, "given").text
    assert "never" not in row_of(page, "the-admin").text
    assert row_of(page, "the-admin").text.endswith("active")


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=CASPER", ["casper"]), ("q=example.org", ["casper", "maria", "the-admin"]), ("q=%25", []),
        ("q=viewer+test", ["casper"]), ("role=viewer", ["casper"]), ("role=manager", ["maria"]),
        ("role=none", ["casper", "maria", "the-admin"]), ("state=disabled", ["maria"]),
        ("state=active", ["casper", "the-admin"]), ("state=unconfirmed", []),
        ("state=disabled&role=viewer", []), ("sort=-username", ["the-admin", "maria", "casper"]),
        ("sort=password_hash", ["casper", "maria", "the-admin"]),
        ("page=99", ["casper", "maria", "the-admin"]),
    ],
)  # fmt: skip
def test_the_list_is_searched_by_its_address(admin, make_user, alter, query, found):
    make_user("viewer", "casper"), make_user("manager", "maria")
    alter(update(User).where(User.username == "maria").values(is_disabled=True))

    page = admin.get(f"/people?{query}")

    assert usernames(page) == found
    assert found or "Nobody matches these filters" in page.text
    assert usernames(admin.get(f"/people?{query}", headers=HTMX)) == found


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestManyPeople:
    @pytest.fixture
    def settings(self):
        return {"LIST_PAGE_SIZE": 10, "COUNT_LIMIT": 20}

    def test_pages_are_cut_by_the_database(self, app, admin, alter, now):
        row = {"first_name": "A", "last_name": "B", "email": "", "role": "viewer", "created_at": now}
        alter(insert(User).values([row | {"username": f"p{n:02}", "is_disabled": False} for n in range(25)]))
        read_first = len(usernames(admin.get("/people")))  # and what is read once only

        with counted_statements(app) as statements:
            page = admin.get("/people?page=2")

        assert usernames(page) == [f"p{n:02}" for n in range(10, 20)]
        assert "More than 20 people" in page.text
        assert read_first == 10
        assert len([each for each in statements if "FROM user" in each or 'FROM "user"' in each]) <= 4

    def test_events_are_paged_by_place_so_that_new_ones_do_not_move_them(self, admin, alter, ask, now):
        def happen(minutes, kind=Event.REFUSED):
            alter(insert(AccountEvent).values(at=now + timedelta(minutes=minutes), kind=kind.value))

        for minute in range(25):
            happen(-minute - 1)
        first = admin.get("/people/events?kind=refused")
        older = next(read(first).one("nav", class_="pages").all("a")).attributes["href"]
        happen(1)
        second = admin.get(older)

        ids = [row.attributes["id"] for page in (first, second) for row in read(page).one("tbody").all("tr")]
        assert len(set(ids)) == len(ids) == 20
        assert len(read(admin.get("/people/events?kind=refused")).one("tbody").parts) > 0


def test_the_page_shows_the_account_and_its_identities(admin, make_user, alter, now):
    user = make_user("physicist", "casper")
    alter(
        insert(UserIdentity).values(
            user_id=user.id, issuer="https://iam.example.org/", subject="8f3e", groups='["spd", "spd/<b>"]',
            created_at=now, used_at=now,
        )
    )  # fmt: skip

    page = admin.get(f"/people/{user.id}")

    words = read(page).one("main").text
    for expected in ("casper@example.org", "https://iam.example.org/", "8f3e", "spd, spd/<b>"):
        assert expected in words
    assert "<b>" not in page.text


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("role", Role)
def test_only_admins_find_the_people_in_the_bar(sign_in, role):
    bar = read(sign_in(role.value).get("/tasks")).one(id="bar")

    assert bar.has("a", href="/people") == (role is Role.ADMIN)


@pytest.mark.parametrize(
    "place", ["", "x", "-", "1-", "-1", "1-2-3", "9" * 30 + "-1", "1-" + "9" * 12, "١-١", "0-0"]
)
def test_a_place_that_is_none_is_taken_calmly(admin, place):
    assert admin.get("/people/events", query_string={"before": place}).status_code == 200


def test_events_are_found_by_kind_and_person(admin, sign_in_by_form):
    user = sign_in_by_form("viewer").user

    page = admin.get(f"/people/events?kind=signed_in&person={user.username}")

    assert ["Signed in" in row.text for row in read(page).one("tbody").all("tr")] == [True]
    for meant in (user.username.upper(), user.email.title()):
        found = read(admin.get("/people/events", query_string={"person": meant})).one("tbody").text
        assert "Signed in" in found
    none = admin.get("/people/events?person=nobody").text
    assert ("Nothing matches these filters" in none, "Nothing has happened yet" in none) == (True, False)
    words = read(admin.get("/people/events", headers={"Accept-Language": "ru"})).one("tbody").text
    assert "Вход" in words


def test_an_admin_takes_away_a_lost_second_factor(sign_in, ask):
    guarded, admin = switch_on(sign_in("manager")), sign_in("admin")
    page = f"/people/{guarded.user.id}"
    assert "Remove the second factor" in admin.get(page).text

    path, why = f"{page}/remove-second-factor", {"ground": "seen at the desk"}
    unsaid = admin.post(path)
    told = [admin.post(path, data=why, follow_redirects=True).text for _ in range(2)]

    assert unsaid.status_code == 422
    assert "Say why" in read(unsaid).one(id="errors-ground").text
    assert "The second factor is removed." in told[0]
    assert "There was no second factor." in told[1]
    assert guarded.browser.get("/tasks").status_code == 303  # whoever had it is out
    [event] = ask(select(AccountEvent).where(AccountEvent.kind == "second_factor_off"))
    assert (event.actor_id, event.words) == (admin.user.id, "seen at the desk")


def test_nobody_takes_away_their_own_second_factor_there(sign_in):
    guarded = switch_on(sign_in("admin"))

    path = f"/people/{guarded.user.id}/remove-second-factor"
    answer = guarded.browser.post(path, data={"ground": "it is me"}, follow_redirects=True)

    assert "Not with your own account" in answer.text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_address_of_another_account_is_said_not_shown_as_made_up(
    admin, client, new_person, make_user, ask
):
    make_user("viewer", "known")
    client.post("/register", data=new_person(email="known@example.org"))
    [person] = ask(select(User).where(User.username == "stranger"))

    pages = [admin.get("/people?q=stranger"), admin.get(f"/people/{person.id}")]

    for page in pages:
        assert "known@example.org: belongs to another account" in read(page).one("main").text
        assert "taken.invalid" not in page.text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_proof_is_asked_for_before_a_form_is_filled_in(admin, make_user, alter, now):
    path = f"/people/{make_user('viewer').id}"
    assert read(admin.get(path)).has(id="person-access")
    alter(update(UserSession).values(proved_at=now - timedelta(hours=1)))

    page = read(admin.get(path))
    way = page.one(id="person-prove").one("a").attributes["href"]
    form = dict(read(admin.get(way)).one("form", action="/prove").sent())
    answer = admin.post("/prove", data=form | {"password": PASSWORD})

    assert not page.has(id="person-access")
    assert answer.location == path
    assert read(admin.get(path)).has(id="person-access")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_a_provider_nothing_is_said_of_its_groups(app, admin, make_user, alter):
    given, fresh = make_user("viewer"), make_user("viewer")
    alter(update(User).where(User.id == fresh.id).values(given_role=None))

    pages = [read(admin.get(f"/people/{person.id}")) for person in (given, fresh)]

    assert app.config["IAM_ISSUER"] == ""
    assert [page.has(id="person-identities") for page in pages] == [False, False]
    choices = [[option.text for option in page.one(id="role").all("option")] for page in pages]
    assert [len(words) for words in choices] == [4, 5]
    assert choices[1][0] == "that of a new account (viewer)"
    assert not any("groups" in word for words in choices for word in words)
