"""Answers for the examples: what a server of the API could say, small and always the same."""

import base64
import itertools
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from reference_server import Handler, ReferenceServer, message

ASSISTANT, TOOL = 2, 5
SERVERS_OWN = {
    # The field of the tool: the types of its calls and of its uses.
    "web_search": (2, 1),
    "x_search": (3, 2),
    "code_execution": (4, 3),
    "collections_search": (5, 6),
    "mcp": (6, 7),
}
SOURCE = "https://docs.example.com/found"
ARGUMENTS = {
    "find_restaurants": {"city": "Rome"},
    "book_table": {"booking": {"restaurant": "Roscioli", "guests": 2, "hour": 20}},
}
FIELDS = {
    "title": "Caprese",
    "minutes": 10,
    "ingredients": ["tomatoes", "mozzarella", "basil"],
    "name": "Rome",
    "country": "Italy",
    "inhabitants": 2_750_000,
}
PIXEL = base64.b64encode(b"\xff\xd8\xff\xe0 not much of a picture \xff\xd9").decode()


@dataclass
class Stored:
    """A file, or a document of a collection."""

    name: str
    content: bytes
    fields: dict[str, str]
    asked: int = 0


def register(served: ReferenceServer) -> None:
    """Have a server answer all that the examples ask.

    Args:
        served: the server; what it keeps is its own, so that tests do not meet.
    """
    files: dict[str, Stored] = {}
    numbers = itertools.count(1)
    _answer_chat(served, numbers)
    _answer_files(served, files, numbers)
    _answer_collections(served, files, numbers)
    _answer_models(served)
    _answer_others(served)
    for path, handler in served.handlers.items():
        served.handlers[path] = _with_request_id(handler, numbers)


def _with_request_id(handler: Handler, numbers: Iterator[int]) -> Handler:
    def answer(request: Any, context: Any) -> Any:
        context.send_initial_metadata((("x-request-id", f"request-{next(numbers)}"),))
        return handler(request, context)

    return answer


def _made(full_name: str, **fields: Any) -> Any:
    return message(full_name)(**fields)


def _created() -> Any:
    # Google's own Timestamp is of another pool than the messages are.
    return {"seconds": 1_760_000_000}


# Conversations


def _answer_chat(served: ReferenceServer, numbers: Iterator[int]) -> None:
    kept: dict[str, Any] = {}
    deferred: dict[str, list[Any]] = {}

    def completed(request: Any) -> Any:
        response = _completion(request, f"response-{next(numbers)}")
        if request.store_messages:
            kept[response.id] = response
        return response

    def complete(request: Any, _context: Any) -> Any:
        return completed(request)

    def stream(request: Any, _context: Any) -> Iterator[Any]:
        yield from _chunks(completed(request))

    def start(request: Any, _context: Any) -> Any:
        request_id = f"deferred-{next(numbers)}"
        deferred[request_id] = [None, completed(request)]
        return _made("xai_api.StartDeferredResponse", request_id=request_id)

    def get_deferred(request: Any, _context: Any) -> Any:
        # The first question comes too early.
        response = deferred[request.request_id].pop(0)
        if response is None:
            return _made("xai_api.GetDeferredCompletionResponse", status="PENDING")
        return _made("xai_api.GetDeferredCompletionResponse", status="DONE", response=response)

    def get_stored(request: Any, context: Any) -> Any:
        return _found(kept, request.response_id, context)

    def delete_stored(request: Any, context: Any) -> Any:
        _found(kept, request.response_id, context)
        del kept[request.response_id]
        return _made("xai_api.DeleteStoredCompletionResponse", response_id=request.response_id)

    served.handlers |= {
        "/xai_api.Chat/GetCompletion": complete,
        "/xai_api.Chat/GetCompletionChunk": stream,
        "/xai_api.Chat/StartDeferredCompletion": start,
        "/xai_api.Chat/GetDeferredCompletion": get_deferred,
        "/xai_api.Chat/GetStoredCompletion": get_stored,
        "/xai_api.Chat/DeleteStoredCompletion": delete_stored,
    }


