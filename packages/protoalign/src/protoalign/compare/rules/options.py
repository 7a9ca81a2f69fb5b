"""Rules on options, features, visibility, and options of files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from protoalign.compare.rules.kinds import ALL_KINDS, DECLARED_KINDS, FIELD_KINDS
from protoalign.compare.rules.rule import Rule

if TYPE_CHECKING:
    from protoalign.compare.rules.context import RuleContext
    from protoalign.compare.structure import Difference

__all__ = ["RULES"]

JAVA_OPTIONS = ("java_package", "java_multiple_files", "java_outer_classname", "java_generate_equals_and_hash")
NAMESPACE_OPTIONS = (
    "csharp_namespace",
    "objc_class_prefix",
    "php_class_prefix",
    "php_generic_services",
    "php_metadata_namespace",
    "php_namespace",
    "ruby_package",
    "swift_prefix",
)
MESSAGE = "`{detail}` is {subject}, in the reference {reference}"
FIX = "Set the option as the reference does."
FILE_FIX = FIX[:-1] + ", or list it under `file_options` if it may differ."
# What these say is a difference of its own on the fields that they change.
SPELLINGS = ("packed",)
QUIET_FEATURES = ("enforce_naming_style", "default_symbol_visibility")


def _one_of(*names: str) -> Callable[[Difference, RuleContext], bool]:
    def applies(difference: Difference, _context: RuleContext) -> bool:
        return difference.detail in names

    return applies


def _is_custom(difference: Difference, _context: RuleContext) -> bool:
    return difference.detail.startswith(("(", "unknown option"))


def _is_language_feature(difference: Difference, _context: RuleContext) -> bool:
    return difference.detail.startswith(("features.(", "(pb."))


RULES = (
    Rule(
        id="deprecation",
        impact="source",
        severity="warning",
        purpose="Something is deprecated on one side only.",
        kinds=ALL_KINDS,
        aspects=("option",),
        applies=_one_of("deprecated"),
        message="`deprecated` of {kind} `{name}` is {subject}, in the reference {reference}",
        consequence="It works as before. Where it is marked, compilers warn those who use it, and the vendor may take"
        " it away.",
        fix="Mark it as the reference does.",
    ),
    Rule(
        id="language-feature",
        impact="source",
        severity="warning",
        purpose="A feature of one language's code generator, such as `features.(pb.go).api_level`, differs.",
        kinds=ALL_KINDS,
        aspects=("option",),
        applies=_is_language_feature,
        message=MESSAGE,
        consequence="Nothing changes on the wire; code generated for that language has another form or other checks.",
        fix=FIX,
    ),
    Rule(
        id="custom-option",
        impact="source",
        severity="warning",
        purpose="A custom option differs.",
        kinds=ALL_KINDS,
        aspects=("option",),
        applies=_is_custom,
        message="option `{detail}` of {kind} `{name}` is {subject}, in the reference {reference}",
        consequence="Nothing changes on the wire; tools and servers that go by the option treat the element in another"
        " way.",
        fix=FIX,
    ),
    Rule(
        id="file-go-package",
        impact="source",
        severity="warning",
        purpose="A file's `go_package` differs.",
        kinds=("file",),
        aspects=("option",),
        applies=_one_of("go_package"),
        message=MESSAGE,
        consequence="Generated Go code lies in another package and is imported under another path.",
        fix=FILE_FIX,
    ),
    Rule(
        id="file-java-options",
        impact="source",
        severity="warning",
        purpose="A file's Java package, outer class or splitting into files differs.",
        kinds=("file",),
        aspects=("option",),
        applies=_one_of(*JAVA_OPTIONS),
        message=MESSAGE,
        consequence="Generated Java classes have other names or lie in another package.",
        fix=FILE_FIX,
    ),
    Rule(
        id="file-string-checks",
        impact="source",
        severity="warning",
        purpose="A file's `java_string_check_utf8` differs.",
        kinds=("file",),
        aspects=("option",),
        applies=_one_of("java_string_check_utf8"),
        message=MESSAGE,
        consequence="Generated Java checks strings for UTF-8 on one side only and refuses there what the other takes.",
        fix=FILE_FIX,
    ),
    Rule(
        id="file-namespace",
        impact="source",
        severity="warning",
        purpose="A file's namespace or prefix for C#, Objective-C, PHP, Ruby or Swift differs.",
        kinds=("file",),
        aspects=("option",),
        applies=_one_of(*NAMESPACE_OPTIONS),
        message=MESSAGE,
        consequence="Types generated for that language have other names.",
        fix=FILE_FIX,
    ),
    Rule(
        id="file-optimize-for",
        impact="source",
        severity="warning",
        purpose="A file's `optimize_for` or `cc_enable_arenas` differs.",
        kinds=("file",),
        aspects=("option",),
        applies=_one_of("optimize_for", "cc_enable_arenas"),
        message=MESSAGE,
        consequence="Generated C++ and Java have other base classes or allocate in another way, and may not link"
        " together.",
        fix=FILE_FIX,
    ),
    Rule(
        id="file-option",
        impact="source",
        severity="warning",
        purpose="Another option of a file differs.",
        kinds=("file",),
        aspects=("option",),
        message=MESSAGE,
        consequence="Nothing changes on the wire; generated code does.",
        fix=FILE_FIX,
    ),
    Rule(
        id="field-jstype",
        impact="source",
        severity="warning",
        purpose="A field's `jstype` differs.",
        kinds=FIELD_KINDS,
        aspects=("option",),
        applies=_one_of("jstype"),
        message="`jstype` of `{name}` is {subject}, in the reference {reference}",
        consequence="Generated JavaScript holds the number as a string on one side and as a number, which loses digits"
        " beyond 2^53, on the other.",
        fix=FIX,
    ),
    Rule(
        id="field-debug-redact",
        impact="source",
        severity="warning",
        purpose="A field is kept out of debug output on one side only.",
        kinds=("field", "extension", "enum value"),
        aspects=("option",),
        applies=_one_of("debug_redact"),
        message="`debug_redact` of `{name}` is {subject}, in the reference {reference}",
        consequence="Where it is not set, a secret that the field holds may be printed into logs.",
        fix=FIX,
    ),
    Rule(
        id="option-spelling",
        impact="cosmetic",
        severity="info",
        purpose="`packed` is written out on one side; what it changes is a finding of `field-packed`.",
        kinds=FIELD_KINDS,
        aspects=("option",),
        applies=_one_of(*SPELLINGS),
        message="`{detail}` of `{name}` is written as {subject}, in the reference as {reference}",
        consequence="By itself this changes nothing: what holds in the end is compared too.",
        fix=FIX,
    ),
    Rule(
        id="option",
        impact="source",
        severity="warning",
        purpose="Another option that protobuf defines differs.",
        kinds=DECLARED_KINDS,
        aspects=("option",),
        message="`{detail}` of {kind} `{name}` is {subject}, in the reference {reference}",
        consequence="Nothing changes on the wire; generated code may.",
        fix=FIX,
    ),
    Rule(
        id="feature-spelling",
        impact="cosmetic",
        severity="info",
        purpose="A feature is set in another place; what it changes is a finding of its own on each element.",
        kinds=ALL_KINDS,
        aspects=("feature",),
        message="the feature `{detail}` of {kind} `{name}` is {subject}, in the reference {reference}",
        consequence="By itself this changes nothing: what holds in the end is compared too.",
        fix="Set the feature where the reference does.",
    ),
    Rule(
        id="visibility",
        impact="source",
        severity="warning",
        purpose="A type is visible to other files on one side only.",
        kinds=("message", "enum"),
        aspects=("visibility",),
        message="the visibility of {kind} `{name}` is {subject}, in the reference {reference}",
        consequence="Other files can use the type with one of the two only.",
        fix="Declare it `export` or `local` as the reference does.",
    ),
)
