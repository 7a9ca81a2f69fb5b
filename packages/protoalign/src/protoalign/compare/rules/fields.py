"""Rules on fields and extensions: presence on one side only, name, number."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from protoalign.compare.rules.context import code
from protoalign.compare.rules.rule import Rule
from protoalign.contract.canonical import default_json_name
from protoalign.contract.features import presence_of

if TYPE_CHECKING:
    from protoalign.compare.rules.context import Flow, RuleContext
    from protoalign.compare.structure import Difference, Node

__all__ = ["RULES"]

FIELD = FieldDescriptorProto


def _field(node: Node) -> FieldDescriptorProto:
    return cast("FieldDescriptorProto", node.descriptor)


def _is_required(difference: Difference, context: RuleContext) -> bool:
    node = difference.node
    return presence_of(_field(node), context.side(difference).features(node)) == "required"


def _is_reserved(difference: Difference, context: RuleContext) -> bool:
    return context.is_reserved(difference)


def _is_taken(difference: Difference, context: RuleContext) -> bool:
    return context.at_its_number(difference) is not None


def _taken_message(difference: Difference, context: RuleContext) -> str:
    other = context.at_its_number(difference)
    named = other.simple_name if other is not None else ""
    node = difference.node
    return f"`{node.simple_name}` has the number {_field(node).number}, which in the reference is that of `{named}`"


def _taken_consequence(difference: Difference, context: RuleContext) -> str:
    own, other = difference.node, cast("Node", context.at_its_number(difference))
    return context.told(
        difference, lambda flow: _taken(context, flow, *((own, other) if flow.from_subject else (other, own)))
    )


def _taken(context: RuleContext, flow: Flow, written: Node, taken: Node) -> str:
    """What becomes of a field whose number is another field's where it is read."""
    reading = context.read(written, taken, flow)
    ours, theirs = f"{flow.whose} `{written.simple_name}`", f"`{taken.simple_name}`"
    if reading.outcome == "skipped":
        return f"{flow.reader} expects {theirs} where {ours} stands: {reading.effect}"
    if reading.outcome == "same":
        return f"{flow.reader} takes {ours} for {theirs}"
    return f"{flow.reader} takes {ours} for {theirs}: {reading.effect}"


def _missing_consequence(difference: Difference, context: RuleContext) -> str:
    node = difference.node
    in_oneof = len(context.reference.oneof_members(node)) > 1
    other = context.at_its_number(difference) if node.kind == "field" else None

    def tell(flow: Flow) -> str:
        if flow.from_subject:
            return f"{'your client' if flow.reader == 'the server' else 'your side'} cannot set `{node.simple_name}`"
        if other is not None:
            return _taken(context, flow, node, other)
        unset = ", and sees its oneof as unset" if in_oneof else ""
        return f"{flow.reader} skips `{node.simple_name}` as an unknown field{unset}"

    return context.told(difference, tell)


def _extra_consequence(difference: Difference, context: RuleContext) -> str:
    name = difference.node.simple_name

    def tell(flow: Flow) -> str:
        if flow.from_subject:
            return f"{flow.reader} skips `{name}` as an unknown field"
        return f"`{name}` is never set"

    told = context.told(difference, tell)
    return f"{told} The vendor may give its number to another field later."


def _required_missing_consequence(difference: Difference, context: RuleContext) -> str:
    name = difference.node.simple_name

    def tell(flow: Flow) -> str:
        if flow.from_subject:
            return f"{flow.reader} refuses the message, since it lacks `{name}`"
        return f"{flow.reader} skips `{name}` as an unknown field"

    return context.told(difference, tell)


def _required_extra_consequence(difference: Difference, context: RuleContext) -> str:
    name = difference.node.simple_name

    def tell(flow: Flow) -> str:
        if flow.from_subject:
            return f"{flow.reader} skips `{name}` as an unknown field"
        return f"{flow.reader} refuses the message, since nobody sets `{name}`"

    return context.told(difference, tell)


# ---- numbers --------------------------------------------------------------------------------------------------------


def _at_my_number(difference: Difference, context: RuleContext, *, written_by_subject: bool) -> Node | None:
    """What the reader has at the number that the writer gives the field."""
    subject, reference = cast("Node", difference.subject), cast("Node", difference.reference)
    written, read = (subject, reference) if written_by_subject else (reference, subject)
    if read.kind != "field":
        return None
    lookup = context.lookup(of_subject=not written_by_subject)
    return lookup.with_number(lookup.parent(read), _field(written).number)


