"""The client of keys that waits for its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from protobuf.wkt import Empty

from xaiwire._services import auth as methods

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._gen.xai.api.v1 import auth_pb
    from xaiwire._services.calls import Caller

__all__ = ["Client"]


class Client:
    """What the key is and may do: `client.auth`."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    def get_api_key_info(self, **options: Unpack[CallOptions]) -> auth_pb.ApiKey:
        """Get what the server knows of the client's API key: its name, its ACLs, whether it is blocked or disabled.

        Args:
            **options: of the call.

        Raises:
            UnauthenticatedError: the server does not know the key.
            RpcError: the call failed otherwise.
        """
        return self._caller.unary(methods.GET_API_KEY_INFO, Empty(), options)
