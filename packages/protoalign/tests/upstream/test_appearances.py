"""When a finding came and went, for any course of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protoalign.upstream.history import appearances
from protoalign.upstream.model import History, HistoryPoint

# At each commit the finding is there, is not, or the commit could not be compared.
COURSES = st.lists(st.sampled_from([True, False, None]), max_size=12)


def history_of(course: list[bool | None]) -> History:
    points = tuple(
        HistoryPoint(
            commit=str(index),
            date="2025-01-01T00:00:00Z",
            summary="",
            state="does not compile" if there is None else "compared",
            score=None if there is None else 0.5,
            fingerprints=frozenset(["it"] if there else []),
        )
        for index, there in enumerate(course)
    )
    return History(subject="proto", reference="reference", points=points, earlier="", findings={})


@given(COURSES)
def test_the_stretches_are_the_course(course: list[bool | None]) -> None:
    found = appearances(history_of(course), "it")
    told: list[bool | None] = [None if there is None else False for there in course]
    for each in found:
        end = int(each.gone) if each.gone is not None else len(course)
        for index in range(int(each.first), end):
            if course[index] is not None:
                told[index] = True
    assert told == course


@given(COURSES)
def test_what_is_not_known_is_said(course: list[bool | None]) -> None:
    for each in appearances(history_of(course), "it"):
        first = int(each.first)
        assert course[first] is True
        assert each.since_start == all(there is None for there in course[:first])
        for commits, border in ((each.unknown_before, first), (each.unknown_before_gone, each.gone)):
            assert all(course[int(commit)] is None for commit in commits)
            if border is not None:
                before = int(border) - len(commits)
                assert [int(commit) for commit in commits] == list(range(before, int(border)))
                assert before == 0 or course[before - 1] is not None
