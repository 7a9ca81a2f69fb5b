"""Which elements are counterparts: strong evidence first, and again from the start whenever a weaker sort helped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, cast

from protoalign.compare.matching.likeness import dice, name_likeness
from protoalign.compare.matching.shapes import likeness
from protoalign.compare.matching.state import MatchState, mutual_best

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import (
        EnumValueDescriptorProto,
        FieldDescriptorProto,
        FileDescriptorProto,
        MethodDescriptorProto,
    )

    from protoalign.compare.matching.mapping import ExplicitMapping
    from protoalign.compare.structure import Match, Node, NodeKind

__all__ = ["match_elements"]

SAME_SHAPE = 0.7
SAME_RPC = 0.65
SAME_NAME = 0.85
MARGIN = 0.04
TYPES: tuple[NodeKind, ...] = ("message", "enum")
# Every element is held against every other for this many pairs; beyond, only those that share a number and type.
PAIRS = 40_000


def match_elements(state: MatchState, explicit: ExplicitMapping, packages: Mapping[str, tuple[str, ...]]) -> None:
    """Match all elements of two sides.

    Args:
        state: takes the matches.
        explicit: what the user said.
        packages: subject package to the packages of the reference that may be its counterpart, the likeliest first.
    """
    for name, node in explicit.elements.items():
        if node is not None:
            state.pair(state.subject.by_name[name], node, "mapping", "named in the mapping")
    _top_level_by_name(state, explicit.packages, packages)
    passes: tuple[Callable[[MatchState], bool], ...] = (
        _children_by_name,
        _values_by_number,
        _fields_by_likeness,
        _fields_by_number,
        _extensions_by_number,
        _oneofs_by_members,
        _rpcs_by_signature,
        _types_by_use,
        _services_by_rpcs,
        _types_by_shape,
    )
    # any() stops at the first pass that found something; then the stronger ones get another turn.
    while any(each(state) for each in passes):
        pass


def _top_level_by_name(
    state: MatchState, explicit: Mapping[str, str | None], packages: Mapping[str, tuple[str, ...]]
) -> None:
    for file in state.subject.files:
        for node in state.subject.children[file]:
            package = node.name.rpartition(".")[0]
            wanted = explicit.get(package)
            if wanted is not None and (other := state.reference.by_name.get(_qualified(wanted, node))) is not None:
                state.pair(node, other, "mapping", f"package {package} is mapped to {wanted}")
    for file in state.subject.files:
        for node in state.subject.children[file]:
            other = state.reference.by_name.get(node.name)
            if other is not None:
                state.pair(node, other, "name")
    for file, nodes in ((file, state.subject.children[file]) for file in state.subject.files):
        match = state.files.get(file)
        own = cast("FileDescriptorProto", match.reference.descriptor).package if match is not None else None
        for node in nodes:
            package = node.name.rpartition(".")[0]
            for wanted in dict.fromkeys(each for each in (own, *packages.get(package, ())) if each is not None):
                other = state.reference.by_name.get(_qualified(wanted, node))
                if other is not None and state.pair(
                    node, other, "package", f"called the same in package {wanted}, the counterpart of {package}"
                ):
                    break


def _qualified(package: str, node: Node) -> str:
    return f"{package}.{node.simple_name}" if package else node.simple_name


def _children_by_name(state: MatchState) -> bool:
    found = False
    while state.containers:
        match = state.containers.pop()
        others = {
            (child.kind, child.simple_name): child for child in state.reference.children.get(match.reference.name, ())
        }
        by = "name" if match.by in ("name", "mapping") else "package"
        reason = "" if by == "name" else f"called the same in {match.reference.name}"
        for child in state.subject.children.get(match.subject.name, ()):
            other = others.get((child.kind, child.simple_name))
            if other is not None:
                found |= state.pair(child, other, by, reason)  # type: ignore[arg-type]
        state.settle(match)
    return found


def _values_by_number(state: MatchState) -> bool:
    found = False
    for match in state.containers_of("enum"):
        open_: dict[int, list[Node]] = {}
        for node in state.open_reference("enum value", match.reference.name):
            open_.setdefault(cast("EnumValueDescriptorProto", node.descriptor).number, []).append(node)
        for node in state.open_subject("enum value", match.subject.name) if open_ else ():
            number = cast("EnumValueDescriptorProto", node.descriptor).number
            if open_.get(number):
                found |= state.pair(node, open_[number].pop(0), "shape", f"both have the number {number}")
    return found


def _fields_by_likeness(state: MatchState) -> bool:
    """Fields of one type whose names say the same, such as `name` and `collection_name`, whatever their numbers are."""
    found = False
    ours, theirs = state.views()
    for match in state.containers_of("message"):
        left = state.open_subject("field", match.subject.name)
        open_ = state.open_reference("field", match.reference.name) if left else []
        scores = {}
        for node in left:
            field = cast("FieldDescriptorProto", node.descriptor)
            for counterpart in open_:
                other = cast("FieldDescriptorProto", counterpart.descriptor)
                alike = name_likeness(field.name, other.name)
                same_name = alike >= SAME_NAME or _says_the_same(field.name, other.name)
                if same_name and ours.field_key(field) == theirs.field_key(other):
                    scores[node.name, counterpart.name] = alike + (field.number == other.number)
        for name, other_name in mutual_best(scores, margin=MARGIN):
            one, two = state.subject.by_name[name], state.reference.by_name[other_name]
            found |= state.pair(one, two, "shape", "the names are alike and the types are the same")
    return found


def _says_the_same(one: str, other: str) -> bool:
    return f"_{one}".endswith(f"_{other}") or f"_{other}".endswith(f"_{one}")


def _fields_by_number(state: MatchState) -> bool:
    found = False
    ours, theirs = state.views()
    for match in state.containers_of("message"):
        open_ = {
            cast("FieldDescriptorProto", node.descriptor).number: node
            for node in state.open_reference("field", match.reference.name)
        }
        for node in state.open_subject("field", match.subject.name) if open_ else ():
            field = cast("FieldDescriptorProto", node.descriptor)
            other = open_.get(field.number)
            if other is not None and ours.field_key(field) == theirs.field_key(
                cast("FieldDescriptorProto", other.descriptor)
            ):
                found |= state.pair(node, other, "shape", f"both have the number {field.number} and the same type")
    return found


def _extensions_by_number(state: MatchState) -> bool:
    open_ = {_extension_key(node, lambda name: name): node for node in state.open_reference("extension")}
    found = False
    for node in state.open_subject("extension") if open_ else ():
        key = _extension_key(node, lambda name: state.matches[name].reference.name if name in state.matches else name)
        if key in open_:
            found |= state.pair(node, open_[key], "shape", f"both extend {key[0]} with the number {key[1]}")
    return found


def _extension_key(node: Node, translate: Callable[[str], str]) -> tuple[str, int]:
    field = cast("FieldDescriptorProto", node.descriptor)
    return translate(field.extendee.removeprefix(".")), field.number


def _oneofs_by_members(state: MatchState) -> bool:
    found = False
    for match in state.containers_of("message"):
        open_ = state.open_reference("oneof", match.reference.name)
        for node in state.open_subject("oneof", match.subject.name) if open_ else ():
            members = {
                state.matches[member].reference.name if member in state.matches else member
                for member in _members(node, match.subject)
            }
            for other in open_:
                if dice(members, _members(other, match.reference)) > 0.5:
                    found |= state.pair(node, other, "shape", "both hold the same fields")
    return found


def _members(oneof: Node, message: Node) -> frozenset[str]:
    index = oneof.path[-1]
    fields: Iterable[FieldDescriptorProto] = message.descriptor.field  # type: ignore[attr-defined]
    return frozenset(
        f"{message.name}.{field.name}"
        for field in fields
        if field.HasField("oneof_index") and field.oneof_index == index
    )


def _rpcs_by_signature(state: MatchState) -> bool:
    ours, theirs = state.views()

    def message_likeness(one: str, other: str) -> float:
        if state.are_counterparts(one, other):
            return 1.0
        a, b = state.subject.by_name.get(one), state.reference.by_name.get(other)
        if a is None or b is None or not state.is_open(a, b):
            return 0.0
        return likeness(a, b, (ours.shape(a), theirs.shape(b)))

    found = False
    for match in state.containers_of("service"):
        left = state.open_subject("rpc", match.subject.name)
        open_ = state.open_reference("rpc", match.reference.name) if left else []
        scores = {}
        for node in left:
            one = cast("MethodDescriptorProto", node.descriptor)
            for counterpart in open_:
                other = cast("MethodDescriptorProto", counterpart.descriptor)
                score = (
                    0.3 * message_likeness(one.input_type[1:], other.input_type[1:])
                    + 0.3 * message_likeness(one.output_type[1:], other.output_type[1:])
                    + 0.15 * (_streaming(one) == _streaming(other))
                    + 0.25 * name_likeness(one.name, other.name)
                )
                if score >= SAME_RPC:
                    scores[node.name, counterpart.name] = score
        for name, counterpart_name in mutual_best(scores, margin=MARGIN):
            found |= state.pair(
                state.subject.by_name[name],
                state.reference.by_name[counterpart_name],
                "shape",
                "request, response and streaming kind agree or are alike",
            )
    return found


def _streaming(method: MethodDescriptorProto) -> tuple[bool, bool]:
    return method.client_streaming, method.server_streaming


def _types_by_use(state: MatchState) -> bool:
    """Types to which matched fields and RPCs refer, unless they have nothing else in common."""
    if not any(map(state.has_open, TYPES)):
        return False
    ours, theirs = state.views()
    users: dict[tuple[str, str], Match] = {}
    open_types = {node.name for kind in TYPES for node in state.open_subject(kind)}
    for match in state.matches.values():
        one, other = match.subject, match.reference
        if one.kind in ("field", "extension"):
            name = ours.type_name(cast("FieldDescriptorProto", one.descriptor))
            if name in open_types:
                users.setdefault((name, theirs.type_name(cast("FieldDescriptorProto", other.descriptor))), match)
        elif one.kind == "rpc":
            a, b = cast("MethodDescriptorProto", one.descriptor), cast("MethodDescriptorProto", other.descriptor)
            users.setdefault((a.input_type[1:], b.input_type[1:]), match)
            users.setdefault((a.output_type[1:], b.output_type[1:]), match)
    scores = {}
    for name, other_name in users:
        a_node, b_node = state.subject.by_name.get(name), state.reference.by_name.get(other_name)
        if a_node is None or b_node is None or not state.is_open(a_node, b_node):
            continue
        shapes = (ours.shape(a_node), theirs.shape(b_node))
        score = likeness(a_node, b_node, shapes)
        if score >= 0.35 or not (shapes[0].parts or shapes[1].parts):
            scores[name, other_name] = score
    found = False
    for name, other_name in mutual_best(scores, margin=MARGIN):
        user = users[name, other_name]
        found |= state.pair(
            state.subject.by_name[name],
            state.reference.by_name[other_name],
            "use",
            f"{user.subject.name} uses the one, its counterpart {user.reference.name} the other",
        )
    return found


def _services_by_rpcs(state: MatchState) -> bool:
    left, open_ = state.open_subject("service"), state.open_reference("service")
    scores = {}
    for one in left:
        for other in open_:
            names = [
                {child.simple_name for child in index.children[node.name]}
                for index, node in ((state.subject, one), (state.reference, other))
            ]
            called = name_likeness(one.simple_name, other.simple_name)
            score = 0.6 * dice(*names) + 0.3 * called + 0.1 * state.in_counterpart_files(one, other)
            alone = (
                state.in_counterpart_files(one, other)
                and called >= 0.6
                and sum(each.file == one.file for each in left) == 1
                and sum(each.file == other.file for each in open_) == 1
            )
            if score >= 0.6 or alone:
                scores[one.name, other.name] = score
    found = False
    for name, other_name in mutual_best(scores, margin=MARGIN):
        a, b = state.subject.by_name[name], state.reference.by_name[other_name]
        same = len(
            {child.simple_name for child in state.subject.children[name]}
            & {child.simple_name for child in state.reference.children[other_name]}
        )
        reason = f"{same} of their RPCs are called the same" if same else "the only services of counterpart files"
        found |= state.pair(a, b, "shape", reason)
    return found


def _types_by_shape(state: MatchState) -> bool:
    return any(_by_shape(state, kind) for kind in TYPES)


def _by_shape(state: MatchState, kind: NodeKind) -> bool:
    left, open_ = state.open_subject(kind), state.open_reference(kind)
    if not left or not open_:
        return False
    ours, theirs = state.views()
    shapes = {node.name: ours.shape(node) for node in left}
    others = {node.name: theirs.shape(node) for node in open_}
    everything = len(left) * len(open_) <= PAIRS
    holders: dict[object, list[Node]] = {}
    for node in () if everything else open_:
        for part in (*others[node.name].parts, node.simple_name):
            holders.setdefault(part, []).append(node)
    scores = {}
    for node in left:
        parts = (*shapes[node.name].parts, node.simple_name)
        # What very many elements have tells nothing about any of them.
        shared = (other for part in parts if len(found := holders.get(part, [])) <= 50 for other in found)
        candidates = open_ if everything else {other.name: other for other in shared}.values()
        for other in candidates:
            score = likeness(node, other, (shapes[node.name], others[other.name]), least=SAME_SHAPE)
            if score >= SAME_SHAPE:
                scores[node.name, other.name] = score + 0.1 * state.in_counterpart_files(node, other)
    found_any = False
    for name, other_name in mutual_best(scores, margin=MARGIN):
        a, b = shapes[name], others[other_name]
        what = "fields have the same number and type" if kind == "message" else "values have the same number"
        reason = f"{len(a.parts & b.parts)} of {max(len(a.parts), len(b.parts))} {what}"
        found_any |= state.pair(state.subject.by_name[name], state.reference.by_name[other_name], "shape", reason)
    return found_any
