"""All 40 RPCs, called by the SDK over real gRPC, against the official package's servicers in a process of their own."""

import asyncio
import base64
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from every_rpc import CALLS, serving

import xaiwire
from xaiwire import chat as _chat
from xaiwire._gen.xai.api.v1 import chat_pb as _chat_pb
from xaiwire._gen.xai.api.v1.deferred_pb import DeferredStatus
from xaiwire.proto import chat_pb2, collections_pb2, types_pb2

pytestmark = [pytest.mark.slow, pytest.mark.network]

NAMES = {
    "user": _chat.user,
    "chat_pb2": chat_pb2,
    "collections_pb2": collections_pb2,
    "types_pb2": types_pb2,
}


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