def _completion(request: Any, response_id: str) -> Any:
    response = _made("xai_api.GetChatCompletionResponse", id=response_id, model=request.model, created=_created())
    kinds = [tool.WhichOneof("tool") for tool in request.tools]
    results = sum(sent.role == TOOL for sent in request.messages)
    if kinds and kinds[0] in SERVERS_OWN:
        _use_own_tools(request, response, kinds)
    elif results < len(kinds):
        name = request.tools[results].function.name
        called = _output(response, 0, "", finish="REASON_TOOL_CALLS")
        call = called.message.tool_calls.add(id=f"call-{results}", type=1)
        call.function.name, call.function.arguments = name, json.dumps(ARGUMENTS[name])
    else:
        for index in range(request.n or 1):
            _output(response, index, _text(request, index))
    if request.HasField("search_parameters"):
        response.citations.append(SOURCE)
        response.usage.num_sources_used = 1
    if request.HasField("reasoning_effort"):
        response.outputs[0].message.reasoning_content = "0.05 + 1.05 is 1.10."
        response.usage.reasoning_tokens = 12
    response.usage.prompt_tokens, response.usage.completion_tokens, response.usage.total_tokens = 20, 22, 42
    return response


def _use_own_tools(request: Any, response: Any, kinds: list[str]) -> None:
    # An output for each turn: the calls, their results, and what the model makes of them.
    called = _output(response, 0, "", finish="REASON_TOOL_CALLS")
    for kind in kinds:
        call_type, use = SERVERS_OWN[kind]
        call = called.message.tool_calls.add(id=f"call-{kind}", type=call_type)
        call.function.name, call.function.arguments = kind, "{}"
        response.usage.server_side_tools_used.append(use)
    result = _output(response, 1, "found")
    result.message.role = TOOL
    _output(response, 2, _text(request, 0))
    response.citations.append(SOURCE)


def _output(response: Any, index: int, content: str, *, finish: str = "REASON_STOP") -> Any:
    output = response.outputs.add(index=index, finish_reason=finish)
    output.message.role, output.message.content = ASSISTANT, content
    return output


def _text(request: Any, index: int) -> str:
    if request.response_format.schema:
        return json.dumps({name: FIELDS[name] for name in json.loads(request.response_format.schema)["properties"]})
    answer = f"answer {index + 1}" if request.n > 1 else "answer"
    return f"{answer} to message {len(request.messages)}: {_last_text(request)}"


def _last_text(request: Any) -> str:
    pieces = []
    for piece in request.messages[-1].content:
        kind = piece.WhichOneof("content")
        pieces.append(piece.text if kind == "text" else f"[{kind}]")
    return " ".join(pieces)


def _chunks(response: Any) -> Iterator[Any]:
    """The response piece by piece; what the model thought comes first."""
    for output in response.outputs:
        pieces = [{"role": ASSISTANT, "reasoning_content": output.message.reasoning_content}]
        pieces += [{"content": f"{word} "} for word in output.message.content.split(" ")]
        for delta in pieces:
            chunk = _made("xai_api.GetChatCompletionChunk", id=response.id, model=response.model)
            chunk.outputs.add(index=output.index, delta=delta)
            yield chunk
    end = _made("xai_api.GetChatCompletionChunk", id=response.id, model=response.model, usage=response.usage)
    for output in response.outputs:
        end.outputs.add(index=output.index, finish_reason="REASON_STOP")
    yield end


# Files


