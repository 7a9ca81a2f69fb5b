"""What several services check of a request."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from xaiwire import StatusCode
from xaiwire_server.rpc.refusal import Refusal, invalid

if TYPE_CHECKING:
    from xaiwire.proto import image_pb2
    from xaiwire_server.emulator.context import Context

__all__ = ["check_image", "check_model", "check_range", "required"]

MAX_IMAGE_BYTES = 10 << 20
"""What an image may have; the API's documentation says 10 MiB."""


def required(field: str, value: str) -> str:
    """A text that may not be empty.

    Raises:
        Refusal: INVALID_ARGUMENT.
    """
    if not value:
        raise invalid(field, "it is required")
    return value


def check_range(field: str, value: float, low: float, high: float) -> None:
    """Check a number; what is no number is not within any range.

    Raises:
        Refusal: INVALID_ARGUMENT.
    """
    if not low <= value <= high:
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        raise invalid(field, f"{shown} is not between {low:g} and {high:g}")


def check_model(context: Context, name: str) -> None:
    """Check that the caller's key may use a model.

    Raises:
        Refusal: PERMISSION_DENIED.
    """
    if not context.key.may("model", name):
        raise Refusal(StatusCode.PERMISSION_DENIED, f"the key {context.key.redacted} may not use the model {name!r}")


def check_image(field: str, image: image_pb2.ImageUrlContent) -> None:
    """Check an image: an address, or a data URL that holds an image of a kind that models see.

    Raises:
        Refusal: INVALID_ARGUMENT.
    """
    address = required(f"{field}.image_url", image.image_url)
    if address.startswith("data:"):
        head, comma, content = address.partition(",")
        if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
            raise invalid(f"{field}.image_url", "a data URL begins with data:image/KIND;base64,")
        try:
            data = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise invalid(f"{field}.image_url", "the data URL's content is not base64") from None
        if len(data) > MAX_IMAGE_BYTES:
            raise invalid(
                f"{field}.image_url", f"the image has {len(data):,} bytes; at most {MAX_IMAGE_BYTES:,} are allowed"
            )
        return
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise invalid(f"{field}.image_url", "this is neither an http(s) address nor a data URL")
