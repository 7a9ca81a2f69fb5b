"""Schemathesis reads the OpenAPI document, and asks a gateway before an emulator whatever that allows, and forbids.

Each request goes twice: as it was made up, and with names in it that the emulator knows, so that not all end with 404.
"""

import hashlib
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from running import running_gateway
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from xaiwire_server.emulator.settings import API_KEY, MANAGEMENT_KEY
from xaiwire_server.gateway.app import Gateway
from xaiwire_server.gateway.openapi import openapi_document
from xaiwire_server.gateway.settings import KeySettings, Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    allow_header_conformance,
]
MODELS = {"Embeddings": "v1", "Images": "grok-2-image"}
HELLO = [{"role": "user", "content": "hello"}]
EXAMPLES = {
    "chat_completions": {"model": "", "messages": HELLO},
    "responses_create": {"model": "", "input": "hello"},
    "messages_create": {"model": "", "max_tokens": 100, "messages": HELLO},
    "messages_count_tokens": {"model": "", "messages": HELLO},
    "completions": {"model": "", "prompt": "hello"},
    "embeddings": {"model": "", "input": "hello"},
    "images_generations": {"model": "", "prompt": "a cat"},
    "tokenize": {"model": "", "text": "hello"},
    "documents_search": {"query": "words", "source": {"collection_ids": []}},
    "collections_create": {"collection_name": "one"},
    "collections_update": {"collection_name": "another"},
    "collections_documents_update": {"name": "another"},
}
"""Bodies of requests that work, once `with_known` has put names into them."""

ALL_OF, STRIDE = 40, 16
"""Of a route's first requests all are sent, and then some: there are thousands that differ in one field's type."""

SCHEMA = schemathesis.openapi.from_dict(openapi_document(Gateway(Settings()).router.routes, strict=False))
KEY = "a-key-of-the-gateway"


@pytest.fixture
def gateway(xaiwire_emulator, xaiwire_emulator_thread):
    """A gateway with a key for both of the emulator's APIs."""
    digest = hashlib.sha256(KEY.encode()).digest()
    key = KeySettings(name="all", digest=digest, upstream_key=API_KEY, management_key=MANAGEMENT_KEY)
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, xaiwire_emulator.address, keys={digest: key}) as running:
        yield running


@pytest.fixture
def known(gateway):
    """Names of things that there are, by what paths and bodies call them."""
    hello = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
    with gateway.http(KEY) as http:
        file = http.post("/v1/files", files={"file": ("a.txt", b"some words")}).json()["id"]
        collection = http.post("/management/v1/collections", json={"collection_name": "c"}).json()["collection_id"]
        http.post(f"/management/v1/collections/{collection}/documents/{file}").raise_for_status()
        response = http.post("/v1/responses", json={"model": "grok-3", "input": "hello"}).json()["id"]
        deferred = http.post("/v1/chat/completions", json={**hello, "deferred": True}).json()["request_id"]
    return {
        "file_id": file,
        "file_ids": [file],
        "collection_id": collection,
        "collection_ids": [collection],
        "request_id": deferred,
        "response_id": response,
        "previous_response_id": response,
        "model": "grok-3",
    }


def with_known(value, known):
    """A value with names that are known, wherever it has names of that kind."""
    if isinstance(value, dict):
        return {
            name: known[name] if name in known and isinstance(each, str | list) else with_known(each, known)
            for name, each in value.items()
        }
    return [with_known(each, known) for each in value] if isinstance(value, list) else value


def working(case, known, turn):
    """A request that works, but for one field of its body, and its query, which are those of another request."""
    body = case.body
    example = with_known(EXAMPLES.get(case.operation.definition.raw["operationId"], {}), known)
    if isinstance(body, dict) and case.media_type == "application/json":
        name = sorted(body)[turn % len(body)] if body else None
        body = example if name is None or name in known else {**example, name: with_known(body[name], known)}
    return case.operation.Case(
        method=case.method,
        path_parameters=with_known(case.path_parameters, known),
        query=with_known(case.query, known),
        body=body,
        media_type=case.media_type,
    )


TURNS = Counter()


@SCHEMA.parametrize()
@settings(max_examples=10, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_document_holds(case, gateway, known):
    turn = TURNS[case.operation.label]
    TURNS[case.operation.label] += 1
    if turn > ALL_OF and turn % STRIDE:
        return
    asked = {"base_url": gateway.url, "headers": {"authorization": f"Bearer {KEY}"}}
    # In a form all is text; whether it was made up as something else cannot be seen.
    is_form = case.media_type == "multipart/form-data"
    case.call_and_validate(**asked, checks=CHECKS if is_form else [*CHECKS, negative_data_rejection])
    if case.method.upper() == case.operation.method.upper():
        (tag, *_) = case.operation.definition.raw["tags"]
        model = MODELS.get(tag, known["model"])
        working(case, {**known, "model": model}, turn).call_and_validate(**asked, checks=CHECKS)
