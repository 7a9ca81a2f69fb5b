"""Collections and their documents, on the management prefix."""

import base64
import hashlib
import json
import re

import pytest
from running import running_gateway

from xaiwire.proto import collections_pb2
from xaiwire_server.emulator.settings import API_KEY, MANAGEMENT_KEY
from xaiwire_server.gateway.endpoints.collections import COLLECTION_ROUTES
from xaiwire_server.gateway.settings import KeySettings

COLLECTIONS = "/management/v1/collections"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CATS = b"Cats sleep for most of the day and hunt at night."
BY_TOKENS = {
    "tokens_configuration": {"max_chunk_size_tokens": 64, "chunk_overlap_tokens": 8, "encoding_name": "o200k_base"},
    "strip_whitespace": True,
    "inject_name_into_chunks": False,
}
BY_CHARS = {
    "chars_configuration": {"max_chunk_size_chars": 40, "chunk_overlap_chars": 4},
    "strip_whitespace": False,
    "inject_name_into_chunks": True,
}


@pytest.fixture
def management(gateway):
    with gateway.http(MANAGEMENT_KEY) as client:
        yield client


@pytest.fixture
def collection(management):
    response = management.post(COLLECTIONS, json={"collection_name": "manuals"})
    assert response.status_code == 200, response.text
    return f"{COLLECTIONS}/{response.json()['collection_id']}"


def upload(management, collection, name, content=CATS, **fields):
    response = management.post(
        f"{collection}/documents", data={"name": name, **fields}, files={"data": (name, content, "text/markdown")}
    )
    assert response.status_code == 200, response.text
    return response.json()


def last(emulator, rpc):
    """What the last call of an RPC said."""
    return emulator.requests(f"collections.Collections/{rpc}")[-1]["request_messages"][0]


def refused(response, param, problem):
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert error["param"] == param
    assert problem in error["message"]
    assert error["type"] == "invalid_request_error"


# Collections.


@pytest.mark.parametrize("chunking", [BY_TOKENS, BY_CHARS], ids=["tokens", "chars"])
def test_a_collection_is_made_as_it_is_described(management, chunking):
    asked = {
        "collection_name": "SEC Filings",
        "index_configuration": {"model_name": "grok-embedding-small"},
        "chunk_configuration": chunking,
    }
    response = management.post(COLLECTIONS, json=asked)
    made = response.json()
    assert MOMENT.fullmatch(made.pop("created_at"))
    path = f"{COLLECTIONS}/{made['collection_id']}"
    assert made.pop("collection_id")
    assert made == {
        "collection_name": "SEC Filings",
        "documents_count": 0,
        "index_configuration": {"model_name": "v1"},
        "chunk_configuration": chunking,
    }
    assert "x-gateway-warning" not in response.headers
    assert management.get(path).json()["chunk_configuration"] == chunking


def test_a_collection_changes_and_goes(management, collection):
    changed = management.put(collection, json={"collection_name": "guides", "chunk_configuration": BY_CHARS}).json()
    assert changed["collection_name"] == "guides"
    assert changed["chunk_configuration"] == BY_CHARS
    renamed = management.put(collection, json={"collection_name": "books"}).json()
    assert renamed["collection_name"] == "books"
    assert renamed["chunk_configuration"] == BY_CHARS
    assert management.get(collection).json() == renamed
    gone = management.delete(collection)
    assert (gone.status_code, gone.json()) == (200, {})
    for again in (management.delete(collection), management.get(collection)):
        assert again.status_code == 404
        assert again.json()["error"]["code"] == "not_found"


