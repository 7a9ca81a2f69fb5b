"""What is known of a key: xAI's shape."""

from __future__ import annotations

import msgspec

__all__ = ["ApiKeyInfo"]


class ApiKeyInfo(msgspec.Struct, kw_only=True):
    """What is known of the key that xAI's API is called with. Moments are as RFC 3339 has them."""

    redacted_api_key: str
    user_id: str
    name: str
    create_time: str | None
    modify_time: str | None
    modified_by: str
    team_id: str
    acls: list[str]
    api_key_id: str
    team_blocked: bool
    api_key_blocked: bool
    api_key_disabled: bool
