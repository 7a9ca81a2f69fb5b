"""Which Go package a file goes to, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.errors import InputError
from protoalign.generate.go_packages import (
    KEYWORDS,
    PREDECLARED,
    GoPackage,
    ProtoFile,
    go_file_name,
    go_import_option,
    go_packages,
    is_go_runtime_file,
)

GEN = "example.com/sdk/internal/gen"


def package_of(package: str) -> GoPackage:
    return go_packages([ProtoFile("a.proto", package)], GEN)["a.proto"]


@pytest.mark.parametrize(
    ("package", "path", "name"),
    [
        ("xai_api", "xaiapi", "xaiapi"),
        ("google.ai.v1", "google/ai/v1", "v1"),
        ("", "root", "root"),
        ("a_b.c_d", "ab/cd", "cd"),
        ("type", "type", "typepb"),
        ("acme.string", "acme/string", "stringpb"),
        ("acme.main", "acme/main", "mainpb"),
        ("acme.internal.v1", "acme/internalpb/v1", "v1"),
        ("vendor", "vendorpb", "vendorpb"),
        ("acme.testdata", "acme/testdatapb", "testdatapb"),
        ("acme.aux", "acme/auxpb", "auxpb"),
        ("acme.documentation", "acme/documentation", "documentationpb"),
        ("foo_test", "footest", "footest"),
        ("_", "x", "x"),
        ("_1a", "1a", "x1a"),
    ],
)
def test_the_package_is_the_proto_package_without_underscores(package: str, path: str, name: str) -> None:
    assert package_of(package) == GoPackage(f"{GEN}/{path}", name)


identifiers = st.one_of(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True), st.sampled_from(sorted(KEYWORDS | PREDECLARED))
)


@given(st.lists(identifiers, max_size=4).map(".".join))
def test_every_proto_package_gets_a_name_that_go_takes(package: str) -> None:
    found = package_of(package)
    assert found.name.isidentifier()
    assert found.name not in KEYWORDS | PREDECLARED | {"main", "init", "documentation"}
    assert "_" not in found.import_path
    assert not {"internal", "vendor", "testdata", ""} & set(found.import_path.removeprefix(f"{GEN}/").split("/"))


def test_files_of_one_proto_package_share_a_go_package() -> None:
    found = go_packages([ProtoFile("b.proto", "acme"), ProtoFile("x/a.proto", "acme", ("b.proto",))], GEN)
    assert list(found) == ["b.proto", "x/a.proto"]
    assert len(set(found.values())) == 1


def test_files_of_the_runtime_are_left_out() -> None:
    files = [ProtoFile("google/protobuf/empty.proto", "google.protobuf"), ProtoFile("a.proto", "acme")]
    assert list(go_packages(files, GEN)) == ["a.proto"]
    assert is_go_runtime_file("google/protobuf/empty.proto")
    assert not is_go_runtime_file("google/type/date.proto")


def refusal(*files: ProtoFile) -> str:
    with pytest.raises(InputError) as caught:
        go_packages(files, GEN)
    return str(caught.value)


@pytest.mark.parametrize(("first", "second"), [("xai_api", "xaiapi"), ("acme", "Acme"), ("", "root")])
def test_two_proto_packages_in_one_go_package_are_refused(first: str, second: str) -> None:
    said = refusal(ProtoFile("a.proto", first), ProtoFile("b.proto", second))
    assert first or "(none)" in said
    assert "a.proto" in said
    assert "b.proto" in said


@pytest.mark.parametrize(
    ("first", "second"),
    [("x/a.proto", "y/a.proto"), ("a.proto", "x/A.proto"), ("a.proto", "a_grpc.proto")],
)
def test_two_files_that_become_one_generated_file_are_refused(first: str, second: str) -> None:
    said = refusal(ProtoFile(first, "acme"), ProtoFile(second, "acme"))
    assert first in said
    assert second in said


def test_a_file_may_be_called_like_the_stubs_of_one_without_services() -> None:
    files = [ProtoFile("a.proto", "acme", has_services=False), ProtoFile("a_grpc.proto", "acme", has_services=False)]
    assert len(go_packages(files, GEN)) == 2


def test_a_ring_of_go_packages_is_refused_with_the_imports_that_make_it() -> None:
    said = refusal(
        ProtoFile("one.proto", "a", ("two.proto",)),
        ProtoFile("two.proto", "b", ("three.proto",)),
        ProtoFile("three.proto", "a"),
        ProtoFile("aside.proto", "c", ("one.proto",)),
    )
    assert f"{GEN}/a imports {GEN}/b: one.proto imports two.proto" in said
    assert f"{GEN}/b imports {GEN}/a: two.proto imports three.proto" in said
    assert "aside" not in said


def test_a_long_chain_of_packages_is_no_ring() -> None:
    files = [ProtoFile(f"f{n}.proto", f"p{n}", (f"f{n + 1}.proto",)) for n in range(3000)]
    assert len(go_packages([*files, ProtoFile("f3000.proto", "p3000")], GEN)) == 3001


@pytest.mark.parametrize("name", ["a,b.proto", "a=b.proto", "a;b.proto"])
def test_a_file_name_that_no_option_can_hold_is_refused(name: str) -> None:
    assert name in refusal(ProtoFile(name, "acme"))


def test_the_option_names_path_and_package() -> None:
    assert go_import_option("x/a.proto", GoPackage("example.com/type", "typepb")) == (
        "Mx/a.proto=example.com/type;typepb"
    )


@pytest.mark.parametrize(
    ("generated", "built"),
    [
        ("x/files.pb.go", "x/files.pb.go"),
        ("x/device_android.pb.go", "x/device_android_proto.pb.go"),
        ("device_linux_amd64.pb.go", "device_linux_amd64_proto.pb.go"),
        ("device_windows_test.pb.go", "device_windows_test_proto.pb.go"),
        ("windows.pb.go", "windows.pb.go"),
        ("load_test.pb.go", "load_test.pb.go"),
        ("load_test.go", "load_test_proto.go"),
        ("_hidden.pb.go", "proto__hidden.pb.go"),
        (".hidden.pb.go", "proto_hidden.pb.go"),
    ],
)
def test_generated_files_are_named_so_that_go_builds_them_everywhere(generated: str, built: str) -> None:
    assert go_file_name(generated) == built
    assert go_file_name(built) == built


@pytest.mark.parametrize(
    ("option", "package"),
    [
        ("google.golang.org/protobuf/types/known/emptypb", "emptypb"),
        ("example.com/go-things", "go_things"),
        ("example.com/v1;things", "things"),
        ("example.com/type", "_type"),
        ("example.com/1st", "_1st"),
    ],
)
def test_a_files_own_option_is_read_as_protoc_gen_go_reads_it(option: str, package: str) -> None:
    assert GoPackage.of_option(option) == GoPackage(option.partition(";")[0], package)