def test_pages_of_collections(management):
    for name in ("b", "a", "c"):
        management.post(COLLECTIONS, json={"collection_name": name})
    query = {"limit": 2, "order": "asc", "sort_by": "name"}
    first = management.get(COLLECTIONS, params=query).json()
    assert [each["collection_name"] for each in first["collections"]] == ["a", "b"]
    second = management.get(COLLECTIONS, params={**query, "pagination_token": first["pagination_token"]}).json()
    assert [each["collection_name"] for each in second["collections"]] == ["c"]
    assert "pagination_token" not in second
    names = {"order": "ORDERING_DESCENDING", "sort_by": "COLLECTIONS_SORT_BY_NAME"}
    other = management.get(COLLECTIONS, params=names).json()
    assert [each["collection_name"] for each in other["collections"]] == ["c", "b", "a"]


# Documents.


def test_a_document_is_uploaded_by_a_form(management, collection, xaiwire_emulator):
    response = management.post(
        f"{collection}/documents",
        data={"name": "cats.md", "content_type": "text/markdown", "fields": '{"by": "Ada"}', "fields[year]": "1843"},
        files={"data": ("ignored.bin", CATS, "application/octet-stream")},
    )
    made = response.json()
    file = made["file_metadata"]
    assert MOMENT.fullmatch(file.pop("created_at"))
    assert file == {
        "file_id": file["file_id"],
        "name": "cats.md",
        "size_bytes": str(len(CATS)),
        "content_type": "text/markdown",
        "hash": hashlib.sha256(CATS).hexdigest(),
    }
    assert made["status"] == "DOCUMENT_STATUS_PROCESSED"
    assert made["fields"] == {"by": "Ada", "year": "1843"}
    assert management.get(collection).json()["documents_count"] == 1
    with xaiwire_emulator.client() as client:
        assert client.files.content(file["file_id"]) == CATS


def test_what_a_form_does_not_say_its_file_says(management, collection):
    files = {"data": ("häuser.md", CATS, "text/markdown")}
    file = management.post(f"{collection}/documents", files=files).json()["file_metadata"]
    assert (file["name"], file["content_type"]) == ("häuser.md", "text/markdown")


def test_a_document_that_cannot_be_read_says_why(management, collection):
    made = upload(management, collection, "a.txt", b"\xff\xfe\x00")
    assert made["status"] == "DOCUMENT_STATUS_FAILED"
    assert "not text" in made["error_message"]


def test_pages_of_documents(management, collection):
    for name, content in (("b.md", CATS), ("a.md", b"Dogs."), ("c.md", b"Birds sing.")):
        upload(management, collection, name, content)

    def names(**query):
        page = management.get(f"{collection}/documents", params=query).json()
        return [each["file_metadata"]["name"] for each in page["documents"]], page.get("pagination_token")

    assert names(order="asc", sort_by="size") == (["a.md", "c.md", "b.md"], None)
    assert names(order="desc", sort_by="age") == (["c.md", "a.md", "b.md"], None)
    first, token = names(order="asc", sort_by="name", limit="2")
    assert first == ["a.md", "b.md"]
    assert names(order="asc", sort_by="name", limit="2", pagination_token=token) == (["c.md"], None)


def test_several_documents_are_asked_for(management, collection):
    ids = [upload(management, collection, name)["file_metadata"]["file_id"] for name in ("a.md", "b.md", "c.md")]
    params = [("file_ids", ids[2]), ("file_ids", ids[0])]
    found = management.get(f"{collection}/documents:batchGet", params=params).json()
    assert sorted(each["file_metadata"]["name"] for each in found["documents"]) == ["a.md", "c.md"]


def test_a_file_is_added_and_removed(management, collection):
    uploaded = upload(management, collection, "cats.md")["file_metadata"]["file_id"]
    other = f"{COLLECTIONS}/{management.post(COLLECTIONS, json={'collection_name': 'other'}).json()['collection_id']}"
    document = f"{other}/documents/{uploaded}"
    added = management.post(document, json={"fields": {"by": "Ada"}})
    assert (added.status_code, added.json()) == (200, {})
    assert management.get(document).json()["fields"] == {"by": "Ada"}
    assert management.post(document).status_code == 409
    removed = management.delete(document)
    assert (removed.status_code, removed.json()) == (200, {})
    assert management.get(document).status_code == 404
    assert management.post(document).status_code == 200
    assert management.get(document).json()["fields"] == {}
    assert management.get(f"{collection}/documents/{uploaded}").status_code == 200


