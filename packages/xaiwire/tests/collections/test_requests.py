"""What the methods of the clients of collections and documents send."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from fake_callers import AsyncFakeCaller, FakeCaller
from protobuf import Oneof

from xaiwire import collections
from xaiwire._gen.xai.api.v1 import collections_pb as pb
from xaiwire._gen.xai.api.v1 import documents_pb, shared_pb, types_pb
from xaiwire._services import collections as methods
from xaiwire._services import documents as document_methods
from xaiwire._services.calls import RepeatedPageError
from xaiwire.aio.collections import Client as AsyncClient
from xaiwire.errors import ValidationError
from xaiwire.sync.collections import Client

CHUNKS = collections.chunk_by_characters(1000, 100, strip_whitespace=True)


def call(kind: str, name: str, *given, **named):
    """What was sent, and what came back."""
    if kind == "sync":
        caller = FakeCaller()
        result = getattr(Client(caller), name)(*given, **named)
    else:
        caller = AsyncFakeCaller()
        result = asyncio.run(getattr(AsyncClient(caller), name)(*given, **named))
    return caller.last, result


@pytest.fixture(params=["sync", "async"])
def kind(request):
    return request.param


CASES = [
    ("create", ("c",), {}, methods.CREATE, pb.CreateCollectionRequest(collection_name="c")),
    ("create", ("c", ""), {}, methods.CREATE, pb.CreateCollectionRequest(collection_name="c")),
    (
        "create",
        ("c", "m", CHUNKS),
        {"team_id": "t"},
        methods.CREATE,
        pb.CreateCollectionRequest(
            team_id="t",
            collection_name="c",
            index_configuration=types_pb.IndexConfiguration(model_name="m"),
            chunk_configuration=CHUNKS,
        ),
    ),
    ("list", (), {}, methods.LIST, pb.ListCollectionsRequest()),
    (
        "list",
        (0, "asc", "name", ""),
        {},
        methods.LIST,
        pb.ListCollectionsRequest(
            limit=0,
            order=shared_pb.Ordering.ASCENDING,
            sort_by=pb.CollectionsSortBy.NAME,
            pagination_token="",
        ),
    ),
    (
        "list",
        (5,),
        {"order": shared_pb.Ordering(9), "sort_by": pb.CollectionsSortBy.AGE, "team_id": "t"},
        methods.LIST,
        pb.ListCollectionsRequest(team_id="t", limit=5, order=shared_pb.Ordering(9), sort_by=pb.CollectionsSortBy.AGE),
    ),
    ("get", ("c",), {}, methods.GET, pb.GetCollectionMetadataRequest(collection_id="c")),
    ("update", ("c", "n"), {}, methods.UPDATE, pb.UpdateCollectionRequest(collection_id="c", collection_name="n")),
    (
        "update",
        ("c",),
        {"chunk_configuration": CHUNKS},
        methods.UPDATE,
        pb.UpdateCollectionRequest(collection_id="c", chunk_configuration=CHUNKS),
    ),
    ("delete", ("c",), {}, methods.DELETE, pb.DeleteCollectionRequest(collection_id="c")),
    (
        "search",
        ("q", ["a", "b"]),
        {},
        document_methods.SEARCH,
        documents_pb.SearchRequest(query="q", source=documents_pb.DocumentsSource(collection_ids=["a", "b"])),
    ),
    (
        "search",
        ("q", (), 0),
        {},
        document_methods.SEARCH,
        documents_pb.SearchRequest(query="q", source=documents_pb.DocumentsSource(), limit=0),
    ),
    ("list_embedding_models", (), {}, methods.LIST_EMBEDDING_MODELS, pb.ListAvailableEmbeddingModelsRequest()),
    (
        "list_token_encodings",
        (),
        {"team_id": "t"},
        methods.LIST_TOKEN_ENCODINGS,
        pb.ListAvailableTokenEncodingsRequest(team_id="t"),
    ),
    (
        "upload_document",
        ("c", "n", b"d", "text/plain"),
        {},
        methods.UPLOAD_DOCUMENT,
        pb.UploadDocumentRequest(collection_id="c", name="n", data=b"d", content_type="text/plain"),
    ),
    (
        "upload_document",
        ("c", "n", bytearray(b"d"), "text/plain", {"k": "v"}),
        {"team_id": "t"},
        methods.UPLOAD_DOCUMENT,
        pb.UploadDocumentRequest(
            team_id="t", collection_id="c", name="n", data=b"d", content_type="text/plain", fields={"k": "v"}
        ),
    ),
    (
        "add_existing_document",
        ("c", "f", {"k": "v"}),
        {},
        methods.ADD_DOCUMENT,
        pb.AddDocumentToCollectionRequest(file_id="f", collection_id="c", fields={"k": "v"}),
    ),
    ("list_documents", ("c",), {}, methods.LIST_DOCUMENTS, pb.ListDocumentsRequest(collection_id="c")),
    (
        "list_documents",
        ("c", 3, "desc", "size", "t"),
        {},
        methods.LIST_DOCUMENTS,
        pb.ListDocumentsRequest(
            collection_id="c",
            limit=3,
            order=shared_pb.Ordering.DESCENDING,
            sort_by=pb.DocumentsSortBy.SIZE,
            pagination_token="t",
        ),
    ),
    (
        "get_document",
        ("f", "c"),
        {},
        methods.GET_DOCUMENT,
        pb.GetDocumentMetadataRequest(file_id="f", collection_id="c"),
    ),
    (
        "batch_get_documents",
        ("c", ("f", "g")),
        {},
        methods.BATCH_GET_DOCUMENTS,
        pb.BatchGetDocumentsRequest(collection_id="c", file_ids=["f", "g"]),
    ),
    (
        "remove_document",
        ("c", "f"),
        {},
        methods.REMOVE_DOCUMENT,
        pb.RemoveDocumentFromCollectionRequest(file_id="f", collection_id="c"),
    ),
    (
        "update_document",
        ("c", "f"),
        {},
        methods.UPDATE_DOCUMENT,
        pb.UpdateDocumentRequest(collection_id="c", file_id="f"),
    ),
    (
        "update_document",
        ("c", "f", "n", memoryview(b""), "text/plain", {"k": "v"}),
        {},
        methods.UPDATE_DOCUMENT,
        pb.UpdateDocumentRequest(
            collection_id="c", file_id="f", name="n", data=b"", content_type="text/plain", fields={"k": "v"}
        ),
    ),
    (
        "reindex_document",
        ("c", "f"),
        {},
        methods.REINDEX_DOCUMENT,
        pb.ReIndexDocumentRequest(collection_id="c", file_id="f"),
    ),
]


@pytest.mark.parametrize(("name", "given", "named", "method", "request_"), CASES)
def test_a_method_sends_its_request(kind, name, given, named, method, request_):
    made, result = call(kind, name, *given, **named, timeout=4)
    assert made.method is method
    assert made.request.to_binary() == request_.to_binary()
    assert made.options == {"timeout": 4}
    if method.output.__name__ == "Empty":
        assert result is None
    else:
        assert isinstance(result, method.output)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("list", (None, "down"), "order has to be one of 'asc', 'desc'"),
        ("list", (None, None, "size"), "sort_by has to be one of"),
        ("list_documents", ("c", None, "", None), "order has to be"),
        ("list_documents", ("c", None, None, "created_at"), "sort_by has to be"),
        ("update", ("c",), "at least one"),
        ("search", ("q", "collection"), "put the one into a list"),
        ("batch_get_documents", ("c", "file"), "put the one into a list"),
        ("upload_document", ("c", "n", 5, "text/plain"), "data has to be bytes, not int"),
        ("update_document", ("c", "f", "n", "text"), "data has to be bytes, not str"),
    ],
)
def test_what_the_contract_rules_out(kind, name, given, message):
    with pytest.raises(ValidationError, match=message):
        call(kind, name, *given)


def test_chunks_by_characters():
    assert collections.chunk_by_characters(10, 2, inject_name=True) == types_pb.ChunkConfiguration(
        config=Oneof(
            "chars_configuration", types_pb.CharsConfiguration(max_chunk_size_chars=10, chunk_overlap_chars=2)
        ),
        inject_name_into_chunks=True,
    )


def test_chunks_by_tokens():
    assert collections.chunk_by_tokens(10, 2, encoding="e", strip_whitespace=True) == types_pb.ChunkConfiguration(
        config=Oneof(
            "tokens_configuration",
            types_pb.TokensConfiguration(max_chunk_size_tokens=10, chunk_overlap_tokens=2, encoding_name="e"),
        ),
        strip_whitespace=True,
    )


def all_of(kind, name, method, answer, *given, **named):
    if kind == "sync":
        caller = FakeCaller()
        caller.on(method, answer)
        return list(getattr(Client(caller), name)(*given, **named)), caller
    caller = AsyncFakeCaller()
    caller.on(method, answer)

    async def run():
        return [thing async for thing in getattr(AsyncClient(caller), name)(*given, **named)]

    return asyncio.run(run()), caller


def test_list_all_goes_over_all_pages(kind):
    def answer(request):
        token = request.pagination_token
        found = pb.CollectionMetadata(collection_name=token)
        return pb.ListCollectionsResponse(collections=[found], pagination_token={"": "b", "b": ""}[token])

    found, caller = all_of(kind, "list_all", methods.LIST, answer, 1, "desc", "age", team_id="t", timeout=3)
    assert [collection.collection_name for collection in found] == ["", "b"]
    assert [(made.request.limit, made.request.team_id, made.options) for made in caller.calls] == [
        (1, "t", {"timeout": 3})
    ] * 2


def test_list_all_documents_goes_over_all_pages(kind):
    def answer(request):
        token = request.pagination_token
        found = pb.DocumentMetadata(fields={"page": token})
        return pb.ListDocumentsResponse(documents=[found], pagination_token={"": "b", "b": ""}[token])

    found, caller = all_of(kind, "list_all_documents", methods.LIST_DOCUMENTS, answer, "c", sort_by="age")
    assert [document.fields["page"] for document in found] == ["", "b"]
    assert caller.last.request.collection_id == "c"


def test_pages_that_would_never_end(kind):
    with pytest.raises(RepeatedPageError):
        all_of(kind, "list_all", methods.LIST, lambda _request: pb.ListCollectionsResponse(pagination_token="again"))


def test_both_clients_have_the_same_methods_and_parameters():
    def surface(client):
        return {
            name: [(p.name, p.kind, p.default) for p in inspect.signature(method).parameters.values()]
            for name, method in inspect.getmembers(client, inspect.isfunction)
        }

    assert surface(Client) == surface(AsyncClient)
