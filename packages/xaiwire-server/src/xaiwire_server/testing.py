"""An emulator for tests, in the tests' own process: started in milliseconds, each with a state of its own.

from xaiwire_server.testing import running_emulator

with running_emulator() as emulator:
    client = emulator.client()
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import xaiwire
from xaiwire_server.emulator.answers.script import read_script
from xaiwire_server.emulator.app import Emulator
from xaiwire_server.emulator.control.faults import Fault
from xaiwire_server.emulator.settings import API_KEY, MANAGEMENT_KEY, Settings
from xaiwire_server.emulator.text.tokenizer import token_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["API_KEY", "MANAGEMENT_KEY", "EmulatorThread", "RunningEmulator", "Settings", "running_emulator"]

T = TypeVar("T")
STOP_SECONDS = 5.0


class EmulatorThread:
    """A thread with an event loop, in which emulators run."""

    def __init__(self) -> None:
        """Start it."""
        # The vocabulary is read here and not in the thread, since that silences warnings for the whole process.
        token_ids("")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="xaiwire-emulator", daemon=True)
        self._thread.start()

    @contextmanager
    def emulator(self, settings: Settings | None = None) -> Iterator[RunningEmulator]:
        """Run an emulator.

        Args:
            settings: how it is set up; None keeps all in memory, and makes nobody wait.
        """
        emulator = Emulator(settings or Settings(processing=0.0, deferred_delay=0.0))
        try:
            asyncio.run_coroutine_threadsafe(emulator.start(), self._loop).result()
        except BaseException:
            emulator.close()
            raise
        try:
            yield RunningEmulator(emulator, self._loop)
        finally:
            asyncio.run_coroutine_threadsafe(emulator.stop(STOP_SECONDS), self._loop).result()

    def close(self) -> None:
        """Stop the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class RunningEmulator:
    """An emulator that listens.

    Attributes:
        api_key: a key for the API that it accepts.
        management_key: the same, for the management API.
    """

    def __init__(self, emulator: Emulator, loop: asyncio.AbstractEventLoop) -> None:
        """Say where it runs.

        Args:
            emulator: the emulator.
            loop: the loop in which it runs, in a thread of its own.
        """
        self._emulator = emulator
        self._loop = loop
        self.api_key = emulator.settings.api_keys[0]
        self.management_key = emulator.settings.management_keys[0]

    @property
    def address(self) -> str:
        """`localhost:PORT`, for gRPC and HTTP."""
        return self._emulator.address

    @property
    def url(self) -> str:
        """`http://localhost:PORT`, for its page and its control API."""
        return self._emulator.url

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which xaiwire finds it."""
        return self._emulator.environment

    def client(self, **options: Any) -> xaiwire.Client:  # noqa: ANN401 - the client's own options
        """A client of it, to be closed by the caller."""
        return xaiwire.Client(**(self._options() | options))

    def async_client(self, **options: Any) -> xaiwire.AsyncClient:  # noqa: ANN401 - as above
        """An asynchronous client of it, to be closed by the caller."""
        return xaiwire.AsyncClient(**(self._options() | options))

    def _options(self) -> dict[str, Any]:
        return {
            "api_key": self.api_key,
            "management_api_key": self.management_key,
            "api_host": self.address,
            "management_api_host": self.address,
        }

    def requests(self, rpc: str = "") -> list[dict[str, Any]]:
        """The calls that came, the oldest first, with what was said.

        Args:
            rpc: those alone whose `service/method` has this in it.
        """
        return self._ask(
            lambda: [
                entry.details()
                for entry in reversed(list(self._emulator.journal.entries()))
                if rpc in entry.call.rpc.full_name
            ]
        )

    def fault(self, rpc: str = "*", **what: Any) -> str:  # noqa: ANN401 - see Fault
        """Let something go wrong; the fault's id.

        Args:
            rpc: for which RPCs.
            **what: the attributes of `Fault`: status, delay, cut_after, retry_after, one_in, times and others.

        Raises:
            ValueError: this is no fault.
        """
        fault = Fault(rpc=rpc, **what)
        self._ask(lambda: self._emulator.faults.add(fault))
        return fault.id

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._ask(self._emulator.faults.clear)

    def script(self, text: str) -> None:
        """Answer as a script says.

        Args:
            text: YAML.

        Raises:
            ScriptError: this is no script.
        """
        script = read_script(text, "script")
        self._ask(lambda: self._emulator.play(script))

    def advance(self, seconds: float) -> None:
        """Set its clock forward."""
        self._ask(lambda: self._emulator.clock.advance(seconds))

    def reset(self) -> None:
        """Forget everything."""
        self._ask(self._emulator.reset)

    def _ask(self, question: Callable[[], T]) -> T:
        async def asked() -> T:
            return question()

        return asyncio.run_coroutine_threadsafe(asked(), self._loop).result()


@contextmanager
def running_emulator(settings: Settings | None = None) -> Iterator[RunningEmulator]:
    """Run an emulator in a thread of its own.

    Args:
        settings: how it is set up; None keeps all in memory, and makes nobody wait.
    """
    thread = EmulatorThread()
    try:
        with thread.emulator(settings) as emulator:
            yield emulator
    finally:
        thread.close()
