"""POST /v1/documents/search."""

import pytest

from xaiwire.proto import documents_pb2

SEARCH = "/v1/documents/search"


def test_a_search(http, client):
    collection = client.collections.create("animals", model_name="v1").collection_id
    content = b"Cats sleep most of the day."
    client.collections.upload_document(collection, "cats.txt", content, "text/plain")
    body = http.post(SEARCH, json={"query": "cats", "source": {"collection_ids": [collection]}, "limit": 3}).json()
    (match,) = body["matches"]
    assert match["chunk_content"] == "Cats sleep most of the day."
    assert match["collection_ids"] == [collection]
    assert match["file_id"]
    assert 0 < match["score"] <= 1


def test_every_field(plain_gateway, upstream):
    match = documents_pb2.SearchMatch(
        file_id="f", chunk_id="c", chunk_content="text", score=0.5, collection_ids=["a", "b"]
    )
    upstream.answers["Search"] = [documents_pb2.SearchResponse(matches=[match])]
    with plain_gateway.http() as http:
        answered = http.post(
            SEARCH, json={"query": "q", "source": {"collection_ids": ["a", "b"]}, "limit": 3, "filter": None}
        )
    source = documents_pb2.DocumentsSource(collection_ids=["a", "b"])
    assert upstream.requests == [("Search", documents_pb2.SearchRequest(query="q", source=source, limit=3))]
    assert answered.json() == {
        "matches": [
            {"file_id": "f", "chunk_id": "c", "chunk_content": "text", "score": 0.5, "collection_ids": ["a", "b"]}
        ]
    }


def test_what_is_not_said_is_not_sent(plain_gateway, upstream):
    upstream.answers["Search"] = [documents_pb2.SearchResponse()]
    with plain_gateway.http() as http:
        assert http.post(SEARCH, json={"query": "q"}).json() == {"matches": []}
    assert upstream.requests == [("Search", documents_pb2.SearchRequest(query="q"))]


@pytest.mark.parametrize(
    ("field", "param"),
    [
        ({"filter": 'name = "a"'}, "filter"),
        ({"retrieval_mode": {"type": "hybrid"}}, "retrieval_mode"),
        ({"instructions": "be kind"}, "instructions"),
        ({"source": {"collection_ids": ["a"], "rag_pipeline": "es"}}, "source.rag_pipeline"),
        ({"source": {"collection_ids": "a"}}, "source.collection_ids"),
        ({"limit": 2**40}, "limit"),
    ],
)
def test_what_cannot_be_carried_is_refused_with_its_path(plain_gateway, upstream, field, param):
    with plain_gateway.http() as http:
        answered = http.post(SEARCH, json={"query": "q"} | field)
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, param)
    assert upstream.requests == []


def test_a_collection_that_does_not_exist(http):
    answered = http.post(SEARCH, json={"query": "q", "source": {"collection_ids": ["none"]}})
    assert (answered.status_code, answered.json()["error"]["code"]) == (404, "not_found")
