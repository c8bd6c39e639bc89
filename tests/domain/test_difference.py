"""What differs between two things, key by key."""

from app.domain.difference import Pair, flattened, pairs_of


def test_a_json_value_is_told_by_its_keys():
    value = {"a": [{"b": 1}, "x"], "c": {"d": None, "e": True}, "f": [], "g": {}, "h": 1.5}

    assert flattened(value) == {
        "a[0].b": "1", "a[1]": "x", "c.d": "null", "c.e": "true", "f": "[]", "g": "{}", "h": "1.5",
    }  # fmt: skip


def test_keys_of_both_are_compared_in_the_order_of_the_first():
    pairs = pairs_of({"b": "1", "a": "1"}, {"a": "2", "b": "1", "c": "3"})

    assert pairs == [Pair("b", "1", "1"), Pair("a", "1", "2"), Pair("c", None, "3")]
    assert [pair.differs for pair in pairs] == [False, True, True]


def test_nothing_given_is_no_empty_text():
    assert pairs_of({"a": ""}, {})[0].differs
