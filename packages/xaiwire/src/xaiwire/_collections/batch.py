"""Documents that are uploaded in batch, and what became of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from xaiwire._gen.xai.api.v1 import collections_pb
from xaiwire.errors import ValidationError

__all__ = ["Document", "DocumentLike", "UploadOutcome", "UploadReport", "as_document", "check_concurrency", "failed"]

# Systems know these under different names or not at all.
_MEDIA_TYPES = {
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document to put into a collection.

    Attributes:
        name: its name.
        data: its content; a path is read when it is the document's turn.
        content_type: its media type, such as `text/markdown`.
        fields: what is stored with it.
    """

    name: str
    data: bytes | os.PathLike[str] = field(repr=False)
    content_type: str
    fields: Mapping[str, str] | None = None

    @classmethod
    def from_path(
        cls,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        content_type: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Document:
        """The document in a file, which is read when it is the document's turn.

        Args:
            path: the file.
            name: the document's name; the last part of the path where it is None.
            content_type: its media type; where it is None, what the name's ending stands for, and
                `application/octet-stream` where that is not known.
            fields: what is stored with it.
        """
        where = Path(path)
        return cls(name or where.name, where, content_type or _media_type(where.name), fields)

    def content(self) -> bytes:
        """The content.

        Raises:
            OSError: the file cannot be read.
        """
        if isinstance(self.data, os.PathLike):
            return Path(self.data).read_bytes()
        return bytes(self.data)


DocumentLike: TypeAlias = Document | str | os.PathLike[str]
"""A document, or the path of one."""


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What became of one document of a batch.

    Attributes:
        index: the document's place in the batch, from 0.
        name: the document's name.
        metadata: what the server says of it; None where it failed.
        error: why it failed; None where it did not.
        failed: the document, where it failed, so that it can be uploaded again; None where it did not, so that a large
            batch is not kept in memory.
    """

    index: int
    name: str
    metadata: collections_pb.DocumentMetadata | None = None
    error: Exception | None = None
    failed: DocumentLike | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the document was uploaded."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What became of the documents of a batch.

        report = client.collections.upload_documents(collection_id, Path("docs").glob("*.md"))
        for outcome in report.failures:
            print(outcome.name, outcome.error)
        again = client.collections.upload_documents(collection_id, report.failed_documents)

    Attributes:
        outcomes: one for each document, in the order in which they were given.
    """

    outcomes: tuple[UploadOutcome, ...]

    def __len__(self) -> int:
        return len(self.outcomes)

    def __iter__(self) -> Iterator[UploadOutcome]:
        return iter(self.outcomes)

    @property
    def documents(self) -> list[collections_pb.DocumentMetadata]:
        """The metadata of the documents that were uploaded, in order."""
        return [outcome.metadata for outcome in self.outcomes if outcome.metadata is not None]

    @property
    def failures(self) -> list[UploadOutcome]:
        """The outcomes of the documents that were not uploaded, in order."""
        return [outcome for outcome in self.outcomes if outcome.error is not None]

    @property
    def failed_documents(self) -> list[DocumentLike]:
        """The documents that were not uploaded, in order."""
        return [outcome.failed for outcome in self.outcomes if outcome.failed is not None]

    def raise_for_failures(self) -> None:
        """Do nothing if all documents were uploaded.

        Raises:
            ExceptionGroup: some were not; it has the error of each.
        """
        errors = [outcome.error for outcome in self.outcomes if outcome.error is not None]
        if errors:
            raise ExceptionGroup(f"{len(errors)} of {len(self.outcomes)} documents were not uploaded", errors)


def as_document(given: DocumentLike) -> Document:
    """A document, or what `Document.from_path` makes of a path.

    Raises:
        ValidationError: it is neither.
    """
    if isinstance(given, Document):
        return given
    other: object = given
    if isinstance(other, str | os.PathLike):
        return Document.from_path(other)
    raise ValidationError(f"a document has to be a Document or a path, not {type(other).__name__}")


def failed(index: int, given: DocumentLike, error: Exception) -> UploadOutcome:
    """The outcome of a document that was not uploaded."""
    name = given.name if isinstance(given, Document) else str(given)
    return UploadOutcome(index, name, error=error, failed=given)


def check_concurrency(concurrency: int) -> None:
    """Refuse a number of uploads at once that would do nothing.

    Raises:
        ValidationError: it is not positive.
    """
    if concurrency < 1:
        raise ValidationError(f"concurrency has to be at least 1, not {concurrency}")


def _media_type(name: str) -> str:
    import mimetypes

    known = _MEDIA_TYPES.get(Path(name).suffix.lower())
    return known or mimetypes.guess_type(name)[0] or "application/octet-stream"
