"""The gateway's OpenAPI document, made from its routes and the types of their requests and answers."""

from __future__ import annotations

import re
from importlib.metadata import version
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import msgspec

from xaiwire_server.gateway.http.error_bodies import AnthropicError, OpenAIError
from xaiwire_server.gateway.shapes.base import Float, Int32

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xaiwire_server.gateway.routing import Route

__all__ = ["openapi_document"]

_SCHEMAS = "#/components/schemas/"
_PLACE = re.compile(r"\{(\w+)\}")

_DESCRIPTION = """\
OpenAI's REST API, Anthropic's messages and xAI's own REST API, in front of xAI's gRPC API. Unofficial.

Send a key as `Authorization: Bearer KEY`, or as `x-api-key`. Each answer has a header `x-request-id`. What of a request
is not passed on, headers `x-gateway-warning` say.
"""

_MEANINGS: Mapping[int, str] = {
    400: "The request is wrong; `param` says where, where it is one field.",
    401: "There is no key, or it is not accepted.",
    403: "The key may not do this.",
    404: "There is nothing of this name.",
    408: "The request came too slowly.",
    409: "It does not go with what there is already.",
    413: "The request, or what the API has to answer, is too large.",
    415: "The request's media type is another one, or it is compressed.",
    429: "Too many requests or tokens; `retry-after` says, where it is known, when to come back.",
    500: "A bug of the gateway; its log has the reason.",
    501: "The API does not do this.",
    502: "The API failed.",
    503: "The API, or the gateway's store of budgets, cannot be reached.",
    504: "The API took too long.",
}

_NOT_CARRIED = (
    "xAI's API has no place for this. Where it would change the answer, the request is refused; "
    "else it is left out, and a warning says so."
)


