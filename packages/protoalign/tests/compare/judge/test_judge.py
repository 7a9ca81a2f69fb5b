"""What the judge makes of differences and settings."""

from datetime import date
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from protoalign.compare import compare, judge, structural_diff
from protoalign.compare.fingerprint import fingerprint
from protoalign.contract import ContractFile, Provenance, build_contract
from protoalign.errors import DescriptorError, SettingsError
from protoalign.settings import Settings, Waiver
from protoalign.sources import load

NASTY = Path(__file__).parents[2] / "fixtures" / "nasty"

HEAD = 'syntax = "proto3";\npackage {};\n'
REFERENCE = (
    HEAD.format("shop.v1")
    + """\
option go_package = "example.com/shop";
message Order { string id = 1; int32 count = 2; Item item = 3; State state = 4; }
message Item { string sku = 1; optional string name = 2; }
enum State { OPEN = 0; SHUT = 1; }
service Shop { rpc Get(Order) returns (stream Item); rpc List(Item) returns (Order); }
"""
)
SUBJECT = (
    HEAD.format("shop.v1")
    + """\
option go_package = "example.com/mine";
message Order { string id = 2; int32 count = 1; Item item = 3; State state = 4; bool mine = 9; }
message Item { string sku = 1; }
message Helper { string a = 1; int32 b = 2; }
enum State { OPEN = 0; SHUT = 1; }
service Shop { rpc Get(Order) returns (stream Item); rpc List(Item) returns (Order); }
"""
)
TODAY = date(2030, 1, 15)


@pytest.fixture
def judged(compile_contract):
    def judged(settings=None, subject=SUBJECT, reference=REFERENCE, **options):
        texts = [{"shop.proto": text} if isinstance(text, str) else text for text in (subject, reference)]
        return judge(structural_diff(*map(compile_contract, texts)), settings or Settings(**options), today=TODAY)

    return judged


def rules(comparison):
    return [(finding.rule, finding.element) for finding in comparison.findings]


def test_findings_come_worst_first(judged):
    comparison = judged()
    assert rules(comparison) == [
        ("field-numbers-swapped", "shop.v1.Order.count"),
        ("field-numbers-swapped", "shop.v1.Order.id"),
        ("field-missing", "shop.v1.Item.name"),
        ("message-extra", "shop.v1.Helper"),
        ("field-extra", "shop.v1.Order.mine"),
        ("file-go-package", "shop.proto"),
    ]
    assert comparison.is_complete


def test_consequences_name_fields_and_directions(judged):
    swapped = judged(
        subject=HEAD.format("a") + "message M { string content = 1; string role = 2; }\n"
        "message R {}\nservice S { rpc Go(M) returns (R); }",
        reference=HEAD.format("a") + "message M { string role = 1; string content = 2; }\n"
        "message R {}\nservice S { rpc Go(M) returns (R); }",
    )
    finding = next(each for each in swapped.findings if each.element == "a.M.role")
    assert finding.direction == "request"
    assert [reach.path for reach in finding.reaches] == ["/a.S/Go"]
    assert finding.consequence == "In requests, the server takes your `role` for `content`."


def test_a_missing_field_whose_number_is_taken_says_what_is_read_there(judged):
    comparison = judged(
        subject=HEAD.format("a") + "message M { int32 size = 1; string x = 2; }\nservice S { rpc Go(M) returns (M); }",
        reference=HEAD.format("a")
        + "message M { int64 price = 1; string x = 2; }\nservice S { rpc Go(M) returns (M); }",
        mapping={"a.M.size": ""},
    )
    missing = next(each for each in comparison.findings if each.rule == "field-missing")
    assert "your client takes the server's `price` for `size`" in missing.consequence


def test_severities(judged):
    comparison = judged(severities={"field-missing": "info", "file-go-package": "off"})
    severities = {finding.rule: finding.severity for finding in comparison.findings}
    assert severities["field-missing"] == "info"
    assert "file-go-package" not in severities


@pytest.mark.parametrize(
    "settings",
    [Settings(severities={"field-numbr": "off"}), Settings(waivers=(Waiver(reason="x", rule="field-numbr"),))],
)
def test_an_unknown_rule_is_named_with_the_nearest(judged, settings):
    with pytest.raises(SettingsError, match="field-numbr") as caught:
        judged(settings)
    assert "field-number" in caught.value.hint


def test_file_options_that_may_differ(judged):
    assert "file-go-package" not in dict(rules(judged(file_options=("go_package",))))
    assert "file-go-package" in dict(rules(judged(file_options=("java_package",))))


def test_own_elements_are_no_findings(judged):
    comparison = judged(own=("shop.v1.Help*", "shop.v1.Order.mine"))
    assert {"message-extra", "field-extra", "own-unused"}.isdisjoint(dict(rules(comparison)))
    # They count for nothing either.
    assert comparison.files[0].elements == judged().files[0].elements - 4


