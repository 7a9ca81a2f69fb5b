"""Descriptors out of generated Go, in every form that a generator has used."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.contract import ContractFile, canonical_file
from protoalign.errors import ArchiveError, DescriptorError, ModuleSyntaxError, NoDescriptorsError, ProtoalignError
from protoalign.sources.compilers import compile_with_protoc
from protoalign.sources.go_package import descriptors_in, scan
from protoalign.sources.image import files_of_image
from protoalign.sources.limits import Limits
from protoalign.sources.scan import LoadOptions

FIXTURES = Path(__file__).parents[2] / "fixtures" / "go"
FORMS = ["slice", "string_of_slice", "concatenated", "gzipped", "gogo"]


@pytest.fixture(scope="module")
def compiled() -> bytes:
    content = compile_with_protoc(FIXTURES, ["shop/v1/shop.proto"])
    (file,) = (file for file in files_of_image(content, "x", Limits(), where="x") if file.name == "shop/v1/shop.proto")
    return canonical_file(file.serialized)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_holds_what_protoc_compiles(form: str, compiled: bytes) -> None:
    found = scan(str(FIXTURES / form), LoadOptions())
    (descriptor,) = found.found
    assert canonical_file(descriptor.serialized) == compiled
    name, line = descriptor.location.split(":")
    assert name == "shop.pb.go"
    assert "= " in (FIXTURES / form / name).read_text().splitlines()[int(line) - 1]
    assert (found.kind, found.version, found.archive, found.unsupported) == ("go", None, None, ())


def test_a_module_zip_tells_its_version(tmp_path: Path) -> None:
    archive = tmp_path / "v1.2.0-rc.1.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for form in FORMS:
            file.write(FIXTURES / form / "shop.pb.go", f"example.com/shop/v2@v1.2.0-rc.1/{form}/shop.pb.go")
    found = scan(str(archive), LoadOptions())
    assert found.version == "v1.2.0-rc.1"
    assert found.archive == "v1.2.0-rc.1.zip"
    assert found.archive_sha256 is not None
    assert len(found.found) == len(FORMS)
    assert {ContractFile.parse(each.serialized).name for each in found.found} == {"shop/v1/shop.proto"}


def test_a_folder_of_the_module_cache_tells_its_version(tmp_path: Path) -> None:
    folder = tmp_path / "shop@v0.3.0" / "inner"
    folder.mkdir(parents=True)
    (folder / "shop.pb.go").write_bytes((FIXTURES / "slice" / "shop.pb.go").read_bytes())
    assert scan(str(folder), LoadOptions()).version == "v0.3.0"


def test_generated_code_without_descriptors_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "shop.pb.go").write_bytes((FIXTURES / "slice" / "shop.pb.go").read_bytes())
    (tmp_path / "shop_grpc.pb.go").write_text("package shop\n")
    (tmp_path / "notes.go").write_text("package shop\nvar file_x_rawDesc = broken\n")
    found = scan(str(tmp_path), LoadOptions())
    assert len(found.found) == 1
    assert not found.unsupported


def test_messages_that_are_registered_without_a_descriptor_are_unsupported(tmp_path: Path) -> None:
    (tmp_path / "old.pb.go").write_text('package old\nfunc init() {\n\tproto.RegisterType((*A)(nil), "a.A")\n}\n')
    found = scan(str(tmp_path), LoadOptions())
    assert found.unsupported == ("old.pb.go: its messages are registered without a descriptor",)


@pytest.mark.parametrize(("name", "reason"), [("a.pb.go", "1 generated Go files"), ("a.go", "no .pb.go file")])
def test_nothing_found_is_an_error(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_text("package a\n")
    with pytest.raises(NoDescriptorsError, match=reason):
        scan(str(tmp_path), LoadOptions())


def test_a_literal_that_cannot_be_read_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.pb.go").write_text("package a\n\nvar file_a_rawDesc = load()\n")
    with pytest.raises(ModuleSyntaxError, match=r"a\.pb\.go:3: the value is no literal"):
        scan(str(tmp_path), LoadOptions())


def source_of(data: bytes) -> bytes:
    return b"package a\nvar fileDescriptor_0 = []byte{" + b",".join(b"0x%02x" % each for each in data) + b"}\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(b"a" * 1000, mtime=0)[:-9], "cut short"),
        (b"\x1f\x8b\x08 garbage that is no gzip", "does not unpack"),
        (gzip.compress(b"\0" * 5_000_000, mtime=0), "more than 1,000,000 bytes"),
    ],
    ids=["cut", "garbage", "bomb"],
)
def test_damaged_and_hostile_gzip(data: bytes, reason: str) -> None:
    with pytest.raises(DescriptorError, match=reason):
        list(descriptors_in(source_of(data), "a.pb.go", Limits(descriptor_size=1_000_000)))


def test_a_truncated_zip_is_an_archive_error(tmp_path: Path) -> None:
    archive = tmp_path / "v1.0.0.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(FIXTURES / "slice" / "shop.pb.go", "example.com/shop@v1.0.0/shop.pb.go")
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(ArchiveError):
        scan(str(archive), LoadOptions())


@given(st.binary(max_size=300))
def test_any_gzipped_bytes_come_back(data: bytes) -> None:
    (found,) = descriptors_in(source_of(gzip.compress(data)), "a.pb.go", Limits())
    assert found.serialized == data


@given(st.data())
def test_a_mutated_file_never_raises_anything_else(data: st.DataObject) -> None:
    source = bytearray((FIXTURES / data.draw(st.sampled_from(FORMS)) / "shop.pb.go").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(source) - 1))
        source[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    try:
        for found in descriptors_in(bytes(source), "a.pb.go", Limits()):
            ContractFile.parse(found.serialized)
    except ProtoalignError:
        pass
