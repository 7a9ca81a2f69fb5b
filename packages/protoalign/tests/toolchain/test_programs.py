"""Programs are found beside Python or on PATH, and held against the version that is needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.errors import ToolMissingError
from protoalign.toolchain import Program, find_program, located, version_in

PLUGIN = Program(name="protoc-gen-x", needed=(0, 7), what="plugin", remedy="pip install 'x[generate]'")


def test_a_program_on_path_is_found_with_its_version(program):
    path = program("protoc-gen-x", "print('protoc-gen-x v0.7.3')")
    found = located(PLUGIN)
    assert (found.path, found.version) == (path, "0.7.3")


def test_a_program_beside_python_goes_before_one_on_path(program, tmp_path, monkeypatch):
    program("protoc-gen-x", "print('0.7.0')")
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "protoc-gen-x").write_text("#!/bin/sh\n")
    (scripts / "protoc-gen-x").chmod(0o755)
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(scripts))
    assert find_program("protoc-gen-x") == scripts / "protoc-gen-x"


def test_a_missing_program_is_named_with_its_version_and_the_way_to_get_it(program):
    with pytest.raises(ToolMissingError) as caught:
        located(PLUGIN)
    assert caught.value.what == "the plugin protoc-gen-x is not installed, and version 0.7.x is needed"
    assert caught.value.hint == "pip install 'x[generate]'"


@pytest.mark.parametrize("version", ["0.6.9", "0.8.0", "1.7"])
def test_another_version_is_told_with_both(program, version):
    path = program("protoc-gen-x", f"print('protoc-gen-x v{version}')")
    with pytest.raises(ToolMissingError) as caught:
        located(PLUGIN)
    assert caught.value.what == f"the plugin protoc-gen-x is version {version}, and 0.7.x is needed"
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise SystemExit('libfoo is missing')", "libfoo is missing"),
        ("raise SystemExit(3)", "exit code 3"),
        ("print('hello')", "hello"),
    ],
)
def test_a_program_that_prints_no_version(program, body, said):
    program("protoc-gen-x", body)
    with pytest.raises(ToolMissingError, match=f"does not print its version: {said}"):
        located(PLUGIN)


def test_a_file_that_is_no_program(program):
    path = program("protoc-gen-x", "")
    path.write_bytes(b"\x00\x01\x02")
    with pytest.raises(ToolMissingError, match="cannot be started"):
        located(PLUGIN)


def test_newer_ones_serve_only_where_that_is_said():
    newer = Program(name="x", needed=(1, 25), or_newer=True, remedy="")
    assert newer.takes("1.25")
    assert newer.takes("2.0.1")
    assert not newer.takes("1.24.9")
    assert newer.shown_need == "1.25 or newer"
    # 1.3 is older than 1.25: parts are numbers, not digits.
    assert not newer.takes("1.3")


@given(
    parts=st.lists(st.integers(0, 999), min_size=2, max_size=4), before=st.sampled_from(["", "x v", "go", "v", "x "])
)
def test_a_version_is_read_out_of_what_programs_print(parts, before):
    version = ".".join(map(str, parts))
    assert version_in(f"{before}{version}\n") == version


@pytest.mark.parametrize(
    ("text", "version"),
    [("go1.27rc1", "1.27"), ("protoc-gen-x 2", None), ("", None), ("libx3.5 1.2.3", "1.2.3"), ("0.7.0-dev", "0.7.0")],
)
def test_versions_of_odd_forms(text, version):
    assert version_in(text) == version
