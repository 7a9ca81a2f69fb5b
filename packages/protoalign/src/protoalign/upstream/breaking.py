"""What a newer release does to clients that were built with an older one.

The older release takes the part of the subject (what the client was built with), the newer one that of the reference
(what the server runs). The comparison's own findings are judged by one table: by the finding's rule, else by its impact
and kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from protoalign.compare import compare
from protoalign.compare.rules import rule_named
from protoalign.errors import InternalError, NothingMatchedError
from protoalign.upstream.model import EFFECTS, Change, ChangeSort, Effect, ReleaseChange

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    from protoalign.compare.model import Finding, Impact
    from protoalign.compare.structure import Aspect, NodeKind
    from protoalign.contract import Contract

__all__ = ["EFFECT_OF_IMPACT", "EFFECT_OF_REMOVAL", "EFFECT_OF_RULE", "effect_of", "release_change"]

EFFECT_OF_IMPACT: Mapping[Impact, Effect] = {
    "rpc-path": "wire",
    "wire": "wire",
    "presence": "wire",
    "missing": "none",  # the newer release adds it; a client that does not know it is as before
    "json": "json",
    "source": "source",
    "cosmetic": "none",
}
"""What a finding does to clients, unless `EFFECT_OF_RULE` says otherwise; for `extra`, see `EFFECT_OF_REMOVAL`."""

EFFECT_OF_REMOVAL: Mapping[NodeKind, Effect] = {
    "service": "wire",
    "rpc": "wire",
    "field": "wire",
    "extension": "wire",
    "enum value": "wire",
    # Nothing of these is on the wire; what used them is a finding of its own.
    "file": "source",
    "message": "source",
    "enum": "source",
    "oneof": "source",
}
"""What it does to clients that the newer release removes an element."""

EFFECT_OF_RULE: Mapping[str, Effect] = {
    # Every parser reads both forms.
    "field-packed": "none",
    # The same bytes; only text that is no UTF-8 is now refused, or taken.
    "field-utf8-validation": "source",
    # The newer release learns to tell unset from zero: older clients send and read the same bytes as before.
    "field-presence-lost": "source",
    # What a number or a name was kept free for does not go over the wire.
    "reserved-range-extra": "none",
    "reserved-name-extra": "none",
    # Extensions that were in the range are findings of their own.
    "extension-range-extra": "source",
    "extension-range-changed": "none",
    # They say something about an element, and generated code stays as it is.
    "deprecation": "none",
    "custom-option": "none",
    "option": "none",
    "field-debug-redact": "none",
    "rpc-idempotency": "none",
}
"""The findings whose effect on clients is another than their impact says."""

# A field that is in a oneof of the newer release, and in none of the older one.
JOINS_ONEOF = "field-oneof-left"
# What may be extended without a trace on the wire: options of descriptors.
OPTIONS = re.compile(r"\.google\.protobuf\.[A-Za-z]+Options")
# A removed element whose number something else has now.
NUMBER_TAKEN = ("field-number-taken", "enum-value-number-taken")

SORT_OF_ASPECT: Mapping[Aspect, ChangeSort] = {"missing": "added", "extra": "removed", "name": "renamed"}

LABELS: Mapping[Aspect, str] = {
    "file": "declared in",
    "option": "option",
    "feature": "feature",
    "reserved range": "reserved range",
    "reserved name": "reserved name",
    "visibility": "visibility",
    "package": "package",
    "syntax": "syntax",
    "import": "import",
    "extension range": "extension range",
    "json format": "JSON format",
    "number": "number",
    "type": "type",
    "cardinality": "cardinality",
    "presence": "presence",
    "packed": "encoding",
    "utf8": "UTF-8 validation",
    "encoding": "encoding",
    "json name": "JSON name",
    "default": "default",
    "oneof": "oneof",
    "extendee": "extended message",
    "closed": "kind of enum",
    "input": "request type",
    "output": "response type",
    "client streaming": "request streaming",
    "server streaming": "response streaming",
    "body": "body",
}


def release_change(older: str, older_contract: Contract, newer: str, newer_contract: Contract) -> ReleaseChange:
    """What a newer release does differently from an older one.

    Args:
        older: the older version.
        older_contract: its contract.
        newer: the newer version.
        newer_contract: its contract.

    Raises:
        DescriptorError: the protobuf runtime refuses a file.
    """
    if older_contract.digest == newer_contract.digest:
        return ReleaseChange(older=older, newer=newer, changes=())
    try:
        comparison = compare(older_contract, newer_contract)
    except NothingMatchedError:
        return ReleaseChange(older=older, newer=newer, changes=(), unrelated=True)
    harmless = _without_effect_on_the_wire(comparison.findings, older_contract, newer_contract)
    changes = [
        _change(finding, "source" if finding.fingerprint in harmless else effect_of(finding))
        for finding in comparison.findings
    ]
    changes.sort(key=lambda change: (EFFECTS.index(change.effect), change.file, change.element, change.rule))
    return ReleaseChange(older=older, newer=newer, changes=tuple(changes))


def effect_of(finding: Finding) -> Effect:
    """What a finding of an older release held against a newer one does to clients of the older one, by the table alone.

    `release_change` also looks at the circumstances: a field may join a oneof all of whose other members are new, and
    extensions of descriptor options are on no wire.
    """
    known = EFFECT_OF_RULE.get(finding.rule)
    if known is not None:
        return known
    return EFFECT_OF_REMOVAL[finding.kind] if finding.impact == "extra" else EFFECT_OF_IMPACT[finding.impact]


def _without_effect_on_the_wire(findings: Sequence[Finding], older: Contract, newer: Contract) -> frozenset[str]:
    """Fingerprints of findings that break nothing on the wire, though the table takes them for breaking."""
    added = {finding.element for finding in findings if finding.impact == "missing"}
    found = set()
    for finding in findings:
        if finding.rule == JOINS_ONEOF:
            # No older client can set two of the oneof, if it knows only one of them.
            harmless = _oneof_members(newer, finding.element) - added == {finding.element}
        else:
            harmless = finding.kind == "extension" and _extends_options(older, finding)
        if harmless:
            found.add(finding.fingerprint)
    return frozenset(found)


def _extends_options(older: Contract, finding: Finding) -> bool:
    extension = older.find(finding.subject.name) if finding.subject is not None else None
    return extension is not None and bool(OPTIONS.fullmatch(getattr(extension.descriptor, "extendee", "")))


def _oneof_members(contract: Contract, field_name: str) -> frozenset[str]:
    """All fields of the oneof that a field is in."""
    message = field_name.rpartition(".")[0]
    parent = contract.find(message)
    if parent is None:
        return frozenset()
    fields: Sequence[FieldDescriptorProto] = parent.descriptor.field  # type: ignore[attr-defined]
    oneof = next((field.oneof_index for field in fields if f"{message}.{field.name}" == field_name), None)
    return frozenset(f"{message}.{field.name}" for field in fields if _is_in(field, oneof))


def _is_in(field: FieldDescriptorProto, oneof: int | None) -> bool:
    return field.HasField("oneof_index") and field.oneof_index == oneof


def _change(finding: Finding, effect: Effect) -> Change:
    rule = rule_named(finding.rule)
    if rule is None:
        raise InternalError(f"a finding has the rule {finding.rule}, which is not in the table")
    aspect = rule.aspects[0]
    sort = SORT_OF_ASPECT.get(aspect, "changed")
    side = finding.subject if sort == "removed" else finding.reference
    older = "" if sort == "added" or finding.subject is None else finding.subject.name
    return Change(
        sort=sort,
        effect=effect,
        rule=finding.rule,
        is_cosmetic=finding.impact == "cosmetic",
        kind=finding.kind,
        element=finding.element,
        older_element=older,
        file=finding.file,
        text=_text(finding, aspect, sort, older),
        consequence=_consequence(finding, sort) if effect in ("wire", "json") else "",
        declaration=side.text if side is not None else "",
        detail=finding.detail,
        older_value=finding.subject_value,
        newer_value=finding.reference_value,
        reaches=finding.reaches,
        direction=finding.direction,
    )


def _text(finding: Finding, aspect: Aspect, sort: ChangeSort, older: str) -> str:
    if sort == "renamed":
        return f"renamed from `{older}`"
    if finding.rule in NUMBER_TAKEN:
        return "removed, and its number given to another"
    if sort != "changed":
        return sort
    if aspect == "order":
        return f"order of {finding.detail}"
    label = LABELS.get(aspect, "descriptor")
    named = f"{label} `{finding.detail}`" if finding.detail else label
    before, after = finding.subject_value, finding.reference_value
    if not before and not after:
        return f"{named} changed"
    if aspect in ("reserved range", "reserved name", "extension range") and not (before and after):
        return f"{label} `{after or before}` {'added' if after else 'removed'}"
    if aspect == "import":
        return f"{named} {'added' if after and not before else 'removed' if before and not after else 'changed'}"
    return f"{named} {_code(before)} → {_code(after)}"


def _code(value: str) -> str:
    return f"`{value}`" if value else "none"


def _consequence(finding: Finding, sort: ChangeSort) -> str:
    if sort == "removed" and finding.impact == "extra":
        if finding.kind == "rpc":
            service, _, method = finding.element.rpartition(".")
            return f"Calls of `/{service}/{method}` fail with UNIMPLEMENTED."
        if finding.kind == "service":
            return "All calls of its RPCs fail with UNIMPLEMENTED."
        if finding.kind in ("field", "extension"):
            ignored, absent = "The server ignores what clients send in it.", "Clients never receive it again."
            return {"request": ignored, "response": absent}.get(finding.direction or "", f"{ignored} {absent}")
        return "The server neither knows it nor sends it."
    return finding.consequence
