"""The client of documents in an event loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from xaiwire import documents
from xaiwire._gen.xai.api.v1 import documents_pb
from xaiwire._services import documents as methods

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._services.calls import AsyncCaller

__all__ = ["Client"]


class Client:
    """Searches the documents of collections: `client.documents`.

    response = await client.documents.search("how to reset the device", ["collection_1"], 5)
    for match in response.matches:
        print(match.score, match.file_id, match.chunk_content)
    """

    __slots__ = ("_caller",)

    def __init__(self, caller: AsyncCaller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    async def search(
        self,
        query: str,
        collection_ids: Sequence[str] | None = None,
        limit: int | None = None,
        *,
        source: documents_pb.DocumentsSource | None = None,
        **options: Unpack[CallOptions],
    ) -> documents_pb.SearchResponse:
        """Search documents by meaning; `collections.search` does the same.

        Args:
            query: what to look for.
            collection_ids: the collections to search in.
            limit: matches at most; the server's default where it is None.
            source: where to search, as a message, in the place of `collection_ids`.
            **options: of the call.

        Returns:
            The response; `matches` has the chunks that were found, with their scores.

        Raises:
            ValidationError: neither or both of `collection_ids` and `source`, or one string as `collection_ids`.
            RpcError: the call failed.
        """
        request = documents.search_request(query, collection_ids, source, limit)
        return await self._caller.unary(methods.SEARCH, request, options)
