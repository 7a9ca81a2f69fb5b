"""What is done is told by comparing again."""

from dataclasses import replace

import pytest

from protoalign.errors import InputError
from protoalign.plan import record_as_data, record_of_data


def done_texts(plan):
    finished = [action.text for item in plan.finished for action in item.done]
    return finished + [action.text for phase in plan.phases for item in phase.items for action in item.done]


def test_a_new_plan_has_nothing_done(plan_of):
    plan = plan_of()
    assert (plan.progress.done, plan.progress.total) == (0, 8)
    assert plan.progress.score_then == plan.progress.score_now == pytest.approx(plan.score, abs=1e-6)


def test_nothing_changes_without_work(plan_of):
    plan = plan_of()
    assert plan_of(before=plan.record) == plan


def test_what_is_done_is_ticked(plan_of, subject, reference):
    before = plan_of()
    subject["money.proto"] = reference["money.proto"]
    subject["shop.proto"] = subject["shop.proto"].replace(" string note = 4;", "")
    plan = plan_of(subject, reference, before=before.record)
    assert (plan.progress.done, plan.progress.total) == (3, 8)
    assert plan.progress.score_now > plan.progress.score_then == before.progress.score_now
    assert [item.id for item in plan.finished] == ["file:money.proto"]
    assert "Remove field `Order.note`, which the reference lacks, or declare it your own" in done_texts(plan)


def test_what_is_undone_is_open_again(plan_of, subject, reference):
    first = plan_of()
    second = plan_of(subject | {"money.proto": reference["money.proto"]}, reference, before=first.record)
    third = plan_of(before=second.record)
    assert third.progress.done == 0
    assert third.finished == ()


def test_new_work_is_added(plan_of, subject, reference):
    before = plan_of()
    subject["shop.proto"] = subject["shop.proto"].replace("string id = 1; int32", "bytes id = 1; int32")
    plan = plan_of(subject, reference, before=before.record)
    assert (plan.progress.done, plan.progress.total) == (0, 9)


def test_a_file_that_is_made_in_part(plan_of, subject, reference):
    before = plan_of()
    subject["basket.proto"] = (
        'syntax = "proto3";\npackage shop;\nenum State { STATE_UNSPECIFIED = 0; STATE_FULL = 1; }\n'
    )
    plan = plan_of(subject, reference, before=before.record)
    assert done_texts(plan) == ["Create `basket.proto` with 1 message (`Basket`) and 1 enum (`State`)"]
    texts = [action.text for phase in plan.phases for item in phase.items for action in item.actions]
    assert "Add message `Basket` (1 field)" in texts


def test_an_own_file_that_was_removed_is_done(plan_of, subject, reference):
    before = plan_of()
    del subject["audit.proto"]
    plan = plan_of(subject, reference, before=before.record)
    assert [item.id for item in plan.finished] == ["file:audit.proto"]


def test_what_the_reference_dropped_is_forgotten(plan_of, subject, reference):
    before = plan_of()
    del reference["basket.proto"]
    plan = plan_of(subject, reference, before=before.record)
    assert done_texts(plan) == []
    assert all("basket" not in item.id and "Baskets" not in item.id for item in plan.record.items)


def test_another_reference_is_told(plan_of, subject, reference):
    before = plan_of()
    assert before.progress.reference_then == ""
    newer = reference | {"money.proto": reference["money.proto"].replace("units", "amount")}
    assert plan_of(subject, newer, before=before.record).progress.reference_then == "tree"


def test_all_done(plan_of, reference):
    plan = plan_of(reference, reference, before=plan_of().record)
    assert not plan.has_work
    assert (plan.progress.done, plan.progress.total) == (8, 8)


def test_the_day_of_the_start_stays(plan_of):
    started = plan_of(date="2026-01-01")
    later = plan_of(date="2026-02-02", before=started.record)
    assert (later.record.started, later.date) == ("2026-01-01", "2026-02-02")


def test_the_record_is_plain_data(plan_of):
    import json

    record = plan_of(date="2026-01-01").record
    assert record_of_data(json.loads(json.dumps(record_as_data(record)))) == record


@pytest.mark.parametrize(
    "damage",
    [
        {"score": "high"},
        {"score": True},
        {"score": float("nan")},
        {"items": None},
        {"items": [1]},
        {"items": [{"id": "x", "title": "x", "is_extra": 1, "actions": []}]},
        {"items": [{"id": "x", "title": "x", "is_extra": False, "actions": [{"id": 1, "text": ""}]}]},
        {"reference": None},
    ],
)
def test_a_damaged_record_is_refused(plan_of, damage):
    data = record_as_data(plan_of().record)
    with pytest.raises(InputError, match="damaged"):
        record_of_data({**data, **damage}, where="PLAN.md:7")
    with pytest.raises(InputError):
        record_of_data([])


def test_a_record_of_something_else_does_no_harm(plan_of):
    foreign = replace(plan_of().record, items=())
    assert plan_of(before=foreign) == plan_of()
