"""Search in documents: what is sent."""

from __future__ import annotations

import asyncio

import pytest
from fake_callers import AsyncFakeCaller, FakeCaller

from xaiwire._gen.xai.api.v1 import documents_pb as pb
from xaiwire._services import documents as methods
from xaiwire.aio.documents import Client as AsyncClient
from xaiwire.errors import ValidationError
from xaiwire.sync.documents import Client


@pytest.fixture(params=["sync", "async"])
def search(request):
    def run(*given, **named):
        if request.param == "sync":
            caller = FakeCaller()
            Client(caller).search(*given, **named)
        else:
            caller = AsyncFakeCaller()
            asyncio.run(AsyncClient(caller).search(*given, **named))
        return caller.last

    return run


def test_collections_are_searched(search):
    call = search("q", ("a", "b"), 5, timeout=1)
    assert call.request == pb.SearchRequest(query="q", source=pb.DocumentsSource(collection_ids=["a", "b"]), limit=5)
    assert (call.method, call.options) == (methods.SEARCH, {"timeout": 1})


def test_a_source_is_searched(search):
    source = pb.DocumentsSource(collection_ids=["a"])
    assert search("q", source=source).request == pb.SearchRequest(query="q", source=source)


@pytest.mark.parametrize(
    "named", [{}, {"collection_ids": ["a"], "source": pb.DocumentsSource()}, {"collection_ids": "a"}]
)
def test_where_to_search_is_said_once(search, named):
    with pytest.raises(ValidationError):
        search("q", **named)
