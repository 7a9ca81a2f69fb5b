"""Wheels, sdists, zips and folders with generated modules."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from hypothesis import given, settings
from hypothesis import strategies as st

from protoalign.errors import ArchiveError, ModuleSyntaxError, NoDescriptorsError, ProtoalignError, SourceReadError
from protoalign.sources.limits import Limits
from protoalign.sources.python_metadata import is_metadata, parse_metadata, parse_requires_txt
from protoalign.sources.python_package import scan
from protoalign.sources.scan import LoadOptions

ONE = FileDescriptorProto(name="one.proto", package="one").SerializeToString()
MODULE = f"D = pool.AddSerializedFile({ONE!r})\n".encode()
METADATA = b"""Metadata-Version: 2.1
Name: demo
Version: 1.5
Requires-Dist: grpcio (>=1.0,<2)
Requires-Dist: googleapis-common-protos[grpc] >=1.5 ; python_version >= "3.0"
Requires-Dist: futures ; python_version < "3.0"
Requires-Dist: pytest ; extra == 'test'
Requires-Dist: other ; sys_platform == "none" and extra == 'test'
Requires-Dist: direct @ https://example.invalid/x.whl
Requires-Dist: !!
Requires-Dist: odd ; what is this

Requires-Dist: in-the-description
"""


def wheel(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


WHEEL = wheel(
    {
        "demo/v5/one_pb2.py": MODULE,
        "demo/v6/one_pb2.py": MODULE,
        "demo/x.py": b"x = 1\n",
        "demo-1.5.dist-info/METADATA": METADATA,
    }
)


def test_a_wheel(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.5-py3-none-any.whl"
    path.write_bytes(WHEEL)
    found = scan(str(path), LoadOptions())
    assert [(each.location, each.serialized) for each in found.found] == [
        ("demo/v5/one_pb2.py:1", ONE),
        ("demo/v6/one_pb2.py:1", ONE),
    ]
    assert (found.source, found.kind, found.version) == (f"python:{path}", "python", "1.5")
    assert (found.archive, found.archive_sha256) == (path.name, hashlib.sha256(WHEEL).hexdigest())
    assert found.requirements == ("grpcio>=1.0,<2", "googleapis-common-protos>=1.5", "odd")


def test_a_folder_and_a_module(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/one_pb2.py").write_bytes(MODULE)
    found = scan(str(tmp_path), LoadOptions())
    assert [each.location for each in found.found] == ["pkg/one_pb2.py:1"]
    assert (found.version, found.archive, found.archive_sha256, found.requirements) == (None, None, None, ())
    single = scan(str(tmp_path / "pkg/one_pb2.py"), LoadOptions())
    assert [each.location for each in single.found] == ["one_pb2.py:1"]
    assert single.archive_sha256 == hashlib.sha256(MODULE).hexdigest()


def test_nothing_found(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x = 1\n")
    with pytest.raises(NoDescriptorsError, match="none of the 1 Python modules") as caught:
        scan(str(tmp_path), LoadOptions())
    assert caught.value.where == f"python:{tmp_path}"
    assert caught.value.hint


def test_a_module_that_does_not_parse_is_never_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a_pb2.py").write_bytes(MODULE)
    (tmp_path / "b_pb2.py").write_bytes(MODULE + b"def broken(:\n")
    with pytest.raises(ModuleSyntaxError) as caught:
        scan(str(tmp_path), LoadOptions())
    assert caught.value.where == "b_pb2.py:2"


def test_a_module_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "x_pb2.py"
    path.write_bytes(MODULE + b"#" * 2000)
    for target in (path, tmp_path):
        with pytest.raises(ArchiveError):
            scan(str(target), LoadOptions(limits=Limits(member_size=1000)))


def test_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(SourceReadError, match="does not exist"):
        scan(str(tmp_path / "x"), LoadOptions())


def test_comments_are_read_only_when_asked_for(tmp_path: Path) -> None:
    file = FileDescriptorProto(name="s.proto", package="s")
    file.service.add(name="S")
    (tmp_path / "s_pb2.py").write_text(f"D = pool.AddSerializedFile({file.SerializeToString()!r})\n")
    (tmp_path / "s_pb2_grpc.py").write_text("class SServicer:\n    '''About S.'''\n\nX = '/s.S/'\n")
    (comment,) = scan(str(tmp_path), LoadOptions()).comments
    assert (comment.leading, comment.provenance) == (" About S.\n", "s_pb2_grpc.py:2")
    assert scan(str(tmp_path), LoadOptions(comments=False)).comments == ()


def test_comments_of_the_chosen_copy_come_first(tmp_path: Path) -> None:
    file = FileDescriptorProto(name="s.proto", package="s")
    file.service.add(name="S")
    for version in ("v5", "v6"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "s_pb2.py").write_text(f"D = pool.AddSerializedFile({file.SerializeToString()!r})\n")
        (tmp_path / version / "s_pb2_grpc.py").write_text("class SServicer:\n    '''About S.'''\n\nX = '/s.S/'\n")
    assert scan(str(tmp_path), LoadOptions(copies=("v6",))).comments[0].provenance == "v6/s_pb2_grpc.py:2"


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("demo-1.0.dist-info/METADATA", True),
        ("demo-1.0/PKG-INFO", True),
        ("PKG-INFO", True),
        ("demo-1.0/vendor/x/PKG-INFO", False),
        ("a/demo-1.0.dist-info/METADATA", False),
        ("METADATA", False),
        ("demo-1.0/demo.egg-info/requires.txt", True),
        ("demo-1.0/requires.txt", False),
    ],
)
def test_which_member_is_the_metadata(member: str, expected: bool) -> None:
    assert is_metadata(member) is expected


def test_requirements_of_an_old_sdist() -> None:
    content = (
        b"grpcio>=1.2\nsix\n\n[:python_version < '3']\nfutures\n\n"
        b"[:python_version >= '3']\ntenacity[x]>=6.1\n[test]\npytest\n"
    )
    assert parse_requires_txt(content) == ("grpcio>=1.2", "six", "tenacity>=6.1")


@given(st.binary(max_size=300))
def test_any_metadata_is_read(content: bytes) -> None:
    parse_metadata(b"Requires-Dist: " + content)
    parse_requires_txt(content)


@settings(max_examples=400)
@given(data=st.data())
def test_mutated_wheels_are_read_or_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = bytearray(WHEEL)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / "mutated.whl"
    path.write_bytes(content)
    try:
        found = scan(str(path), LoadOptions())
    except ProtoalignError as error:
        assert error.what
    else:
        assert {each.serialized for each in found.found} == {ONE}
