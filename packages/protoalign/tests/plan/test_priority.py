"""How urgent files are."""

import pytest

from protoalign.plan.priority import priority_of


@pytest.fixture
def finding(compared):
    """A finding with other impact and reach."""
    from dataclasses import replace

    from protoalign.compare import Reach

    _, comparison = compared()

    def make(impact, *paths):
        reaches = tuple(Reach(path=path, direction="both") for path in paths)
        return replace(comparison.findings[0], impact=impact, reaches=reaches)

    return make


RPCS = tuple(f"/s.S/R{number}" for number in range(20))


def priority(*findings, called=frozenset(), needed_by=(), chosen=None):
    return priority_of("a.proto", findings, rpcs=RPCS, called=called, needed_by=needed_by, chosen=chosen or {})


def test_what_no_call_notices_is_low(finding):
    for impact in ("json", "source", "cosmetic"):
        assert priority(finding(impact, *RPCS), needed_by=("b", "c"))[0] == "low"


def test_reach_raises_the_priority(finding):
    assert priority(finding("missing"))[0] == "low"
    assert priority(finding("missing", *RPCS[:1]))[0] == "low"
    assert priority(finding("missing", *RPCS[:2]))[0] == "medium"
    assert priority(finding("wire", *RPCS[:1]))[0] == "medium"
    assert priority(finding("wire", *RPCS[:2]))[0] == "high"


def test_a_call_that_is_misread_today_is_worse_than_one_that_fails(finding):
    reached = RPCS[:2]
    assert priority(finding("wire", *reached), called=frozenset(reached)) == (
        "critical",
        "reaches 2 of 20 RPCs, misreads 2 that are called today",
    )
    assert priority(finding("rpc-path", *reached), called=frozenset(reached))[0] == "high"


def test_files_that_others_need_are_more_urgent(finding):
    assert priority(finding("missing", *RPCS[:2]), needed_by=("b",))[0] == "medium"
    assert priority(finding("missing", *RPCS[:2]), needed_by=("b", "c")) == (
        "high",
        "reaches 2 of 20 RPCs, 2 files need it",
    )


def test_rpcs_of_the_subject_alone_are_not_counted(finding):
    assert "reaches no RPC of the reference" in priority(finding("extra", "/own.Own/Do"))[1]


def test_the_settings_have_the_last_word(plan_of):
    plan = plan_of(settings={"priorities": {"basket.proto": "critical", "money.proto": "low"}})
    chosen = {file.file: (file.priority, file.priority_reason) for file in plan.files}
    assert chosen["basket.proto"] == ("critical", "set in the settings")
    assert chosen["money.proto"] == ("low", "set in the settings")
    # Its own priority is low, but it comes first because an urgent file needs it.
    assert (plan.order[0].file, plan.order[0].priority, plan.order[0].urgent_for) == (
        "money.proto",
        "critical",
        "basket.proto",
    )
