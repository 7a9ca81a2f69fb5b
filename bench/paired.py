"""Timing two commands in turn, so that a machine that speeds up or slows down does so for both."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

__all__ = ["Pair", "measure"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Wall times in seconds of two commands, measured in turn; element N of both stems from one round."""

    ours: tuple[float, ...]
    peer: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median over the rounds of our time divided by the peer's."""
        return statistics.median(a / b for a, b in zip(self.ours, self.peer, strict=True))

    @property
    def difference(self) -> float:
        """The median over the rounds of our time less the peer's, in seconds."""
        return statistics.median(a - b for a, b in zip(self.ours, self.peer, strict=True))

    def row(self, name: str) -> str:
        """One row of a Markdown table: name, both medians, ratio, difference."""
        ours, peer = statistics.median(self.ours), statistics.median(self.peer)
        return f"| {name} | {ours:.3f} s | {peer:.3f} s | {self.ratio:.2f} | {self.difference:+.3f} s |"


def measure(ours: Sequence[str], peer: Sequence[str], *, rounds: int = 15, accepted: Collection[int] = (0,)) -> Pair:
    """Run both commands once unmeasured, then `rounds` times in turn.

    Args:
        ours: our command.
        peer: the peer's.
        rounds: how often each is measured.
        accepted: the exit codes that say that a command did its work; others end the run.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for command in (ours, peer):
        _run(command, accepted)
    for _ in range(rounds):
        for command, taken in zip((ours, peer), times, strict=True):
            taken.append(_run(command, accepted))
    return Pair(tuple(times[0]), tuple(times[1]))


def _run(command: Sequence[str], accepted: Collection[int]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    taken = time.perf_counter() - begun
    if done.returncode not in accepted:
        raise subprocess.CalledProcessError(done.returncode, command)
    return taken
