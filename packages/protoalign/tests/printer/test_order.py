"""Weaving the lists of a scope into one order of text."""

from __future__ import annotations

import pytest

from protoalign.errors import PrintError
from protoalign.printer.order import Slot, Step, weave


def shown(steps: list[Step]) -> str:
    return " ".join(f"{step.kind[0]}{step.index}" for step in steps)


def fields(*owned: tuple[int, ...]) -> list[Slot]:
    return [Slot("field", index, messages) for index, messages in enumerate(owned)]


def extensions(*owned: tuple[int, ...]) -> list[Slot]:
    return [Slot("extension", index, messages) for index, messages in enumerate(owned)]


@pytest.mark.parametrize(
    ("messages", "of_fields", "of_extensions", "order"),
    [
        (2, [(), ()], [()], "m0 m1 f0 f1 e0"),
        (2, [(), (0,), ()], [], "f0 f1 f2 m1"),
        (3, [(0,), (2,), ()], [], "f0 m1 f1 f2"),
        (3, [(), (1, 2)], [], "m0 f0 f1"),
        (2, [(1,)], [(0,), ()], "e0 e1 f0"),
        (3, [(1,)], [(0,), (2,)], "e0 f0 e1"),
        (0, [], [], ""),
    ],
)
def test_every_list_keeps_its_order(
    messages: int, of_fields: list[tuple[int, ...]], of_extensions: list[tuple[int, ...]], order: str
) -> None:
    assert shown(weave(messages, fields(*of_fields), extensions(*of_extensions), "here")) == order


@pytest.mark.parametrize("of_fields", [[(1,), (0,)], [(1, 0)], [(0, 2), ()]])
def test_an_order_that_no_text_has_is_refused(of_fields: list[tuple[int, ...]]) -> None:
    with pytest.raises(PrintError, match="contradicts the order"):
        weave(3, fields(*of_fields), [], "here")
