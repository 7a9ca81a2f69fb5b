"""For test suites: the fixture `xaiwire_emulator`, an emulator with a state of its own for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xaiwire_server.testing import EmulatorThread, RunningEmulator

__all__ = ["xaiwire_emulator", "xaiwire_emulator_thread"]


@pytest.fixture(scope="session")
def xaiwire_emulator_thread() -> Iterator[EmulatorThread]:
    """The thread in which the emulators of this run live."""
    # Who has this plugin and does not use it, does not wait for what it needs.
    from xaiwire_server.testing import EmulatorThread

    thread = EmulatorThread()
    yield thread
    thread.close()


@pytest.fixture
def xaiwire_emulator(xaiwire_emulator_thread: EmulatorThread) -> Iterator[RunningEmulator]:
    """A running emulator; see `xaiwire_server.testing.RunningEmulator`."""
    with xaiwire_emulator_thread.emulator() as emulator:
        yield emulator
