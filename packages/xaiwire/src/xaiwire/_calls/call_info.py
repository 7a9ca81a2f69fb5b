"""What is known of a call beside its response."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CallInfo", "Pairs"]

Pairs = tuple[tuple[str, str], ...]
"""Names in lower case, with their values, in the order of the wire; a name may occur twice."""

REQUEST_ID_NAMES = ("x-request-id", "request-id", "x-metadata-request-id")


@dataclass(slots=True, kw_only=True)
class CallInfo:
    """Filled in while a call is made; of a stream, the trailers come with its end.

    Pass one with a call to see what came beside the response:

        info = xaiwire.CallInfo()
        client.models.list_language_models(call_info=info)
        print(info.request_id, info.headers)

    Attributes:
        method: the RPC's path, such as `/xai_api.Chat/GetCompletion`.
        headers: the response's headers; those of the last attempt.
        trailers: the response's trailers; those of the last attempt.
        attempts: how often the call was made.
    """

    method: str = ""
    headers: Pairs = ()
    trailers: Pairs = ()
    attempts: int = 0

    @property
    def request_id(self) -> str:
        """What the server calls the request; empty where it did not say."""
        for wanted in REQUEST_ID_NAMES:
            for name, value in (*self.headers, *self.trailers):
                if name == wanted:
                    return value
        return ""