def _answer_files(served: ReferenceServer, files: dict[str, Stored], numbers: Iterator[int]) -> None:
    def described(file_id: str) -> Any:
        file = files[file_id]
        size = len(file.content)
        return _made("xai_api.File", id=file_id, filename=file.name, size=size, created_at=_created())

    def upload(chunks: Iterator[Any], _context: Any) -> Any:
        name = next(chunks).init.name
        file_id = f"file-{next(numbers)}"
        files[file_id] = Stored(name, b"".join(chunk.data for chunk in chunks), {})
        return described(file_id)

    def page(request: Any, _context: Any) -> Any:
        ids, token = _page(list(files), request)
        return _made("xai_api.ListFilesResponse", data=map(described, ids), pagination_token=token)

    def get(request: Any, context: Any) -> Any:
        _found(files, request.file_id, context)
        return described(request.file_id)

    def content(request: Any, context: Any) -> Iterator[Any]:
        data = _found(files, request.file_id, context).content
        for start in range(0, len(data), 100):
            yield _made("xai_api.FileContentChunk", data=data[start : start + 100])

    def url(request: Any, context: Any) -> Any:
        _found(files, request.file_id, context)
        return _made("xai_api.RetrieveFileURLResponse", url=f"https://files.example.com/{request.file_id}")

    def delete(request: Any, context: Any) -> Any:
        _found(files, request.file_id, context)
        del files[request.file_id]
        return _made("xai_api.DeleteFileResponse", id=request.file_id, deleted=True)

    served.handlers |= {
        "/xai_api.Files/UploadFile": upload,
        "/xai_api.Files/ListFiles": page,
        "/xai_api.Files/RetrieveFile": get,
        "/xai_api.Files/RetrieveFileContent": content,
        "/xai_api.Files/RetrieveFileURL": url,
        "/xai_api.Files/DeleteFile": delete,
    }


# Collections


@dataclass
class Collection:
    """A collection: its name and its documents."""

    name: str
    documents: dict[str, Stored]


