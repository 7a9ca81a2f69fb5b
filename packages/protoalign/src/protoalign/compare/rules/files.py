"""Rules on files: their presence, name, package, syntax and imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.compare.rules.kinds import TOP_LEVEL_KINDS
from protoalign.compare.rules.rule import Rule

if TYPE_CHECKING:
    from protoalign.compare.rules.context import RuleContext
    from protoalign.compare.structure import Difference

__all__ = ["RULES"]


def _is_emptied(difference: Difference, _context: RuleContext) -> bool:
    return difference.subject is not None


def _has_services(difference: Difference, _context: RuleContext) -> bool:
    return any(node is not None and node.descriptor.service for node in (difference.subject, difference.reference))  # type: ignore[attr-defined]


def _called_path(difference: Difference, _context: RuleContext) -> str:
    subject, reference = difference.subject, difference.reference
    services = reference.descriptor.service if reference is not None else ()  # type: ignore[attr-defined]
    service = services[0] if services else subject.descriptor.service[0]  # type: ignore[union-attr]
    method = f"{service.name}/{service.method[0].name if service.method else '…'}"
    called, known = (
        f"/{package}.{method}" if package else f"/{method}"
        for package in (difference.subject_value, difference.reference_value)
    )
    return f"Your client calls `{called}`; the server knows `{known}` and answers UNIMPLEMENTED."


def _is_public(difference: Difference, _context: RuleContext) -> bool:
    return any("public" in value for value in (difference.subject_value, difference.reference_value))


def _package_statement(difference: Difference, _context: RuleContext) -> str:
    package = difference.reference_value
    return f"Write `package {package};`." if package else "Remove the package statement."


RULES = (
    Rule(
        id="file-emptied",
        impact="missing",
        severity="error",
        purpose="A file declares nothing, where the reference's declares something.",
        kinds=("file",),
        aspects=("missing",),
        applies=_is_emptied,
        message="the file declares nothing, in the reference it declares {detail}",
        consequence="The file is there and compiles, so that checks which look for files pass, but nothing of it can"
        " be used.",
        fix="Declare in it what the reference does.",
    ),
    Rule(
        id="file-missing",
        impact="missing",
        severity="error",
        purpose="The reference has a file that the subject lacks.",
        kinds=("file",),
        aspects=("missing",),
        message="the file `{element}` is missing",
        consequence="No service of it can be called, and no type of it can be sent or read.",
        fix="Add the file as the reference has it.",
    ),
    Rule(
        id="file-extra",
        impact="extra",
        severity="warning",
        purpose="The subject has a file that the reference lacks.",
        kinds=("file",),
        aspects=("extra",),
        message="the reference has no file `{element}`",
        consequence="No server that keeps to the reference knows what the file declares.",
        fix="Remove the file, or list it under `own` if it is yours on purpose.",
    ),
    Rule(
        id="file-renamed",
        impact="source",
        severity="warning",
        purpose="A file has another name or lies in another folder.",
        kinds=("file",),
        aspects=("name",),
        message="the file is called `{subject_name}`, in the reference `{reference_name}`",
        consequence="Nothing changes on the wire. Generated modules and imports have other names, and a program that"
        " loads both files registers every type twice, which protobuf runtimes refuse.",
        fix="Move the file to `{reference_name}` and change the imports of it.",
    ),
    Rule(
        id="package-of-service",
        impact="rpc-path",
        severity="error",
        purpose="A file with services has another package.",
        kinds=("file",),
        aspects=("package",),
        applies=_has_services,
        message="the package is {subject}, in the reference {reference}, and the file has services",
        consequence=_called_path,
        fix=_package_statement,
    ),
    Rule(
        id="package-of-types",
        impact="source",
        severity="warning",
        purpose="A file without services has another package.",
        kinds=("file",),
        aspects=("package",),
        message="the package is {subject}, in the reference {reference}",
        consequence="Fields are encoded alike, but the types have other full names: an Any that holds one is not"
        " recognized by the other side, and generated code has other names.",
        fix=_package_statement,
    ),
    Rule(
        id="file-syntax",
        impact="source",
        severity="warning",
        purpose="A file is written in another syntax or edition.",
        kinds=("file",),
        aspects=("syntax",),
        message="the syntax is {subject}, in the reference {reference}",
        consequence="Presence, packing, enums and string checks have other defaults; each field that this changes is"
        " a finding of its own. Generated code may look different too.",
        fix="Use {reference}, and then write out presence as the reference does.",
    ),
    Rule(
        id="import-public",
        impact="source",
        severity="warning",
        purpose="A public import is only on one side, or public only there.",
        kinds=("file",),
        aspects=("import",),
        applies=_is_public,
        message="the import of `{detail}` is {subject}, in the reference {reference}",
        consequence="Code that reaches the imported types through this file compiles with the one only.",
        fix="Import `{detail}` as the reference does.",
    ),
    Rule(
        id="import",
        impact="cosmetic",
        severity="info",
        purpose="A file is imported by one side only, or in another way.",
        kinds=("file",),
        aspects=("import",),
        message="`{detail}` is imported differently from the reference",
        consequence="An import by itself changes nothing on the wire; it follows from the types that are used.",
        fix="Import what the reference imports.",
    ),
    Rule(
        id="moved-to-file",
        impact="source",
        severity="warning",
        purpose="A top-level element is declared in another file.",
        kinds=TOP_LEVEL_KINDS,
        aspects=("file",),
        message="{kind} `{name}` is declared in {subject}, in the reference in {reference}",
        consequence="Nothing changes on the wire; generated code has it in another module, and imports differ.",
        fix="Move it to {reference}.",
    ),
)
