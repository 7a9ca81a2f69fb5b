"""How an emulator is set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from xaiwire_server.wire.model import MAX_MESSAGE_BYTES

__all__ = ["API_KEY", "MANAGEMENT_KEY", "Settings"]

API_KEY = "xai-emulator-key"
MANAGEMENT_KEY = "xai-emulator-management-key"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings.

    Attributes:
        folder: where the state is; None keeps it in memory.
        api_keys: accepted for the API.
        management_keys: accepted for its management.
        models: further models that answer.
        pace: seconds between two words of an answer.
        processing: seconds that a document is being processed.
        deferred_delay: seconds that a deferred answer takes at least.
        file_lifetime: seconds that files stay; None for ever.
        max_file_bytes: what a file may have; the API's documentation says 48 MB.
        max_message_bytes: what a message may have.
        journal_size: how many calls are remembered.
        control: the control API and its page are served.
        admin_token: what they ask for; None where they are open, as on loopback.
    """

    folder: Path | None = None
    api_keys: tuple[str, ...] = (API_KEY,)
    management_keys: tuple[str, ...] = (MANAGEMENT_KEY,)
    models: tuple[str, ...] = ()
    pace: float = 0.0
    processing: float = 0.2
    deferred_delay: float = 0.5
    file_lifetime: float | None = None
    max_file_bytes: int = 48 << 20
    max_message_bytes: int = MAX_MESSAGE_BYTES
    journal_size: int = 1000
    control: bool = True
    admin_token: str | None = field(default=None, repr=False)
