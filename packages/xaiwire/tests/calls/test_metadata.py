"""Metadata: what may be sent, and that nothing else gets through."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaiwire._calls.metadata import checked_metadata, merged_metadata
from xaiwire.errors import ValidationError


def test_names_are_put_into_lower_case_and_order_is_kept() -> None:
    assert checked_metadata({"X-B": "1", "x-A": "2"}) == (("x-b", "1"), ("x-a", "2"))


def test_pairs_may_repeat_a_name() -> None:
    assert checked_metadata((("a", "1"), ["a", "2"])) == (("a", "1"), ("a", "2"))


def test_bytes_become_base64_without_padding() -> None:
    assert checked_metadata({"trace-bin": b"\xff"}) == (("trace-bin", "/w"),)


@given(st.binary())
def test_bytes_come_back(content: bytes) -> None:
    ((_, value),) = checked_metadata({"x-bin": content})
    assert base64.b64decode(value + "=" * (-len(value) % 4)) == content


def test_spaces_around_a_value_are_left_out() -> None:
    assert checked_metadata({"a": "  b c "}) == (("a", "b c"),)


@pytest.mark.parametrize(
    "name",
    [":path", "grpc-timeout", "GRPC-Encoding", "content-type", "TE", "Connection", "host", "user-agent", "upgrade"],
)
def test_the_protocols_names_are_its_own(name: str) -> None:
    with pytest.raises(ValidationError, match="the protocol uses that name itself"):
        checked_metadata({name: "x"})


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ä", "a\x00", "a\n", "\u212a"])
def test_names_have_few_characters(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot be that of metadata"):
        checked_metadata({name: "x"})


@pytest.mark.parametrize("value", ["a\r\nauthorization: b", "a\n", "\t", "ä", "\x7f", "\x00", "\u2028"])
def test_values_are_printable_ascii(value: str) -> None:
    with pytest.raises(ValidationError, match="the value of the metadata 'x-a' cannot be sent") as caught:
        checked_metadata({"x-a": value})
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("metadata", "kind", "words"),
    [
        ({"x-bin": "text"}, ValidationError, "takes bytes"),
        ({"x": b"bytes"}, ValidationError, "takes text"),
        ({"x": 7}, TypeError, "is text, and not int"),
        ({7: "x"}, TypeError, "the name of metadata is text"),
        ("x=1", TypeError, "pairs"),
        (b"x=1", TypeError, "pairs"),
        ([("a", "b", "c")], TypeError, "pairs"),
        (["ab"], TypeError, "pairs"),
    ],
)
def test_other_types_are_refused(metadata: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        checked_metadata(metadata)


@given(st.dictionaries(st.text(max_size=12), st.one_of(st.text(max_size=20), st.binary(max_size=20)), max_size=3))
def test_whatever_gets_through_can_be_sent(metadata: Any) -> None:
    try:
        pairs = checked_metadata(metadata)
    except ValidationError:
        return
    for name, value in pairs:
        assert re.fullmatch(r"[0-9a-z_.-]+", name)
        assert re.fullmatch(r"[\x20-\x7e]*", value)


def test_the_later_takes_the_place_of_the_earlier() -> None:
    base = (("a", "1"), ("b", "2"), ("a", "3"))
    assert merged_metadata(base, (("a", "4"), ("a", "5"))) == (("b", "2"), ("a", "4"), ("a", "5"))
    assert merged_metadata(base, ()) is base
    assert merged_metadata((), base) is base
