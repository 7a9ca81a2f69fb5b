"""How a handler refuses a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire import StatusCode

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Cut", "Refusal", "invalid", "not_found", "waiting_trailers"]


class Refusal(Exception):  # noqa: N818 - not a failure of this server
    """A call ends with a status other than OK.

    Attributes:
        code: the status.
        message: for the caller; names the field that is wrong, and never a secret.
        trailers: further pairs of metadata that go with the status.
    """

    def __init__(self, code: StatusCode, message: str, *, trailers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message
        self.trailers = tuple(trailers)


class Cut(Exception):  # noqa: N818 - meant to happen
    """A call breaks off without a status, as when a connection or a server dies.

    Attributes:
        connection: the whole connection goes, not only the stream.
    """

    def __init__(self, *, connection: bool) -> None:
        super().__init__("the connection is cut" if connection else "the stream is cut")
        self.connection = connection


def invalid(field: str, problem: str) -> Refusal:
    """INVALID_ARGUMENT.

    Args:
        field: which one, as a path from the request: `messages[2].content[0].image_url`.
        problem: what is wrong with it.
    """
    return Refusal(StatusCode.INVALID_ARGUMENT, f"{field}: {problem}")


def not_found(what: str, name: str) -> Refusal:
    """NOT_FOUND.

    Args:
        what: the kind of thing.
        name: the id or name that was asked for.
    """
    return Refusal(StatusCode.NOT_FOUND, f"{what} {name!r} does not exist")


def waiting_trailers(seconds: float | None) -> list[tuple[str, str]]:
    """Trailers that ask the caller to wait before he tries again.

    Args:
        seconds: how long; None asks for nothing.
    """
    if seconds is None:
        return []
    # Who reads gRPC's push-back takes milliseconds; who reads HTTP's header, whole seconds.
    return [("grpc-retry-pushback-ms", str(round(seconds * 1000))), ("retry-after", str(-int(-seconds // 1)))]
