"""What a contract promises: closed, immutable, with a digest that only its meaning changes."""

import random

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from protoalign.contract import Contract, ContractFile, Provenance, build_contract
from protoalign.contract.canonical import canonical_descriptor, default_json_name
from protoalign.errors import (
    AmbiguousCopiesError,
    DescriptorError,
    ImportCycleError,
    UnresolvedImportsError,
)

HERE = Provenance("test", "test")


def proto(name: str, *imports: str, package: str = "p", message: str | None = None) -> FileDescriptorProto:
    file = FileDescriptorProto(name=name, package=package, syntax="proto3", dependency=imports)
    file.message_type.add(name=message or name.split(".")[0].title().replace("/", "")).field.add(
        name="some_field",
        number=1,
        type=FieldDescriptorProto.TYPE_STRING,
        label=FieldDescriptorProto.LABEL_OPTIONAL,
    )
    return file


def contract(*files: FileDescriptorProto, **arguments) -> Contract:
    return build_contract([ContractFile.of(file) for file in files], HERE, **arguments)


def test_files_are_sorted_and_imports_closed_with_well_known_files():
    built = contract(proto("b.proto", "a.proto", "google/protobuf/timestamp.proto"), proto("a.proto"))
    assert [file.name for file in built.files] == ["a.proto", "b.proto"]
    assert [file.name for file in built.imports] == ["google/protobuf/timestamp.proto"]
    assert built.import_order.index("a.proto") < built.import_order.index("b.proto")


def test_imports_of_others_count_nowhere():
    alone = contract(proto("a.proto"))
    importing = contract(proto("a.proto", "google/protobuf/struct.proto"))
    assert importing.counts == alone.counts
    assert importing.counts.messages == 1


def test_missing_imports_are_named_with_those_who_want_them():
    with pytest.raises(UnresolvedImportsError) as caught:
        contract(proto("a.proto", "lost.proto"), proto("b.proto", "lost.proto", "gone.proto"))
    assert caught.value.missing == {"gone.proto": ("b.proto",), "lost.proto": ("a.proto", "b.proto")}
    assert "lost.proto, wanted by a.proto, b.proto" in str(caught.value)


def test_import_ring_is_named():
    with pytest.raises(ImportCycleError, match=r"a\.proto → b\.proto → a\.proto"):
        contract(proto("a.proto", "b.proto"), proto("b.proto", "a.proto"))


def test_a_chain_of_imports_longer_than_the_recursion_limit():
    names = [f"f{index:05}.proto" for index in range(3000)]
    files = [proto(name, *names[index + 1 : index + 2]) for index, name in enumerate(names)]
    assert contract(*files).import_order == tuple(reversed(names))


def test_two_different_files_of_one_name_are_refused_and_equal_ones_are_one():
    with pytest.raises(AmbiguousCopiesError):
        contract(proto("a.proto"), proto("a.proto", message="Other"))
    assert contract(proto("a.proto"), proto("a.proto")).counts.files == 1


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../up.proto", "a/../b.proto", "a//b.proto", "c:\\x.proto", "a\nb.proto", "x" * 2000],
)
def test_file_names_that_leave_the_tree_are_refused(name):
    with pytest.raises(DescriptorError, match="no relative path"):
        ContractFile.of(FileDescriptorProto(name=name))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_file_or_a_clear_error(data):
    try:
        ContractFile.parse(data, where="somewhere")
    except DescriptorError as error:
        assert error.where == "somewhere"


def test_digest_ignores_order_source_info_and_default_json_names():
    plain = proto("a.proto")
    dressed = proto("a.proto")
    dressed.source_code_info.location.add(path=[4, 0], span=[1, 2, 3], leading_comments=" Hello")
    dressed.message_type[0].field[0].json_name = "someField"
    other = proto("b.proto")
    assert contract(plain, other).digest == contract(other, dressed).digest


@pytest.mark.parametrize(
    "change",
    [
        lambda file: setattr(file.message_type[0].field[0], "number", 2),
        lambda file: setattr(file.message_type[0].field[0], "json_name", "odd"),
        lambda file: setattr(file.message_type[0].field[0], "proto3_optional", True),
        lambda file: setattr(file.options, "go_package", "x"),
        lambda file: setattr(file, "package", "q"),
        lambda file: file.service.add(name="S"),
    ],
)
def test_digest_changes_with_meaning(change):
    file = proto("a.proto")
    before = contract(file).file_digests["a.proto"]
    change(file)
    if file.message_type[0].field[0].proto3_optional:
        file.message_type[0].oneof_decl.add(name="_some_field")
        file.message_type[0].field[0].oneof_index = 0
    assert contract(file).file_digests["a.proto"] != before


def test_an_empty_options_message_of_a_method_is_part_of_the_digest():
    file = proto("a.proto")
    method = file.service.add(name="S").method.add(name="M", input_type=".p.A", output_type=".p.A")
    without = contract(file).digest
    method.options.SetInParent()
    assert contract(file).digest != without


def test_digest_does_not_depend_on_the_order_of_custom_options():
    from protoalign.contract import well_known_files

    options = proto("options.proto", "google/protobuf/descriptor.proto")
    for number, name in ((50001, "first"), (50002, "second")):
        options.extension.add(
            name=name,
            number=number,
            type=FieldDescriptorProto.TYPE_INT32,
            label=FieldDescriptorProto.LABEL_OPTIONAL,
            extendee=".google.protobuf.FileOptions",
        )
    first, second = bytes([0x88, 0xB5, 0x18, 1]), bytes([0x90, 0xB5, 0x18, 2])

    def digest(encoded: bytes) -> str:
        user = proto("user.proto", "options.proto")
        user.options.MergeFromString(encoded)
        return contract(options, user, available=well_known_files()).digest

    assert digest(first + second) == digest(second + first)
    assert digest(first + second) != digest(first)


