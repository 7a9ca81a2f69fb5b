"""Rules on whether a field is known to be set: presence and oneofs."""

from __future__ import annotations

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
ZEROS = {
    FIELD.TYPE_STRING: "the empty string",
    FIELD.TYPE_BYTES: "empty bytes",
    FIELD.TYPE_BOOL: "false",
    FIELD.TYPE_ENUM: "the value 0",
    FIELD.TYPE_MESSAGE: "an empty message",
    FIELD.TYPE_GROUP: "an empty message",
}


def _zero(node: Node) -> str:
    return ZEROS.get(cast("FieldDescriptorProto", node.descriptor).type, "0")


def _subject_requires(difference: Difference, _context: RuleContext) -> bool:
    return difference.subject_value == "required"


def _reference_requires(difference: Difference, _context: RuleContext) -> bool:
    return difference.reference_value == "required"


def _is_lost(difference: Difference, _context: RuleContext) -> bool:
    return difference.subject_value == "implicit"


def _lost_consequence(difference: Difference, context: RuleContext) -> str:
    name, zero = difference.node.simple_name, _zero(difference.node)

    def tell(flow: Flow) -> str:
        if flow.from_subject:
            return f"{flow.whose} `{name}` is left out when it is {zero}, and {flow.reader} takes it for unset"
        return f"{flow.reader} cannot tell a `{name}` that is {zero} from one that is unset"

    return context.told(difference, tell)


def _added_consequence(difference: Difference, context: RuleContext) -> str:
    name, zero = difference.node.simple_name, _zero(difference.node)

    def tell(flow: Flow) -> str:
        if flow.from_subject:
            return f"{flow.reader} cannot tell a `{name}` that is set to {zero} from one that is unset"
        return f"a `{name}` that is {zero} is left out, and {flow.reader} takes it for unset"

    return context.told(difference, tell)


def _required_consequence(difference: Difference, context: RuleContext) -> str:
    name, required = difference.node.simple_name, {True: "reference_value", False: "subject_value"}

    def tell(flow: Flow) -> str:
        if getattr(difference, required[flow.from_subject]) == "required":
            return f"{flow.reader} refuses a message that lacks `{name}`"
        return f"`{name}` is always there for {flow.reader}"

    return context.told(difference, tell)


# ---- oneofs ---------------------------------------------------------------------------------------------------------


def _is_alone(difference: Difference, context: RuleContext) -> bool:
    """Whether each oneof that has part in it holds this field only, so that nothing can clear it."""
    sides = ((difference.subject, context.subject), (difference.reference, context.reference))
    return all(node is None or len(lookup.oneof_members(node)) < 2 for node, lookup in sides)


def _has_left(difference: Difference, _context: RuleContext) -> bool:
    return not difference.subject_value


def _has_joined(difference: Difference, _context: RuleContext) -> bool:
    return not difference.reference_value


def _others(node: Node | None, members: list[Node]) -> str:
    names = [f"`{member.simple_name}`" for member in members if node is not None and member.name != node.name]
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _oneof_consequence(difference: Difference, context: RuleContext) -> str:
    name = difference.node.simple_name
    ours = _others(difference.subject, context.subject.oneof_members(cast("Node", difference.subject)))
    theirs = _others(difference.reference, context.reference.oneof_members(cast("Node", difference.reference)))

    def tell(flow: Flow) -> str:
        read, wrote = (theirs, ours) if flow.from_subject else (ours, theirs)
        if read:
            return f"{flow.reader} keeps only the last of `{name}` and {read}, though the writer may set several"
        return f"{flow.reader} does not know that `{name}` excludes {wrote}"

    return context.told(difference, tell)


def _oneof_message(difference: Difference, _context: RuleContext) -> str:
    subject, reference = (
        f"in the oneof {code(value)}" if value else "in no oneof"
        for value in (difference.subject_value, difference.reference_value)
    )
    here = f"`{difference.node.simple_name}` is {subject}"
    return f"{here}, in the reference it is {reference}"


def _oneof_fix(difference: Difference, _context: RuleContext) -> str:
    if difference.reference_value:
        return f"Move the field into `oneof {difference.reference_value}`."
    return "Move the field out of the oneof."


RULES = (
    Rule(
        id="field-required-in-subject",
        impact="wire",
        severity="error",
        purpose="The subject requires a field that the reference does not require.",
        kinds=FIELD_KINDS,
        aspects=("presence",),
        applies=_subject_requires,
        message="`{name}` is {subject}, its presence in the reference is {reference}",
        consequence=_required_consequence,
        fix="Do not require the field.",
    ),
    Rule(
        id="field-required-in-reference",
        impact="wire",
        severity="error",
        purpose="The reference requires a field that the subject does not require.",
        kinds=FIELD_KINDS,
        aspects=("presence",),
        applies=_reference_requires,
        message="the presence of `{name}` is {subject}, in the reference it is {reference}",
        consequence=_required_consequence,
        fix="Require the field, or set it in every message.",
    ),
    Rule(
        id="field-presence-lost",
        impact="presence",
        severity="error",
        purpose="The reference can tell an unset field from its zero value, the subject cannot.",
        kinds=FIELD_KINDS,
        aspects=("presence",),
        applies=_is_lost,
        message="the presence of `{name}` is {subject}, in the reference {reference}",
        consequence=_lost_consequence,
        fix="Declare the field `optional`, or give it explicit presence as the reference does.",
    ),
    Rule(
        id="field-presence-added",
        impact="presence",
        severity="error",
        purpose="The subject can tell an unset field from its zero value, the reference cannot.",
        kinds=FIELD_KINDS,
        aspects=("presence",),
        message="the presence of `{name}` is {subject}, in the reference {reference}",
        consequence=_added_consequence,
        fix="Declare the field without `optional`, or give it implicit presence as the reference does.",
    ),
    Rule(
        id="field-oneof-alone",
        impact="source",
        severity="warning",
        purpose="A field is the only one of a oneof, and on the other side in none or in another such oneof.",
        kinds=FIELD_KINDS,
        aspects=("oneof",),
        applies=_is_alone,
        message=_oneof_message,
        consequence="A oneof with one field clears nothing, so the wire is the same; generated code differs.",
        fix=_oneof_fix,
    ),
    Rule(
        id="field-oneof-left",
        impact="wire",
        severity="error",
        purpose="The reference has a field in a oneof, the subject has not.",
        kinds=FIELD_KINDS,
        aspects=("oneof",),
        applies=_has_left,
        message=_oneof_message,
        consequence=_oneof_consequence,
        fix=_oneof_fix,
    ),
    Rule(
        id="field-oneof-joined",
        impact="wire",
        severity="error",
        purpose="The subject has a field in a oneof, the reference has not.",
        kinds=FIELD_KINDS,
        aspects=("oneof",),
        applies=_has_joined,
        message=_oneof_message,
        consequence=_oneof_consequence,
        fix=_oneof_fix,
    ),
    Rule(
        id="field-oneof-other",
        impact="wire",
        severity="error",
        purpose="A field is in another oneof.",
        kinds=FIELD_KINDS,
        aspects=("oneof",),
        message=_oneof_message,
        consequence=_oneof_consequence,
        fix=_oneof_fix,
    ),
)
