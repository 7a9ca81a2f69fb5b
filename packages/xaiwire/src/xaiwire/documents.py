"""Search in the documents of collections: what `xaiwire.sync.documents` and `xaiwire.aio.documents` send."""

from __future__ import annotations

from collections.abc import Sequence

from xaiwire._choices import several
from xaiwire._gen.xai.api.v1 import documents_pb
from xaiwire.errors import ValidationError

__all__ = ["search_request"]


def search_request(
    query: str,
    collection_ids: Sequence[str] | None,
    source: documents_pb.DocumentsSource | None,
    limit: int | None,
) -> documents_pb.SearchRequest:
    """What searches documents.

    Args:
        query: what to look for.
        collection_ids: where; or
        source: where, as a message.
        limit: matches at most.

    Raises:
        ValidationError: where to search is said twice or not at all.
    """
    if (collection_ids is None) == (source is None):
        raise ValidationError("search takes either collection_ids or source")
    if source is None:
        source = documents_pb.DocumentsSource(collection_ids=several("collection_ids", collection_ids or ()))
    return documents_pb.SearchRequest(query=query, source=source, limit=limit)
