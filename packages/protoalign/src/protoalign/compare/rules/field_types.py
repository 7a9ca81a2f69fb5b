"""Rules on what fields and extensions hold: type, cardinality and encoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from protoalign.compare.rules.context import code
from protoalign.compare.rules.kinds import FIELD_KINDS
from protoalign.compare.rules.rule import Rule

if TYPE_CHECKING:
    from protoalign.compare.rules.context import Flow, RuleContext
    from protoalign.compare.structure import Difference, Node

__all__ = ["RULES"]

FIELD = FieldDescriptorProto
PLAIN_INTEGERS = frozenset((FIELD.TYPE_INT32, FIELD.TYPE_INT64, FIELD.TYPE_UINT32, FIELD.TYPE_UINT64, FIELD.TYPE_BOOL))
ZIGZAG_INTEGERS = frozenset((FIELD.TYPE_SINT32, FIELD.TYPE_SINT64))
FIXED32_INTEGERS = frozenset((FIELD.TYPE_FIXED32, FIELD.TYPE_SFIXED32))
FIXED64_INTEGERS = frozenset((FIELD.TYPE_FIXED64, FIELD.TYPE_SFIXED64))
INTEGERS = (PLAIN_INTEGERS, ZIGZAG_INTEGERS, FIXED32_INTEGERS, FIXED64_INTEGERS)
VARINTS = PLAIN_INTEGERS | ZIGZAG_INTEGERS | {FIELD.TYPE_ENUM}
ENUM_LIKE = PLAIN_INTEGERS | {FIELD.TYPE_ENUM}
TEXTS = frozenset((FIELD.TYPE_STRING, FIELD.TYPE_BYTES))
MESSAGES = frozenset((FIELD.TYPE_MESSAGE, FIELD.TYPE_GROUP))
BITS = (FIXED32_INTEGERS | {FIELD.TYPE_FLOAT}, FIXED64_INTEGERS | {FIELD.TYPE_DOUBLE})


def _types(difference: Difference) -> frozenset[int]:
    nodes = (cast("Node", difference.subject), cast("Node", difference.reference))
    return frozenset(cast("FieldDescriptorProto", node.descriptor).type for node in nodes)


def _both_of(*families: frozenset[int]) -> Callable[[Difference, RuleContext], bool]:
    def applies(difference: Difference, _context: RuleContext) -> bool:
        return any(_types(difference) <= family for family in families)

    return applies


def _is_map_entry(difference: Difference, _context: RuleContext) -> bool:
    return difference.subject_value.startswith("map<") and difference.reference_value.startswith("map<")


def _is_map(difference: Difference, _context: RuleContext) -> bool:
    return "map" in (difference.subject_value, difference.reference_value)


def _type_consequence(difference: Difference, context: RuleContext) -> str:
    subject, reference = cast("Node", difference.subject), cast("Node", difference.reference)

    def tell(flow: Flow) -> str:
        written, read = (subject, reference) if flow.from_subject else (reference, subject)
        reading = context.read(written, read, flow)
        ours = f"{flow.whose} `{written.simple_name}`"
        if reading.outcome == "same":
            return f"{flow.reader} reads every value of {ours}"
        if reading.outcome == "skipped":
            return f"{flow.reader} sees nothing of {ours}: {reading.effect}"
        read_as = difference.reference_value if flow.from_subject else difference.subject_value
        return f"{flow.reader} reads {ours} as {code(read_as)}: {reading.effect}"

    return context.told(difference, tell)


def _cardinality_consequence(difference: Difference, context: RuleContext) -> str:
    subject, reference = cast("Node", difference.subject), cast("Node", difference.reference)

    def tell(flow: Flow) -> str:
        written, read = (subject, reference) if flow.from_subject else (reference, subject)
        lookup = context.lookup(of_subject=flow.from_subject)
        writes = lookup.wire_field(written)
        name = f"{flow.whose} `{written.simple_name}`"
        if not writes.repeated:
            return f"{flow.reader} takes {name} for a list of at most one element"
        if cast("FieldDescriptorProto", read.descriptor).label == FIELD.LABEL_REPEATED:
            return f"{flow.reader} takes the elements of {name} for those of a list or map that has other elements"
        if writes.can_be_packed and writes.packed:
            return f"{flow.reader} finds a packed list instead of one value in {name}, and may lose all of it"
        if writes.type in MESSAGES:
            return f"{flow.reader} merges all elements of {name} into one message"
        return f"{flow.reader} keeps only the last element of {name}"

    return context.told(difference, tell)


def _map_consequence(difference: Difference, context: RuleContext) -> str:
    subject, reference = cast("Node", difference.subject), cast("Node", difference.reference)

    def tell(flow: Flow) -> str:
        written, read = (subject, reference) if flow.from_subject else (reference, subject)
        name = f"{flow.whose} `{written.simple_name}`"
        reading = context.read(written, read, flow)
        if reading.outcome == "skipped":
            return f"{flow.reader} sees nothing of {name}: {reading.effect}"
        value = difference.reference_value if flow.from_subject else difference.subject_value
        if value == "map":
            return f"{flow.reader} parses {name} as entries, with key and value as the fields 1 and 2"
        return f"{flow.reader} gets the entries of {name} as encoded messages, with key and value as the fields 1 and 2"

    return context.told(difference, tell)


def _utf8_consequence(difference: Difference, context: RuleContext) -> str:
    def tell(flow: Flow) -> str:
        read = difference.reference_value if flow.from_subject else difference.subject_value
        if read == "verify":
            return f"{flow.reader} refuses a message in which this text is no valid UTF-8"
        return f"{flow.reader} takes any bytes for this text"

    return context.told(difference, tell)


RULES = (
    Rule(
        id="field-map-entry",
        impact="wire",
        severity="error",
        purpose="A map has other keys or values.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        applies=_is_map_entry,
        message="`{name}` is {subject}, in the reference {reference}",
        consequence="Keys or values of another type are skipped, misread, or make the whole message fail; entries that"
        " lose their key all become one.",
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-type-integer",
        impact="wire",
        severity="error",
        purpose="Another integer type with the same encoding: range and sign differ.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        applies=_both_of(*INTEGERS),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-type-enum-integer",
        impact="wire",
        severity="error",
        purpose="An enum on one side and an integer on the other, or two enums.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        applies=_both_of(ENUM_LIKE),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-type-zigzag",
        impact="wire",
        severity="error",
        purpose="Integers of which one side is zigzag encoded: every number but 0 is read as another one.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        applies=_both_of(VARINTS),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-type-float-bits",
        impact="wire",
        severity="error",
        purpose="A floating-point number on one side, an integer of the same size on the other.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        applies=_both_of(*BITS),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-type-string-bytes",
        impact="wire",
        severity="error",
        purpose="`string` on one side, `bytes` on the other.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        applies=_both_of(TEXTS),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-type-message",
        impact="wire",
        severity="error",
        purpose="Another message type.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        applies=_both_of(MESSAGES),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-type-message-bytes",
        impact="wire",
        severity="error",
        purpose="A message on one side, `string` or `bytes` on the other.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        applies=_both_of(TEXTS | MESSAGES),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-type",
        impact="wire",
        severity="error",
        purpose="Another type, whose values are encoded differently.",
        kinds=FIELD_KINDS,
        aspects=("type",),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_type_consequence,
        fix="Declare it as {reference}.",
    ),
    Rule(
        id="field-map",
        impact="wire",
        severity="error",
        purpose="A map on one side only.",
        kinds=FIELD_KINDS,
        aspects=("cardinality",),
        applies=_is_map,
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_map_consequence,
        fix="Declare it as the reference does.",
    ),
    Rule(
        id="field-cardinality",
        impact="wire",
        severity="error",
        purpose="One value on one side, a list on the other.",
        kinds=FIELD_KINDS,
        aspects=("cardinality",),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence=_cardinality_consequence,
        fix="Make it {reference}.",
    ),
    Rule(
        id="field-packed",
        impact="wire",
        severity="warning",
        purpose="A repeated field of numbers is packed on one side only.",
        kinds=FIELD_KINDS,
        aspects=("packed",),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence="Parsers have to accept both forms, so every value arrives. The bytes differ, which matters where"
        " they are signed, hashed or compared, and to parsers that are not complete.",
        fix="Write it {reference}, by `packed` or `features.repeated_field_encoding`.",
    ),
    Rule(
        id="field-delimited",
        impact="wire",
        severity="error",
        purpose="A message is written with its length on one side, between tags on the other.",
        kinds=FIELD_KINDS,
        aspects=("encoding",),
        message="`{name}` is {subject}, in the reference {reference}",
        consequence="The wire types differ: each side skips what the other writes as an unknown field.",
        fix="Encode it {reference}, by `group` or `features.message_encoding`.",
    ),
    Rule(
        id="field-utf8-validation",
        impact="wire",
        severity="warning",
        purpose="One side checks that a string is UTF-8, the other does not.",
        kinds=FIELD_KINDS,
        aspects=("utf8",),
        message="the UTF-8 check of `{name}` is {subject}, in the reference {reference}",
        consequence=_utf8_consequence,
        fix="Set `features.utf8_validation` or the syntax as the reference does.",
    ),
)
