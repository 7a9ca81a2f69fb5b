"""What the tests of the transport share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from peers import Aio, Blocking, Caller


@pytest.fixture(params=[Blocking, Aio], ids=["blocking", "aio"])
def connect(request: pytest.FixtureRequest) -> Iterator[Callable[..., Caller]]:
    """Makes callers of both kinds of channel, which are closed in the end."""
    made: list[Caller] = []

    def make(address: str, **options: Any) -> Caller:
        caller = request.param(address, **options)
        made.append(caller)
        return caller

    yield make
    for caller in made:
        caller.close()
