"""Folders of .proto files, as people lay them out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.errors import (
    AmbiguousCopiesError,
    ArchiveError,
    CompileError,
    NoDescriptorsError,
    SourceReadError,
    UnresolvedImportsError,
)
from protoalign.sources.limits import Limits
from protoalign.sources.progress import SilentProgress
from protoalign.sources.proto_tree import scan
from protoalign.sources.scan import LoadOptions, Scan

CHAT = """syntax = "proto3";
package acme.v1;
import "acme/v1/user.proto";
import "google/protobuf/timestamp.proto";
// A chat.
message Chat { User user = 1; google.protobuf.Timestamp at = 2; }
"""
USER = 'syntax = "proto3";\npackage acme.v1;\nmessage User { string name = 1; }\n'
TREE = {"acme/v1/chat.proto": CHAT, "acme/v1/user.proto": USER}
NAMES = ["acme/v1/chat.proto", "acme/v1/user.proto"]


@dataclass
class Notes(SilentProgress):
    """Keeps what is said."""

    said: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.said.append(text)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


def names(found: Scan) -> list[str]:
    return sorted(FileDescriptorProto.FromString(each.serialized).name for each in found.found)


def imports(found: Scan) -> list[str]:
    return sorted(each.location for each in found.imports)


@pytest.mark.parametrize("named", [".", "proto", "proto/acme", "proto/acme/v1"])
def test_the_import_root_is_found_wherever_the_user_points(tmp_path: Path, named: str) -> None:
    write(tmp_path, below("proto", TREE))
    notes = Notes()
    found = scan(str(tmp_path / named), LoadOptions(progress=notes))
    assert names(found) == NAMES
    assert imports(found) == ["google/protobuf/timestamp.proto"]
    assert bool(notes.said) == (named != "proto")
    located = {each.location for each in found.found}
    assert located == {os.path.relpath(tmp_path / "proto" / name, tmp_path / named) for name in NAMES}


def test_comments_and_positions_survive(tmp_path: Path) -> None:
    found = scan(str(write(tmp_path, TREE)), LoadOptions())
    chat = next(each for each in found.found if each.location.endswith("chat.proto"))
    locations = FileDescriptorProto.FromString(chat.serialized).source_code_info.location
    assert any(location.leading_comments == " A chat.\n" for location in locations)


def test_the_tree_is_not_written_to(tmp_path: Path) -> None:
    write(tmp_path, {**TREE, "buf.yaml": "version: v2\n"})
    before = sorted(tmp_path.rglob("*"))
    scan(str(tmp_path), LoadOptions())
    assert sorted(tmp_path.rglob("*")) == before


def test_several_roots(tmp_path: Path) -> None:
    files = {
        **below(
            "proto", {**TREE, "acme/v1/chat.proto": CHAT.replace("import", 'import "google/api/x.proto";\nimport', 1)}
        ),
        "third_party/google/api/x.proto": 'syntax = "proto3"; package google.api;',
        "third_party/google/api/alone.proto": 'syntax = "proto3"; package google.api;',
    }
    found = scan(str(write(tmp_path, files)), LoadOptions())
    assert names(found) == [*NAMES, "google/api/alone.proto", "google/api/x.proto"]


def test_files_without_any_import_keep_their_place(tmp_path: Path) -> None:
    write(tmp_path, {"corp/acme/v1/user.proto": USER, "top.proto": 'syntax = "proto3";'})
    assert names(scan(str(tmp_path), LoadOptions())) == ["corp/acme/v1/user.proto", "top.proto"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            {"buf.yaml": "version: v2\nmodules:\n  - path: proto\n  - path: other\n"},
            ["acme/v1/user.proto", "b/x.proto"],
        ),
        ({"buf.yaml": "version: v2\nmodules:\n  - path: proto\n"}, ["acme/v1/user.proto"]),
        (
            {"buf.yaml": "version: v2\nmodules:\n  - path: proto\n  - path: other\n    excludes: [other/b]\n"},
            ["acme/v1/user.proto"],
        ),
        ({"buf.work.yaml": "version: v1\ndirectories: [proto, other]\n"}, ["acme/v1/user.proto", "b/x.proto"]),
        (
            {"buf.yaml": "version: v2\nmodules:\n  - path: proto\ndeps:\n  - buf.build/googleapis/googleapis\n"},
            ["acme/v1/user.proto"],
        ),
        ({"buf.yaml": "version: v2\nmodules: [\n"}, ["other/b/x.proto", "proto/acme/v1/user.proto"]),
        ({}, ["other/b/x.proto", "proto/acme/v1/user.proto"]),
    ],
    ids=["two modules", "one module", "excludes", "workspace", "remote dependency", "broken", "none"],
)
def test_buf_modules_are_honoured(tmp_path: Path, config: dict[str, str], expected: list[str]) -> None:
    files = {"proto/acme/v1/user.proto": USER, "other/b/x.proto": 'syntax = "proto3"; package b;'}
    assert names(scan(str(write(tmp_path, {**files, **config})), LoadOptions())) == expected


def test_an_import_that_the_tree_lacks_is_named_with_who_wants_it(tmp_path: Path) -> None:
    write(tmp_path, {"a.proto": 'syntax = "proto3"; import "google/api/annotations.proto";'})
    with pytest.raises(UnresolvedImportsError) as caught:
        scan(str(tmp_path), LoadOptions())
    assert caught.value.missing == {"google/api/annotations.proto": ("a.proto",)}
    assert "--with" in caught.value.hint


def test_imports_are_taken_from_what_the_caller_supplies(tmp_path: Path) -> None:
    supplied = FileDescriptorProto(name="acme/v1/user.proto", package="acme.v1", syntax="proto3")
    supplied.message_type.add(name="User")
    write(tmp_path, {"acme/v1/chat.proto": CHAT})
    calls = []

    def import_files() -> dict[str, bytes]:
        calls.append(1)
        return {supplied.name: supplied.SerializeToString()}

    found = scan(str(tmp_path), LoadOptions(import_files=import_files))
    assert names(found) == ["acme/v1/chat.proto"]
    assert imports(found) == ["acme/v1/user.proto", "google/protobuf/timestamp.proto"]
    write(tmp_path, TREE)
    assert names(scan(str(tmp_path), LoadOptions(import_files=import_files))) == NAMES
    assert len(calls) == 1, "a whole tree needs no supplies"


def test_every_diagnostic_is_passed_on_with_the_path_the_user_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = CHAT.replace("User user = 1", "Usr user = 1; Chat = 2")
    write(tmp_path, below("proto", {**TREE, "acme/v1/chat.proto": broken, "acme/v1/z.proto": "syntax = 3;"}))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CompileError) as caught:
        scan("proto/acme", LoadOptions())
    assert any(line.startswith("proto/acme/v1/chat.proto:6:") for line in caught.value.diagnostics)
    assert any(line.startswith("proto/acme/v1/z.proto:1:10: ") for line in caught.value.diagnostics)


def test_a_single_file_brings_its_imports(tmp_path: Path) -> None:
    write(tmp_path, below("proto", TREE))
    found = scan(str(tmp_path / "proto/acme/v1/chat.proto"), LoadOptions())
    assert names(found) == ["acme/v1/chat.proto"]
    assert imports(found) == ["acme/v1/user.proto", "google/protobuf/timestamp.proto"]
    assert names(scan(str(tmp_path / "proto/acme/v1/user.proto"), LoadOptions())) == ["acme/v1/user.proto"]


def test_a_single_file_beside_its_import(tmp_path: Path) -> None:
    write(tmp_path, {"a.proto": 'syntax = "proto3"; import "b.proto";', "b.proto": 'syntax = "proto3";'})
    found = scan(str(tmp_path / "a.proto"), LoadOptions())
    assert (names(found), imports(found)) == (["a.proto"], ["b.proto"])


def test_vendored_well_known_files_are_imports(tmp_path: Path) -> None:
    timestamp = 'syntax = "proto3"; package google.protobuf; message Timestamp { int64 seconds = 1; int32 nanos = 2; }'
    found = scan(str(write(tmp_path, {**TREE, "google/protobuf/timestamp.proto": timestamp})), LoadOptions())
    assert names(found) == NAMES
    assert imports(found) == ["google/protobuf/timestamp.proto"]


def test_an_import_that_may_mean_two_files_is_not_guessed(tmp_path: Path) -> None:
    files = {
        "one/common.proto": 'syntax = "proto3"; message A {}',
        "two/common.proto": 'syntax = "proto3"; message B {}',
        "one/main.proto": 'syntax = "proto3"; package one; import "common.proto";',
        "two/main.proto": 'syntax = "proto3"; package two; import "common.proto";',
    }
    with pytest.raises(AmbiguousCopiesError, match=r"common\.proto may mean different files"):
        scan(str(write(tmp_path, files)), LoadOptions())
    write(
        tmp_path,
        {"one/more.proto": 'syntax = "proto3";', "one/main.proto": files["one/main.proto"] + 'import "more.proto";'},
    )
    with pytest.raises(AmbiguousCopiesError, match=r"common\.proto may mean different files"):
        scan(str(tmp_path), LoadOptions())
    assert names(scan(str(tmp_path / "two"), LoadOptions())) == ["common.proto", "main.proto"]


def test_two_roots_with_one_name(tmp_path: Path) -> None:
    files = {
        "buf.yaml": "version: v2\nmodules:\n  - path: a\n  - path: b\n",
        "a/x.proto": 'syntax = "proto3"; package a;',
        "b/x.proto": 'syntax = "proto3"; package b;',
    }
    with pytest.raises(AmbiguousCopiesError, match=r"a/x\.proto, b/x\.proto"):
        scan(str(write(tmp_path, files)), LoadOptions())


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret/user.proto": USER, "tree/acme/v1/chat.proto": CHAT})
    (tmp_path / "tree/acme/v1/user.proto").symlink_to(tmp_path / "secret/user.proto")
    with pytest.raises(UnresolvedImportsError, match=r"user\.proto"):
        scan(str(tmp_path / "tree"), LoadOptions())


@pytest.mark.parametrize("name", ["../secret.proto", "/etc/secret.proto", "a/../../secret.proto", "..\\\\secret.proto"])
@pytest.mark.parametrize("single", [True, False])
def test_imports_that_lead_out_of_the_tree_are_not_read(tmp_path: Path, name: str, single: bool) -> None:
    write(tmp_path, {"secret.proto": "SECRET", "tree/a.proto": f'syntax = "proto3"; import "{name}";'})
    with pytest.raises(UnresolvedImportsError) as caught:
        scan(str(tmp_path / "tree" / ("a.proto" if single else "")), LoadOptions())
    assert "SECRET" not in str(caught.value)


def test_bad_trees(tmp_path: Path) -> None:
    with pytest.raises(NoDescriptorsError, match=r"no \.proto file"):
        scan(str(tmp_path), LoadOptions())
    with pytest.raises(SourceReadError, match="does not exist"):
        scan(str(tmp_path / "none"), LoadOptions())
    write(tmp_path, {"a.txt": ""})
    with pytest.raises(SourceReadError, match=r"no \.proto file"):
        scan(str(tmp_path / "a.txt"), LoadOptions())
    write(
        tmp_path, {"a.proto": 'syntax = "proto3"; import "b.proto";', "b.proto": 'syntax = "proto3"; import "a.proto";'}
    )
    with pytest.raises(CompileError, match="recursively imports"):
        scan(str(tmp_path), LoadOptions())
    (tmp_path / "a.proto").write_bytes(b"\xff\xfe\x00 no text")
    with pytest.raises(CompileError, match=r"a\.proto:1:1"):
        scan(str(tmp_path), LoadOptions())
    with pytest.raises(ArchiveError, match="more than 1 files"):
        scan(str(tmp_path), LoadOptions(limits=Limits(members=1)))
    with pytest.raises(SourceReadError, match="larger than"):
        scan(str(tmp_path / "b.proto"), LoadOptions(limits=Limits(member_size=3)))


def test_a_folder_without_permission(unprivileged_folder: Path) -> None:
    write(unprivileged_folder, below("closed", TREE))
    (unprivileged_folder / "closed").chmod(0)
    with pytest.raises(SourceReadError, match="may not be read"):
        scan(str(unprivileged_folder / "closed"), LoadOptions())
