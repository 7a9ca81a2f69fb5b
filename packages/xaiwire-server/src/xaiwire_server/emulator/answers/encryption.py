"""Encrypted content: what a model thought, in a form that only the server reads again."""

from __future__ import annotations

import base64
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

__all__ = ["Encryption"]


class Encryption:
    """Encrypts and decrypts with a secret."""

    def __init__(self, secret: bytes) -> None:
        """Begin.

        Args:
            secret: 32 bytes.
        """
        self._secret = secret

    @cached_property
    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet

        return Fernet(base64.urlsafe_b64encode(self._secret))

    def encrypt(self, text: str) -> str:
        """A text as nobody else reads it."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, content: str) -> str | None:
        """The text again; None if it was not encrypted here."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(content.encode()).decode()
        except (InvalidToken, UnicodeError):
            return None