def openapi_document(routes: Sequence[Route], *, strict: bool) -> dict[str, Any]:
    """The document.

    Args:
        routes: all there are, in the order in which they are shown.
        strict: whether unknown fields of requests are refused.
    """
    schemas = _Schemas(routes, strict=strict)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "xaiwire gateway",
            "version": version("xaiwire-server"),
            "summary": "OpenAI-compatible REST in front of the xAI API",
            "description": _DESCRIPTION,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This gateway"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes if route.tag)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": _error_answers({route.errors for route in routes}, schemas),
            "headers": {
                "RequestId": {"description": "What the request is called, here and upstream.", "schema": _TEXT},
                "RetryAfter": {"description": "After how many seconds to send it again.", "schema": _TEXT},
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


def _bounds(kind: Any) -> tuple[Any, Any]:  # noqa: ANN401 - any type
    made = msgspec.json.schema(kind)
    return made["minimum"], made["maximum"]


_TEXT = {"type": "string"}
_FORMATS = {_bounds(Int32): "int32", _bounds(Float): "float"}
_REQUEST_ID = {"x-request-id": {"$ref": "#/components/headers/RequestId"}}


class _Schemas:
    """The schemas of all types that routes name.

    Attributes:
        components: by name.
    """

    def __init__(self, routes: Iterable[Route], *, strict: bool) -> None:
        kinds: list[Any] = [OpenAIError, AnthropicError]
        for route in routes:
            for kind in (route.request, route.response, *route.bodies.values()):
                kinds.extend(_members(kind))
        self._strict = strict
        made, components = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS + "{name}")
        self._names = _plain_names(components)
        self._made = [(kind, self._tidied(schema)) for kind, schema in zip(kinds, made, strict=True)]
        self.components = {self._names[name]: self._tidied(schema) for name, schema in components.items()}

    def of(self, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - any type
        """The schema of a type that a route names."""
        found = [next(schema for known, schema in self._made if known == member) for member in _members(kind)]
        return found[0] if len(found) == 1 else {"anyOf": found}

    def _tidied(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema as msgspec makes it, without what only a decoder wants to know."""
        if schema == {"default": None}:
            return {"description": _NOT_CARRIED}
        tidied: dict[str, Any] = {}
        for key, value in schema.items():
            match key, value:
                case "$ref", str():
                    tidied[key] = self._reference(value)
                case "discriminator", {"mapping": mapping}:
                    tidied[key] = {**value, "mapping": {tag: self._reference(each) for tag, each in mapping.items()}}
                case "properties", dict():
                    tidied[key] = {name: self._tidied(each) for name, each in value.items()}
                case (("items" | "additionalProperties"), dict()):
                    tidied[key] = self._tidied(value)
                case (("anyOf" | "prefixItems"), list()):
                    tidied[key] = [self._tidied(each) for each in value]
                case "enum", list() if all(isinstance(each, str) for each in value):
                    tidied |= {"type": "string", "enum": value}
                case "default", None:
                    # To say null is to say nothing.
                    pass
                case "additionalProperties", False if not self._strict:
                    pass
                case _:
                    tidied[key] = value
        bounds = (schema.get("minimum"), schema.get("maximum"))
        return {**tidied, "format": _FORMATS[bounds]} if bounds in _FORMATS else tidied

    def _reference(self, reference: str) -> str:
        return _SCHEMAS + self._names[reference.removeprefix(_SCHEMAS)]


def _members(kind: Any) -> list[Any]:  # noqa: ANN401 - any type
    """The types of which a value has one; msgspec takes no union of types that it could not tell apart."""
    if kind is None:
        return []
    return list(get_args(kind)) if isinstance(kind, UnionType) or get_origin(kind) is Union else [kind]


def _plain_names(names: Iterable[str]) -> dict[str, str]:
    """Names as readers want them: without a module, and without what makes them private to it."""
    taken: dict[str, str] = {}
    for name in names:
        module, _, last = name.rpartition(".")
        plain = last.lstrip("_")
        if plain in taken.values():
            plain = f"{module.rpartition('.')[2].title().replace('_', '')}{plain}"
        taken[name] = plain
    return taken


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name.replace(".", "_"),
        "summary": route.summary,
        "description": _description(route),
        "tags": [route.tag] if route.tag else [],
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "requestBody": _request_body(route, schemas),
        "responses": _answers(route, schemas),
        "security": [{"bearer": []}, {"apiKey": []}] if route.needs_key else [],
    }
    return {key: value for key, value in operation.items() if value or key in ("responses", "security")}


def _description(route: Route) -> str:
    parts = []
    if route.rpcs:
        parts.append(f"Calls {', '.join(f'`{rpc}`' for rpc in route.rpcs)}.")
    if route.management:
        parts.append("It is part of the management API, which wants a management key.")
    if not route.needs_key:
        parts.append("Needs no key.")
    return " ".join(parts)


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PLACE.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    parameters = []
    for name, given in route.query.items():
        schema = dict(given)
        description = schema.pop("description", None)
        parameter = {"name": name, "in": "query", "required": name in route.required, "schema": schema}
        parameters.append(parameter if description is None else {**parameter, "description": description})
    return parameters


def _request_body(route: Route, schemas: _Schemas) -> dict[str, Any]:
    content = {}
    if route.request is not None:
        content["application/json"] = {"schema": schemas.of(route.request)}
    if route.form:
        required = [name for name in route.form if name in route.required]
        form = {"type": "object", "properties": dict(route.form), "required": required}
        content["multipart/form-data"] = {"schema": form}
    return {"required": not route.optional_body, "content": content} if content else {}


def _answers(route: Route, schemas: _Schemas) -> dict[str, Any]:
    answers: dict[int, Any] = {200: _answer("Done.", _contents(route, schemas))}
    for status in _statuses(route):
        answers[status] = {"$ref": f"#/components/responses/{_answer_name(route.errors, status)}"}
    for status, text in route.statuses.items():
        kind = route.bodies.get(status)
        if kind is None and status >= 400:
            kind = AnthropicError if route.errors == "anthropic" else OpenAIError
        answers[status] = _answer(text, {} if kind is None else {"application/json": {"schema": schemas.of(kind)}})
    return {str(status): answers[status] for status in sorted(answers)}


def _answer(description: str, content: dict[str, Any]) -> dict[str, Any]:
    answer = {"description": description, "headers": _REQUEST_ID}
    return {**answer, "content": content} if content else answer


def _contents(route: Route, schemas: _Schemas) -> dict[str, Any]:
    contents: dict[str, Any] = {}
    if route.response is not None:
        contents["application/json"] = {"schema": schemas.of(route.response)}
    if route.streams:
        contents["text/event-stream"] = {"schema": {"type": "string", "description": "Server-sent events."}}
    if route.content:
        is_text = route.content.startswith("text/")
        contents[route.content] = {"schema": _TEXT if is_text else {}}
    return contents


def _statuses(route: Route) -> list[int]:
    """Statuses of errors that a route may give because of what it is."""
    statuses = {500}
    if route.request is not None or route.form:
        statuses |= {400, 408, 413, 415}
    if "{" in route.path:
        statuses |= {400, 404}
    if route.query:
        statuses.add(400)
    if "model" in getattr(route.request, "__struct_fields__", ()):
        statuses.add(404)
    if route.needs_key:
        statuses |= {401, 403, 429, 503}
    if route.rpcs:
        statuses |= {400, 409, 413, 501, 502, 503, 504}
    return sorted(statuses)


def _error_answers(forms: Iterable[str], schemas: _Schemas) -> dict[str, Any]:
    answers = {}
    for form in sorted(forms):
        schema = schemas.of(AnthropicError if form == "anthropic" else OpenAIError)
        for status, text in _MEANINGS.items():
            answer = _answer(text, {"application/json": {"schema": schema}})
            if status in (429, 503):
                answer["headers"] = {**_REQUEST_ID, "retry-after": {"$ref": "#/components/headers/RetryAfter"}}
            answers[_answer_name(form, status)] = answer
    return answers


def _answer_name(form: str, status: int) -> str:
    return f"{'Anthropic' if form == 'anthropic' else 'OpenAI'}{status}"
