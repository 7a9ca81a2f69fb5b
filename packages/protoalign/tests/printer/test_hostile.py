"""Descriptors that no compiler wrote: refused with a reason, and never a way to smuggle text in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.contract import Contract
from protoalign.errors import DescriptorError, PrintError, ProtoalignError
from protoalign.printer import print_contract
from protoalign.prove import prove_round_trip

ContractOf = Callable[..., Contract]
EVIL = 'x; } option java_package = "evil"; message Y {'


def descriptor(text: str) -> FileDescriptorProto:
    file = FileDescriptorProto(name="evil.proto")
    text_format.Parse(text, file)
    return file


@pytest.mark.parametrize(
    "text",
    [
        'package: "%s"',
        'message_type { name: "%s" }',
        'message_type { name: "M" field { name: "%s" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL } }',
        'message_type { name: "M" field { name: "a" number: 1 type_name: ".%s" label: LABEL_OPTIONAL } }',
        'message_type { name: "M" oneof_decl { name: "%s" } field { name: "a" number: 1 type: TYPE_INT32'
        " label: LABEL_OPTIONAL oneof_index: 0 } }",
        'enum_type { name: "%s" value { name: "A" number: 0 } }',
        'enum_type { name: "E" value { name: "%s" number: 0 } }',
        'service { name: "%s" }',
        'message_type { name: "M" } service { name: "S" method { name: "%s" input_type: ".M" output_type: ".M" } }',
        'message_type { name: "M" } service { name: "S" method { name: "R" input_type: ".M" output_type: ".%s" } }',
        'message_type { name: "M" extension_range { start: 1 end: 9 } } extension { name: "e" number: 1'
        ' type: TYPE_INT32 label: LABEL_OPTIONAL extendee: ".%s" }',
        'syntax: "%s"',
        'syntax: "editions" edition: EDITION_2023 message_type { name: "M" reserved_name: "%s" }',
        'message_type { name: "M" field { name: "a" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL'
        ' default_value: "%s" } }',
        'message_type { name: "M" field { name: "a" number: 1 type: TYPE_DOUBLE label: LABEL_OPTIONAL'
        ' default_value: "1e3%s" } }',
        'message_type { name: "M" field { name: "a" number: 1 type: TYPE_BOOL label: LABEL_OPTIONAL'
        ' default_value: "%s" } }',
    ],
)
@pytest.mark.parametrize("evil", [EVIL, "a b", "a\n", "a//", "a/*", "é", "1a"])
def test_a_name_that_is_no_name_is_refused(text: str, evil: str, contract_of: ContractOf) -> None:
    escaped = evil.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    with pytest.raises(ProtoalignError):
        print_contract(contract_of(descriptor(text.replace("%s", escaped))))


def test_strings_stay_strings(contract_of: ContractOf) -> None:
    file = descriptor(
        """
        syntax: "proto2"
        message_type {
          name: "M"
          field { name: "a" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL json_name: "%s" default_value: "%s" }
          field { name: "b" number: 2 type: TYPE_BYTES label: LABEL_OPTIONAL default_value: "%s" }
          reserved_name: "%s"
        }
        options { java_package: "%s" go_package: "*/ // \\n\\r\\000\\\\" }
        """.replace("%s", 'x\\"; ]; } option swift_prefix = \\"evil\\"; //')
    )
    contract = contract_of(file)
    texts = print_contract(contract)
    proof = prove_round_trip(contract, texts, compilers=("protoc",))
    # The default's bytes have an escape less than protoc would write, which is a difference and no way in.
    assert not proof.refused
    for difference in (difference for verdict in proof.different for difference in verdict.differences):
        assert "default_value" in difference.element


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('syntax: "editions" edition: EDITION_LEGACY', "edition"),
        ('syntax: "proto4"', "syntax"),
        ('enum_type { name: "E" value { name: "option" number: 0 } }', "no text can declare an enum value"),
        (
            'message_type { name: "M" field { name: "a" number: 1 type: TYPE_GROUP type_name: ".M" '
            "label: LABEL_OPTIONAL } }",
            "group's message",
        ),
        (
            'syntax: "proto3" message_type { name: "M" field { name: "a" number: 1 type: TYPE_INT32'
            " label: LABEL_REQUIRED } }",
            "required",
        ),
        (
            'message_type { name: "M" field { name: "ab" number: 1 type: TYPE_MESSAGE type_name: ".M.XEntry"'
            ' label: LABEL_REPEATED } nested_type { name: "XEntry" options { map_entry: true }'
            ' field { name: "key" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }'
            ' field { name: "value" number: 2 type: TYPE_INT32 label: LABEL_OPTIONAL } } }',
            "map entry",
        ),
        ('message_type { name: "M" nested_type { name: "AEntry" options { map_entry: true } } }', "map entry"),
        (
            'options { uninterpreted_option { name { name_part: "a" is_extension: true } string_value: "x" } }',
            "never interpreted",
        ),
    ],
)
def test_what_no_text_can_say_is_an_error(text: str, message: str, contract_of: ContractOf) -> None:
    with pytest.raises((PrintError, DescriptorError), match=f"(?s){message}|not valid"):
        print_contract(contract_of(descriptor(text)))


def test_an_option_without_definition_is_an_error_that_says_how_to_supply_it(contract_of: ContractOf) -> None:
    file = descriptor('message_type { name: "M" field { name: "a" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL } }')
    file.message_type[0].field[0].options.MergeFromString(b"\xf0\xa8\x03\x01")  # 6798: 1
    with pytest.raises(PrintError) as caught:
        print_contract(contract_of(file))
    assert "field number 6798 in google.protobuf.FieldOptions" in caught.value.what
    assert caught.value.where == "evil.proto: field M.a"
    assert "--with SOURCE" in caught.value.hint


def test_an_option_deep_inside_another_without_definition_is_an_error(nasty: Contract, contract_of: ContractOf) -> None:
    files = {file.name: FileDescriptorProto.FromString(file.serialized) for file in nasty.files}
    file = descriptor('dependency: "options.proto" message_type { name: "M" }')
    # (nasty.options.message).only.only { 77: 1 }
    file.message_type[0].options.MergeFromString(b"\x82\xb5\x18\x09\xb2\x01\x06\xb2\x01\x03\xe8\x04\x01")
    with pytest.raises(PrintError, match=r"number 77 in nasty\.options\.Tree"):
        print_contract(contract_of(file, files["options.proto"]))


def test_a_field_of_a_later_language_is_an_error(contract_of: ContractOf) -> None:
    file = descriptor('message_type { name: "M" }')
    file.message_type[0].MergeFromString(b"\xc8\x3e\x01")  # 1001: 1
    with pytest.raises(PrintError, match=r"number 1001 in google\.protobuf\.DescriptorProto"):
        print_contract(contract_of(file))


def test_messages_as_deep_as_protobuf_reads_them_are_printed(contract_of: ContractOf) -> None:
    file = FileDescriptorProto(name="deep.proto", syntax="proto3")
    message = file.message_type.add(name="M")
    for _ in range(90):
        message = message.nested_type.add(name="M")
    message.field.add(name="a", number=1, type=5, label=1)
    text = print_contract(contract_of(file))["deep.proto"]
    assert text.count("message M {") == 91


def test_type_names_that_nothing_declares_are_refused_before_printing(contract_of: ContractOf) -> None:
    file = descriptor(
        'message_type { name: "M" field { name: "a" number: 1 type: TYPE_MESSAGE type_name: ".Nowhere"'
        " label: LABEL_OPTIONAL } }"
    )
    with pytest.raises(DescriptorError):
        print_contract(contract_of(file))