def _answer_collections(served: ReferenceServer, files: dict[str, Stored], numbers: Iterator[int]) -> None:
    manual = Stored("manual.md", b"Hold the button to reset it.", {}, asked=2)
    collections = {"collection_1": Collection("handbook", {"file-0": manual})}

    def described(collection_id: str) -> Any:
        own = collections[collection_id]
        count = len(own.documents)
        return _made(
            "collections.CollectionMetadata",
            collection_id=collection_id,
            collection_name=own.name,
            documents_count=count,
            created_at=_created(),
        )

    def document(collection_id: str, file_id: str) -> Any:
        own = collections[collection_id].documents[file_id]
        made = _made("collections.DocumentMetadata", fields=own.fields)
        # The first question comes too early.
        made.status = 2 if own.asked > 1 else 1
        made.file_metadata.file_id, made.file_metadata.name = file_id, own.name
        made.file_metadata.size_bytes = len(own.content)
        return made

    def create(request: Any, _context: Any) -> Any:
        collection_id = f"collection-{next(numbers)}"
        collections[collection_id] = Collection(request.collection_name, {})
        return described(collection_id)

    def page(request: Any, _context: Any) -> Any:
        ids, token = _page(list(collections), request)
        listed = map(described, ids)
        return _made("collections.ListCollectionsResponse", collections=listed, pagination_token=token)

    def get(request: Any, context: Any) -> Any:
        _found(collections, request.collection_id, context)
        return described(request.collection_id)

    def update(request: Any, context: Any) -> Any:
        own = _found(collections, request.collection_id, context)
        own.name = request.collection_name or own.name
        return described(request.collection_id)

    def delete(request: Any, context: Any) -> Any:
        _found(collections, request.collection_id, context)
        del collections[request.collection_id]
        return Empty()

    def upload(request: Any, context: Any) -> Any:
        own = _found(collections, request.collection_id, context)
        file_id = f"file-{next(numbers)}"
        own.documents[file_id] = Stored(request.name, request.data, dict(request.fields))
        return document(request.collection_id, file_id)

    def add(request: Any, context: Any) -> Any:
        file = _found(files, request.file_id, context)
        own = _found(collections, request.collection_id, context)
        own.documents[request.file_id] = Stored(file.name, file.content, dict(request.fields))
        return Empty()

    def list_documents(request: Any, context: Any) -> Any:
        own = _found(collections, request.collection_id, context)
        ids, token = _page(list(own.documents), request)
        listed = [document(request.collection_id, file_id) for file_id in ids]
        return _made("collections.ListDocumentsResponse", documents=listed, pagination_token=token)

    def get_document(request: Any, context: Any) -> Any:
        own = _found(collections, request.collection_id, context)
        _found(own.documents, request.file_id, context).asked += 1
        return document(request.collection_id, request.file_id)

    def get_documents(request: Any, context: Any) -> Any:
        _found(collections, request.collection_id, context)
        listed = [document(request.collection_id, file_id) for file_id in request.file_ids]
        return _made("collections.BatchGetDocumentsResponse", documents=listed)

    def update_document(request: Any, context: Any) -> Any:
        own = _found(_found(collections, request.collection_id, context).documents, request.file_id, context)
        own.name, own.content = request.name or own.name, request.data or own.content
        return document(request.collection_id, request.file_id)

    def reindex(request: Any, context: Any) -> Any:
        _found(_found(collections, request.collection_id, context).documents, request.file_id, context)
        return Empty()

    def remove(request: Any, context: Any) -> Any:
        own = _found(collections, request.collection_id, context)
        _found(own.documents, request.file_id, context)
        del own.documents[request.file_id]
        return Empty()

    def search(request: Any, context: Any) -> Any:
        response = _made("xai_api.SearchResponse")
        for collection_id in request.source.collection_ids:
            for file_id, found in _found(collections, collection_id, context).documents.items():
                score = 0.9 if b"reset" in found.content else 0.1
                response.matches.add(
                    file_id=file_id,
                    chunk_id=f"{file_id}-0",
                    chunk_content=found.content.decode(),
                    score=score,
                    collection_ids=[collection_id],
                )
        response.matches.sort(key=lambda match: match.score, reverse=True)
        return response

    def embedding_models(_request: Any, _context: Any) -> Any:
        return _made("collections.ListAvailableEmbeddingModelsResponse", embedding_models=["grok-embedding-small"])

    def encodings(_request: Any, _context: Any) -> Any:
        return _made("collections.ListAvailableTokenEncodingsResponse", encodings=["o200k_base"])

    served.handlers |= {
        "/collections.Collections/CreateCollection": create,
        "/collections.Collections/ListCollections": page,
        "/collections.Collections/GetCollectionMetadata": get,
        "/collections.Collections/UpdateCollection": update,
        "/collections.Collections/DeleteCollection": delete,
        "/collections.Collections/UploadDocument": upload,
        "/collections.Collections/AddDocumentToCollection": add,
        "/collections.Collections/ListDocuments": list_documents,
        "/collections.Collections/GetDocumentMetadata": get_document,
        "/collections.Collections/BatchGetDocuments": get_documents,
        "/collections.Collections/UpdateDocument": update_document,
        "/collections.Collections/ReIndexDocument": reindex,
        "/collections.Collections/RemoveDocumentFromCollection": remove,
        "/collections.Collections/ListAvailableEmbeddingModels": embedding_models,
        "/collections.Collections/ListAvailableTokenEncodings": encodings,
        "/xai_api.Documents/Search": search,
    }


# Models, and services with one or two RPCs


