"""The table of rules: complete, and with what buf's breaking rules see."""

import json
import subprocess
from pathlib import Path

import pytest

from protoalign.compare.model import IMPACTS
from protoalign.compare.rules import RULES, rule_named, rules_of
from protoalign.sources.compilers import find_tool

FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules"

EVERY = {"missing", "extra", "name", "option", "feature", "other"}
FIELD = {"number", "type", "cardinality", "presence", "packed", "utf8", "encoding", "json name", "default", "oneof"}
ASPECTS = {
    "file": EVERY | {"package", "syntax", "import", "order"},
    "message": EVERY
    | {"file", "order", "reserved range", "reserved name", "visibility", "extension range", "json format"},
    "field": EVERY | FIELD,
    "oneof": EVERY | {"order"},
    "extension": EVERY | FIELD | {"file", "extendee"},
    "enum": EVERY | {"file", "order", "reserved range", "reserved name", "visibility", "json format", "closed"},
    "enum value": EVERY | {"number"},
    "service": EVERY | {"file", "order"},
    "rpc": EVERY | {"input", "output", "client streaming", "server streaming", "body"},
}
SEVERITIES = {
    "rpc-path": {"error"},
    "wire": {"error", "warning"},
    "presence": {"error"},
    "missing": {"error", "warning"},
    "extra": {"warning"},
    "json": {"warning"},
    "source": {"warning"},
    "cosmetic": {"info"},
}

