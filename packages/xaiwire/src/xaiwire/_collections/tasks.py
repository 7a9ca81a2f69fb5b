"""Uploads in batch by tasks of an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable

from xaiwire._callbacks import settle
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


async def upload_all(
    documents: Iterable[DocumentLike] | AsyncIterable[DocumentLike],
    upload: Callable[[Document], Awaitable[collections_pb.DocumentMetadata]],
    *,
    concurrency: int,
    on_document: Callable[[UploadOutcome], object] | None,
) -> UploadReport:
    """Upload documents, several at once; see `threads.upload_all`.

    Cancelling it, and an error of `on_document`, cancel the uploads that are under way.
    """
    check_concurrency(concurrency)
    work = _Work(documents, upload, on_document)
    tasks = [asyncio.create_task(work.run()) for _ in range(concurrency)]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    if work.error is not None:
        raise work.error
    return UploadReport(tuple(sorted(work.outcomes, key=lambda outcome: outcome.index)))


class _Work:
    """What the tasks share.

    Attributes:
        outcomes: those that came, in the order in which they came.
        error: what `documents` raised.
    """

    def __init__(
        self,
        documents: Iterable[DocumentLike] | AsyncIterable[DocumentLike],
        upload: Callable[[Document], Awaitable[collections_pb.DocumentMetadata]],
        on_document: Callable[[UploadOutcome], object] | None,
    ) -> None:
        self.outcomes: list[UploadOutcome] = []
        self.error: Exception | None = None
        self._numbered = _numbered(documents)
        self._over = False
        self._taking = asyncio.Lock()
        self._upload = upload
        self._on_document = on_document

    async def run(self) -> None:
        while (taken := await self._take()) is not None:
            outcome = await self._outcome(*taken)
            self.outcomes.append(outcome)
            if self._on_document is not None:
                await settle(self._on_document(outcome))

    async def _take(self) -> tuple[int, DocumentLike] | None:
        async with self._taking:
            if self._over:
                return None
            try:
                return await anext(self._numbered)
            except StopAsyncIteration:
                self._over = True
            except Exception as error:  # noqa: BLE001 - it is raised when what was begun is done
                self._over, self.error = True, error
            return None

    async def _outcome(self, index: int, given: DocumentLike) -> UploadOutcome:
        try:
            document = as_document(given)
            return UploadOutcome(index, document.name, metadata=await self._upload(document))
        except Exception as error:  # noqa: BLE001 - it is reported
            return failed(index, given, error)


async def _numbered(
    documents: Iterable[DocumentLike] | AsyncIterable[DocumentLike],
) -> AsyncIterator[tuple[int, DocumentLike]]:
    index = 0
    if isinstance(documents, AsyncIterable):
        async for document in documents:
            yield index, document
            index += 1
    else:
        for numbered in enumerate(documents):
            yield numbered
