"""What breaks for the SDK's own users, and the version that it takes."""

import pytest

from protoalign.errors import InputError
from protoalign.plan import Risk
from protoalign.plan.version import version_bump
from protoalign.settings import Settings

RISK = Risk(id="x", title="x", effect="x", breaks="source", items=("x",))


def risks(plan):
    return {risk.id: risk.items for risk in plan.risks}


def test_the_risks_of_a_plan(plan_of):
    assert risks(plan_of()) == {
        "file-removed": ("`audit.proto`",),
        "type-removed": ("`Audit`", "`Entry`"),
        "member-removed": ("`Order.note`",),
        "retyped": ("`Order.count`, presence: `implicit` → `explicit`",),
        "renumbered": ("`Money.currency`: `1` → `2`", "`Money.units`: `2` → `1`"),
    }


def test_renames_and_moves(plan_of):
    body = 'message Old { string a = 1; int32 b = 2; }\noption go_package = "x/y";\n'
    plan = plan_of(
        {"old.proto": f'syntax = "proto3";\npackage old;\n{body}'},
        {"new.proto": f'syntax = "proto3";\npackage new;\n{body.replace("Old", "New").replace("x/y", "x/z")}'},
        all_settings=Settings(mapping={"old.proto": "new.proto"}),
    )
    assert risks(plan) == {
        "package": ("`old` → `new`",),
        "namespace": ('`go_package`: `"x/y"` → `"x/z"`',),
        "file-renamed": ("`old.proto` → `new.proto`",),
        "type-renamed": ("`Old` → `New`",),
    }


def test_what_the_subject_keeps_on_purpose_is_no_risk(plan_of):
    kept = risks(plan_of(all_settings=Settings(own=("audit.proto", "shop.Order.note"))))
    assert not {"file-removed", "type-removed", "member-removed"} & kept.keys()


def test_additions_alone_break_nobody(plan_of, reference):
    ours = {"money.proto": reference["money.proto"]}
    plan = plan_of(ours, reference)
    assert plan.risks == ()
    assert plan.version.level == "minor"


@pytest.mark.parametrize(
    ("current", "breaking", "adding", "mending"),
    [
        ("1.2.3", "2.0.0", "1.3.0", "1.2.4"),
        ("v1.2.3", "v2.0.0", "v1.3.0", "v1.2.4"),
        ("0.1.5", "0.2.0", "0.1.6", "0.1.6"),
        ("2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"),
        ("1.3.0-rc.1+build", "2.0.0", "1.3.0", "1.3.0"),
    ],
)
def test_the_next_version(current, breaking, adding, mending):
    assert version_bump([RISK], adds=True, changes=True, current=current).next == breaking
    assert version_bump([], adds=True, changes=True, current=current).next == adding
    assert version_bump([], adds=False, changes=True, current=current).next == mending
    assert version_bump([], adds=False, changes=False, current=current).next == current


@pytest.mark.parametrize("current", ["1", "1.2", "one", "1.2.3.4", "1.2.3 ", "٣.1.1", "v", "1.2." + "9" * 5000])
def test_what_is_no_version_is_refused(current):
    with pytest.raises(InputError, match="no semantic version"):
        version_bump([], adds=False, changes=True, current=current)
