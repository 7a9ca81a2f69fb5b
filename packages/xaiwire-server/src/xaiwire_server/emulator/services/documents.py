"""Documents: search in collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import documents_pb2
from xaiwire_server.emulator.services.checks import check_range, required
from xaiwire_server.rpc.refusal import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xaiwire_server.emulator.context import Context, Handler
    from xaiwire_server.emulator.state.collections import Collections
    from xaiwire_server.emulator.text.embedding import Embedder

__all__ = ["DocumentsService", "Searcher"]

MAX_COLLECTIONS = 10
"""How many collections a search may have; the API's documentation says 10."""

MAX_MATCHES = 100
DEFAULT_MATCHES = 10


class Searcher:
    """Searches collections."""

    def __init__(self, collections: Collections, embedder: Embedder) -> None:
        self._collections = collections
        self._embedder = embedder

    def search(
        self, team_id: str, query: str, collection_ids: Sequence[str], limit: int
    ) -> list[documents_pb2.SearchMatch]:
        """The chunks that are nearest to a query, the nearest first.

        A chunk of a file that is in several of the collections is one match.

        Raises:
            Refusal: NOT_FOUND, a collection does not exist.
        """
        unique = list(dict.fromkeys(collection_ids))
        for each in unique:
            self._collections.get(team_id, each)
        vector = self._embedder.vectors([query])[0]
        matches: dict[tuple[str, str], documents_pb2.SearchMatch] = {}
        for each in unique:
            for chunk, score in self._collections.nearest(each, vector, limit):
                key = (chunk.file_id, chunk.content)
                if key in matches:
                    matches[key].collection_ids.append(each)
                    continue
                matches[key] = documents_pb2.SearchMatch(
                    file_id=chunk.file_id,
                    chunk_id=chunk.id,
                    chunk_content=chunk.content,
                    score=score,
                    collection_ids=[each],
                )
        return sorted(matches.values(), key=lambda match: -match.score)[:limit]


class DocumentsService:
    """The service."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        return {"/xai_api.Documents/Search": self.search}

    async def search(self, request: documents_pb2.SearchRequest, context: Context) -> documents_pb2.SearchResponse:
        """Search collections."""
        query = required("query", request.query)
        ids = request.source.collection_ids if request.source is not None else []
        if not 1 <= len(ids) <= MAX_COLLECTIONS:
            raise invalid(
                "source.collection_ids", f"there are {len(ids)} ids; between 1 and {MAX_COLLECTIONS} are allowed"
            )
        limit = request.limit if request.has_field("limit") else DEFAULT_MATCHES
        check_range("limit", limit, 1, MAX_MATCHES)
        return documents_pb2.SearchResponse(matches=self._searcher.search(context.team, query, ids, limit))