def test_an_own_pattern_for_children_of_what_is_extra_is_not_idle(judged):
    comparison = judged(own=("shop.v1.Helper.a", "shop.v1.Nothing*"))
    assert [element for rule, element in rules(comparison) if rule == "own-unused"] == ["shop.v1.Nothing*"]
    assert ("message-extra", "shop.v1.Helper") in rules(comparison)


def test_an_own_message_takes_its_children_with_it(judged):
    other = {"shop.proto": REFERENCE, "mine.proto": HEAD.format("mine") + "message A { string x = 1; }\n"}
    comparison = judged(own=("mine.*",), subject=other)
    assert comparison.findings == ()
    assert [file.file for file in comparison.files] == ["shop.proto"]


def test_own_never_hides_what_collides(judged):
    comparison = judged(
        own=("a.M.size",),
        subject=HEAD.format("a") + "message M { int32 size = 1; string x = 2; }",
        reference=HEAD.format("a") + "message M { string name = 1; string x = 2; }",
        mapping={"a.M.size": ""},
    )
    assert ("field-number-taken", "a.M.size") in rules(comparison)


def test_waivers(judged):
    every = judged().findings
    target = next(finding for finding in every if finding.rule == "field-missing")
    comparison = judged(
        waivers=(
            Waiver(reason="numbers", rule="field-numbers-swapped", element="shop.v1.Order.*"),
            Waiver(reason="name", fingerprint=target.fingerprint, expires=TODAY),
            Waiver(reason="helper", element="shop.v1.Helper"),
        )
    )
    assert [(each.finding.rule, each.reason, each.expires) for each in comparison.waived] == [
        ("field-numbers-swapped", "numbers", None),
        ("field-numbers-swapped", "numbers", None),
        ("field-missing", "name", "2030-01-15"),
        ("message-extra", "helper", None),
    ]
    assert rules(comparison) == [("field-extra", "shop.v1.Order.mine"), ("file-go-package", "shop.proto")]


def test_expired_and_idle_waivers_are_findings(judged):
    comparison = judged(
        waivers=(
            Waiver(reason="old", rule="field-missing", expires=date(2030, 1, 14)),
            Waiver(reason="idle", element="shop.v1.Gone"),
            Waiver(reason="typo", fingerprint="0" * 16),
        )
    )
    found = [(finding.rule, finding.element) for finding in comparison.findings if finding.rule.startswith("waiver")]
    assert found == [
        ("waiver-expired", "field-missing"),
        ("waiver-unused", "fingerprint 0000000000000000"),
        ("waiver-unused", "shop.v1.Gone"),
    ]
    assert ("field-missing", "shop.v1.Item.name") in rules(comparison)


def test_a_waiver_by_the_subjects_name_holds(judged):
    text = SUBJECT.replace("shop.v1", "mine")
    comparison = judged(subject=text, waivers=(Waiver(reason="x", rule="field-numbers-swapped", element="mine.*"),))
    assert len(comparison.waived) == 2


def test_fingerprints_are_unique_and_do_not_depend_on_order(judged):
    findings = judged().findings
    assert len({finding.fingerprint for finding in findings}) == len(findings)
    # Blank lines, comments and the order of declarations move everything and change no difference.
    lines = SUBJECT.splitlines(keepends=True)
    moved = "".join([*lines[:3], "\n// A comment.\n\n", lines[4], lines[3], *lines[5:]])
    again = {finding.fingerprint for finding in judged(subject=moved).findings if finding.rule != "order"}
    assert again == {finding.fingerprint for finding in findings}


def test_fingerprint_keeps_its_parts_apart():
    assert fingerprint(("ab", "c")) != fingerprint(("a", "bc"))
    assert fingerprint(("a", "b"), occurrence=1) != fingerprint(("a", "b"))
    assert fingerprint(("a", "b")) == "facdde7abf1eac5b"


# ---- files ----------------------------------------------------------------------------------------------------------


def test_scores_count_elements_once(judged):
    (file,) = judged().files
    # Order 5, Item 3, State 3 and Shop 3 elements; the field `mine`, and Helper with its fields, are the subject's.
    assert (file.elements, file.aligned) == (18, 11)
    assert file.status == "needs update"
    assert file.findings == {"wire": 2, "missing": 1, "extra": 2, "source": 1}
    assert file.score == pytest.approx(11 / 18)