def _is_swapped(difference: Difference, context: RuleContext) -> bool:
    """Whether the field that the reference has at the subject's number has, at the subject, the reference's number."""
    other = _at_my_number(difference, context, written_by_subject=True)
    if other is None or difference.reference is None:
        return False
    counterpart = context.counterpart(other, of_subject=False)
    return counterpart is not None and _field(counterpart).number == _field(difference.reference).number


def _swapped_message(difference: Difference, context: RuleContext) -> str:
    other = cast("Node", _at_my_number(difference, context, written_by_subject=True))
    return (
        f"`{difference.node.simple_name}` has the number {difference.subject_value} and"
        f" `{other.simple_name}` {difference.reference_value}; in the reference it is the other way round"
    )


def _number_consequence(difference: Difference, context: RuleContext) -> str:
    subject, reference = cast("Node", difference.subject), cast("Node", difference.reference)

    def tell(flow: Flow) -> str:
        written, read = (subject, reference) if flow.from_subject else (reference, subject)
        taken = _at_my_number(difference, context, written_by_subject=flow.from_subject)
        if taken is None:
            named = "" if written.simple_name == read.simple_name else f" and never sees its `{read.simple_name}`"
            return f"{flow.reader} skips {flow.whose} `{written.simple_name}` as an unknown field{named}"
        return _taken(context, flow, written, taken)

    return context.told(difference, tell)


# ---- names ----------------------------------------------------------------------------------------------------------


def _json_name(node: Node) -> str:
    field = _field(node)
    return field.json_name if field.HasField("json_name") else default_json_name(field.name)


def _keeps_its_json_name(difference: Difference, _context: RuleContext) -> bool:
    subject, reference = cast("Node", difference.subject), cast("Node", difference.reference)
    return _json_name(subject) == _json_name(reference)


def _renamed_consequence(difference: Difference, _context: RuleContext) -> str:
    subject, reference = cast("Node", difference.subject), cast("Node", difference.reference)
    in_json = (
        f"JSON has `{_json_name(subject)}` at your side and `{_json_name(reference)}` at the other; each refuses or"
        " drops what the other writes."
    )
    if _field(subject).number != _field(reference).number:
        return in_json
    return (
        f"Binary data holds the number: your `{subject.simple_name}` is the other side's `{reference.simple_name}`,"
        f" whether or not the two mean the same. {in_json}"
    )


def _default_consequence(difference: Difference, _context: RuleContext) -> str:
    zero = "zero, empty or the first value"
    ours, theirs = (code(value) if value else zero for value in (difference.subject_value, difference.reference_value))
    return f"Where the field is unset, your side reads {ours} and the other side {theirs}."


