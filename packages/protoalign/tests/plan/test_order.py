"""The recommended order, and what has to change in one step."""

from hypothesis import given
from hypothesis import strategies as st

from protoalign.plan.order import change_together, recommended_order, urgency

NEEDS = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset(), "d": frozenset()}


def ranks(**numbers):
    return {name: (number, 1.0, name) for name, number in numbers.items()}


def test_imported_files_come_first():
    assert recommended_order("abcd", NEEDS, ranks(a=0, b=0, c=0, d=0)) == ("c", "b", "a", "d")


def test_an_urgent_file_takes_what_it_needs_with_it():
    assert recommended_order("abcd", NEEDS, ranks(a=0, b=3, c=3, d=1)) == ("c", "b", "a", "d")
    assert urgency("abcd", NEEDS, ranks(a=0, b=3, c=3, d=1))["c"] == (0, "a")


def test_without_needs_priority_then_hours_then_name_decide():
    chosen = {"a": (1, 2.0, "a"), "b": (1, 1.0, "b"), "c": (0, 9.0, "c"), "d": (1, 1.0, "d")}
    assert recommended_order("abcd", {}, chosen) == ("c", "b", "d", "a")


def test_files_without_work_pass_the_order_on(plan_of, subject, reference):
    # shop imports middle imports money; middle is aligned.
    chain = {
        "money.proto": reference["money.proto"],
        "middle.proto": 'syntax = "proto3";\npackage shop;\nimport public "money.proto";\n',
        "shop.proto": reference["shop.proto"].replace("money.proto", "middle.proto"),
    }
    ours = {
        "money.proto": subject["money.proto"],
        "middle.proto": chain["middle.proto"],
        "shop.proto": subject["shop.proto"].replace("money.proto", "middle.proto"),
    }
    plan = plan_of(ours, chain)
    assert [step.file for step in plan.order] == ["money.proto", "shop.proto"]
    assert plan.order[1].after == ("money.proto",)


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 3), st.sets(st.sampled_from("abcdefgh")))),
)
def test_no_file_comes_before_what_it_needs(graph):
    # Edges only go to earlier letters, so that there is no ring; needs are closed, as those of a contract are.
    needs: dict[str, frozenset[str]] = {}
    for name in sorted(graph):
        direct = {other for other in graph[name][1] if other < name and other in graph}
        needs[name] = frozenset(direct.union(*(needs[other] for other in direct)))
    found = recommended_order(graph, needs, {name: (number, 0.0, name) for name, (number, _) in graph.items()})
    assert sorted(found) == sorted(graph)
    assert all(found.index(other) < found.index(name) for name in graph for other in needs[name])


def test_what_imports_a_renamed_file_changes_with_it(compared, subject, reference):
    subject["coins.proto"] = subject.pop("money.proto")
    subject["shop.proto"] = subject["shop.proto"].replace("money.proto", "coins.proto")
    diff, comparison = compared(subject, reference)
    (group,) = change_together(diff, [file.file for file in comparison.files])
    assert group.files == ("money.proto", "shop.proto")
    assert group.reasons == ("`shop.proto` imports `coins.proto`, which becomes `money.proto`",)


def test_what_moves_to_another_file_ties_the_two(compared, reference):
    ours = {
        "shop.proto": reference["shop.proto"].replace('import "money.proto";', "")
        + "message Money { int64 units = 1; }"
    }
    diff, comparison = compared(ours, reference)
    (group,) = change_together(diff, [file.file for file in comparison.files])
    assert group.files == ("money.proto", "shop.proto")
    assert "`Money` moves from `shop.proto` to `money.proto`" in group.reasons


def test_files_that_keep_their_names_change_one_by_one(plan_of):
    assert plan_of().together == ()
