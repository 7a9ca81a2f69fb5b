"""Uploads in batch by threads."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue

from xaiwire._collections.batch import (
    Document,
    DocumentLike,
    UploadOutcome,
    UploadReport,
    as_document,
    check_concurrency,
    failed,
)
from xaiwire._gen.xai.api.v1 import collections_pb

__all__ = ["upload_all"]


def upload_all(
    documents: Iterable[DocumentLike],
    upload: Callable[[Document], collections_pb.DocumentMetadata],
    *,
    concurrency: int,
    on_document: Callable[[UploadOutcome], object] | None,
) -> UploadReport:
    """Upload documents, several at once.

    The documents are taken one at a time when a thread is free, so that no more of them than there are threads is in
    memory. The threads are daemons: where this function is interrupted it returns at once, no further document is
    begun, and those that are under way end by themselves.

    Args:
        documents: the documents.
        upload: uploads one; called in several threads.
        concurrency: how many are uploaded at once.
        on_document: gets each outcome in the calling thread, as they come.

    Returns:
        The outcomes, in the order of the documents.

    Raises:
        ValidationError: the concurrency is not positive.
        BaseException: what `documents` raised, when those that were begun are done; or `on_document`, at once.
    """
    check_concurrency(concurrency)
    work = _Work(documents, upload)
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(work.run,), name="xaiwire-upload", daemon=True)
        for _ in range(concurrency)
    ]
    outcomes: list[UploadOutcome] = []
    errors: list[BaseException] = []
    try:
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            done = work.done.get()
            if done is None:
                running -= 1
            elif isinstance(done, BaseException):
                errors.append(done)
            else:
                outcomes.append(done)
                if on_document is not None:
                    on_document(done)
    finally:
        work.over = True
    if errors:
        raise errors[0]
    return UploadReport(tuple(sorted(outcomes, key=lambda outcome: outcome.index)))


class _Work:
    """What the threads share.

    Attributes:
        done: outcomes, errors that are no document's, and None from each thread that ends.
        over: no further document is begun.
    """

    def __init__(
        self, documents: Iterable[DocumentLike], upload: Callable[[Document], collections_pb.DocumentMetadata]
    ) -> None:
        self.done: SimpleQueue[UploadOutcome | BaseException | None] = SimpleQueue()
        self.over = False
        self._numbered = enumerate(documents)
        self._taking = threading.Lock()
        self._upload = upload

    def run(self) -> None:
        try:
            while (taken := self._take()) is not None:
                self.done.put(self._outcome(*taken))
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            self.done.put(error)
        finally:
            self.done.put(None)

    def _take(self) -> tuple[int, DocumentLike] | None:
        with self._taking:
            if self.over:
                return None
            try:
                taken = next(self._numbered, None)
            except BaseException:
                self.over = True
                raise
            if taken is None:
                self.over = True
            return taken

    def _outcome(self, index: int, given: DocumentLike) -> UploadOutcome:
        try:
            document = as_document(given)
            return UploadOutcome(index, document.name, metadata=self._upload(document))
        except Exception as error:  # noqa: BLE001 - it is reported
            return failed(index, given, error)
