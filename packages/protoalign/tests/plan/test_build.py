"""Actions, phases, files and quick wins of a plan."""

from dataclasses import replace

import pytest

from protoalign.plan import build_plan
from protoalign.settings import Settings, Waiver


def texts(plan):
    return [action.text for phase in plan.phases for item in phase.items for action in item.actions]


def items(plan):
    return {phase.name: [item.id for item in phase.items] for phase in plan.phases}


def file_of(plan, name):
    return next(file for file in plan.files if file.file == name)


def test_there_is_nothing_to_do_for_equal_contracts(plan_of, reference):
    plan = plan_of(reference, reference)
    assert not plan.has_work
    assert plan.phases == ()
    assert plan.version.level == "none"
    assert plan.progress.total == 0


def test_the_phases_of_a_plan(plan_of):
    assert items(plan_of()) == {
        "shared": ["file:money.proto"],
        "update": ["file:shop.proto", "file:audit.proto"],
        "add": ["file:basket.proto"],
        "services": ["service:shop.Shop", "service:shop.Baskets"],
        "checks": [],
    }


def test_each_finding_is_in_one_action(plan_of, compared):
    _, comparison = compared()
    actions = [action for phase in plan_of().phases for item in phase.items for action in item.actions]
    told = [fingerprint for action in actions for fingerprint in action.findings]
    assert sorted(told) == sorted(finding.fingerprint for finding in comparison.findings)
    assert len({action.id for action in actions}) == len(actions)


def test_what_actions_say(plan_of):
    assert texts(plan_of()) == [
        "Change the number of field `Money.currency` from `1` to `2`",
        "Change the number of field `Money.units` from `2` to `1`",
        "Give field `Order.count` explicit presence; it has implicit presence",
        "Remove field `Order.note`, which the reference lacks, or declare it your own",
        "Remove `audit.proto` with 1 message (`Entry`) and 1 service (`Audit`), which the reference lacks,"
        " or declare it your own",
        "Create `basket.proto` with 1 message (`Basket`) and 1 enum (`State`)",
        "Add RPC `Shop.Watch`: `rpc Watch(GetOrder) returns (stream Order)`",
        "Add service `Baskets` (1 RPC: `Fill`)",
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (
            "message M { int32 a = 1; }",
            "message M { string a = 1; }",
            "Change the type of field `M.a` from `int32` to `string`",
        ),
        (
            "message M { repeated int32 a = 1; }",
            "message M { int32 a = 1; }",
            "Make field `M.a` singular; it is repeated",
        ),
        (
            "message M { string a = 1; string b = 2; }",
            "message M { oneof o { string a = 1; string b = 2; } }",
            "Put field `M.a` into oneof `o`",
        ),
        (
            "message M { string a = 1; oneof o { string b = 2; string c = 3; } }",
            "message M { string a = 1; oneof p { string b = 2; string c = 3; } }",
            "Rename oneof `M.o` to `p`",
        ),
        (
            "message M { string a = 1; int32 b = 2; }",
            "message M { string a = 1; int32 b = 2 [deprecated = true]; }",
            "Set option `deprecated` of field `M.b` to `true`; it is not set",
        ),
        ("message M { string a = 1; }", "message M { string a = 1; reserved 5; }", "`M`: Add `reserved 5;`"),
        (
            "message Old { string a = 1; int32 b = 2; }",
            "message New { string a = 1; int32 b = 2; }",
            "Rename message `Old` to `New`",
        ),
        ("enum E { A = 0; B = 1; }", "enum E { A = 0; B = 2; }", "Change the number of value `E.B` from `1` to `2`"),
        (
            "message M {} service S { rpc R(M) returns (M); }",
            "message M {} service S { rpc R(stream M) returns (M); }",
            "Make the request of RPC `S.R` a stream",
        ),
        (
            "message M {} message N {} service S { rpc R(M) returns (M); }",
            "message M {} message N {} service S { rpc R(M) returns (N); }",
            "Change the response of RPC `S.R` from `p.M` to `p.N`",
        ),
    ],
)
def test_what_an_action_says(plan_of, ours, theirs, said):
    head = 'syntax = "proto3";\npackage p;\nmessage Keep { string kept = 1; }\n'
    found = texts(plan_of({"a.proto": head + ours}, {"a.proto": head + theirs}))
    assert any(text.startswith(said) for text in found), found


def test_a_package_and_a_path_that_change(plan_of, reference):
    ours = {"old/money.proto": reference["money.proto"].replace("package shop", "package store")}
    found = texts(plan_of(ours, {"new/money.proto": reference["money.proto"]}))
    assert sorted(found) == [
        "Change the package from `store` to `shop`",
        "Rename file `old/money.proto` to `new/money.proto`",
    ]


def test_options_of_a_file_are_one_action(plan_of, reference):
    options = 'option java_package = "a";\noption go_package = "b";\n'
    theirs = {"money.proto": reference["money.proto"] + options}
    found = texts(plan_of({"money.proto": reference["money.proto"]}, theirs))
    assert found == [
        "Take over 2 options of the file (`go_package`, `java_package`), or list them under `file_options`"
    ]


def test_what_a_file_says_of_itself(plan_of):
    shop = file_of(plan_of(), "shop.proto")
    assert (shop.id, shop.subject_file, shop.actions) == ("file:shop.proto", "shop.proto", 3)
    assert (shop.needs, shop.needed_by) == (("money.proto",), ())
    assert file_of(plan_of(), "money.proto").needed_by == ("basket.proto", "shop.proto")
    assert [service.own for service in shop.reference.service_outline] == [("Watch",)]
    audit = file_of(plan_of(), "audit.proto")
    assert audit.status == "extra"
    assert audit.reference is None
    assert audit.subject.service_outline[0].is_own


def test_quick_wins_need_no_other_file_and_reach_rpcs(plan_of):
    assert plan_of().quick_wins == ("money.proto",)


def test_totals_are_sums_of_what_is_shown(plan_of):
    plan = plan_of()
    for phase in plan.phases:
        parts = [item.effort for item in phase.items] + [check.effort for check in phase.checks]
        assert phase.effort.low == sum(part.low for part in parts)
        assert phase.effort.high == sum(part.high for part in parts)
    assert plan.effort.high == sum(phase.effort.high for phase in plan.phases)
    assert sum(file.actions for file in plan.files) == len(texts(plan))


def test_waived_findings_are_no_work(plan_of, compared):
    everything = Settings(waivers=(Waiver(reason="later", element="shop.Order*"),))
    plan = plan_of(all_settings=everything)
    assert plan.waived == 2
    assert not any("Order" in text for text in texts(plan) if "RPC" not in text)
    assert all("Order." not in item for risk in plan.risks for item in risk.items)


def test_findings_about_the_settings_have_an_item_of_their_own(plan_of, reference):
    plan = plan_of(
        reference, reference, all_settings=Settings(waivers=(Waiver(reason="gone", element="shop.Nothing"),))
    )
    (item,) = (item for phase in plan.phases for item in phase.items)
    assert item.kind == "settings"
    assert "Remove the waiver" in item.actions[0].text


def test_a_comparison_that_lacks_something_says_so(compared):
    diff, comparison = compared()
    partial = replace(comparison, subject=replace(comparison.subject, left_out={"x.proto": "does not compile"}))
    assert not build_plan(diff, partial, Settings()).is_complete


def test_the_same_input_gives_the_same_plan(plan_of):
    assert plan_of() == plan_of()
