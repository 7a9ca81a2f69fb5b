"""Images that are sent along, by address or as data URLs."""

from __future__ import annotations

from xaiwire.proto import image_pb2

__all__ = ["image_url"]

_DETAILS = {
    None: image_pb2.ImageDetail.DETAIL_INVALID,
    "auto": image_pb2.ImageDetail.DETAIL_AUTO,
    "low": image_pb2.ImageDetail.DETAIL_LOW,
    "high": image_pb2.ImageDetail.DETAIL_HIGH,
}


def image_url(url: str, detail: str | None) -> image_pb2.ImageUrlContent:
    """An image.

    Args:
        url: an http(s) address, or a data URL.
        detail: `auto`, `low` or `high`; None to leave it open.
    """
    return image_pb2.ImageUrlContent(image_url=url, detail=_DETAILS[detail])
