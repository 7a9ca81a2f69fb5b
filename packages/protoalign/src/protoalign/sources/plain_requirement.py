"""Requirements in the plain form that nearly all have, such as `grpcio<2,>=1.49.1`, without the library for the rest.

Importing `packaging` costs as much time as reading two hundred modules, and a second run needs only this: which of a
few cached final releases fits a few comparisons. Whatever is not plain is left to `packaging`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["PlainRequirement", "parse_plain_requirement"]

RELEASE = r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*"
REQUIREMENT = re.compile(
    rf"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?) *((?:(?:>=|<=|==|!=|<|>) *{RELEASE} *(?:, *(?=[<>=!]))?)*)"
)
COMPARISON = re.compile(rf"(>=|<=|==|!=|<|>) *({RELEASE})")
COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class PlainRequirement:
    """A package's name and comparisons with final releases, all of which have to hold.

    Attributes:
        name: the name as it was written.
        comparisons: operator and release, as PEP 440 defines them.
    """

    name: str
    comparisons: tuple[tuple[str, str], ...]

    def newest(self, versions: Iterable[str]) -> str | None:
        """The newest fitting version; None where none fits or one of them is not a plain final release."""
        fitting: dict[tuple[int, ...], str] = {}
        for version in versions:
            if not re.fullmatch(RELEASE, version):
                return None
            if all(COMPARE[how](_key(version), _key(release)) for how, release in self.comparisons):
                fitting[_key(version)] = version
        return fitting[max(fitting)] if fitting else None


def parse_plain_requirement(text: str) -> PlainRequirement | None:
    """Read a requirement; None where it is not of the plain form."""
    match = REQUIREMENT.fullmatch(text.strip())
    if match is None:
        return None
    return PlainRequirement(match[1], tuple(COMPARISON.findall(match[2])))


def _key(release: str) -> tuple[int, ...]:
    """Releases compare by their numbers; zeros at the end do not count (PEP 440)."""
    numbers = [int(part) for part in release.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
