"""JSON of requests against their types: unknown fields are taken out, and all else stays as it was written."""

import tracemalloc

import pytest

from xaiwire_server.gateway.http.decoding import decode_json
from xaiwire_server.gateway.http.failures import ApiError
from xaiwire_server.gateway.http.wording import continued
from xaiwire_server.gateway.shapes.base import NO_JSON, Json, Request


class Small(Request, tag="small"):
    number: float = 0.0


class Large(Request, tag="large"):
    schema: Json = NO_JSON
    parts: list[Small] | None = None
    by_name: dict[str, Small] | None = None
    open: dict[str, object] | None = None


class Whole(Request):
    one: Small | Large | str | list[Small] | None = None
    many: list[Small | Large] | None = None
    schema: Json = NO_JSON


def test_what_is_passed_on_as_written_keeps_its_bytes_beside_an_unknown_field():
    schema = b'{ "a":1E5,\n "b" : [ 1.0, 12345678901234567890123, 1e999, "\\u00e9" ], "a":0.10 }'
    content = b' {"x": 1, "schema": %s , "many":[{"type":"large","y":2,"schema":%s}]}\n' % (schema, schema)
    value, unknown = decode_json(content, Whole)
    assert bytes(value.schema) == schema
    assert bytes(value.many[0].schema) == schema
    assert unknown == ["x", "many[0].y"]


@pytest.mark.parametrize(
    ("content", "unknown", "expected"),
    [
        (b'{"a": 1}', ["a"], Whole()),
        (b'{"one": {"type": "small", "a": 1, "number": 2}}', ["one.a"], Whole(one=Small(number=2))),
        (b'{"one": [{"type": "small", "a": 1}]}', ["one[0].a"], Whole(one=[Small()])),
        (b'{"one": "x", "a": "\\u00e9"}', ["a"], Whole(one="x")),
        (b'{"one": null, "a": {"one": 1}}', ["a"], Whole()),
        (
            b'{"many": [{"a": [], "type": "large", "parts": [{"type": "small", "number": 1, "a": 0}]}]}',
            ["many[0].a", "many[0].parts[0].a"],
            Whole(many=[Large(parts=[Small(number=1)])]),
        ),
        (
            b'{"one": {"type": "large", "by_name": {"k": {"type": "small", "a": 1}}}}',
            ["one.by_name.k.a"],
            Whole(one=Large(by_name={"k": Small()})),
        ),
        (b'{"many": [{"type": "small", "a": 1}], "many": []}', [], Whole(many=[])),
    ],
)
def test_unknown_fields_are_taken_out_wherever_they_are(content, unknown, expected):
    assert decode_json(content, Whole) == (expected, unknown)


@pytest.mark.parametrize(
    ("content", "param", "problem"),
    [
        (b'{"x": 1, "many": [{"type": "small", "number": 1e999}]}', "many[0].number", "number out of range"),
        (b'{"one": {"type": "large", "open": {"a": [{"b": 1e999}]}}}', "one.open", "number out of range"),
        (b'{"x": 1, "one": {"type": "other"}}', "one.type", "invalid value 'other'"),
        (b'{"x": 1, "one": {"type": 7}}', "one.type", "expected `str`"),
        (b'{"x": 1, "one": {"number": 7}}', "one", "required field `type`"),
        (b'{"x": 1, "many": {}}', "many", "expected `array | null`, got `object`"),
        (b'{"x": 1, "many": [7]}', "many[0]", "expected `object`, got `int`"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(content, param, problem):
    with pytest.raises(ApiError) as caught:
        decode_json(content, Whole)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert problem in caught.value.message
    assert "[...]" not in caught.value.message


def test_numbers_that_no_type_looks_at_may_be_of_any_size():
    assert decode_json(b'{"x": [{"y": 1e999}]}', Whole)[1] == ["x"]


def test_many_unknown_fields_take_memory_for_the_body_alone():
    def peak(count):
        many = b",".join([b'{"type": "small", "number": 1, "a": {"b": ["c", "d"]}}'] * count)
        content = b'{"many": [' + many + b"]}"
        tracemalloc.start()
        try:
            value, unknown = decode_json(content, Whole)
            assert (len(value.many), len(unknown)) == (count, 17)
            return tracemalloc.get_traced_memory()[1] / len(content)
        finally:
            tracemalloc.stop()

    assert peak(40_000) < 1.5 * peak(4_000) < 15


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("JSON is malformed", "JSON is malformed"),
        ("UTF-8 it is not", "UTF-8 it is not"),
        ("Expected `int`", "expected `int`"),
        ("A value", "a value"),
        ("", ""),
    ],
)
def test_words_in_capitals_stay_so_behind_a_colon(text, words):
    assert continued(text) == words


def test_json_is_still_called_json():
    with pytest.raises(ApiError, match="the request is no JSON: JSON is malformed: "):
        decode_json(b'{"one": tru}', Whole)
