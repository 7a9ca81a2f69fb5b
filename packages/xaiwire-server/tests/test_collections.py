"""Collections and documents of the emulator."""

import pytest

from xaiwire.collections import chunk_by_characters, chunk_by_tokens
from xaiwire.errors import AlreadyExistsError, InvalidArgumentError, NotFoundError, PermissionDeniedError
from xaiwire.proto import collections_pb2
from xaiwire_server.testing import Settings

Status = collections_pb2.DocumentStatus
TEXTS = {
    "reset.md": b"To reset the clock, hold the button for ten seconds.",
    "cats.md": b"Cats sleep for most of the day and hunt at night.",
    "tax.md": b"Income tax is due in March. Pay it at the office.",
}


@pytest.fixture
def filled(client):
    collection = client.collections.create("manuals").collection_id
    ids = {
        name: client.collections.upload_document(collection, name, text, "text/markdown").file_metadata.file_id
        for name, text in TEXTS.items()
    }
    return collection, ids


@pytest.mark.parametrize(
    ("question", "name"),
    [("How do I reset my clock?", "reset.md"), ("when do cats hunt", "cats.md"), ("paying taxes", "tax.md")],
)
def test_the_nearest_is_found_first(client, filled, question, name):
    collection, ids = filled
    matches = client.documents.search(question, [collection]).matches
    assert matches[0].file_id == ids[name]
    assert matches[0].chunk_content == TEXTS[name].decode()
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)
    assert len(client.documents.search(question, [collection], limit=1).matches) == 1


def test_a_file_in_two_collections_is_one_match(client, filled):
    collection, ids = filled
    other = client.collections.create("other").collection_id
    client.collections.add_existing_document(other, ids["cats.md"])
    match = client.documents.search("cats", [other, collection]).matches[0]
    assert match.collection_ids == [other, collection]
    with pytest.raises(AlreadyExistsError):
        client.collections.add_existing_document(other, ids["cats.md"])


def test_documents_are_found_when_they_have_been_processed(xaiwire_emulator_thread):
    with xaiwire_emulator_thread.emulator(Settings(processing=60.0)) as emulator, emulator.client() as client:
        collection = client.collections.create("manuals").collection_id
        made = client.collections.upload_document(collection, "a", b"cats", "text/plain")
        assert made.status == Status.PROCESSING
        assert client.documents.search("cats", [collection]).matches == []
        emulator.advance(61)
        assert client.collections.get_document(made.file_metadata.file_id, collection).status == Status.PROCESSED
        assert client.documents.search("cats", [collection]).matches


@pytest.mark.parametrize(
    ("data", "problem"), [(b"\xff\xfe\x00", "not text in UTF-8"), (b"  \n ", "empty"), (b"", "empty")]
)
def test_what_cannot_be_read_fails(client, data, problem):
    collection = client.collections.create("manuals").collection_id
    made = client.collections.upload_document(collection, "a", data, "text/plain")
    assert made.status == Status.FAILED
    assert problem in made.error_message
    assert client.documents.search("a", [collection]).matches == []


@pytest.mark.parametrize("chunking", [chunk_by_characters(40), chunk_by_tokens(8, encoding="cl100k_base")])
def test_documents_are_cut_as_the_collection_says(client, chunking):
    collection = client.collections.create("manuals", chunk_configuration=chunking).collection_id
    text = b"The first sentence is here. The second one follows. A third one ends it all."
    client.collections.upload_document(collection, "a", text, "text/plain")
    chunks = [match.chunk_content for match in client.documents.search("sentence", [collection]).matches]
    assert len(chunks) >= 2
    assert all(len(chunk) <= 45 for chunk in chunks)


def test_a_document_that_is_indexed_anew_is_cut_anew(client, filled):
    collection, ids = filled
    client.collections.update(collection, chunk_configuration=chunk_by_characters(20))
    assert client.documents.search("clock", [collection]).matches[0].chunk_content == TEXTS["reset.md"].decode()
    client.collections.reindex_document(collection, ids["reset.md"])
    assert len(client.documents.search("clock", [collection], limit=1).matches[0].chunk_content) <= 20


def test_a_document_that_changes_changes_everywhere(client, filled):
    collection, ids = filled
    other = client.collections.create("other").collection_id
    client.collections.add_existing_document(other, ids["cats.md"])
    client.collections.update_document(collection, ids["cats.md"], name="dogs.md", data=b"Dogs bark.")
    assert client.collections.get_document(ids["cats.md"], other).file_metadata.name == "dogs.md"
    assert client.documents.search("dogs", [other]).matches[0].chunk_content == "Dogs bark."
    assert client.files.content(ids["cats.md"]) == b"Dogs bark."


def test_a_file_that_is_deleted_is_no_document(client, filled):
    collection, ids = filled
    client.files.delete(ids["cats.md"])
    assert client.collections.get(collection).documents_count == 2
    with pytest.raises(NotFoundError):
        client.collections.get_document(ids["cats.md"], collection)


def test_pages_of_documents(client, filled):
    collection, _ = filled
    for sort_by, names in (("name", ["cats.md", "reset.md", "tax.md"]), ("age", list(TEXTS))):
        listed = client.collections.list_all_documents(collection, order="asc", sort_by=sort_by, limit=1)
        assert [each.file_metadata.name for each in listed] == names


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c, i: c.collections.create(""), "collection_name: it is required"),
        (
            lambda c, i: c.collections.create("a", chunk_configuration=chunk_by_characters(5, overlap=5)),
            "chunk_overlap_chars",
        ),
        (lambda c, i: c.collections.create("a", model_name="x"), "index_configuration.model_name: 'x'"),
        (lambda c, i: c.documents.search("", [i]), "query: it is required"),
        (lambda c, i: c.documents.search("a", []), "source.collection_ids: there are 0 ids"),
        (lambda c, i: c.documents.search("a", [i], limit=0), "limit: 0 is not between 1 and 100"),
        (lambda c, i: c.collections.batch_get_documents(i, []), "file_ids: there are 0 ids"),
    ],
)
def test_what_is_wrong_is_named(client, filled, call, message):
    with pytest.raises(InvalidArgumentError) as caught:
        call(client, filled[0])
    assert message in caught.value.message


def test_another_team(client):
    with pytest.raises(PermissionDeniedError):
        client.collections.create("a", team_id="another")
