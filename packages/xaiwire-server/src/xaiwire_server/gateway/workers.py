"""Several processes that serve one port, and the one that looks after them.

On Linux, each worker has a socket of its own for the port, among which the system spreads connections evenly; one
socket for all would give most of them to the worker that is woken first. Elsewhere, all share one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from contextlib import ExitStack, nullcontext, suppress
from typing import TYPE_CHECKING

from xaiwire_server.gateway.serving import CUT_SECONDS, LAST_SECONDS, read_anew
from xaiwire_server.gateway.signals import Signals
from xaiwire_server.wire.port import BACKLOG

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from xaiwire_server.gateway.configuration.reading import Configuration

__all__ = ["READY", "clean_up", "run_workers", "worker_sockets"]

_LOG = logging.getLogger("xaiwire_server.gateway")

START_SECONDS = 60.0
"""How long a worker may take until it listens."""

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
HEALTHY_SECONDS = 30.0
"""How long a worker has to live for the next one to be started without a longer pause."""

READY = b"!"
_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_HAS_OWN_SOCKETS = sys.platform == "linux"


async def run_workers(
    configuration: Configuration,
    reread: Callable[[], Configuration],
    command: Sequence[str],
    announce: Callable[[str], None],
) -> int:
    """Serve with several processes until a signal says to stop.

    Args:
        configuration: what holds at first.
        reread: reads it anew; raises ConfigurationMistake.
        command: what starts a worker; the flag with its sockets is added to it.
        announce: called with the address, once all listen.

    Returns:
        The exit code: 0; that of the second signal where all was to end at once; that of a worker that could not start.

    Raises:
        OSError: the port cannot be listened on.
    """
    with ExitStack() as stack:
        reserved = stack.enter_context(_reserved(configuration.host, configuration.port))
        # Each worker keeps its figures in a file there, and whichever is asked for them sums up all.
        figures = tempfile.mkdtemp(prefix="xaiwire-gateway-")
        stack.callback(shutil.rmtree, figures, ignore_errors=True)
        signals = Signals()
        stack.callback(signals.close)
        team = [_Worker(number, command, reserved, figures) for number in range(1, configuration.workers + 1)]
        return await _look_after(team, configuration, reread, signals, lambda: announce(_url(configuration, reserved)))


def worker_sockets(text: str) -> tuple[socket.socket, socket.socket]:
    """A worker's sockets: the one that listens, and the one to the process that looks after it.

    Args:
        text: what the flag says.

    Raises:
        ValueError: there are no such sockets.
    """
    listener, _, parent = text.partition(":")
    try:
        sockets = socket.socket(fileno=int(listener)), socket.socket(fileno=int(parent))
    except OSError as error:
        raise ValueError(str(error)) from error
    for each in sockets:
        each.setblocking(False)
    return sockets


def clean_up(parent: socket.socket) -> None:
    """Remove a worker's figures where the process that looks after it was killed, and cannot do so.

    Args:
        parent: the worker's socket to it.
    """
    with suppress(OSError, KeyError):
        if not parent.recv(1):
            shutil.rmtree(os.environ[_FIGURES], ignore_errors=True)


async def _look_after(
    team: list[_Worker],
    configuration: Configuration,
    reread: Callable[[], Configuration],
    signals: Signals,
    announce: Callable[[], None],
) -> int:
    keepers = [asyncio.ensure_future(worker.keep()) for worker in team]
    starting = asyncio.ensure_future(asyncio.wait([asyncio.ensure_future(worker.ready.wait()) for worker in team]))
    stop: int | None = None
    waiting = asyncio.ensure_future(signals.next())
    while stop is None:
        watched = {waiting, *keepers} if starting.done() else {waiting, starting, *keepers}
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        if starting in done:
            announce()
        if any(keeper in done for keeper in keepers):
            # One that has never been ready, and said why; or it says here why it cannot be looked after.
            break
        if waiting in done:
            number = waiting.result()
            waiting = asyncio.ensure_future(signals.next())
            if number != signal.SIGHUP:
                stop = number
            elif read_anew(configuration, reread) is not None:
                for worker in team:
                    worker.reload()
    return await _stop(team, keepers, configuration, waiting)


async def _stop(
    team: list[_Worker],
    keepers: Sequence[asyncio.Future[int]],
    configuration: Configuration,
    again: asyncio.Future[int],
) -> int:
    ended = asyncio.ensure_future(asyncio.wait(keepers))
    for worker in team:
        worker.end(signal.SIGTERM)
    patience = configuration.settings.grace + CUT_SECONDS + 2 * LAST_SECONDS
    await asyncio.wait((ended, again), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        if not again.done():
            _LOG.error("workers did not stop in time, and were killed")
        for worker in team:
            worker.end(signal.SIGKILL)
        await ended
        if again.done():
            return 128 + again.result()
    again.cancel()
    return max(keeper.result() for keeper in keepers)


class _Worker:
    """One of the processes, and those that follow it when it dies.

    Attributes:
        ready: set as soon as it has listened once.
    """

    def __init__(self, number: int, command: Sequence[str], reserved: socket.socket, figures: str) -> None:
        self.ready = asyncio.Event()
        self._number = number
        self._command = command
        self._reserved = reserved
        self._figures = figures
        self._process: Process | None = None
        self._ending = asyncio.Event()
        self._listens = False
        self._reload_later = False

    def send(self, number: int) -> None:
        """Send a signal to the process, if it runs."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def reload(self) -> None:
        """Let it read its configuration anew, as soon as it can take the signal."""
        if self._listens:
            self.send(signal.SIGHUP)
        else:
            self._reload_later = True

    def end(self, number: int) -> None:
        """End it, and start no other."""
        self._ending.set()
        self.send(number)

    async def keep(self) -> int:
        """Keep a process running until `end`.

        Returns:
            0; where the first one has never been ready, its exit code.
        """
        pause = FIRST_PAUSE
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                code = await self._run()
            except OSError as error:
                _LOG.error("a worker cannot be started", extra={"worker": self._number, "reason": str(error)})
                code = 3
            if self._ending.is_set():
                return 0
            if not self.ready.is_set():
                return code if code > 0 else 3
            if time.monotonic() - began >= HEALTHY_SECONDS:
                pause = FIRST_PAUSE
            _LOG.error(
                "a worker has died; another one takes its place",
                extra={"worker": self._number, "exit_code": code, "pause": pause},
            )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return 0

    async def _run(self) -> int:
        self._listens = self._reload_later = False
        ours, theirs = socket.socketpair()
        with ours, theirs, _listening(self._reserved) as listener:
            ours.setblocking(False)
            handed = (listener.fileno(), theirs.fileno())
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command,
                f"--worker={handed[0]}:{handed[1]}",
                pass_fds=handed,
                # Ctrl-C comes to the one that looks after them, and to no worker.
                start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL,
                env=os.environ | {_FIGURES: self._figures},
            )
            theirs.close()
            if listener is not self._reserved:
                # When the worker dies, the system gives its connections to the others.
                listener.close()
            if self._ending.is_set():
                self.send(signal.SIGTERM)
            listening = asyncio.ensure_future(self._wait_until_ready(ours))
            code = await process.wait()
            listening.cancel()
            await asyncio.wait((listening,))
        self._forget(process.pid)
        return code

    async def _wait_until_ready(self, ours: socket.socket) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                said = await asyncio.get_running_loop().sock_recv(ours, 1)
        except TimeoutError:
            self.send(signal.SIGKILL)
            return
        if said == READY:
            self._listens = True
            self.ready.set()
            if self._reload_later:
                self.reload()

    def _forget(self, process_id: int) -> None:
        from prometheus_client.multiprocess import mark_process_dead

        with suppress(OSError):
            mark_process_dead(process_id, self._figures)  # type: ignore[no-untyped-call]


def _reserved(host: str, port: int) -> socket.socket:
    """A socket that keeps the port for the workers."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    if not _HAS_OWN_SOCKETS:
        return _bound(family, address, own=False, listens=True)
    if port:
        # Sockets that share a port do not notice that another program shares it, too.
        _bound(family, address, own=False, listens=True).close()
    return _bound(family, address, own=True, listens=False)


def _listening(reserved: socket.socket) -> AbstractContextManager[socket.socket]:
    """A worker's socket, to be closed by who handed it on."""
    if not _HAS_OWN_SOCKETS:
        return nullcontext(reserved)
    return _bound(reserved.family, reserved.getsockname(), own=True, listens=True)


def _bound(family: int, address: object, *, own: bool, listens: bool) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if own:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)  # type: ignore[arg-type]
        if listens:
            made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def _url(configuration: Configuration, reserved: socket.socket) -> str:
    host = f"[{configuration.host}]" if ":" in configuration.host else configuration.host
    scheme = "http" if configuration.tls_cert is None else "https"
    return f"{scheme}://{host}:{reserved.getsockname()[1]}"