# Each of buf's breaking rules, and the rules of ours that see the same change. Where buf goes by numbers and we by
# names, the rules differ: two fields with swapped numbers have, to buf, other names and types.
BUF_RULES = {
    "EXTENSION_NO_DELETE": (
        "extension-missing",
        "extension-renamed",
    ),
    "SERVICE_NO_DELETE": (
        "service-missing",
        "service-renamed",
    ),
    "ENUM_NO_DELETE": (
        "enum-missing",
        "enum-renamed",
    ),
    "FILE_NO_DELETE": (
        "file-missing",
        "file-renamed",
    ),
    "MESSAGE_NO_DELETE": (
        "message-missing",
        "moved-to-file",
        "field-map",
        "message-nested-elsewhere",
        "message-renamed",
    ),
    "ENUM_SAME_TYPE": ("enum-closed",),
    "FIELD_SAME_CARDINALITY": (
        "field-cardinality",
        "field-map",
        "field-presence-lost",
        "field-presence-added",
        "field-required-in-subject",
        "field-required-in-reference",
        "field-numbers-swapped",
    ),
    "FIELD_SAME_CPP_STRING_TYPE": (
        "option",
        "language-feature",
    ),
    "FIELD_SAME_JAVA_UTF8_VALIDATION": (
        "file-string-checks",
        "language-feature",
        "field-utf8-validation",
        "file-syntax",
    ),
    "FIELD_SAME_JSTYPE": ("field-jstype",),
    "FIELD_SAME_UTF8_VALIDATION": ("field-utf8-validation",),
    "FILE_SAME_CC_ENABLE_ARENAS": ("file-optimize-for",),
    "FILE_SAME_CC_GENERIC_SERVICES": ("file-option",),
    "FILE_SAME_CSHARP_NAMESPACE": ("file-namespace",),
    "FILE_SAME_GO_PACKAGE": ("file-go-package",),
    "FILE_SAME_JAVA_GENERIC_SERVICES": ("file-option",),
    "FILE_SAME_JAVA_MULTIPLE_FILES": ("file-java-options",),
    "FILE_SAME_JAVA_OUTER_CLASSNAME": ("file-java-options",),
    "FILE_SAME_JAVA_PACKAGE": ("file-java-options",),
    "FILE_SAME_OBJC_CLASS_PREFIX": ("file-namespace",),
    "FILE_SAME_OPTIMIZE_FOR": ("file-optimize-for",),
    "FILE_SAME_PHP_CLASS_PREFIX": ("file-namespace",),
    "FILE_SAME_PHP_METADATA_NAMESPACE": ("file-namespace",),
    "FILE_SAME_PHP_NAMESPACE": ("file-namespace",),
    "FILE_SAME_PY_GENERIC_SERVICES": ("file-option",),
    "FILE_SAME_RUBY_PACKAGE": ("file-namespace",),
    "FILE_SAME_SWIFT_PREFIX": ("file-namespace",),
    "RPC_NO_DELETE": (
        "rpc-missing",
        "rpc-renamed",
        "rpc-moved",
    ),
    "ENUM_VALUE_NO_DELETE": (
        "enum-value-missing",
        "enum-value-alias-missing",
        "enum-value-missing-reserved",
        "enum-value-number",
    ),
    "EXTENSION_MESSAGE_NO_DELETE": ("extension-range-missing",),
    "FIELD_NO_DELETE": (
        "field-missing",
        "field-missing-reserved",
        "required-field-missing",
        "field-number",
    ),
    "FIELD_SAME_TYPE": (
        "field-type",
        "field-type-integer",
        "field-type-enum-integer",
        "field-type-zigzag",
        "field-type-float-bits",
        "field-type-string-bytes",
        "field-type-message",
        "field-type-message-bytes",
        "field-map-entry",
        "field-delimited",
        "field-number-taken",
        "field-numbers-swapped",
        "enum-renamed",
    ),
    "FILE_SAME_SYNTAX": ("file-syntax",),
    "MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR": ("option",),
    "ONEOF_NO_DELETE": (
        "oneof-missing",
        "oneof-renamed",
    ),
    "ENUM_SAME_JSON_FORMAT": ("json-format",),
    "ENUM_VALUE_SAME_NAME": (
        "enum-value-renamed",
        "enum-value-alias-missing",
        "enum-value-number-taken",
    ),
    "FIELD_SAME_JSON_NAME": (
        "field-json-name",
        "field-renamed",
        "field-number-taken",
        "field-numbers-swapped",
    ),
    "FIELD_SAME_NAME": (
        "field-renamed",
        "field-renamed-in-code",
        "extension-renamed",
        "field-number-taken",
        "field-numbers-swapped",
    ),
    "MESSAGE_SAME_JSON_FORMAT": ("json-format",),
    "FIELD_SAME_DEFAULT": (
        "field-default",
        "enum-default-value",
    ),
    "FIELD_SAME_ONEOF": (
        "field-oneof-left",
        "field-oneof-joined",
        "field-oneof-other",
        "field-oneof-alone",
        "oneof-renamed",
    ),
    "FILE_SAME_PACKAGE": (
        "package-of-service",
        "package-of-types",
    ),
    "MESSAGE_SAME_REQUIRED_FIELDS": (
        "required-field-missing",
        "required-field-extra",
        "field-required-in-reference",
        "field-required-in-subject",
    ),
    "RESERVED_ENUM_NO_DELETE": (
        "reserved-range-missing",
        "reserved-name-missing",
    ),
    "RESERVED_MESSAGE_NO_DELETE": (
        "reserved-range-missing",
        "reserved-name-missing",
    ),
    "RPC_SAME_CLIENT_STREAMING": ("rpc-client-streaming",),
    "RPC_SAME_IDEMPOTENCY_LEVEL": ("rpc-idempotency",),
    "RPC_SAME_REQUEST_TYPE": ("rpc-request-type",),
    "RPC_SAME_RESPONSE_TYPE": ("rpc-response-type",),
    "RPC_SAME_SERVER_STREAMING": ("rpc-server-streaming",),
    "PACKAGE_ENUM_NO_DELETE": (
        "enum-missing",
        "enum-renamed",
    ),
    "PACKAGE_EXTENSION_NO_DELETE": (
        "extension-missing",
        "extension-renamed",
    ),
    "PACKAGE_MESSAGE_NO_DELETE": (
        "message-missing",
        "message-renamed",
        "message-nested-elsewhere",
        "field-map",
    ),
    "PACKAGE_NO_DELETE": (
        "file-missing",
        "package-of-service",
        "package-of-types",
    ),
    "PACKAGE_SERVICE_NO_DELETE": (
        "service-missing",
        "service-renamed",
    ),
    "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED": (
        "enum-value-missing",
        "enum-value-missing-reserved",
        "enum-value-number",
    ),
    "FIELD_NO_DELETE_UNLESS_NAME_RESERVED": (
        "field-missing",
        "field-missing-reserved",
        "field-number",
        "required-field-missing",
    ),
    "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY": (
        "field-cardinality",
        "field-map",
        "field-numbers-swapped",
        "field-required-in-reference",
        "field-required-in-subject",
    ),
    "FIELD_WIRE_JSON_COMPATIBLE_TYPE": (
        "field-type",
        "field-type-string-bytes",
        "field-type-message-bytes",
        "field-delimited",
        "field-map-entry",
        "field-number-taken",
        "field-numbers-swapped",
        "field-type-enum-integer",
        "field-type-float-bits",
        "field-type-integer",
        "field-type-message",
        "field-type-zigzag",
        "enum-renamed",
    ),
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED": (
        "enum-value-missing",
        "enum-value-number",
    ),
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED": (
        "field-missing",
        "field-number",
        "required-field-missing",
    ),
    "FIELD_WIRE_COMPATIBLE_CARDINALITY": (
        "field-cardinality",
        "field-map",
        "field-numbers-swapped",
        "field-required-in-reference",
        "field-required-in-subject",
    ),
    "FIELD_WIRE_COMPATIBLE_TYPE": (
        "field-type",
        "field-type-zigzag",
        "field-type-float-bits",
        "field-delimited",
        "field-map",
        "field-map-entry",
        "field-numbers-swapped",
        "field-type-enum-integer",
        "field-type-message",
        "field-type-message-bytes",
        "enum-renamed",
    ),
}


