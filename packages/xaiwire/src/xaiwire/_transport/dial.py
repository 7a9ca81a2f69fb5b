"""What making a connection needs, whoever makes it: TLS, the sockets' options, and what can go wrong."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING

from xaiwire._transport.model import Failure
from xaiwire.errors import StatusCode

if TYPE_CHECKING:
    from xaiwire._transport.model import Endpoint

__all__ = ["check_protocol", "failure_of", "place", "prepare_socket", "tls_context"]


def tls_context(given: ssl.SSLContext | None) -> ssl.SSLContext:
    """How TLS is spoken: as given, or with the system's certificates; the protocol it offers is HTTP/2 in any case."""
    context = given if given is not None else ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    return context


def prepare_socket(sock: socket.socket) -> None:
    """Send at once what is sent, and notice hosts that are gone."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def check_protocol(endpoint: Endpoint, agreed: str | None) -> None:
    """Raise unless TLS agreed on HTTP/2.

    Raises:
        Failure: UNAVAILABLE.
    """
    if agreed != "h2":
        raise Failure(
            StatusCode.UNAVAILABLE,
            f"{place(endpoint)} does not agree to HTTP/2 (ALPN), which gRPC needs; is it the right host and port?",
            unprocessed=True,
        )


def place(endpoint: Endpoint) -> str:
    """A server's name with its port, for texts."""
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return f"{host}:{endpoint.port}"


def failure_of(where: str, error: OSError) -> Failure:
    """What an error means that a connection was made with.

    Args:
        where: the server, or the proxy.
        error: what the system says.
    """
    # SSLCertVerificationError is a ValueError and an SSLError, which is an OSError.
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"TLS with {where} fails: the certificate does not verify: {error.verify_message}"
    elif isinstance(error, ssl.SSLError):
        text = f"TLS with {where} fails: {error.reason or error}; does the server speak TLS at this port?"
    elif isinstance(error, socket.gaierror):
        text = f"the name of {where} does not resolve: {error.strerror or error}"
    elif isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        # asyncio makes one plain OSError of several addresses' errors.
        text = f"nothing listens at {where}: connection refused"
    elif isinstance(error, TimeoutError):
        text = f"no connection to {where} in time"
    else:
        text = f"no connection to {where}: {error.strerror or str(error) or type(error).__name__}"
    return Failure(StatusCode.UNAVAILABLE, text, unprocessed=True)
