"""One archive of a release, as an index lists it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Release"]


@dataclass(frozen=True, slots=True)
class Release:
    """One archive of one release, as an index lists it.

    Attributes:
        version: the release.
        url: where the archive is.
        filename: its name.
        hashes: algorithm to digest in hex, as the index gives them.
        yanked: why its publisher withdrew it; None where that was not done.
    """

    version: str
    url: str
    filename: str
    hashes: dict[str, str]
    yanked: str | None

    @property
    def sha256(self) -> str | None:
        """The SHA-256 that the index gives, None where it gives none."""
        return self.hashes.get("sha256")
