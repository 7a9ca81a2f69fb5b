"""What actions are called. Names of elements stand between backticks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from protoalign.compare import NodeKind
from protoalign.plan.sides import short_name

if TYPE_CHECKING:
    from protoalign.compare import Finding
    from protoalign.plan.sides import Sides

__all__ = ["action_text", "code", "counted", "creation_text", "listed", "options_text", "removal_text"]

NOUNS: dict[NodeKind, str] = {"enum value": "value", "rpc": "RPC"}
HELD: tuple[NodeKind, ...] = ("message", "enum", "service", "extension", "field", "enum value", "rpc")
FEW = 6


def code(name: str) -> str:
    """A name between backticks."""
    return "`" + name.replace("`", "'") + "`"


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it needs one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Iterable[str], limit: int = FEW) -> str:
    """Names between backticks; of many, only the first ones."""
    names = tuple(names)
    shown = names if len(names) <= limit + 1 else names[:limit]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(map(code, shown)) + more


def action_text(finding: Finding, sides: Sides) -> str:
    """What to do about one finding, one sentence without a final full stop."""
    noun = NOUNS.get(finding.kind, finding.kind)
    name = code(sides.short_name(finding))
    if sides.is_missing(finding):
        return f"Add {noun} {name}{_declared(finding, sides)}"
    if sides.is_extra(finding):
        return f"Remove {noun} {name}{_held(finding, sides)}, which the reference lacks, or declare it your own"
    if sides.node(finding) is None:
        return f"{_sentence(finding.message)}. {_sentence(finding.fix)}"
    return _change_text(finding, sides, f"{noun} {name}")


def _change_text(finding: Finding, sides: Sides, subject: str) -> str:
    """What to do about an element that both sides have."""
    difference = sides.difference(finding)
    then, now = finding.subject_value, finding.reference_value
    match difference.aspect if difference is not None else None:
        case "name":
            return _renaming(finding, sides)
        case "file":
            return f"Move {subject} from {code(then)} to {code(now)}"
        case "option":
            return _option_change(finding, subject)
        case "package":
            return f"Change the package from {_value(then)} to {_value(now)}"
        case "oneof":
            return _oneof_change(subject, then, now)
        case "presence":
            return f"Give {subject} {now} presence; it has {then} presence"
        case "cardinality":
            return f"Make {subject} {now}; it is {then}"
        case "input" | "output" as aspect:
            what = "request" if aspect == "input" else "response"
            return f"Change the {what} of {subject} from {_value(then)} to {_value(now)}"
        case "client streaming" | "server streaming" as aspect:
            what = "request" if aspect == "client streaming" else "response"
            return f"Make the {what} of {subject} {'a stream' if now else 'a single message'}"
        case "number" | "type" | "json name" | "default" | "encoding" | "syntax" as aspect:
            of = "" if finding.kind == "file" else f" of {subject}"
            return f"Change the {aspect.replace('json', 'JSON')}{of} from {_value(then)} to {_value(now)}"
        case _:
            where = code(sides.short_name(finding)) if finding.kind != "file" else ""
            return f"{where}: {_sentence(finding.fix or finding.message)}".removeprefix(": ")


def _renaming(finding: Finding, sides: Sides) -> str:
    noun = NOUNS.get(finding.kind, finding.kind)
    now = sides.short_name(finding)
    node = sides.subject_node(finding)
    if node is None:
        return _sentence(finding.fix)
    then = short_name(node, sides.subject)
    if finding.kind == "file" or then.rpartition(".")[0] == now.rpartition(".")[0]:
        return f"Rename {noun} {code(then)} to {code(now if finding.kind == 'file' else _last_part(now))}"
    verb = "Move" if _last_part(then) == _last_part(now) else "Rename"
    return f"{verb} {noun} {code(then)} to {code(now)}"


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]


def _option_change(finding: Finding, subject: str) -> str:
    of = "" if finding.kind == "file" else f" of {subject}"
    option = f"option {code(finding.detail)}{of}"
    then, now = finding.subject_value, finding.reference_value
    if not now:
        return f"Remove {option}, which is {code(then)} and which the reference does not set"
    return f"Set {option} to {code(now)}; it is {code(then) if then else 'not set'}"


def _oneof_change(subject: str, then: str, now: str) -> str:
    if not then:
        return f"Put {subject} into oneof {code(now)}"
    if not now:
        return f"Take {subject} out of oneof {code(then)}"
    return f"Move {subject} from oneof {code(then)} to oneof {code(now)}"


def _value(value: str) -> str:
    return code(value) if value else "none"


def options_text(findings: list[Finding]) -> str:
    """What to do about several options of a file."""
    names = listed(sorted(finding.detail for finding in findings), 12)
    return f"Take over {len(findings)} options of the file ({names}), or list them under `file_options`"


def creation_text(file: Finding, findings: list[Finding], sides: Sides) -> str:
    """What to do about a missing file, from the findings on it and on what it declares."""
    return f"Create {code(file.element)}{_inventory(findings, sides)}"


def removal_text(file: Finding, findings: list[Finding], sides: Sides) -> str:
    """What to do about an extra file, likewise."""
    contents = _inventory(findings, sides)
    return f"Remove {code(file.element)}{contents}, which the reference lacks, or declare it your own"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].removesuffix(".")


def _inventory(findings: list[Finding], sides: Sides) -> str:
    names: dict[NodeKind, list[str]] = {}
    for finding in findings:
        names.setdefault(finding.kind, []).append(sides.short_name(finding))
    parts = [
        f"{counted(len(names[kind]), NOUNS.get(kind, kind))} ({listed(names[kind])})" for kind in HELD if kind in names
    ]
    return f" with {' and '.join((', '.join(parts[:-1]), parts[-1]) if len(parts) > 1 else parts)}" if parts else ""


def _declared(finding: Finding, sides: Sides) -> str:
    """What an added element looks like: its declaration, or how much it holds."""
    text = finding.reference.text if finding.reference is not None else ""
    if finding.kind in ("field", "enum value", "extension", "rpc") and text and "\n" not in text:
        return f": {code(text.strip().removesuffix('{}').strip().removesuffix(';'))}"
    return _held(finding, sides)


def _held(finding: Finding, sides: Sides) -> str:
    index = sides.index_of(finding)
    if finding.kind == "service":
        rpcs = [short_name(rpc, index).rpartition(".")[2] for rpc in index.of_kind(finding.element, "rpc")]
        return f" ({counted(len(rpcs), 'RPC')}{': ' if rpcs else ''}{listed(rpcs, 12)})"
    parts = list(_counts(finding, sides))
    return f" ({', '.join(parts)})" if parts else ""


def _counts(finding: Finding, sides: Sides) -> Iterator[str]:
    if finding.kind in ("message", "enum"):
        counts = Counter(node.kind for node in sides.index_of(finding).children.get(finding.element, ()))
        for kind in ("field", "enum value", "message", "enum"):
            if counts[kind] or (kind == "field" and finding.kind == "message"):
                nested = "nested " if kind in ("message", "enum") else ""
                yield counted(counts[kind], nested + NOUNS.get(kind, kind))
