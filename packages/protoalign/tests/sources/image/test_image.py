"""Descriptor sets in every form that buf and protoc write."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given, settings
from hypothesis import strategies as st

from protoalign.contract import ContractFile, canonical_file
from protoalign.errors import (
    AmbiguousCopiesError,
    DescriptorError,
    NoDescriptorsError,
    ProtoalignError,
    SourceReadError,
)
from protoalign.sources.compilers import find_tool
from protoalign.sources.image import files_of_image, scan
from protoalign.sources.limits import Limits
from protoalign.sources.scan import LoadOptions, Scan

NOTES = """
syntax = "proto2";
package notes.v1;
import "google/protobuf/descriptor.proto";
message Note {
  optional string text = 1;
  repeated double weights = 2;
  optional bytes raw = 3;
  optional Note inner = 4;
  extensions 100 to 200;
}
extend Note { optional int64 stamp = 100; }
extend google.protobuf.FieldOptions { optional Note note = 50001; }
extend google.protobuf.MethodOptions { repeated string tags = 50002; }
"""
SHOP = """
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "notes/v1/notes.proto";
// An order.
message Order {
  string id = 1 [(notes.v1.note) = {
    text: "ü\\"\\n" weights: [1.5, -0.0, inf, nan] raw: "\\000\\377" inner { [notes.v1.stamp]: -9223372036854775808 }
  }];
  google.protobuf.Timestamp placed = 2;
}
service Orders { rpc Get(Order) returns (Order) { option (notes.v1.tags) = "a"; option (notes.v1.tags) = ""; } }
"""
OWN = ["notes/v1/notes.proto", "shop/v1/shop.proto"]
WELL_KNOWN = ["google/protobuf/descriptor.proto", "google/protobuf/timestamp.proto"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for name, text in (("notes/v1/notes.proto", NOTES), ("shop/v1/shop.proto", SHOP)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def build(tree: Path, output: Path, *flags: str) -> Path:
    subprocess.run([find_tool("buf"), "build", str(tree), "-o", str(output), *flags], check=True)
    return output


def names(found: Scan) -> tuple[list[str], list[str]]:
    return sorted(each.location for each in found.found), sorted(each.location for each in found.imports)


def canonical(found: Scan) -> dict[str, bytes]:
    return {each.location: canonical_file(each.serialized) for each in found.found}


@pytest.fixture(scope="module")
def reference(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    output = tmp_path_factory.mktemp("reference") / "set.pb"
    subprocess.run(
        [find_tool("protoc"), f"--proto_path={tree}", "--include_imports", f"--descriptor_set_out={output}", *OWN],
        check=True,
    )
    return {
        file.name: canonical_file(file.SerializeToString(deterministic=True))
        for file in FileDescriptorSet.FromString(output.read_bytes()).file
        if file.name in OWN
    }


@pytest.mark.parametrize("flags", [(), ("--as-file-descriptor-set",)], ids=["image", "set"])
@pytest.mark.parametrize("suffix", ["binpb", "json", "txtpb", "binpb.gz", "json.gz", "txtpb.gz"])
def test_every_form_that_buf_writes(
    tree: Path, tmp_path: Path, reference: dict[str, bytes], suffix: str, flags: tuple[str, ...]
) -> None:
    found = scan(str(build(tree, tmp_path / f"x.{suffix}", *flags)), LoadOptions())
    assert names(found) == (OWN, WELL_KNOWN)
    for name, form in canonical(found).items():
        # buf keeps the order of custom options as written in the file; what they say is compared as messages.
        assert FileDescriptorProto.FromString(form) == FileDescriptorProto.FromString(reference[name])
    assert any(each.serialized.find(b"An order.") >= 0 for each in found.found)
    assert found.archive == f"x.{suffix}"
    assert found.archive_sha256 is not None


def test_what_buf_adds_is_taken_out(tree: Path, tmp_path: Path) -> None:
    found = scan(str(build(tree, tmp_path / "x.binpb")), LoadOptions())
    plain = scan(str(build(tree, tmp_path / "y.binpb", "--as-file-descriptor-set")), LoadOptions())
    assert {each.location: each.serialized for each in found.found} == {
        each.location: each.serialized for each in plain.found
    }


def test_buf_says_what_is_an_import(tree: Path, tmp_path: Path) -> None:
    image = build(tree, tmp_path / "x.binpb", "--path", str(tree / "shop"))
    assert names(scan(str(image), LoadOptions())) == (
        ["shop/v1/shop.proto"],
        sorted([*WELL_KNOWN, "notes/v1/notes.proto"]),
    )


@pytest.mark.parametrize("suffix", ["json", "txtpb"])
def test_custom_options_without_their_definitions_are_refused_and_not_lost(
    tree: Path, tmp_path: Path, suffix: str
) -> None:
    image = build(tree, tmp_path / f"x.{suffix}", "--path", str(tree / "shop"), "--exclude-imports")
    with pytest.raises(DescriptorError, match="custom options") as caught:
        scan(str(image), LoadOptions())
    assert "binary" in caught.value.hint
    assert "notes/v1/notes.proto" in caught.value.what


def test_json_without_custom_options_needs_no_imports(tree: Path, tmp_path: Path) -> None:
    image = build(tree, tmp_path / "x.json", "--path", str(tree / "notes"), "--exclude-imports")
    assert names(scan(str(image), LoadOptions())) == (["notes/v1/notes.proto"], [])


def test_a_key_of_no_known_meaning_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"file": [{"name": "a.proto", "option": {}}]}')
    with pytest.raises(DescriptorError, match="option"):
        scan(str(tmp_path / "x.json"), LoadOptions())


def descriptor_set(*files: FileDescriptorProto) -> bytes:
    return FileDescriptorSet(file=files).SerializeToString()


def test_a_single_file_is_taken_as_one(tmp_path: Path) -> None:
    file = FileDescriptorProto(name="a/b.proto", package="a")
    (tmp_path / "x.pb").write_bytes(file.SerializeToString())
    found = scan(str(tmp_path / "x.pb"), LoadOptions())
    assert [each.serialized for each in found.found] == [file.SerializeToString()]


@given(st.text(st.sampled_from("abcdefgh/\x12\x0a._123"), min_size=1, max_size=40), st.booleans())
def test_a_lone_file_and_a_set_of_one_are_told_apart(name: str, has_package: bool) -> None:
    file = FileDescriptorProto(name=name, package="p" if has_package else None)
    for content in (descriptor_set(file), file.SerializeToString()):
        if content == file.SerializeToString() and not has_package:
            continue  # nothing but a name: its bytes may be those of a set, too
        (found,) = files_of_image(content, "x", Limits(), where="x")
        assert found.serialized == file.SerializeToString()


def test_well_known_files_alone_are_what_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "x.pb").write_bytes(descriptor_set(FileDescriptorProto(name="google/protobuf/any.proto")))
    assert names(scan(str(tmp_path / "x.pb"), LoadOptions())) == (["google/protobuf/any.proto"], [])


def test_a_set_that_begins_like_json_is_still_binary() -> None:
    # The first file is 123 bytes long: the set begins with a newline and a brace.
    file = FileDescriptorProto(name="a" * 121)
    content = descriptor_set(file)
    assert content.startswith(b"\n{")
    assert [each.name for each in files_of_image(content, "x", Limits(), where="x")] == ["a" * 121]


def test_one_name_twice(tmp_path: Path) -> None:
    one, other = FileDescriptorProto(name="a.proto"), FileDescriptorProto(name="a.proto", package="p")
    (tmp_path / "x").write_bytes(descriptor_set(one, one))
    assert len(scan(str(tmp_path / "x"), LoadOptions()).found) == 1
    (tmp_path / "x").write_bytes(descriptor_set(one, other))
    with pytest.raises(AmbiguousCopiesError, match=r"a\.proto"):
        scan(str(tmp_path / "x"), LoadOptions())


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (b"", NoDescriptorsError, "no file"),
        (b"{}", NoDescriptorsError, "no file"),
        (b"version: v1\nname: x\n", DescriptorError, "is no FileDescriptorSet"),
        (b"\x0a\x05\x0a\x03a.p" + b"\x0a\x10\x0a", DescriptorError, "is no FileDescriptorSet"),
        (b"\x0a\x05\x0a\x03a.p\x0a\x02\xff\xff", DescriptorError, "file 2 of 2"),
        (b"\x1f\x8b\x08 no gzip data", DescriptorError, "damaged"),
        (gzip.compress(b"\x0a" * 999, mtime=0)[:-4], DescriptorError, "cut short"),
        (gzip.compress(b"", mtime=0) + b"more", DescriptorError, "something else"),
        (gzip.compress(b"\0" * 3_000_000, mtime=0), DescriptorError, "more than 1 MiB"),
        (b"\0" * 3_000_000, SourceReadError, "larger than 1 MiB"),
        (b'{"file": 3}', DescriptorError, "no FileDescriptorSet"),
        (b'{"file": [{"name": "a", "name": "b"}]}', DescriptorError, "twice"),
        (b"[" * 100_000, DescriptorError, "is no FileDescriptorSet"),
        (b'{"file":' + b"[" * 100_000, DescriptorError, "recursion|FileDescriptorSet"),
        (b"file { name: 3 }", DescriptorError, "text is no FileDescriptorSet"),
        (b'file { name: "../a" options { [x.y]: 1 } }', DescriptorError, "no relative path"),
        (
            b'{"file": [{"name": "google/protobuf/descriptor.proto", "options": {"[x.y]": 1}}]}',
            DescriptorError,
            "no FileDescriptorProto",
        ),
    ],
    ids=lambda value: repr(value)[:30] if isinstance(value, bytes) else "",
)
def test_bad_content(tmp_path: Path, content: bytes, error: type[ProtoalignError], reason: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(error, match=reason) as caught:
        scan(str(tmp_path / "x"), LoadOptions(limits=Limits(member_size=1 << 20)))
    assert caught.value.exit_code == 2
    assert str(tmp_path) in caught.value.where


def test_bad_paths(tmp_path: Path) -> None:
    with pytest.raises(SourceReadError, match="does not exist"):
        scan(str(tmp_path / "none"), LoadOptions())
    with pytest.raises(SourceReadError, match="no regular file"):
        scan(str(tmp_path), LoadOptions())
    with pytest.raises(SourceReadError):
        scan("a\0b", LoadOptions())


def read_anything(content: bytes, name: str) -> None:
    try:
        for file in files_of_image(content, name, Limits(member_size=1 << 20), where="x"):
            ContractFile.parse(file.serialized)
    except ProtoalignError:
        pass


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from(["x.binpb", "x.json", "x.txtpb", "x.gz"]), st.booleans())
def test_any_bytes(content: bytes, name: str, zipped: bool) -> None:
    read_anything(gzip.compress(content) if zipped else content, name)


KEYS = st.sampled_from(
    [
        "file",
        "name",
        "package",
        "options",
        "messageType",
        "field",
        "extension",
        "[a.b]",
        "bufExtension",
        "dependency",
        "type",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_json(data: object) -> None:
    read_anything(json.dumps({"file": [data]}).encode(), "x.json")
    read_anything(json.dumps(data).encode(), "x.json")


@given(st.data())
def test_a_mutated_set(data: st.DataObject) -> None:
    content = bytearray(descriptor_set(FileDescriptorProto(name="a.proto", package="p", dependency=["b.proto"])) * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=4))
    read_anything(bytes(content), "x.binpb")
