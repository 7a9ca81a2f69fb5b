"""Addresses that open a file without a key, for an hour: signed, so that nobody makes his own."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from xaiwire_server.emulator.clock import seconds

if TYPE_CHECKING:
    from xaiwire_server.emulator.clock import Clock

__all__ = ["Links"]

VALID = seconds(3600)


class Links:
    """Makes and checks addresses."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def file_path(self, team_id: str, file_id: str) -> str:
        """The path of a file's content."""
        expires = self._clock.now() + VALID
        return (
            f"/files/{file_id}?team={team_id}&expires={expires}&signature={self._signature(team_id, file_id, expires)}"
        )

    def allows(self, team_id: str, file_id: str, expires: str, signature: str) -> bool:
        """Whether an address was made here and still holds."""
        if not (expires.isascii() and expires.isdigit() and len(expires) < 20):
            return False
        genuine = hmac.compare_digest(
            self._signature(team_id, file_id, int(expires)).encode(), signature.encode("utf-8", "replace")
        )
        return genuine and int(expires) > self._clock.now()

    def _signature(self, team_id: str, file_id: str, expires: int) -> str:
        return hmac.new(self._secret, f"{team_id} {file_id} {expires}".encode(), hashlib.sha256).hexdigest()