RULES = (
    Rule(
        id="required-field-missing",
        impact="wire",
        severity="error",
        purpose="The reference requires a field that the subject lacks.",
        kinds=("field", "extension"),
        aspects=("missing",),
        applies=_is_required,
        message="required field `{name}` is missing",
        consequence=_required_missing_consequence,
        fix="Add the field and set it in every message.",
    ),
    Rule(
        id="field-missing-reserved",
        impact="missing",
        severity="warning",
        purpose="The reference has a field whose number or name the subject reserves.",
        kinds=("field",),
        aspects=("missing",),
        applies=_is_reserved,
        message="field `{name}` is missing, and its number or name is reserved",
        consequence=_missing_consequence,
        fix="Remove the reservation and add the field, if the reference is to be followed.",
    ),
    Rule(
        id="field-missing",
        impact="missing",
        severity="error",
        purpose="A message of the reference has a field that the subject's lacks.",
        kinds=("field",),
        aspects=("missing",),
        message="field `{name}` is missing",
        consequence=_missing_consequence,
        fix="Add the field with the reference's number and type.",
    ),
    Rule(
        id="extension-missing",
        impact="missing",
        severity="error",
        purpose="The reference has an extension that the subject lacks.",
        kinds=("extension",),
        aspects=("missing",),
        message="extension `{name}` is missing",
        consequence=_missing_consequence,
        fix="Add the extension with the reference's number and type.",
    ),
    Rule(
        id="required-field-extra",
        impact="wire",
        severity="error",
        purpose="The subject requires a field that the reference lacks.",
        kinds=("field", "extension"),
        aspects=("extra",),
        applies=_is_required,
        message="the reference has no field `{name}`, which is required here",
        consequence=_required_extra_consequence,
        fix="Remove the field.",
    ),
    Rule(
        id="field-number-taken",
        impact="wire",
        severity="error",
        purpose="The subject has a field that the reference lacks, and its number is another field's there.",
        kinds=("field",),
        aspects=("extra",),
        applies=_is_taken,
        message=_taken_message,
        consequence=_taken_consequence,
        fix="Remove the field, or give it a number that the reference does not use.",
    ),
    Rule(
        id="field-extra-reserved",
        impact="extra",
        severity="warning",
        purpose="The subject has a field whose number or name the reference reserves.",
        kinds=("field",),
        aspects=("extra",),
        applies=_is_reserved,
        message="field `{name}` has a number or name that the reference reserves",
        consequence="The vendor has retired it: the server no longer reads or sends it.",
        fix="Remove the field and reserve it as the reference does.",
    ),
    Rule(
        id="field-extra",
        impact="extra",
        severity="warning",
        purpose="A message has a field that the reference's lacks.",
        kinds=("field",),
        aspects=("extra",),
        message="the reference has no field `{name}`",
        consequence=_extra_consequence,
        fix="Remove the field, or list it under `own`.",
    ),
    Rule(
        id="extension-extra",
        impact="extra",
        severity="warning",
        purpose="The subject has an extension that the reference lacks.",
        kinds=("extension",),
        aspects=("extra",),
        message="the reference has no extension `{name}`",
        consequence=_extra_consequence,
        fix="Remove the extension, or list it under `own`.",
    ),
    Rule(
        id="field-renamed-in-code",
        impact="source",
        severity="warning",
        purpose="A field has another name and the same JSON name.",
        kinds=("field",),
        aspects=("name",),
        applies=_keeps_its_json_name,
        message="the field is called `{subject_name}`, in the reference `{reference_name}`",
        consequence="Binary data and JSON are read alike; text format and generated code have another name.",
        fix="Rename the field to `{reference_name}`.",
    ),
    Rule(
        id="field-renamed",
        impact="json",
        severity="warning",
        purpose="A field has another name, and so another one in JSON.",
        kinds=("field",),
        aspects=("name",),
        message="the field is called `{subject_name}`, in the reference `{reference_name}`",
        consequence=_renamed_consequence,
        fix="Rename the field to `{reference_name}`.",
    ),
    Rule(
        id="extension-renamed",
        impact="json",
        severity="warning",
        purpose="An extension has another name or is declared elsewhere.",
        kinds=("extension",),
        aspects=("name",),
        message="the extension is called `{subject_name}` and is not where the reference has its `{reference_name}`",
        consequence="Binary data holds the number and is read alike. JSON and text format hold the extension's full"
        " name, which the other side refuses; generated code has another name too.",
        fix="Declare the extension under the reference's name, in the same place.",
    ),
    Rule(
        id="field-numbers-swapped",
        impact="wire",
        severity="error",
        purpose="Two fields have each other's numbers.",
        kinds=("field",),
        aspects=("number",),
        applies=_is_swapped,
        message=_swapped_message,
        consequence=_number_consequence,
        fix="Give `{name}` the number {reference}, and the other field its own.",
    ),
    Rule(
        id="field-number",
        impact="wire",
        severity="error",
        purpose="A field or an extension has another number.",
        kinds=("field", "extension"),
        aspects=("number",),
        message="{kind} `{name}` has the number {subject}, in the reference {reference}",
        consequence=_number_consequence,
        fix="Give it the number {reference}.",
    ),
    Rule(
        id="extension-extendee",
        impact="wire",
        severity="error",
        purpose="An extension extends another message.",
        kinds=("extension",),
        aspects=("extendee",),
        message="extension `{name}` extends {subject}, in the reference {reference}",
        consequence="The other side looks for it in another message, and skips it in this one as unknown.",
        fix="Extend {reference}.",
    ),
    Rule(
        id="field-json-name",
        impact="json",
        severity="warning",
        purpose="A field has another name in JSON.",
        kinds=("field", "extension"),
        aspects=("json name",),
        message="the JSON name of `{name}` is {subject}, in the reference {reference}",
        consequence="Binary data is read alike; each side refuses or drops the other's name in JSON.",
        fix="Set `json_name` as the reference does.",
    ),
    Rule(
        id="field-default",
        impact="wire",
        severity="error",
        purpose="A field has another default value.",
        kinds=("field", "extension"),
        aspects=("default",),
        message="the default of `{name}` is {subject}, in the reference {reference}",
        consequence=_default_consequence,
        fix="Declare the default that the reference has.",
    ),
)
