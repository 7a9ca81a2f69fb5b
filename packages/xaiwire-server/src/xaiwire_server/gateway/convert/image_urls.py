"""Images that are sent along, by address or as data URLs."""

from __future__ import annotations

import re
from binascii import a2b_base64

from xaiwire.proto import image_pb2
from xaiwire_server.gateway.http.failures import invalid
from xaiwire_server.gateway.http.wording import continued

__all__ = ["image_url"]

_DETAILS = {
    None: image_pb2.ImageDetail.DETAIL_INVALID,
    "auto": image_pb2.ImageDetail.DETAIL_AUTO,
    "low": image_pb2.ImageDetail.DETAIL_LOW,
    "high": image_pb2.ImageDetail.DETAIL_HIGH,
}
_HEAD = re.compile(r"data:image/[a-z0-9!#$&^_.+-]{1,127}(?:;[^;,]{1,127}){0,8};base64,", re.ASCII | re.IGNORECASE)


def image_url(url: str, detail: str | None, param: str) -> image_pb2.ImageUrlContent:
    """An image.

    Args:
        url: an http(s) address, or a data URL.
        detail: `auto`, `low` or `high`; None to leave it open.
        param: the path of the address in the request.

    Raises:
        ApiError: 400, a data URL has no image in base64.
    """
    if url[:5].lower() == "data:":
        _check_data(url, param)
    return image_pb2.ImageUrlContent(image_url=url, detail=_DETAILS[detail])


def _check_data(url: str, param: str) -> None:
    head = _HEAD.match(url)
    if head is None:
        raise invalid(param, "the data URL of an image begins with data:image/TYPE;base64,")
    try:
        content = a2b_base64(url[head.end() :], strict_mode=True)
    except ValueError as error:
        raise invalid(param, f"the content of the data URL is no base64: {continued(str(error))}") from None
    if not content:
        raise invalid(param, "the data URL has no content")