def _answer_models(served: ReferenceServer) -> None:
    kinds = {
        "LanguageModel": {
            "name": "grok-4",
            "aliases": ["grok-4-latest"],
            "version": "4.0",
            "prompt_text_token_price": 30_000,
            "input_modalities": [1, 2],
            "max_prompt_length": 256_000,
        },
        "EmbeddingModel": {"name": "v1", "input_modalities": [1]},
        "ImageGenerationModel": {"name": "grok-2-image", "image_price": 700_000_000},
    }
    busy = {"LanguageModel"}

    def add(kind: str, fields: dict[str, Any]) -> None:
        def all_models(_request: Any, _context: Any) -> Any:
            return _made(f"xai_api.List{kind}sResponse", models=[_made(f"xai_api.{kind}", **fields)])

        def one_model(request: Any, context: Any) -> Any:
            # A busy server refuses the first call, which the client makes again.
            if kind in busy:
                busy.remove(kind)
                context.abort(grpc.StatusCode.UNAVAILABLE, "busy")
            return _made(f"xai_api.{kind}", **_found({fields["name"]: fields}, request.name, context))

        served.handlers[f"/xai_api.Models/List{kind}s"] = all_models
        served.handlers[f"/xai_api.Models/Get{kind}"] = one_model

    for kind, fields in kinds.items():
        add(kind, fields)


def _answer_others(served: ReferenceServer) -> None:
    def key_info(_request: Any, _context: Any) -> Any:
        return _made(
            "xai_api.ApiKey",
            name="examples",
            redacted_api_key="xai-...abcd",
            team_id="team-1",
            acls=["api-key:model:*", "api-key:endpoint:*"],
            create_time=_created(),
        )

    def embed(request: Any, _context: Any) -> Any:
        response = _made("xai_api.EmbedResponse", model=request.model)
        for index, each in enumerate(request.input):
            # Texts with the same words lie near each other.
            vector = [float(word in each.string.split()) + 0.1 for word in ("a", "cat", "dog", "bird")]
            made = response.embeddings.add(index=index).embeddings.add()
            if request.encoding_format == 2:
                made.base64_array = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
            else:
                made.float_array.extend(vector)
        response.usage.num_text_embeddings = len(request.input)
        return response

    def images(request: Any, _context: Any) -> Any:
        response = _made("xai_api.ImageResponse", model=request.model)
        for index in range(request.n):
            made = response.images.add(up_sampled_prompt=f"A photo: {request.prompt}", respect_moderation=True)
            if request.format == 1:
                made.base64 = f"data:image/jpeg;base64,{PIXEL}"
            else:
                made.url = f"https://images.example.com/{index}.jpg"
        return response

    def text(request: Any, _context: Any) -> Any:
        response = _made("xai_api.SampleTextResponse", id="text-1", model=request.model)
        for index in range(request.n or 1):
            response.choices.add(index=index, text=" there was a fox.", finish_reason="REASON_STOP")
        return response

    def texts(request: Any, _context: Any) -> Iterator[Any]:
        for word in ("that ", "all ", "is ", "well."):
            response = _made("xai_api.SampleTextResponse", id="text-2", model=request.model)
            response.choices.add(index=0, text=word)
            yield response

    def tokens(request: Any, _context: Any) -> Any:
        response = _made("xai_api.TokenizeTextResponse", model=request.model)
        for number, word in enumerate(request.text.split(), start=1000):
            response.tokens.add(token_id=number, string_token=word, token_bytes=word.encode())
        return response

    served.handlers |= {
        "/xai_api.Auth/get_api_key_info": key_info,
        "/xai_api.Embedder/Embed": embed,
        "/xai_api.Image/GenerateImage": images,
        "/xai_api.Sample/SampleText": text,
        "/xai_api.Sample/SampleTextStreaming": texts,
        "/xai_api.Tokenize/TokenizeText": tokens,
    }


def _found(things: dict[str, Any], key: str, context: Any) -> Any:
    if key not in things:
        context.abort(grpc.StatusCode.NOT_FOUND, f"there is no {key}")
    return things[key]


def _page(ids: list[str], request: Any) -> tuple[list[str], str | None]:
    """The ids of a page, and the token of the next one."""
    start = int(request.pagination_token or 0)
    end = start + (request.limit or 100)
    return ids[start:end], str(end) if end < len(ids) else None