def test_editing_the_view_of_a_file_does_not_reach_the_contract():
    built = contract(proto("a.proto"))
    before = built.digest
    built.files[0].descriptor.package = "edited"
    assert contract(proto("a.proto")).digest == before
    assert b"edited" not in built.files[0].serialized


def test_an_option_that_does_not_hold_what_its_definition_says_is_a_clear_error():
    from protoalign.contract import well_known_files

    options = proto("options.proto", "google/protobuf/descriptor.proto")
    options.extension.add(
        name="text", number=50001, type=FieldDescriptorProto.TYPE_MESSAGE, label=1, type_name=".p.Options"
    ).extendee = ".google.protobuf.FileOptions"
    user = proto("user.proto", "options.proto")
    user.options.MergeFromString(bytes([0x8A, 0xB5, 0x18, 1, 0xFF]))
    with pytest.raises(DescriptorError, match="does not hold what its definition says"):
        _ = contract(options, user, available=well_known_files()).digest


@pytest.mark.parametrize("use", [lambda built: built.digest, lambda built: built.elements])
def test_names_that_are_not_utf_8_are_a_clear_error(use):
    raw = proto("a.proto", message="Xyz").SerializeToString().replace(b"Xyz", b"X\xff\xfe")
    with pytest.raises(DescriptorError, match="not UTF-8"):
        use(build_contract([ContractFile.parse(raw)], HERE))


def test_counts_leave_map_entries_out_and_take_nested_ones_in():
    file = proto("a.proto")
    message = file.message_type[0]
    message.nested_type.add(name="Inner").enum_type.add(name="E").value.add(name="ZERO", number=0)
    entry = message.nested_type.add(name="LabelsEntry")
    entry.options.map_entry = True
    for number, name in ((1, "key"), (2, "value")):
        entry.field.add(name=name, number=number, type=FieldDescriptorProto.TYPE_STRING, label=1)
    message.field.add(name="labels", number=2, type=11, label=3, type_name=".p.A.LabelsEntry")
    counts = contract(file).counts
    assert (counts.messages, counts.enums, counts.fields, counts.enum_values) == (2, 1, 2, 1)


def test_elements_are_found_by_full_name():
    file = proto("a.proto")
    file.enum_type.add(name="Color").value.add(name="RED", number=0)
    file.service.add(name="S").method.add(name="Do", input_type=".p.A", output_type=".p.A")
    built = contract(file)
    found = built.find(".p.A.some_field")
    assert found is not None
    assert (found.kind, found.file, found.path) == ("field", "a.proto", (4, 0, 2, 0))
    assert {name: element.kind for name, element in built.elements.items()} == {
        "p.A": "message",
        "p.A.some_field": "field",
        "p.Color": "enum",
        "p.RED": "enum value",
        "p.S": "service",
        "p.S.Do": "rpc",
    }
    assert built.find("p.Nothing") is None


def test_files_that_declare_the_same_symbols_form_separate_groups():
    built = contract(
        proto("v1/shared.proto", message="Shared"),
        proto("v1/api.proto", "v1/shared.proto", message="Api"),
        proto("v2/shared.proto", message="Shared"),
        proto("v2/api.proto", "v2/shared.proto", message="Api"),
        proto("plain.proto"),
    )
    assert len(built.groups) == 2
    for group in built.groups:
        assert not {"v1/api.proto", "v2/api.proto"} <= set(group)
    assert {name for group in built.groups for name in group} == set(built.by_name)
    assert len(built.file_digests) == 5


def test_a_descriptor_that_protobuf_forbids_is_a_clear_error():
    file = proto("a.proto")
    file.message_type[0].field.add(name="twin", number=1, type=9, label=1)
    with pytest.raises(DescriptorError, match="not valid"):
        _ = contract(file).digest


@given(st.text(alphabet="abXY_09", min_size=1, max_size=12))
def test_default_json_name_is_the_runtime_s(name):
    from google.protobuf.descriptor_pool import DescriptorPool

    if not (name[0].isalpha() or name[0] == "_"):
        return
    file = FileDescriptorProto(name="x.proto", syntax="proto2")
    file.message_type.add(name="M").field.add(name=name, number=1, type=9, label=1)
    pool = DescriptorPool()
    pool.Add(file)
    assert pool.FindMessageTypeByName("M").fields[0].json_name == default_json_name(name)


def test_digest_is_stable_under_shuffling():
    files = [proto(f"f{index}.proto", *([f"f{index - 1}.proto"] if index else [])) for index in range(10)]
    digests = set()
    for seed in range(5):
        shuffled = files[:]
        random.Random(seed).shuffle(shuffled)
        digests.add(contract(*shuffled).digest)
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.options.uninterpreted_option.add().name.add(), "lacks a field"),
        (lambda file: file.message_type[0].field[0].MergeFromString(b"\x3a\x02\xff\xfe"), "not UTF-8"),
    ],
    ids=["a required field is unset", "a default is no text"],
)
def test_what_has_no_canonical_form_is_a_clear_error(damage, message):
    file = FileDescriptorProto(name="a.proto", message_type=[{"name": "M", "field": [{"name": "x", "number": 1}]}])
    file.message_type[0].field[0].type = file.message_type[0].field[0].TYPE_DOUBLE
    damage(file)
    bytes_ = file.SerializePartialToString()
    with pytest.raises(DescriptorError) as caught:
        canonical_descriptor(bytes_)
    assert message in str(caught.value)
