"""Search in documents: requests as the contract has them, answers as REST has them."""

from __future__ import annotations

from typing import Any

from xaiwire.proto import documents_pb2
from xaiwire_server.gateway.http.failures import not_carried
from xaiwire_server.gateway.shapes import documents as shapes
from xaiwire_server.gateway.shapes.base import is_neutral

__all__ = ["match_list", "search_fields"]

_OTHERS = ("filter", "group_by", "instructions", "ranking_metric", "retrieval_mode")
"""Fields that change what is found and have no place in the contract."""


def search_fields(request: shapes.SearchRequest) -> dict[str, Any]:
    """The fields of the contract's SearchRequest.

    Args:
        request: as it came.

    Raises:
        ApiError: 400, with the path of what the contract cannot carry.
    """
    for name in _OTHERS:
        if not is_neutral(getattr(request, name)):
            raise not_carried(name, "leave it out")
    fields: dict[str, Any] = {"query": request.query}
    if request.source is not None:
        if not is_neutral(request.source.rag_pipeline):
            raise not_carried("source.rag_pipeline", "leave it out")
        fields["source"] = documents_pb2.DocumentsSource(collection_ids=request.source.collection_ids)
    if request.limit is not None:
        fields["limit"] = request.limit
    return fields


def match_list(response: documents_pb2.SearchResponse) -> shapes.MatchList:
    """What was found."""
    return shapes.MatchList(
        [
            shapes.Match(match.file_id, match.chunk_id, match.chunk_content, match.score, match.collection_ids)
            for match in response.matches
        ]
    )
