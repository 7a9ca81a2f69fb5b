"""All 40 RPCs, called by the SDK over real gRPC, against the official package's servicers in a process of their own."""

import asyncio
import base64
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from official_environment import official_python

import xaiwire
from xaiwire import chat as _chat
from xaiwire._gen.xai.api.v1 import chat_pb as _chat_pb
from xaiwire._gen.xai.api.v1.deferred_pb import DeferredStatus
from xaiwire.proto import chat_pb2, collections_pb2, types_pb2

pytestmark = [pytest.mark.slow, pytest.mark.network]

SERVICERS = Path(__file__).with_name("official_servicers.py")
HELLO = {"messages": [{"content": [{"text": "Hello"}], "role": "ROLE_USER"}], "model": "grok-4", "n": 1}

# What is called, the RPC that arrives, and its requests as the official messages read them.
CALLS = [
    ("client.auth.get_api_key_info()", "/xai_api.Auth/get_api_key_info", [{}]),
    ("client.chat.create('grok-4', messages=[user('Hello')]).sample()", "/xai_api.Chat/GetCompletion", [HELLO]),
    ("client.chat.create('grok-4', messages=[user('Hello')]).stream()", "/xai_api.Chat/GetCompletionChunk", [HELLO]),
    (
        "client.deferred.start('grok-4', [user('Hello')])",
        "/xai_api.Chat/StartDeferredCompletion",
        [HELLO],
    ),
    ("client.deferred.get('id')", "/xai_api.Chat/GetDeferredCompletion", [{"request_id": "id"}]),
    ("client.chat.get_stored_completion('id')", "/xai_api.Chat/GetStoredCompletion", [{"response_id": "id"}]),
    ("client.chat.delete_stored_completion('id')", "/xai_api.Chat/DeleteStoredCompletion", [{"response_id": "id"}]),
    (
        "client.collections.create('c', model_name='m')",
        "/collections.Collections/CreateCollection",
        [{"collection_name": "c", "index_configuration": {"model_name": "m"}}],
    ),
    (
        "client.collections.list(limit=3, order='asc', sort_by='name')",
        "/collections.Collections/ListCollections",
        [{"limit": 3, "order": "ORDERING_ASCENDING", "sort_by": "COLLECTIONS_SORT_BY_NAME"}],
    ),
    ("client.collections.delete('c')", "/collections.Collections/DeleteCollection", [{"collection_id": "c"}]),
    ("client.collections.get('c')", "/collections.Collections/GetCollectionMetadata", [{"collection_id": "c"}]),
    ("client.collections.list_embedding_models()", "/collections.Collections/ListAvailableEmbeddingModels", [{}]),
    ("client.collections.list_token_encodings()", "/collections.Collections/ListAvailableTokenEncodings", [{}]),
    (
        "client.collections.upload_document('c', 'n', b'data', 'text/plain', fields={'a': '1'})",
        "/collections.Collections/UploadDocument",
        [{"collection_id": "c", "name": "n", "data": "ZGF0YQ==", "content_type": "text/plain", "fields": {"a": "1"}}],
    ),
    (
        "client.collections.list_documents('c', limit=2)",
        "/collections.Collections/ListDocuments",
        [{"collection_id": "c", "limit": 2}],
    ),
    (
        "client.collections.get_document('f', 'c')",
        "/collections.Collections/GetDocumentMetadata",
        [{"file_id": "f", "collection_id": "c"}],
    ),
    (
        "client.collections.add_existing_document('c', 'f')",
        "/collections.Collections/AddDocumentToCollection",
        [{"collection_id": "c", "file_id": "f"}],
    ),
    (
        "client.collections.remove_document('c', 'f')",
        "/collections.Collections/RemoveDocumentFromCollection",
        [{"collection_id": "c", "file_id": "f"}],
    ),
    (
        "client.collections.update_document('c', 'f', name='n')",
        "/collections.Collections/UpdateDocument",
        [{"collection_id": "c", "file_id": "f", "name": "n"}],
    ),
    (
        "client.collections.reindex_document('c', 'f')",
        "/collections.Collections/ReIndexDocument",
        [{"collection_id": "c", "file_id": "f"}],
    ),
    (
        "client.collections.update('c', name='n')",
        "/collections.Collections/UpdateCollection",
        [{"collection_id": "c", "collection_name": "n"}],
    ),
    (
        "client.collections.batch_get_documents('c', ['f', 'g'])",
        "/collections.Collections/BatchGetDocuments",
        [{"collection_id": "c", "file_ids": ["f", "g"]}],
    ),
    (
        "client.documents.search('q', ['c'], limit=4)",
        "/xai_api.Documents/Search",
        [{"query": "q", "source": {"collection_ids": ["c"]}, "limit": 4}],
    ),
    (
        "client.embed.create('v1', ['a', 'b'])",
        "/xai_api.Embedder/Embed",
        [{"input": [{"string": "a"}, {"string": "b"}], "model": "v1", "encoding_format": "FORMAT_FLOAT"}],
    ),
    (
        "client.files.upload(b'content', filename='a.txt')",
        "/xai_api.Files/UploadFile",
        [{"init": {"name": "a.txt"}}, {"data": "Y29udGVudA=="}],
    ),
    ("client.files.list(limit=1)", "/xai_api.Files/ListFiles", [{"limit": 1}]),
    ("client.files.get('f')", "/xai_api.Files/RetrieveFile", [{"file_id": "f"}]),
    ("client.files.delete('f')", "/xai_api.Files/DeleteFile", [{"file_id": "f"}]),
    ("client.files.content('f')", "/xai_api.Files/RetrieveFileContent", [{"file_id": "f"}]),
    ("client.files.url('f')", "/xai_api.Files/RetrieveFileURL", [{"file_id": "f"}]),
    (
        "client.image.sample('a cat', 'grok-2-image', image_format='base64')",
        "/xai_api.Image/GenerateImage",
        [{"prompt": "a cat", "model": "grok-2-image", "n": 1, "format": "IMG_FORMAT_BASE64"}],
    ),
    ("client.models.list_language_models()", "/xai_api.Models/ListLanguageModels", [{}]),
    ("client.models.get_language_model('m')", "/xai_api.Models/GetLanguageModel", [{"name": "m"}]),
    ("client.models.list_embedding_models()", "/xai_api.Models/ListEmbeddingModels", [{}]),
    ("client.models.get_embedding_model('m')", "/xai_api.Models/GetEmbeddingModel", [{"name": "m"}]),
    ("client.models.list_image_generation_models()", "/xai_api.Models/ListImageGenerationModels", [{}]),
    ("client.models.get_image_generation_model('m')", "/xai_api.Models/GetImageGenerationModel", [{"name": "m"}]),
    (
        "client.sample.text('Once', 'grok-3', max_tokens=5)",
        "/xai_api.Sample/SampleText",
        [{"prompt": ["Once"], "model": "grok-3", "max_tokens": 5}],
    ),
    (
        "client.sample.stream('Once', 'grok-3')",
        "/xai_api.Sample/SampleTextStreaming",
        [{"prompt": ["Once"], "model": "grok-3"}],
    ),
    (
        "client.tokenize.tokenize_text('Hello', 'grok-4')",
        "/xai_api.Tokenize/TokenizeText",
        [{"text": "Hello", "model": "grok-4"}],
    ),
]
NAMES = {
    "user": _chat.user,
    "chat_pb2": chat_pb2,
    "collections_pb2": collections_pb2,
    "types_pb2": types_pb2,
}


