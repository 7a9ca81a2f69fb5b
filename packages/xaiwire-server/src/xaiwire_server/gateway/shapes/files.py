"""Files: OpenAI's shapes, with what xAI's API has beside them."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["File", "FileDeleted", "FileList", "FileUrl"]


class File(msgspec.Struct, kw_only=True):
    """A file. The contract does not tell what it is for. Moments are whole seconds since 1970."""

    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    expires_at: int | None
    filename: str
    team_id: str


class FileList(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A page of files.

    The next one is asked for by `after` with `last_id`, or at less cost by `pagination_token`, where there is one.
    """

    object: Literal["list"]
    data: list[File]
    has_more: bool
    first_id: str | None
    last_id: str | None
    pagination_token: str = ""


class FileDeleted(msgspec.Struct):
    """What became of a file that was to be deleted."""

    id: str
    object: Literal["file"]
    deleted: bool


class FileUrl(msgspec.Struct):
    """An address of a file's content."""

    url: str
