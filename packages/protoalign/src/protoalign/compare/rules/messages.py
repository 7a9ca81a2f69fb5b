"""Rules on messages and oneofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.compare.rules.kinds import TYPE_KINDS
from protoalign.compare.rules.rule import Rule

if TYPE_CHECKING:
    from protoalign.compare.rules.context import RuleContext
    from protoalign.compare.structure import Difference

__all__ = ["RULES"]


def _has_the_same_simple_name(difference: Difference, _context: RuleContext) -> bool:
    subject, reference = difference.subject, difference.reference
    return subject is not None and reference is not None and subject.simple_name == reference.simple_name


def _is_message_set(difference: Difference, _context: RuleContext) -> bool:
    return difference.detail == "message_set_wire_format"


def _is_json_conflict_option(difference: Difference, _context: RuleContext) -> bool:
    return difference.detail == "deprecated_legacy_json_field_conflicts"


RULES = (
    Rule(
        id="message-missing",
        impact="missing",
        severity="error",
        purpose="The reference has a message that the subject lacks.",
        kinds=("message",),
        aspects=("missing",),
        message="message `{name}` is missing",
        consequence="It can neither be sent nor read; where the server sends it inside of another message, its bytes"
        " are kept as unknown at best.",
        fix="Add the message as the reference has it.",
    ),
    Rule(
        id="message-extra",
        impact="extra",
        severity="warning",
        purpose="The subject has a message that the reference lacks.",
        kinds=("message",),
        aspects=("extra",),
        message="the reference has no message `{name}`",
        consequence="No server that keeps to the reference reads or sends it.",
        fix="Remove the message, or list it under `own`.",
    ),
    Rule(
        id="message-nested-elsewhere",
        impact="source",
        severity="warning",
        purpose="A message is declared in another message, or at the top level on one side only.",
        kinds=("message",),
        aspects=("name",),
        applies=_has_the_same_simple_name,
        message="message `{name}` is not declared in the place where the reference has it",
        consequence="Fields are encoded alike. Generated code has another name for the type, and an Any with it has"
        " another type URL.",
        fix="Move the message to where the reference has it.",
    ),
    Rule(
        id="message-renamed",
        impact="source",
        severity="warning",
        purpose="A message has another name.",
        kinds=("message",),
        aspects=("name",),
        message="the message is called `{subject_name}`, in the reference `{reference_name}`",
        consequence="Fields are encoded alike. Generated code has another name for the type, and an Any with it has"
        " another type URL, which the other side does not know.",
        fix="Rename the message to `{reference_name}`.",
    ),
    Rule(
        id="message-set-wire-format",
        impact="wire",
        severity="error",
        purpose="A message is encoded as a message set on one side only.",
        kinds=("message",),
        aspects=("option",),
        applies=_is_message_set,
        message="`message_set_wire_format` of `{name}` is {subject}, in the reference {reference}",
        consequence="Message sets put each extension into a group with its number; the other side reads none of them.",
        fix="Set the option as the reference does.",
    ),
    Rule(
        id="json-name-conflicts",
        impact="json",
        severity="warning",
        purpose="Conflicting JSON names are tolerated on one side only.",
        kinds=TYPE_KINDS,
        aspects=("option",),
        applies=_is_json_conflict_option,
        message="`{detail}` of `{name}` is {subject}, in the reference {reference}",
        consequence="Where it is set, two members may share a JSON name, and JSON for them is ambiguous; where it is"
        " not, such a file does not compile.",
        fix="Set the option as the reference does.",
    ),
    Rule(
        id="json-format",
        impact="json",
        severity="warning",
        purpose="JSON is guaranteed on one side and best effort on the other.",
        kinds=TYPE_KINDS,
        aspects=("json format",),
        message="the JSON format of `{name}` is {subject}, in the reference {reference}",
        consequence="With LEGACY_BEST_EFFORT, compilers let names pass that are ambiguous or invalid in JSON.",
        fix="Set `features.json_format` or the syntax as the reference does.",
    ),
    Rule(
        id="oneof-missing",
        impact="missing",
        severity="error",
        purpose="A message of the reference has a oneof that the subject's lacks.",
        kinds=("oneof",),
        aspects=("missing",),
        message="oneof `{name}` is missing",
        consequence="Nothing keeps your side from setting several of its fields, of which the reader keeps the last;"
        " and nothing tells which of them was chosen.",
        fix="Put its fields into `oneof {name}`.",
    ),
    Rule(
        id="oneof-extra",
        impact="extra",
        severity="warning",
        purpose="A message has a oneof that the reference's lacks.",
        kinds=("oneof",),
        aspects=("extra",),
        message="the reference has no oneof `{name}`",
        consequence="The other side may set several of its fields, of which your side keeps only the last.",
        fix="Take its fields out of the oneof.",
    ),
    Rule(
        id="oneof-renamed",
        impact="source",
        severity="warning",
        purpose="A oneof has another name.",
        kinds=("oneof",),
        aspects=("name",),
        message="the oneof is called `{subject_name}`, in the reference `{reference_name}`",
        consequence="Neither binary data nor JSON holds the name; generated code does.",
        fix="Rename the oneof to `{reference_name}`.",
    ),
)
