"""Routes: what there is, and which one a request is for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from xaiwire_server.gateway.http.failures import invalid

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["Endpoint", "Found", "Route", "Router"]

Endpoint: TypeAlias = "Callable[[Exchange, AsyncClient], Awaitable[None]]"
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method on a path.

    Attributes:
        name: what keys, logs and figures call it, such as `chat.completions`.
        method: HTTP's, in capitals.
        path: as OpenAPI has it: `/v1/files/{file_id}`.
        endpoint: what answers.
        summary: what it does, in a line.
        rpcs: the RPCs that it may call, as `xai_api.Chat/GetCompletion`.
        tag: the group it belongs to.
        request: the type of a request with JSON; None where there is none.
        form: the fields of a multipart form, by name with their JSON schemas; empty where there is none.
        response: the type of an answer with JSON; None where there is none.
        streams: the answer may be a stream of events.
        content: the media type of an answer that is no JSON; empty where there is none.
        query: the query's parameters, by name with their JSON schemas.
        required: names of the form's fields, and of the query's parameters, that have to be there.
        optional_body: the request may come without its body.
        statuses: statuses of answers other than 200, with what they mean; those that any route may give are not here.
        bodies: the types of JSON that answers of these statuses have; without one, those below 400 have no content, and
            the others are errors.
        errors: whose form errors have.
        needs_key: whether it is for those with a key.
        management: whether it is of the management API, which wants another key.
    """

    name: str
    method: str
    path: str
    endpoint: Endpoint
    summary: str
    rpcs: tuple[str, ...] = ()
    tag: str = ""
    request: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)
    response: Any = None
    streams: bool = False
    content: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    optional_body: bool = False
    statuses: Mapping[int, str] = field(default_factory=dict)
    bodies: Mapping[int, Any] = field(default_factory=dict)
    errors: Literal["openai", "anthropic"] = "openai"
    needs_key: bool = True
    management: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a router found for a path.

    Attributes:
        routes: by method; empty where there is no such path.
        places: what stands for the path's places, as it was sent.
    """

    routes: Mapping[str, Route]
    places: Mapping[str, str]

    def params(self) -> dict[str, str]:
        """What stands for the path's places.

        Raises:
            ApiError: 400, one is no UTF-8.
        """
        return {name: _decoded(name, value) for name, value in self.places.items()}


class Router:
    """Finds routes by path."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        """Sort the routes.

        Args:
            routes: all there are; a path without places goes before one with places that fits, too.
        """
        self.routes = routes
        self._exact: dict[str, dict[str, Route]] = {}
        patterns: dict[str, dict[str, Route]] = {}
        for route in routes:
            group = patterns if "{" in route.path else self._exact
            group.setdefault(route.path, {})[route.method] = route
        # Where two fit, the one that says more itself is meant: `/{id}:reindex` before `/{id}`.
        said = sorted(patterns, key=lambda path: len(_PLACE.sub("", path)), reverse=True)
        self._patterns = [(_pattern(path), patterns[path]) for path in said]

    def find(self, path: str, raw_path: bytes) -> Found:
        """What there is at a path.

        Args:
            path: decoded.
            raw_path: as it was sent, so that a `/` within a part can be told from one between two.
        """
        found = self._exact.get(path)
        if found is not None:
            return Found(found, {})
        text = raw_path.decode("latin-1")
        for pattern, by_method in self._patterns:
            match = pattern.fullmatch(text)
            if match is not None:
                return Found(by_method, match.groupdict())
        return Found({}, {})


def _decoded(name: str, value: str) -> str:
    try:
        return unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise invalid(name, "this part of the path is no UTF-8") from None


def _pattern(path: str) -> re.Pattern[str]:
    parts = _PLACE.split(path)
    text = "".join(f"(?P<{part}>[^/]+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile(text)
