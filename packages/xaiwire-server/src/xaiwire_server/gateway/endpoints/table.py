"""All routes of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.endpoints.api_key import API_KEY_ROUTES
from xaiwire_server.gateway.endpoints.chat import CHAT_ROUTES
from xaiwire_server.gateway.endpoints.collections import COLLECTION_ROUTES
from xaiwire_server.gateway.endpoints.completions import COMPLETION_ROUTES
from xaiwire_server.gateway.endpoints.documents import DOCUMENT_ROUTES
from xaiwire_server.gateway.endpoints.embeddings import EMBEDDING_ROUTES
from xaiwire_server.gateway.endpoints.files import FILE_ROUTES
from xaiwire_server.gateway.endpoints.images import IMAGE_ROUTES
from xaiwire_server.gateway.endpoints.messages import MESSAGES_ROUTES
from xaiwire_server.gateway.endpoints.models import MODEL_ROUTES
from xaiwire_server.gateway.endpoints.responses import RESPONSES_ROUTES
from xaiwire_server.gateway.endpoints.tokenize import TOKENIZE_ROUTES

if TYPE_CHECKING:
    from xaiwire_server.gateway.routing import Route

__all__ = ["api_routes"]


def api_routes() -> tuple[Route, ...]:
    """The routes, in the order of the documentation."""
    return (
        *CHAT_ROUTES,
        *RESPONSES_ROUTES,
        *MESSAGES_ROUTES,
        *COMPLETION_ROUTES,
        *EMBEDDING_ROUTES,
        *IMAGE_ROUTES,
        *MODEL_ROUTES,
        *TOKENIZE_ROUTES,
        *FILE_ROUTES,
        *DOCUMENT_ROUTES,
        *COLLECTION_ROUTES,
        *API_KEY_ROUTES,
    )
