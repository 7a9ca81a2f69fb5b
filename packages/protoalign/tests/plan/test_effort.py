"""Hours, ranges and complexity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.compare import IMPACTS
from protoalign.contract.elements import ElementKind
from protoalign.plan import Effort
from protoalign.plan.effort import effort_of
from protoalign.plan.weights import EXTRA_HOURS, IMPACT_HOURS, MISSING_HOURS


def action(plan, text):
    return next(
        action
        for phase in plan.phases
        for item in phase.items
        for action in item.actions
        if action.text.startswith(text)
    )


def item(plan, identity):
    return next(item for phase in plan.phases for item in phase.items if item.id == identity)


def test_every_impact_and_kind_has_a_weight():
    assert set(IMPACT_HOURS) == set(IMPACTS)
    kinds = {*ElementKind.__args__, "file"}
    assert set(MISSING_HOURS) == set(EXTRA_HOURS) == kinds


@pytest.mark.parametrize(
    ("hours", "spread", "effort"),
    [
        (0.0, 1.6, Effort(0.5, 0.5)),
        (0.5, 1.6, Effort(0.5, 1.0)),
        (1.2, 1.0, Effort(1.0, 1.5)),
        (1.25, 1.6, Effort(1.5, 2.0)),
        (10.0, 1.6, Effort(10.0, 16.0)),
    ],
)
def test_ranges_are_in_half_hours(hours, spread, effort):
    assert effort_of(hours, spread) == effort


@given(st.floats(0, 1e6), st.floats(1, 100))
def test_the_upper_end_is_never_below_the_lower_one(hours, spread):
    effort = effort_of(hours, spread)
    assert 0.5 <= effort.low <= effort.high


def test_a_missing_element_costs_what_it_holds(plan_of):
    expected = MISSING_HOURS["service"] + MISSING_HOURS["rpc"]
    assert action(plan_of(), "Add service `Baskets`").hours == pytest.approx(expected)
    created = (
        sum(MISSING_HOURS[kind] for kind in ("file", "message", "field", "enum")) + 2 * MISSING_HOURS["enum value"]
    )
    assert action(plan_of(), "Create").hours == pytest.approx(round(created, 2))


def test_the_settings_weigh_a_rule_before_an_impact(plan_of):
    plan = plan_of(settings={"hours": {"wire": 3.0, "missing": 7.0, "service-missing": 5.0}})
    assert action(plan, "Change the number").hours == 3.0
    assert action(plan, "Add RPC").hours == 7.0
    assert action(plan, "Add service").hours == 5.0


def test_each_file_costs_something_and_services_do_not(plan_of):
    plan = plan_of(settings={"hours": dict.fromkeys(IMPACTS, 0.0), "hours_per_file": 8.0, "spread": 2.0})
    assert item(plan, "file:money.proto").effort == Effort(8.0, 16.0)
    assert item(plan, "service:shop.Shop").effort == Effort(0.5, 0.5)


def test_copying_is_easier_than_changing(plan_of):
    fields = "".join(f"  string f{number} = {number};\n" for number in range(1, 31))
    changed = fields.replace("string", "int64")
    head = 'syntax = "proto3";\npackage p;\nmessage Keep { string kept = 1; }\n'
    theirs = {"a.proto": f"{head}message M {{\n{fields}}}\n"}
    (added,) = plan_of({"a.proto": head}, theirs).files
    (retyped,) = plan_of({"a.proto": f"{head}message M {{\n{changed}}}\n"}, theirs).files
    assert (added.complexity, retyped.complexity) == ("low", "high")
