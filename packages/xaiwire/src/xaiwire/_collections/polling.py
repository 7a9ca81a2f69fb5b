"""How to wait for the server to process a document."""

from __future__ import annotations

import math
import time
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from xaiwire._gen.xai.api.v1 import collections_pb
from xaiwire.errors import DocumentFailedError, DocumentTimeoutError, ValidationError

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._options import PollOptions
    from xaiwire.errors import DeadlineExceededError

__all__ = ["Wait"]

GROWTH = 1.5
MOST_INTERVAL = 10.0
CLOCK_TOLERANCE = 0.1


class Wait:
    """The waiting for one document: when to ask again, and when to give up.

    The time between questions grows by half each time, up to 10 s, or to the first one where that is longer.
    """

    def __init__(self, file_id: str, *, timeout: float | timedelta | None, interval: float | timedelta) -> None:
        """Begin to wait.

        Args:
            file_id: the document.
            timeout: seconds until it is given up; None for never.
            interval: seconds to the second question.

        Raises:
            ValidationError: a time is not positive.
        """
        self._file_id = file_id
        self._timeout = None if timeout is None else _seconds("timeout", timeout)
        self._delay = _seconds("interval", interval)
        self._most = max(self._delay, MOST_INTERVAL)
        self._deadline = None if self._timeout is None else time.monotonic() + self._timeout
        self._metadata: collections_pb.DocumentMetadata | None = None

    def options(self, given: PollOptions) -> CallOptions:
        """What to say of the next question: it must not go past the deadline.

        Raises:
            DocumentTimeoutError: there is no time left.
        """
        options = cast("CallOptions", dict(given))
        left = self._left()
        if left is not None:
            if left <= 0:
                raise self._over()
            options["timeout"] = left
        return options

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

    def delay(self) -> float:
        """Seconds to wait before the next question."""
        delay, self._delay = self._delay, min(self._delay * GROWTH, self._most)
        left = self._left()
        return delay if left is None else max(0.0, min(delay, left))

    def check_late(self, error: DeadlineExceededError) -> None:
        """Refuse to go on where a question was not answered in time because the waiting is over.

        Raises:
            DocumentTimeoutError: it is.
        """
        left = self._left()
        # The question had until the deadline; the server's clock may be a little ahead.
        if left is not None and left < CLOCK_TOLERANCE:
            raise self._over() from error

    def _left(self) -> float | None:
        return None if self._deadline is None else self._deadline - time.monotonic()

    def _over(self) -> DocumentTimeoutError:
        return DocumentTimeoutError(
            f"the document {self._file_id} was not processed within {self._timeout:g} s; the server goes on with it",
            metadata=self._metadata,
        )


def _seconds(name: str, given: float | timedelta) -> float:
    seconds = given.total_seconds() if isinstance(given, timedelta) else float(given)
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValidationError(f"{name} has to be more than 0 s, and not without end, not {given}")
    return seconds
