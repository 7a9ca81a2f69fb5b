"""A report is read with suspicion: nothing in it can make the driver fail otherwise than with a clear text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.errors import InputError
from protoalign.prove.raw_report import one_line, read_report

RPC = {"path": "/a.B/C", "input": "a.D", "output": "a.E", "client_streaming": False, "server_streaming": True}
GOOD = {
    "format": 1,
    "runtime": "go",
    "versions": {"go": "1.26"},
    "messages": {
        "a.D": {
            "vectors": 2,
            "failures": [{"vector": "x", "check": "encode", "detail": "0a\n0b", "bytes": "0a"}],
            "json": {"x": "{}"},
        }
    },
    "missing": ["a.E"],
    "rpcs": {"go client stubs": [RPC]},
}


def written(tmp_path, data):
    path = tmp_path / "report.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def test_a_good_report(tmp_path):
    report = read_report(written(tmp_path, GOOD), "go")
    assert report.messages["a.D"].failures[0].detail == "0a 0b"
    assert report.messages["a.D"].encoded == {"x": b"\x0a"}
    assert report.rpcs["go client stubs"][0].server_streaming
    assert (report.missing, report.errors) == (("a.E",), ())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "no JSON"),
        ("[" * 200_000, "no JSON"),
        ("[]", "the report is no object"),
        ({**GOOD, "format": 2}, "has format 2, not 1"),
        ({**GOOD, "runtime": "rust"}, "is of 'rust', not of go"),
        ({**GOOD, "versions": ["1"]}, "versions is no object"),
        ({**GOOD, "versions": {"go": 1}}, "versions.go holds what is no string"),
        ({**GOOD, "messages": {"a.D": 7}}, "messages.a.D is no object"),
        ({**GOOD, "messages": {"a.D": {"vectors": -1}}}, "are no number"),
        ({**GOOD, "messages": {"a.D": {"vectors": True}}}, "are no number"),
        ({**GOOD, "messages": {"a.D": {"vectors": 1, "json": {"x": {}}}}}, "holds what is no string"),
        ({**GOOD, "messages": {"a.D": {"vectors": 1, "failures": [{"check": "wish"}]}}}, "has the check 'wish'"),
        (
            {**GOOD, "messages": {"a.D": {"vectors": 1, "failures": [
                {"vector": "x", "check": "encode", "detail": "", "bytes": "zz"}]}}},
            "no hex",
        ),
        ({**GOOD, "missing": "a.E"}, "missing is no array"),
        ({**GOOD, "rpcs": {"here": [{**RPC, "client_streaming": "no"}]}}, "does not say what streams"),
        ({**GOOD, "rpcs": {"here": [{**RPC, "path": None}]}}, "holds what is no string"),
        ({**GOOD, "errors": [1]}, "errors holds what is no string"),
    ],
)  # fmt: skip
def test_a_garbled_report_is_refused_and_says_where(tmp_path, data, said):
    with pytest.raises(InputError, match="report") as raised:
        read_report(written(tmp_path, data), "go")
    assert said in raised.value.what


def test_no_report(tmp_path):
    with pytest.raises(InputError, match="no report was written"):
        read_report(tmp_path / "report.json", "go")


def test_a_folder_in_its_place(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_report(tmp_path, "go")


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "report.json"
    path.write_bytes(b'{"\xff": 1}')
    with pytest.raises(InputError, match="no JSON"):
        read_report(path, "go")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted({*GOOD, "errors"} - {"format", "runtime"})), json_values))
def test_any_data_is_read_or_refused(tmp_path_factory, data):
    path = written(tmp_path_factory.mktemp("report"), {**data, "format": 1, "runtime": "go"})
    try:
        read_report(path, "go")
    except InputError as error:
        assert error.what


@given(st.text())
def test_text_of_others_becomes_one_printable_line(text):
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 600
