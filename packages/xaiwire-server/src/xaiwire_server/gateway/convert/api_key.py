"""What is known of a key, as REST has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.convert.moments import rfc3339
from xaiwire_server.gateway.shapes.api_key import ApiKeyInfo

if TYPE_CHECKING:
    from xaiwire.proto import auth_pb2

__all__ = ["api_key_info"]


def api_key_info(key: auth_pb2.ApiKey) -> ApiKeyInfo:
    """What is known of a key."""
    return ApiKeyInfo(
        redacted_api_key=key.redacted_api_key,
        user_id=key.user_id,
        name=key.name,
        create_time=rfc3339(key.create_time),
        modify_time=rfc3339(key.modify_time),
        modified_by=key.modified_by,
        team_id=key.team_id,
        acls=key.acls,
        api_key_id=key.api_key_id,
        team_blocked=key.team_blocked,
        api_key_blocked=key.api_key_blocked,
        api_key_disabled=key.disabled,
    )