@pytest.mark.parametrize(
    ("kind", "aspect"), [(kind, aspect) for kind, aspects in ASPECTS.items() for aspect in sorted(aspects)]
)
def test_whatever_can_differ_is_judged(kind, aspect):
    rules = rules_of(kind, aspect)
    always = rules_of("message", "missing")[-1].applies
    assert rules
    # The last one takes all that is left, and no rule before it would leave it nothing to judge.
    assert rules[-1].applies is always
    assert all(rule.applies is not always for rule in rules[:-1])


def test_ids_are_unique_and_severities_are_those_of_the_impact():
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule_named(rule.id) is rule
        assert rule.impact in IMPACTS
        assert rule.severity in SEVERITIES[rule.impact], rule.id
        assert rule.purpose.endswith(".")
    assert rule_named("no-such-rule") is None


def test_all_of_bufs_rules_are_in_the_table():
    command = [find_tool("buf"), "config", "ls-breaking-rules", "--version", "v2", "--format", "json"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert {json.loads(line)["id"] for line in printed.splitlines()} == set(BUF_RULES)


@pytest.mark.slow
def test_whatever_buf_reports_of_the_fixtures_is_reported():
    """Every one of buf's rules fires in the fixtures, and where it does, so does one of ours."""
    seen = set()
    for folder in sorted(FIXTURES.iterdir()):
        ours = {line.split()[0] for line in (folder / "findings.txt").read_text(encoding="utf-8").splitlines()}
        for name in buf_breaking(folder):
            assert ours & set(BUF_RULES[name]), (folder.name, name)
            seen.add(name)
    assert seen == set(BUF_RULES)


def buf_breaking(folder):
    """The ids of buf's rules that the subject breaks; none where buf cannot read what protoc can: message sets."""
    config = {"version": "v2", "breaking": {"use": ["FILE", "PACKAGE", "WIRE_JSON", "WIRE", "CSR"]}}
    command = [find_tool("buf"), "breaking", folder / "subject", "--against", folder / "reference"]
    options = ["--config", json.dumps(config), "--error-format", "json"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 100) or folder.name == "message-set-wire-format", done.stderr
    return {json.loads(line)["type"] for line in done.stdout.splitlines()}


def test_the_table_names_rules_that_are_there():
    assert {rule for rules in BUF_RULES.values() for rule in rules} <= {rule.id for rule in RULES}
