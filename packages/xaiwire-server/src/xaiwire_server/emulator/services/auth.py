"""Auth: what a key is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import auth_pb2
from xaiwire_server.emulator.clock import timestamp

if TYPE_CHECKING:
    from protobuf.wkt import Empty

    from xaiwire_server.emulator.context import Context, Handler

__all__ = ["handlers"]


async def get_api_key_info(_request: Empty, context: Context) -> auth_pb2.ApiKey:
    """The caller's key."""
    key = context.key
    return auth_pb2.ApiKey(
        redacted_api_key=key.redacted,
        user_id=key.user_id,
        name=key.name,
        create_time=timestamp(key.created),
        modify_time=timestamp(key.modified),
        modified_by=key.modified_by,
        team_id=key.team_id,
        acls=list(key.acls),
        api_key_id=key.id,
        api_key_blocked=key.blocked,
        team_blocked=key.team_blocked,
        disabled=key.disabled,
    )


def handlers() -> dict[str, Handler]:
    """The RPCs of the service."""
    return {"/xai_api.Auth/get_api_key_info": get_api_key_info}
