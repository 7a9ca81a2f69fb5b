"""Names in Go: those of the real plugins, and the collisions that they would leave to the compiler."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protobuf import DescFile
from protobuf.wkt import FileDescriptorSet

from protoalign.errors import InputError
from protoalign.generate.go_names import (
    ApiLevel,
    api_level,
    check_go_names,
    go_camel_case,
    go_enum_constants,
    go_message,
    messages_of,
)
from protoalign.generate.go_packages import GoPackage
from protoalign.sources.compilers import compile_with_protoc

PROTO3 = 'syntax = "proto3"; package acme; '


def described(folder: Path, text: str) -> DescFile:
    (folder / "a.proto").write_text(text, encoding="utf-8")
    registry = FileDescriptorSet.from_binary(compile_with_protoc(folder, ["a.proto"])).to_registry()
    file = registry.file("a.proto")
    assert file is not None
    return file


@pytest.mark.parametrize(
    ("name", "go"),
    [
        ("list_files", "ListFiles"),
        ("ListFiles", "ListFiles"),
        ("fileURL", "FileURL"),
        ("a1b", "A1B"),
        ("a_1", "A_1"),
        ("_lead", "XLead"),
        ("__two", "XTwo"),
        ("under__score", "Under_Score"),
        ("trailing_", "Trailing_"),
        ("UPPER_CASE", "UPPER_CASE"),
        ("Outer.Inner", "Outer_Inner"),
        ("Outer.inner", "OuterInner"),
        ("Outer._inner", "Outer_XInner"),
        ("_", "X"),
    ],
)
def test_camel_case(name: str, go: str) -> None:
    assert go_camel_case(name) == go


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}(\.[A-Za-z_][A-Za-z0-9_]{0,12})?", fullmatch=True))
def test_every_name_is_exported_and_stays_as_it_is_the_second_time(name: str) -> None:
    go = go_camel_case(name)
    assert go[0].isupper()
    assert go.isidentifier()
    assert go_camel_case(go) == go


def test_fields_give_way_to_methods(tmp_path: Path) -> None:
    file = described(tmp_path, PROTO3 + "message M { string reset = 1; string foo = 2; string get_foo = 3; }")
    names = go_message(file.messages[0])
    assert names.fields == {"reset": "Reset_", "foo": "Foo", "get_foo": "GetFoo_"}
    assert names.getters["get_foo"] == "GetGetFoo_"


def test_members_of_a_oneof_give_way_to_nested_types(tmp_path: Path) -> None:
    file = described(
        tmp_path,
        PROTO3
        + "message M { oneof kind { Inner inner = 1; Inner other = 2; } message Inner {} optional int32 o = 3; }",
    )
    names = go_message(file.messages[0])
    assert names.wrappers == {"inner": "M_Inner_", "other": "M_Other"}
    assert names.oneofs == {"kind": "Kind"}


def test_values_have_the_name_of_what_is_around_their_enum(tmp_path: Path) -> None:
    file = described(tmp_path, PROTO3 + "enum Top { ZERO = 0; } message M { enum E { NONE = 0; } }")
    assert [name for name, _ in go_enum_constants(file.enums[0])] == ["Top_ZERO"]
    assert [name for name, _ in go_enum_constants(file.messages[0].nested_enums[0])] == ["M_NONE"]


def test_the_edition_says_how_fields_are_reached(tmp_path: Path) -> None:
    assert api_level(described(tmp_path, 'edition = "2024"; message M {}').messages[0]) is ApiLevel.OPAQUE
    assert api_level(described(tmp_path, 'edition = "2023"; message M {}').messages[0]) is ApiLevel.OPEN


def test_the_contract_says_how_fields_are_reached_and_values_are_named(tmp_path: Path) -> None:
    file = described(
        tmp_path,
        'edition = "2024"; import "google/protobuf/go_features.proto"; '
        "option features.(pb.go).api_level = API_HYBRID; "
        "enum Size { option features.(pb.go).strip_enum_prefix = STRIP_ENUM_PREFIX_GENERATE_BOTH; SIZE_S = 0; "
        "SIZE = 1 [features.(pb.go).strip_enum_prefix = STRIP_ENUM_PREFIX_STRIP]; }"
        "message M { message Deep { option features.(pb.go).api_level = API_OPEN; } }",
    )
    assert [api_level(message) for message in messages_of(file)] == [ApiLevel.HYBRID, ApiLevel.OPEN]
    assert [name for name, _ in go_enum_constants(file.enums[0])] == ["Size_S", "Size_SIZE_S", "Size_SIZE"]


@pytest.mark.parametrize(
    ("text", "name", "elements"),
    [
        ("message a_b {} message AB {}", "AB", ("message acme.a_b", "message acme.AB")),
        ("message Files_Client {} message FilesClient {} service Files {}", "FilesClient", ("service acme.Files",)),
        ("message M { oneof o { int32 foo = 1; } } message M_Foo {}", "M_Foo", ("oneof member foo of acme.M",)),
        ("enum Order { Z = 0; name = 1; }", "Order_name", ("enum value name of acme.Order",)),
        ("service S { rpc get_it(M) returns (M); rpc GetIt(M) returns (M); } message M {}", "S_GetIt", ("RPC get_it",)),
        ("message M { string proto_reflect = 1; }", "M.ProtoReflect", ("message acme.M",)),
        ("message M { oneof foo { int32 a = 1; } string get_foo = 2; }", "M.GetFoo", ("message acme.M",)),
    ],
)
def test_names_that_collide_in_go_are_refused(tmp_path: Path, text: str, name: str, elements: tuple[str, ...]) -> None:
    file = described(tmp_path, PROTO3 + text)
    with pytest.raises(InputError) as caught:
        check_go_names([file], {"a.proto": GoPackage("example.com/acme", "acme")})
    assert f"example.com/acme.{name}" in str(caught.value)
    for element in elements:
        assert element in str(caught.value)


def test_names_in_other_go_packages_do_not_collide(tmp_path: Path) -> None:
    first = described(tmp_path, PROTO3 + "message M {}")
    (tmp_path / "b").mkdir()
    second = described(tmp_path / "b", 'syntax = "proto3"; package other; message M {}')
    check_go_names([first], {"a.proto": GoPackage("example.com/acme", "acme")})
    check_go_names([second], {"a.proto": GoPackage("example.com/other", "other")})