class Servicers:
    """The process with the official servicers."""

    def __init__(self, process):
        self._process = process
        self.address = self.told()["address"]

    def told(self):
        """What the process says next."""
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read()
        return json.loads(line)


@contextmanager
def serving():
    process = subprocess.Popen(
        [official_python(), "-I", SERVICERS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Servicers(process)
    finally:
        process.communicate("")


@pytest.fixture(scope="module")
def servicers():
    with serving() as started:
        yield started


def options(servicers):
    return {
        "api_key": "the-key",
        "management_api_key": "the-management-key",
        "api_host": servicers.address,
        "management_api_host": servicers.address,
        "timeout": 30,
    }


def test_the_table_has_each_rpc_once():
    paths = [path for _, path, _ in CALLS]
    assert len(paths) == len(set(paths)) == 40


def test_the_table_in_the_docs_has_each_rpc_once():
    page = (Path(__file__).parents[1] / "docs" / "reference" / "xaiwire-apis.md").read_text()
    named = [line.split("|")[2].strip(" ○") for line in page.splitlines() if line.startswith("| ")][1:]
    assert sorted(named[1:]) == sorted(path.rpartition("/")[2] for _, path, _ in CALLS)


@pytest.mark.parametrize(("text", "path", "requests"), CALLS, ids=[path for _, path, _ in CALLS])
def test_the_official_servicer_gets_what_was_meant(servicers, text, path, requests):
    with xaiwire.Client(**options(servicers)) as client:
        answer = eval(text, {**NAMES, "client": client})
        if hasattr(answer, "__next__"):
            answer = list(answer)
    told = servicers.told()
    check(told, path, requests)
    assert is_filled(answer, told)


@pytest.mark.parametrize(("text", "path", "requests"), CALLS, ids=[path for _, path, _ in CALLS])
def test_the_official_servicer_gets_what_was_meant_in_an_event_loop(servicers, text, path, requests):
    async def called():
        async with xaiwire.AsyncClient(**options(servicers)) as client:
            answer = eval(text, {**NAMES, "client": client})
            if hasattr(answer, "__anext__"):
                return [each async for each in answer]
            return await answer

    answer = asyncio.run(called())
    told = servicers.told()
    check(told, path, requests)
    assert is_filled(answer, told)


def check(told, path, requests):
    assert told["path"] == path
    assert told["requests"] == requests
    metadata = dict(told["metadata"])
    key = "the-management-key" if path.startswith("/collections.") else "the-key"
    assert metadata["authorization"] == f"Bearer {key}"
    assert 0 < told["timeout"] <= 30


def is_filled(answer, told):
    """Whether an answer is what the servicer sent: a message equal byte for byte, or something made of it."""
    if hasattr(answer, "to_binary"):
        return type(answer).from_binary(base64.b64decode(told["answers"][0])) == answer
    if told["path"].endswith("/GetDeferredCompletion"):
        sent = _chat_pb.GetDeferredCompletionResponse.from_binary(base64.b64decode(told["answers"][0]))
        return (answer is None) == (sent.status == DeferredStatus.PENDING)
    return answer is not None or told["path"].rpartition("/")[2] in RETURN_NOTHING


# As in the official client, these give nothing back.
RETURN_NOTHING = {
    "DeleteCollection",
    "AddDocumentToCollection",
    "RemoveDocumentFromCollection",
    "ReIndexDocument",
}
