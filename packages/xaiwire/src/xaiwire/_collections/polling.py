"""How to wait for the server to process a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire._gen.xai.api.v1 import collections_pb
from xaiwire._polling import Polling
from xaiwire.errors import DocumentFailedError, DocumentTimeoutError

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = ["Wait"]

MOST_INTERVAL = 10.0


class Wait(Polling):
    """The waiting for one document: when to ask again, and when to give up."""

    def __init__(self, file_id: str, *, timeout: float | timedelta | None, interval: float | timedelta) -> None:
        """Begin to wait.

        Args:
            file_id: the document.
            timeout: seconds until it is given up; None for never.
            interval: seconds to the second question.

        Raises:
            ValidationError: a time is not positive.
        """
        super().__init__(timeout=timeout, interval=interval, most=MOST_INTERVAL)
        self._file_id = file_id
        self._metadata: collections_pb.DocumentMetadata | None = None

    def is_done(self, metadata: collections_pb.DocumentMetadata) -> bool:
        """Whether the document is processed. States that are not known count as not yet.

        Raises:
            DocumentFailedError: it cannot be processed.
        """
        self._metadata = metadata
        if metadata.status == collections_pb.DocumentStatus.FAILED:
            reason = f": {metadata.error_message}" if metadata.error_message else ""
            raise DocumentFailedError(f"the document {self._file_id} could not be processed{reason}", metadata=metadata)
        return metadata.status == collections_pb.DocumentStatus.PROCESSED

    def _over(self) -> DocumentTimeoutError:
        return DocumentTimeoutError(
            f"the document {self._file_id} was not processed within {self.timeout:g} s; the server goes on with it",
            metadata=self._metadata,
        )
