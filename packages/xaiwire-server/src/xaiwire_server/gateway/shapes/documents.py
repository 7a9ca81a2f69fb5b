"""Search in documents: xAI's shapes."""

from __future__ import annotations

from typing import Any

import msgspec

from xaiwire_server.gateway.shapes.base import Int32, Request

__all__ = ["DocumentsSource", "Match", "MatchList", "SearchRequest"]


class DocumentsSource(Request):
    """Where to search."""

    collection_ids: list[str]
    rag_pipeline: Any = None


class SearchRequest(Request):
    """A question to the documents of collections."""

    query: str
    source: DocumentsSource | None = None
    limit: Int32 | None = None
    # What xAI's REST API has and the contract has no place for; `convert.documents` says what becomes of it.
    filter: Any = None
    group_by: Any = None
    instructions: Any = None
    ranking_metric: Any = None
    retrieval_mode: Any = None


class Match(msgspec.Struct):
    """A part of a document that fits."""

    file_id: str
    chunk_id: str
    chunk_content: str
    score: float
    collection_ids: list[str]


class MatchList(msgspec.Struct):
    """What fits, the best first."""

    matches: list[Match]