def test_waived_findings_leave_a_file_aligned(judged):
    comparison = judged(waivers=(Waiver(reason="all", element="*"),))
    assert comparison.files[0].status == "aligned"
    assert comparison.score == 1.0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "aligned"),
        ({"string id = 1; int32 count = 2;": "int32 count = 2; string id = 1;"}, "aligned"),
        ({"example.com/shop": "example.com/mine"}, "needs update"),
        ({"rpc Get(": "rpc Fetch("}, "needs major update"),
        ({"returns (stream Item)": "returns (Item)"}, "needs major update"),
        ({"package shop.v1": "package mine.v1"}, "needs major update"),
        ({" rpc List(Item) returns (Order);": ""}, "needs update"),
    ],
)
def test_status(judged, change, status):
    text = REFERENCE
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    assert judged(subject=text).files[0].status == status


def test_another_package_lowers_the_score(judged):
    (file,) = judged(subject=REFERENCE.replace("package shop.v1", "package mine.v1")).files
    # The two messages, the enum, the service and its two RPCs have other names.
    assert file.elements - file.aligned == 6


def test_missing_extra_and_renamed_files(judged):
    item = (
        HEAD.format("shop.v1")
        + "message Thing { string sku = 1; int32 size = 2; Part part = 3; }\nmessage Part { int32 a = 1; }\n"
    )
    other = HEAD.format("other") + "message Other { bytes z = 7; }\n"
    comparison = judged(
        subject={"shop.proto": REFERENCE, "things.proto": item, "mine.proto": HEAD.format("zz") + "enum Q { Q0 = 0; }"},
        reference={"shop.proto": REFERENCE, "thing.proto": item, "other.proto": other},
        mapping={"mine.proto": ""},
    )
    assert [(file.file, file.subject_file, file.status, file.elements, file.aligned) for file in comparison.files] == [
        ("mine.proto", "mine.proto", "extra", 2, 0),
        ("other.proto", None, "missing", 2, 0),
        ("shop.proto", "shop.proto", "aligned", 14, 14),
        ("thing.proto", "things.proto", "renamed", 6, 6),
    ]


def test_guesses_state_packages_first(judged):
    comparison = judged(
        subject=REFERENCE.replace("shop.v1", "mine")
        .replace("message Item", "message Part")
        .replace(" Item ", " Part ")
        .replace("(Item)", "(Part)")
        .replace("stream Item", "stream Part")
    )
    assert [(guess.kind, guess.subject, guess.reference) for guess in comparison.guesses] == [
        ("package", "mine", "shop.v1"),
        ("message", "mine.Part", "shop.v1.Item"),
    ]
    assert all(guess.reason for guess in comparison.guesses)
    mapped = judged(subject=REFERENCE.replace("shop.v1", "mine"), mapping={"mine": "shop.v1"})
    assert mapped.guesses == ()


def test_a_contract_equals_itself(compile_contract):
    contract = compile_contract({"shop.proto": REFERENCE})
    comparison = compare(contract, contract)
    assert comparison.findings == ()
    assert comparison.score == 1.0
    assert comparison.subject.digest == comparison.reference.digest


# ---- everything -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nasty", sorted(NASTY.glob("*.proto")), ids=lambda path: path.stem)
def test_whatever_differs_is_judged(compile_contract, nasty):
    """A nasty file against one that has only its messages' names: all of it is missing, then all of it is extra."""
    full = load(f"proto:{nasty}")
    descriptor = FileDescriptorProto.FromString(full.files[0].serialized)
    bare = FileDescriptorProto(name=descriptor.name, package=descriptor.package, syntax="proto3")
    bare.message_type.extend(DescriptorProto(name=message.name) for message in descriptor.message_type)
    bare.message_type.add(name="Filler")
    empty = build_contract([ContractFile.of(bare)], Provenance("bare", "proto"))
    for subject, reference in ((full, empty), (empty, full)):
        comparison = compare(subject, reference)
        assert comparison.findings
        assert len({finding.fingerprint for finding in comparison.findings}) == len(comparison.findings)
        for file in comparison.files:
            assert 0 <= file.aligned <= file.elements


def test_a_descriptor_that_no_compiler_wrote_is_judged():
    """Numbers that lead nowhere: a oneof that is not there, a map entry without fields, a type without a kind."""
    contracts = []
    for number in (1, 2):
        file = FileDescriptorProto(name="a.proto", package="a", syntax="proto3")
        message = file.message_type.add(name="M")
        message.field.add(name="f", number=number, type=5, label=1, oneof_index=3)
        message.field.add(name="tags", number=number + 2, type=11, label=3, type_name=".a.M.TagsEntry")
        message.field.add(name="bare", number=number + 4, type_name=".a.M")
        message.nested_type.add(name="TagsEntry").options.map_entry = True
        contracts.append(build_contract([ContractFile.of(file)], Provenance("hostile", "image")))
    try:
        comparison = compare(*contracts)
    except DescriptorError:
        return
    assert {finding.rule for finding in comparison.findings} == {"field-number"}
