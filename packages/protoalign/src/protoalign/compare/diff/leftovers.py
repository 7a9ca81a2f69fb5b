"""The backstop: parts of two descriptors that differ though no aspect says so.

It holds the descriptors of two counterparts against each other field by field, children aside, in the canonical form
and with the subject's names of types as the reference has them. What differs there and is explained by no difference
that was found is reported by the name of the descriptor's field.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import Message

from protoalign.compare.diff.fields import oneof_name, renamed_default
from protoalign.compare.diff.listings import import_names
from protoalign.compare.diff.option_values import unknown_values
from protoalign.compare.diff.options import canonical_options
from protoalign.compare.diff.scopes import CHILD_LISTS, Scope, as_text
from protoalign.contract.canonical import default_json_name
from protoalign.contract.floats import canonical_number

if TYPE_CHECKING:
    from protoalign.compare.diff.pairs import Pair
    from protoalign.compare.structure import Difference, Node

__all__ = ["leftovers"]

FIELD = FieldDescriptorProto
FLOATS = (FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE)
MAX_SHOWN = 120

# Compared by other modules, down to the bytes.
ELSEWHERE = frozenset(("options", "source_code_info"))
CHILDREN = {kind: frozenset(each.attribute for each in lists) for kind, lists in CHILD_LISTS.items()}

# Descriptor field to the aspects that explain why it differs; of an order, with its detail.
IMPORTS = frozenset(("import", "order imports"))
EXPLAINED_BY: dict[str, frozenset[str]] = {
    "name": frozenset(("name",)),
    "package": frozenset(("package",)),
    "syntax": frozenset(("syntax",)),
    "edition": frozenset(("syntax",)),
    "dependency": IMPORTS,
    "public_dependency": IMPORTS,
    "weak_dependency": IMPORTS,
    "option_dependency": IMPORTS,
    "reserved_range": frozenset(("reserved range", "order reserved ranges")),
    "reserved_name": frozenset(("reserved name", "order reserved names")),
    "extension_range": frozenset(("extension range", "order extension ranges")),
    "visibility": frozenset(("visibility",)),
    "number": frozenset(("number",)),
    "label": frozenset(("cardinality", "presence")),
    "type": frozenset(("type", "encoding")),
    "type_name": frozenset(("type",)),
    "extendee": frozenset(("extendee",)),
    "default_value": frozenset(("default",)),
    "json_name": frozenset(("json name", "name")),
    "proto3_optional": frozenset(("presence", "cardinality", "type", "oneof")),
    "oneof_index": frozenset(("presence", "cardinality", "type", "oneof", "other proto3_optional")),
    "input_type": frozenset(("input",)),
    "output_type": frozenset(("output",)),
    "client_streaming": frozenset(("client streaming",)),
    "server_streaming": frozenset(("server streaming",)),
}
# What proto2, proto3 and editions spell differently for the same meaning.
SPELLINGS = frozenset(("label", "type", "proto3_optional", "oneof_index"))


def leftovers(pair: Pair, found: Iterable[Difference]) -> list[Difference]:
    """What else differs, given what was found.

    Raises:
        DescriptorError: see `option_differences`.
    """
    explained = {text for each in found for text in (each.aspect, f"{each.aspect} {each.detail}")}
    ours = _comparable(pair, pair.subject, pair.subject_scope, subject=True)
    theirs = _comparable(pair, pair.reference, pair.reference_scope, subject=False)
    extra: list[Difference] = []
    # In the order of the descriptor's fields, so that one may explain another one behind it.
    for name in sorted({*ours, *theirs}, key=_rank):
        if ours.get(name) == theirs.get(name):
            continue
        if not explained.isdisjoint(EXPLAINED_BY.get(name, ())) or (name in SPELLINGS and pair.is_other_edition):
            continue
        extra.append(pair.difference("other", _shown(ours.get(name)), _shown(theirs.get(name)), name))
        explained.add(f"other {name}")
    return extra


def _rank(name: str) -> tuple[bool, str]:
    return name == "oneof_index", name


def _comparable(pair: Pair, node: Node, scope: Scope, *, subject: bool) -> dict[str, Any]:
    descriptor = node.descriptor
    passed_over = CHILDREN.get(node.kind, frozenset()) | ELSEWHERE
    values: dict[str, Any] = {}
    for field, value in descriptor.ListFields():
        if field.name in passed_over:
            continue
        if not field.is_repeated:
            values[field.name] = value
        elif field.message_type is None:
            values[field.name] = list(value)
        else:
            values[field.name] = [each.SerializePartialToString(deterministic=True) for each in value]
    for number, unknown in unknown_values(descriptor).items():
        # An enum's number that its definition lacks counts as unknown.
        known = descriptor.DESCRIPTOR.fields_by_number.get(number)
        values[known.name if known else f"unknown field {number}"] = unknown
    if node.kind in ("field", "extension"):
        _normalize_field(pair, cast("FieldDescriptorProto", descriptor), scope, values, subject=subject)
    elif node.kind == "file":
        _normalize_file(pair, cast("FileDescriptorProto", descriptor), values, subject=subject)
    elif node.kind == "rpc":
        for streaming in ("client_streaming", "server_streaming"):
            if values.get(streaming) is False:
                del values[streaming]
        _map_names(pair, values, ("input_type", "output_type"), subject=subject)
    elif isinstance(descriptor, DescriptorProto) and descriptor.extension_range:
        values["extension_range"] = _extension_ranges(pair, descriptor, node.file, subject=subject)
    return values


def _map_names(pair: Pair, values: dict[str, Any], names: Iterable[str], *, subject: bool) -> None:
    if not subject:
        return
    for name in names:
        text = values.get(name)
        if isinstance(text, str) and text.startswith("."):
            values[name] = f".{pair.sides.counterparts.matching.to_reference(text[1:])}"


def _normalize_field(
    pair: Pair, field: FieldDescriptorProto, scope: Scope, values: dict[str, Any], *, subject: bool
) -> None:
    if scope.entry_of(field) is not None:
        # An entry is named after its field.
        del values["type_name"]
    _map_names(pair, values, ("type_name", "extendee"), subject=subject)
    own_name = not field.HasField("extendee") and field.json_name != default_json_name(as_text(field.name))
    if not own_name:
        values.pop("json_name", None)
    if field.type in FLOATS and "default_value" in values:
        values["default_value"] = canonical_number(field.default_value, single=field.type == FIELD.TYPE_FLOAT)
    if subject and field.type == FIELD.TYPE_ENUM and "default_value" in values:
        values["default_value"] = renamed_default(pair, field, as_text(field.default_value))
    if "oneof_index" in values:
        name = oneof_name(field, scope)
        if name and subject:
            name = pair.sides.counterparts.matching.to_reference(f"{scope.name}.{name}").rpartition(".")[2]
        values["oneof_index"] = name


def _normalize_file(pair: Pair, file: FileDescriptorProto, values: dict[str, Any], *, subject: bool) -> None:
    if values.get("syntax") == "proto2":
        del values["syntax"]
    names = import_names(file, pair, subject=subject)
    count = len(file.dependency)
    for attribute in ("public_dependency", "weak_dependency"):
        if attribute in values:
            values[attribute] = [names[index] if 0 <= index < count else index for index in values[attribute]]
    if "dependency" in values:
        values["dependency"] = names[:count]
    if "option_dependency" in values:
        values["option_dependency"] = names[count:]


def _extension_ranges(pair: Pair, message: DescriptorProto, file: str, *, subject: bool) -> list[tuple[bytes, bytes]]:
    side = pair.sides.subject_options if subject else pair.sides.reference_options
    ranges = []
    for each in message.extension_range:
        bare = DescriptorProto.ExtensionRange.FromString(each.SerializePartialToString())
        bare.ClearField("options")
        ranges.append((bare.SerializePartialToString(deterministic=True), canonical_options(each.options, side, file)))
    return ranges


def _shown(value: object) -> str:
    if value is None:
        return ""
    text = " ".join(str(value).split()) if isinstance(value, Message) else str(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