def test_a_document_is_changed_by_json_and_by_a_form(management, collection, xaiwire_emulator):
    made = upload(management, collection, "cats.md", fields=json.dumps({"by": "Ada"}))
    document = f"{collection}/documents/{made['file_metadata']['file_id']}"
    content = b"Dogs bark."
    changed = management.patch(document, json={"name": "dogs.md", "data": base64.b64encode(content).decode()}).json()
    assert changed["file_metadata"]["name"] == "dogs.md"
    assert changed["file_metadata"]["size_bytes"] == str(len(content))
    assert changed["file_metadata"]["content_type"] == "text/markdown"
    assert changed["fields"] == {"by": "Ada"}
    form = {"content_type": "text/plain", "fields[by]": "Grace"}
    changed = management.patch(document, data=form, files={"data": ("x.bin", b"Birds", "image/png")}).json()
    assert changed["file_metadata"]["name"] == "dogs.md"
    assert changed["file_metadata"]["content_type"] == "text/plain"
    assert changed["file_metadata"]["hash"] == hashlib.sha256(b"Birds").hexdigest()
    assert changed["fields"] == {"by": "Grace"}
    assert management.get(document).json() == changed
    # What was not said, was not said upstream either.
    assert set(last(xaiwire_emulator, "UpdateDocument")) == {
        "collection_id",
        "file_id",
        "data",
        "content_type",
        "fields",
    }


@pytest.mark.parametrize(("method", "suffix"), [("POST", ":reindex"), ("PATCH", "")])
def test_a_document_is_indexed_anew(management, collection, xaiwire_emulator, method, suffix):
    file_id = upload(management, collection, "cats.md")["file_metadata"]["file_id"]
    management.put(collection, json={"chunk_configuration": BY_CHARS})
    done = management.request(method, f"{collection}/documents/{file_id}{suffix}")
    assert (done.status_code, done.json()) == (200, {})
    assert last(xaiwire_emulator, "ReIndexDocument")["file_id"] == file_id
    with xaiwire_emulator.client() as client:
        matches = client.documents.search("cats", [collection.rpartition("/")[2]]).matches
    assert max(len(match.chunk_content) for match in matches) < len(CATS)


# What can be chosen.


def test_models_and_encodings(management):
    assert management.get("/management/v1/embedding-models").json() == {"embedding_models": ["v1"]}
    assert "o200k_base" in management.get("/management/v1/token-encodings").json()["encodings"]


# All of it.


def test_each_rpc_is_called_by_its_route(management, xaiwire_emulator):
    made = management.post(COLLECTIONS, json={"collection_name": "all"}).json()
    collection = f"{COLLECTIONS}/{made['collection_id']}"
    document = f"{collection}/documents/{upload(management, collection, 'a.md')['file_metadata']['file_id']}"
    for method, path, options in (
        ("GET", COLLECTIONS, {}),
        ("GET", collection, {}),
        ("PUT", collection, {"json": {"collection_name": "each"}}),
        ("GET", f"{collection}/documents", {}),
        ("GET", f"{collection}/documents:batchGet?file_ids={document.rpartition('/')[2]}", {}),
        ("GET", document, {}),
        ("PATCH", document, {"json": {"name": "b.md"}}),
        ("POST", f"{document}:reindex", {}),
        ("DELETE", document, {}),
        ("POST", document, {}),
        ("DELETE", collection, {}),
        ("GET", "/management/v1/embedding-models", {}),
        ("GET", "/management/v1/token-encodings", {}),
    ):
        response = management.request(method, path, **options)
        assert response.status_code == 200, (method, path, response.text)
    called = {entry["rpc"] for entry in xaiwire_emulator.requests("collections.Collections/")}
    contract = {f"collections.Collections/{rpc.name}" for rpc in collections_pb2.desc().services[0].methods}
    assert len(contract) == 15
    assert called == contract
    assert {rpc for route in COLLECTION_ROUTES for rpc in route.rpcs} == contract
    assert all(route.management for route in COLLECTION_ROUTES)


