"""Which findings the settings accept, and which entries of the settings have come to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.compare.model import Finding
    from protoalign.settings import Waiver

__all__ = ["OwnElements", "Waivers", "waiver_text"]


def waiver_text(waiver: Waiver) -> str:
    """What a waiver is for, as a person would name it: `field-number of xai_api.Message.role`."""
    if waiver.fingerprint:
        named = f"fingerprint {waiver.fingerprint}"
        return f"{waiver.rule}, {named}" if waiver.rule else named
    if waiver.rule and waiver.element:
        return f"{waiver.rule} of {waiver.element}"
    return waiver.rule or waiver.element


class Waivers:
    """The waivers of the settings, each of which remembers whether it was needed."""

    def __init__(self, waivers: Iterable[Waiver], today: date) -> None:
        listed = list(waivers)
        self.expired = [waiver for waiver in listed if waiver.expires is not None and waiver.expires < today]
        self._valid = [waiver for waiver in listed if waiver not in self.expired]
        self._used: set[int] = set()

    def of(self, finding: Finding, names: Sequence[str]) -> Waiver | None:
        """The first waiver that accepts a finding; every other that does too counts as needed.

        Args:
            finding: the finding.
            names: the names of its element on both sides.
        """
        accepting = [index for index, waiver in enumerate(self._valid) if _accepts(waiver, finding, names)]
        self._used.update(accepting)
        return self._valid[accepting[0]] if accepting else None

    @property
    def unused(self) -> Iterator[Waiver]:
        """The waivers that have not expired and accepted nothing so far."""
        return (waiver for index, waiver in enumerate(self._valid) if index not in self._used)


def _accepts(waiver: Waiver, finding: Finding, names: Sequence[str]) -> bool:
    return (
        waiver.rule in ("", finding.rule)
        and waiver.fingerprint in ("", finding.fingerprint)
        and (not waiver.element or any(fnmatchcase(name, waiver.element) for name in names))
    )


@dataclass(slots=True)
class OwnElements:
    """What the subject has on purpose, by the patterns of the settings.

    Attributes:
        patterns: the patterns.
        used: those that named something.
    """

    patterns: tuple[str, ...]
    used: set[str] = field(default_factory=set)

    def name(self, *names: str) -> bool:
        """Whether a pattern names something that goes by any of these names."""
        matching = [pattern for pattern in self.patterns if any(fnmatchcase(name, pattern) for name in names)]
        self.used.update(matching)
        return bool(matching)

    @property
    def unused(self) -> Iterator[str]:
        """The patterns that named nothing so far."""
        return (pattern for pattern in self.patterns if pattern not in self.used)
