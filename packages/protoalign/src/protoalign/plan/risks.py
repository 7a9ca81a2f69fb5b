"""What the users of the SDK's generated code meet when the subject becomes the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from protoalign.plan.model import Risk
from protoalign.plan.sides import short_name
from protoalign.plan.texts import code

if TYPE_CHECKING:
    from protoalign.compare import Aspect, Comparison, Difference, Node, NodeKind, StructuralDiff
    from protoalign.plan.sides import Sides

__all__ = ["risks_of"]

NAMESPACE_OPTIONS = frozenset(
    {
        "csharp_namespace",
        "go_package",
        "java_multiple_files",
        "java_outer_classname",
        "java_package",
        "objc_class_prefix",
        "php_class_prefix",
        "php_namespace",
        "ruby_package",
        "swift_prefix",
    }
)
TYPES: tuple[NodeKind, ...] = ("message", "enum", "service")
MEMBERS: tuple[NodeKind, ...] = ("field", "oneof", "extension", "enum value", "rpc")


@dataclass(frozen=True, slots=True)
class _Sort:
    """One sort of change: the differences it stands for, and what they do to users."""

    id: str
    title: str
    effect: str
    breaks: Literal["source", "wire"]
    kinds: tuple[NodeKind, ...]
    aspects: tuple[Aspect, ...]
    shows: Callable[[Difference, Sides], str]


def _name(node: Node | None, sides: Sides) -> str:
    if node is None:
        return ""
    for index in (sides.reference, sides.subject):
        known = index.files if node.kind == "file" else index.by_name
        if known.get(node.name) is node or known.get(node.name) == node:
            return short_name(node, index)
    return node.name


def _lost(difference: Difference, sides: Sides) -> str:
    return code(_name(difference.subject, sides))


def _renamed(difference: Difference, sides: Sides) -> str:
    return f"{code(_name(difference.subject, sides))} → {code(_name(difference.reference, sides))}"


def _values(difference: Difference, sides: Sides) -> str:
    then, now = (value or "none" for value in (difference.subject_value, difference.reference_value))
    return f"{_lost(difference, sides)}: {code(then)} → {code(now)}"


def _aspect_values(difference: Difference, sides: Sides) -> str:
    then, now = (value or "none" for value in (difference.subject_value, difference.reference_value))
    return f"{_lost(difference, sides)}, {difference.aspect}: {code(then)} → {code(now)}"


def _package(difference: Difference, _sides: Sides) -> str:
    then, now = (value or "none" for value in (difference.subject_value, difference.reference_value))
    return f"{code(then)} → {code(now)}"


def _option(difference: Difference, _sides: Sides) -> str:
    then, now = (value or "none" for value in (difference.subject_value, difference.reference_value))
    return f"{code(difference.detail)}: {code(then)} → {code(now)}"


def _moved(difference: Difference, sides: Sides) -> str:
    here, there = difference.subject, difference.reference
    return f"{_lost(difference, sides)}: {code(here.file if here else '')} → {code(there.file if there else '')}"


SORTS = (
    _Sort(
        "package",
        "Packages renamed",
        "generated namespaces, full names of types and paths of RPCs change",
        "source",
        ("file",),
        ("package",),
        _package,
    ),
    _Sort(
        "namespace",
        "Options that name generated code changed",
        "generated code has another package, namespace or prefix in the languages that the options are for",
        "source",
        ("file",),
        ("option",),
        _option,
    ),
    _Sort(
        "file-renamed",
        "Files renamed",
        "where generated modules are named after files, programs import another module",
        "source",
        ("file",),
        ("name",),
        _renamed,
    ),
    _Sort(
        "file-removed",
        "Files removed",
        "what was generated from them is gone",
        "source",
        ("file",),
        ("extra",),
        _lost,
    ),
    _Sort(
        "type-removed",
        "Messages, enums and services removed",
        "programs that use them no longer build",
        "source",
        TYPES,
        ("extra",),
        _lost,
    ),
    _Sort(
        "type-renamed",
        "Messages, enums and services renamed",
        "programs that use them by their old name no longer build",
        "source",
        TYPES,
        ("name",),
        _renamed,
    ),
    _Sort(
        "type-moved",
        "Declarations moved to another file",
        "where generated modules are named after files, programs import another module",
        "source",
        (*TYPES, "extension"),
        ("file",),
        _moved,
    ),
    _Sort(
        "member-removed",
        "Fields, values and RPCs removed",
        "programs that use them no longer build",
        "source",
        MEMBERS,
        ("extra",),
        _lost,
    ),
    _Sort(
        "member-renamed",
        "Fields, values and RPCs renamed",
        "programs that use them by their old name no longer build",
        "source",
        MEMBERS,
        ("name",),
        _renamed,
    ),
    _Sort(
        "retyped",
        "Fields whose type, presence or oneof changes",
        "generated accessors take and give something else, so programs that use them have to change",
        "source",
        ("field", "extension"),
        ("type", "cardinality", "presence", "oneof", "extendee"),
        _aspect_values,
    ),
    _Sort(
        "signature",
        "RPCs with another request, response or streaming kind",
        "calls of the generated stubs have to change",
        "source",
        ("rpc",),
        ("input", "output", "client streaming", "server streaming"),
        _aspect_values,
    ),
    _Sort(
        "renumbered",
        "Numbers and encodings changed",
        "messages that were stored or queued by earlier releases are read wrongly by the new one",
        "wire",
        ("field", "extension", "enum value"),
        ("number", "encoding"),
        _values,
    ),
)


def risks_of(diff: StructuralDiff, comparison: Comparison, sides: Sides) -> tuple[Risk, ...]:
    """The risks of doing all that the findings ask for; what the settings accept does not change and is none."""
    judged = {(finding.kind, finding.element) for finding in comparison.findings}
    items: dict[str, list[str]] = {}
    for difference in diff.differences:
        if (difference.kind, difference.node.name) in judged:
            for sort in SORTS:
                if _is_of(difference, sort):
                    items.setdefault(sort.id, []).append(sort.shows(difference, sides))
    return tuple(
        Risk(
            id=sort.id,
            title=sort.title,
            effect=sort.effect,
            breaks=sort.breaks,
            items=tuple(dict.fromkeys(sorted(items[sort.id]))),
        )
        for sort in SORTS
        if sort.id in items
    )


def _is_of(difference: Difference, sort: _Sort) -> bool:
    if difference.kind not in sort.kinds or difference.aspect not in sort.aspects:
        return False
    return difference.aspect != "option" or difference.detail in NAMESPACE_OPTIONS
