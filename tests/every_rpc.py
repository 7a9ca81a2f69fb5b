"""A call of the SDK for each RPC, and the official package's servicers, which tell what arrives."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path

from official_environment import official_python

__all__ = ["CALLS", "Servicers", "serving"]

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
