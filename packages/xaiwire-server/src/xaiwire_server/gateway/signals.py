"""Signals of a process that serves: SIGHUP to read the configuration anew, SIGTERM and SIGINT to stop."""

from __future__ import annotations

import asyncio
import signal

__all__ = ["Signals"]

_STOP = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """Signals in the order in which they come."""

    def __init__(self) -> None:
        """Take them from now on, in the running loop."""
        self._came: asyncio.Queue[int] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, *_STOP):
            self._loop.add_signal_handler(number, self.add, number)

    def add(self, number: int) -> None:
        """Do as if a signal had come."""
        self._came.put_nowait(number)

    async def next(self) -> int:
        """Wait for the next one."""
        return await self._came.get()

    async def stop(self) -> int:
        """Wait for one that says to stop."""
        while (number := await self.next()) not in _STOP:
            pass
        return number

    def close(self) -> None:
        """Take no more."""
        for number in (signal.SIGHUP, *_STOP):
            self._loop.remove_signal_handler(number)
