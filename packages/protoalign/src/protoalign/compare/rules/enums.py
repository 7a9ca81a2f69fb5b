"""Rules on enums and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from protoalign.compare.rules.rule import Rule

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import EnumDescriptorProto

    from protoalign.compare.rules.context import Flow, RuleContext
    from protoalign.compare.structure import Difference, Node

__all__ = ["RULES"]


def _number(node: Node) -> int:
    number: int = node.descriptor.number  # type: ignore[attr-defined]
    return number


def _is_known_under_another_name(difference: Difference, context: RuleContext) -> bool:
    """Whether the other side has the value under a name that this side has too: one side gives it two names."""
    other = context.at_its_number(difference)
    if other is None:
        return False
    of_subject = difference.reference is None
    known = context.counterpart(other, of_subject=not of_subject)
    return known is not None and _number(known) == _number(difference.node)


def _is_taken(difference: Difference, context: RuleContext) -> bool:
    return context.at_its_number(difference) is not None


def _is_reserved(difference: Difference, context: RuleContext) -> bool:
    return context.is_reserved(difference)


def _taken_message(difference: Difference, context: RuleContext) -> str:
    other = context.at_its_number(difference)
    named = other.simple_name if other is not None else ""
    node = difference.node
    return f"`{node.simple_name}` has the number {_number(node)}, which in the reference means `{named}`"


def _taken_consequence(difference: Difference, context: RuleContext) -> str:
    other = context.at_its_number(difference)
    named = other.simple_name if other is not None else ""
    own = difference.node.simple_name

    def tell(flow: Flow) -> str:
        written, read = (own, named) if flow.from_subject else (named, own)
        return f"{flow.reader} reads {flow.whose} `{written}` as `{read}`"

    return context.told(difference, tell)


def _missing_consequence(difference: Difference, context: RuleContext) -> str:
    name = difference.node.simple_name

    def tell(flow: Flow) -> str:
        if flow.from_subject:
            return f"{'your client' if flow.reader == 'the server' else 'your side'} cannot send `{name}` by its name"
        return f"`{name}` reaches {flow.reader} as a number without a name, or as an unset field if the enum is closed"

    return context.told(difference, tell)


def _number_consequence(difference: Difference, context: RuleContext) -> str:
    subject, reference = cast("Node", difference.subject), cast("Node", difference.reference)

    def tell(flow: Flow) -> str:
        written, read = (subject, reference) if flow.from_subject else (reference, subject)
        lookup = context.lookup(of_subject=not flow.from_subject)
        taken = lookup.with_number(lookup.parent(read), _number(written))
        if taken is None:
            return f"{flow.reader} has no name for {flow.whose} `{written.simple_name}`, {_number(written)}"
        return f"{flow.reader} reads {flow.whose} `{written.simple_name}` as `{taken.simple_name}`"

    return context.told(difference, tell)


def _changes_the_default(difference: Difference, context: RuleContext) -> bool:
    """Whether the order decides what an unset field reads as: in closed enums, the first value does."""
    if difference.subject is None or difference.reference is None:
        return False
    firsts = []
    for node, lookup in ((difference.subject, context.subject), (difference.reference, context.reference)):
        values = cast("EnumDescriptorProto", node.descriptor).value
        if not values or not lookup.features(node).is_closed:
            return False
        firsts.append(values[0].number)
    return firsts[0] != firsts[1]


def _first_values(difference: Difference) -> tuple[str, str]:
    nodes = (cast("Node", difference.subject), cast("Node", difference.reference))
    first, second = (cast("EnumDescriptorProto", node.descriptor).value[0].name for node in nodes)
    return first, second


def _default_message(difference: Difference, _context: RuleContext) -> str:
    first, second = _first_values(difference)
    return (
        f"the first value of the closed enum `{difference.node.simple_name}` is `{first}`, in the reference `{second}`"
    )


def _default_consequence(difference: Difference, _context: RuleContext) -> str:
    first, second = _first_values(difference)
    return f"An unset field of this enum reads as `{first}` at your side and as `{second}` at the other."


def _closed_consequence(difference: Difference, context: RuleContext) -> str:
    def tell(flow: Flow) -> str:
        read = difference.reference_value if flow.from_subject else difference.subject_value
        if read == "closed":
            return f"{flow.reader} puts a number that the enum does not name aside, and the field looks unset"
        return f"{flow.reader} keeps a number that the enum does not name"

    return context.told(difference, tell)


def _is_alias_option(difference: Difference, _context: RuleContext) -> bool:
    return difference.detail == "allow_alias"


RULES = (
    Rule(
        id="enum-missing",
        impact="missing",
        severity="error",
        purpose="The reference has an enum that the subject lacks.",
        kinds=("enum",),
        aspects=("missing",),
        message="enum `{name}` is missing",
        consequence="Its values have no names at your side, and no field can be declared with it.",
        fix="Add the enum as the reference has it.",
    ),
    Rule(
        id="enum-extra",
        impact="extra",
        severity="warning",
        purpose="The subject has an enum that the reference lacks.",
        kinds=("enum",),
        aspects=("extra",),
        message="the reference has no enum `{name}`",
        consequence="No server that keeps to the reference knows what its values mean.",
        fix="Remove the enum, or list it under `own`.",
    ),
    Rule(
        id="enum-renamed",
        impact="source",
        severity="warning",
        purpose="An enum has another name or is nested elsewhere.",
        kinds=("enum",),
        aspects=("name",),
        message="the enum is called `{subject_name}` and is not where the reference has its `{reference_name}`",
        consequence="Nothing changes on the wire; generated code has another name for the type.",
        fix="Declare it under the reference's name, in the same place.",
    ),
    Rule(
        id="enum-closed",
        impact="wire",
        severity="error",
        purpose="An enum is open on one side and closed on the other.",
        kinds=("enum",),
        aspects=("closed",),
        message="enum `{name}` is {subject}, in the reference {reference}",
        consequence=_closed_consequence,
        fix="Make it {reference}, by the file's syntax or `features.enum_type`.",
    ),
    Rule(
        id="enum-default-value",
        impact="wire",
        severity="error",
        purpose="A closed enum starts with another value, which is what an unset field reads as.",
        kinds=("enum",),
        aspects=("order",),
        applies=_changes_the_default,
        message=_default_message,
        consequence=_default_consequence,
        fix="Put the values into the reference's order.",
    ),
    Rule(
        id="enum-allow-alias",
        impact="source",
        severity="warning",
        purpose="Two names for one number are allowed on one side only.",
        kinds=("enum",),
        aspects=("option",),
        applies=_is_alias_option,
        message="`allow_alias` of enum `{name}` is {subject}, in the reference {reference}",
        consequence="Where it is not set, a second name for a number does not compile.",
        fix="Set `allow_alias` as the reference does.",
    ),
    Rule(
        id="enum-value-alias-missing",
        impact="json",
        severity="warning",
        purpose="The reference has a second name for a value, which the subject lacks.",
        kinds=("enum value",),
        aspects=("missing",),
        applies=_is_known_under_another_name,
        message="`{name}`, a second name for a value, is missing",
        consequence="The number is known under its other name, so binary data is read. JSON that uses this name is"
        " refused, and code that uses it does not compile.",
        fix="Add the name, with `option allow_alias = true`.",
    ),
    Rule(
        id="enum-value-missing-reserved",
        impact="missing",
        severity="warning",
        purpose="The reference has a value whose number or name the subject reserves.",
        kinds=("enum value",),
        aspects=("missing",),
        applies=_is_reserved,
        message="`{name}` is missing, and its number or name is reserved",
        consequence=_missing_consequence,
        fix="Remove the reservation and add the value, if the reference is to be followed.",
    ),
    Rule(
        id="enum-value-missing",
        impact="missing",
        severity="error",
        purpose="An enum of the reference has a value that the subject's lacks.",
        kinds=("enum value",),
        aspects=("missing",),
        message="enum value `{name}` is missing",
        consequence=_missing_consequence,
        fix="Add the value with the reference's number.",
    ),
    Rule(
        id="enum-value-alias-extra",
        impact="json",
        severity="warning",
        purpose="The subject has a second name for a value, which the reference lacks.",
        kinds=("enum value",),
        aspects=("extra",),
        applies=_is_known_under_another_name,
        message="the reference has no name `{name}` for this value",
        consequence="The number is known under its other name, so binary data is read; JSON with this name is refused"
        " by the server.",
        fix="Use the reference's name.",
    ),
    Rule(
        id="enum-value-number-taken",
        impact="wire",
        severity="error",
        purpose="The subject has a value that the reference lacks, and its number means another value there.",
        kinds=("enum value",),
        aspects=("extra",),
        applies=_is_taken,
        message=_taken_message,
        consequence=_taken_consequence,
        fix="Remove the value, or give it a number that the reference does not use.",
    ),
    Rule(
        id="enum-value-extra-reserved",
        impact="extra",
        severity="warning",
        purpose="The subject has a value whose number or name the reference reserves.",
        kinds=("enum value",),
        aspects=("extra",),
        applies=_is_reserved,
        message="`{name}` has a number or name that the reference reserves",
        consequence="The vendor has retired it: the server has no meaning for it any more.",
        fix="Remove the value and reserve it as the reference does.",
    ),
    Rule(
        id="enum-value-extra",
        impact="extra",
        severity="warning",
        purpose="The subject has an enum value that the reference lacks.",
        kinds=("enum value",),
        aspects=("extra",),
        message="the reference has no enum value `{name}`",
        consequence="The server has no meaning for it, and the vendor may give its number to another value later.",
        fix="Remove the value, or list it under `own`.",
    ),
    Rule(
        id="enum-value-renamed",
        impact="json",
        severity="warning",
        purpose="An enum value has another name.",
        kinds=("enum value",),
        aspects=("name",),
        message="the enum value is called `{subject_name}`, in the reference `{reference_name}`",
        consequence="Binary data holds the number and is read alike. JSON and text format hold the name, which the"
        " other side refuses; generated code has another constant.",
        fix="Rename the value to `{reference_name}`.",
    ),
    Rule(
        id="enum-value-number",
        impact="wire",
        severity="error",
        purpose="An enum value has another number.",
        kinds=("enum value",),
        aspects=("number",),
        message="enum value `{name}` has the number {subject}, in the reference {reference}",
        consequence=_number_consequence,
        fix="Give it the number {reference}.",
    ),
)