@pytest.mark.parametrize("route", COLLECTION_ROUTES, ids=lambda route: route.name)
def test_another_team_is_asked_for_by_each_route(management, collection, route):
    path = route.path.format(collection_id=collection.rpartition("/")[2], file_id="file_1")
    team = {"team_id": "strangers"}
    if route.query:
        options = {"params": {**team, **({"file_ids": "file_1"} if "file_ids" in route.query else {})}}
    elif route.form:
        options = {"data": team, "files": {"data": ("a.md", CATS)}}
    else:
        options = {"json": {**team, "collection_name": "a"}}
    response = management.request(route.method, path, **options)
    assert response.status_code == 403, response.text
    assert "strangers" in response.json()["error"]["message"]


# Bad input.


@pytest.mark.parametrize(
    ("body", "param", "problem"),
    [
        ({}, None, "collection_name"),
        ({"collection_name": 7}, "collection_name", "expected `str`, got `int`"),
        (
            {"collection_name": "a", "chunk_configuration": {"chars_configuration": {"max_chunk_size_chars": "40"}}},
            "chunk_configuration.chars_configuration.max_chunk_size_chars",
            "expected `int`",
        ),
        (
            {"collection_name": "a", "chunk_configuration": {**BY_CHARS, **BY_TOKENS}},
            "chunk_configuration.tokens_configuration",
            "by characters or by tokens",
        ),
        (
            {"collection_name": "a", "chunk_configuration": {"bytes_configuration": {}}},
            "chunk_configuration.bytes_configuration",
            "no place for this",
        ),
        ({"collection_name": "a", "collection_description": "mine"}, "collection_description", "no place for this"),
        ({"collection_name": "a", "field_definitions": [{"key": "b"}]}, "field_definitions", "no place for this"),
        ({"collection_name": "a", "metric_space": "HNSW_METRIC_COSINE"}, "metric_space", "no place for this"),
    ],
)
def test_collections_that_cannot_be(management, xaiwire_emulator, body, param, problem):
    refused(management.post(COLLECTIONS, json=body), param, problem)
    assert xaiwire_emulator.requests() == []


def test_what_asks_for_nothing_is_no_fault(management):
    neutral = {"collection_description": "", "field_definitions": [], "metric_space": "HNSW_METRIC_UNKNOWN"}
    response = management.post(COLLECTIONS, json={"collection_name": "a", **neutral})
    assert response.status_code == 200, response.text


def test_an_unknown_field_is_named_and_left_out(management):
    response = management.post(COLLECTIONS, json={"collection_name": "a", "colour": "red"})
    assert response.headers["x-gateway-warning"].startswith("colour: ")
    response = management.get(COLLECTIONS, params={"colour": "red"})
    assert response.headers["x-gateway-warning"].startswith("colour: ")


@pytest.mark.parametrize(
    ("query", "param", "problem"),
    [
        ("limit=many", "limit", "whole number"),
        ("limit=99999999999", "limit", "whole number"),
        ("order=up", "order", "asc, desc"),
        ("sort_by=size", "sort_by", "name, age"),
        ("sort_by=DOCUMENTS_SORT_BY_NAME", "sort_by", "name, age"),
        ("filter=name%3Aa", "filter", "no place for this"),
        ("limit=1&limit=2", "limit", "twice"),
    ],
)
def test_pages_that_cannot_be(management, query, param, problem):
    refused(management.get(f"{COLLECTIONS}?{query}"), param, problem)


