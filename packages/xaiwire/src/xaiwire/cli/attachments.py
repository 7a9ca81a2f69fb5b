"""Images and files that go with a prompt."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from xaiwire.cli.failures import InputError
from xaiwire.cli.inputs import check_readable, read_bounded
from xaiwire.cli.output import note
from xaiwire.cli.transfer_bar import transfer_bar

if TYPE_CHECKING:
    from xaiwire.client import Client

__all__ = ["check_file", "file_id", "image_address"]

# A request has 20 MiB at most, of which base64 makes a third more.
MOST_BYTES = 14 << 20
ADDRESSES = ("https://", "http://", "data:image/")


def image_address(text: str) -> str:
    """An image's URL: as it is, or as a data URL of a local file.

    Args:
        text: a URL or a path.

    Raises:
        InputError: the file is too large, or none of the formats that models read.
        OSError: it cannot be read.
    """
    if text.startswith(ADDRESSES):
        return text
    content = read_bounded(text, MOST_BYTES)
    return f"data:{_media_type(text, content)};base64,{base64.b64encode(content).decode()}"


def check_file(text: str) -> None:
    """Fail before anything is sent, where what looks like a path cannot be read.

    Raises:
        OSError: it cannot be read, or does not exist.
    """
    if _is_path(text):
        check_readable([text])


def file_id(client: Client, text: str) -> str:
    """The id of a file: as it is, or of a local file that is uploaded.

    Args:
        client: uploads it.
        text: an id or a path.
    """
    if not _is_path(text):
        return text
    with transfer_bar(Path(text).name) as progress:
        uploaded = client.files.upload(text, on_progress=progress)
    note(f"{text} is now the file {uploaded.id}")
    return uploaded.id


def _is_path(text: str) -> bool:
    """Ids have neither separators nor dots."""
    return Path(text).exists() or os.sep in text or "/" in text or "." in text


def _media_type(path: str, content: bytes) -> str:
    """By what is in the file: names lie."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise InputError(f"{path} is not a PNG, JPEG, GIF or WebP image")