@pytest.mark.parametrize(
    ("form", "param", "problem"),
    [
        ({"name": (None, "a.md")}, "data", "required"),
        ({"data": (None, "text")}, "name", "required"),
        ({"data": ("a.md", CATS), "fields": (None, "{")}, "fields", "no JSON"),
        ({"data": ("a.md", CATS), "fields": (None, "[]")}, "fields", "a JSON object"),
        ({"data": ("a.md", CATS), "fields": (None, '{"year": 1843}')}, "fields.year", "to be a text"),
        ({"data": ("a.md", CATS), "fields": (None, '{"a": "1"}'), "fields[a]": (None, "2")}, "fields.a", "twice"),
    ],
)
def test_forms_that_cannot_be(management, collection, xaiwire_emulator, form, param, problem):
    refused(management.post(f"{collection}/documents", files=form), param, problem)
    assert xaiwire_emulator.requests("UploadDocument") == []


def test_a_document_that_is_too_large_for_a_message(management, collection, xaiwire_emulator):
    response = management.post(f"{collection}/documents", files={"data": ("big.bin", bytes(20 << 20))})
    assert response.status_code == 413
    assert response.json()["error"]["type"] == "request_too_large"
    assert xaiwire_emulator.requests("UploadDocument") == []


def test_base64_that_is_none(management, collection):
    refused(management.patch(f"{collection}/documents/file_1", json={"data": "%%%"}), "data", "base64")


def test_a_document_wants_a_form(management, collection):
    response = management.post(f"{collection}/documents", json={"name": "a.md"})
    assert response.status_code == 415


def test_two_teams_are_a_contradiction(management, collection):
    response = management.post(f"{collection}/documents/file_1?team_id=a", json={"team_id": "b"})
    refused(response, "team_id", "the query's team_id")


def test_several_documents_of_none(management, collection):
    refused(management.get(f"{collection}/documents:batchGet"), "file_ids", "required")


def test_the_api_key_is_none_for_the_management(gateway):
    with gateway.http(API_KEY) as client:
        response = client.get(COLLECTIONS)
    assert response.status_code in (401, 403)
    assert API_KEY not in response.text


@pytest.mark.parametrize("how", ["json", "form"])
def test_no_fields_are_no_change_and_named(management, collection, how):
    made = upload(management, collection, "a.md", fields=json.dumps({"kind": "cat"}))
    document = f"{collection}/documents/{made['file_metadata']['file_id']}"
    if how == "json":
        changed = management.patch(document, json={"fields": {}})
    else:
        changed = management.patch(document, files={"fields": (None, "{}"), "name": (None, "b.md")})
    assert changed.json()["fields"] == {"kind": "cat"}
    assert changed.headers["x-gateway-warning"].startswith("fields: the contract cannot tell none from")
    for body in ({"name": "c.md"}, {"fields": {"kind": "dog"}}):
        assert "x-gateway-warning" not in management.patch(document, json=body).headers


@pytest.mark.parametrize(("models", "listed"), [(("grok-*",), []), (("v1", "grok-*"), ["v1"]), ((), ["v1"])])
def test_a_gateway_key_for_some_models_is_held_to_them(xaiwire_emulator, xaiwire_emulator_thread, models, listed):
    digest = hashlib.sha256(b"team").digest()
    key = KeySettings(name="team", digest=digest, upstream_key="", management_key=MANAGEMENT_KEY, models=models)
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, xaiwire_emulator.address, keys={digest: key}) as gateway, gateway.http("team") as http:

        def make(model):
            body = {"collection_name": "c", "index_configuration": {"model_name": model}}
            return http.post(COLLECTIONS, json=body)

        assert make("grok-embedding-small").status_code == 200
        assert http.post(COLLECTIONS, json={"collection_name": "c"}).status_code == 200
        assert http.get("/management/v1/embedding-models").json() == {"embedding_models": listed}
        answered = make("v1")
    assert answered.status_code == (200 if listed else 403)
    if not listed:
        error = answered.json()["error"]
        assert (error["code"], error["param"]) == ("model_not_allowed", "index_configuration.model_name")
