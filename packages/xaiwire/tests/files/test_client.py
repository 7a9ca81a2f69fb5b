"""The other methods of the clients of files: what they send."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from fake_callers import AsyncFakeCaller, FakeCaller

from xaiwire._gen.xai.api.v1 import files_pb
from xaiwire._services import files as methods
from xaiwire._services.calls import RepeatedPageError
from xaiwire.aio.files import Client as AsyncClient
from xaiwire.errors import ValidationError
from xaiwire.sync.files import Client


def call(kind: str, name: str, *given, **named):
    """The request and the options of a call."""
    if kind == "sync":
        caller = FakeCaller()
        getattr(Client(caller), name)(*given, **named)
    else:
        caller = AsyncFakeCaller()
        asyncio.run(getattr(AsyncClient(caller), name)(*given, **named))
    return caller.last


@pytest.fixture(params=["sync", "async"])
def kind(request):
    return request.param


@pytest.mark.parametrize(
    ("named", "request_"),
    [
        ({}, files_pb.ListFilesRequest()),
        (
            {"limit": 5, "order": "desc", "sort_by": "size", "pagination_token": "t"},
            files_pb.ListFilesRequest(
                limit=5,
                order=files_pb.Ordering.DESCENDING,
                sort_by=files_pb.FilesSortBy.SIZE,
                pagination_token="t",
            ),
        ),
        (
            {"order": "asc", "sort_by": "created_at"},
            files_pb.ListFilesRequest(sort_by=files_pb.FilesSortBy.CREATED_AT),
        ),
        ({"sort_by": "filename"}, files_pb.ListFilesRequest(sort_by=files_pb.FilesSortBy.FILENAME)),
        (
            {"order": files_pb.Ordering(7), "sort_by": files_pb.FilesSortBy(8)},
            files_pb.ListFilesRequest(order=files_pb.Ordering(7), sort_by=files_pb.FilesSortBy(8)),
        ),
        ({"pagination_token": ""}, files_pb.ListFilesRequest(pagination_token="")),
    ],
)
def test_list(kind, named, request_):
    made = call(kind, "list", **named, timeout=2)
    assert made.request.to_binary() == request_.to_binary()
    assert (made.method, made.options) == (methods.LIST, {"timeout": 2})


@pytest.mark.parametrize("named", [{"order": "down"}, {"sort_by": "age"}, {"order": ""}])
def test_words_that_stand_for_nothing(kind, named):
    with pytest.raises(ValidationError, match="has to be one of"):
        call(kind, "list", **named)


@pytest.mark.parametrize(
    ("name", "method", "request_"),
    [
        ("get", methods.GET, files_pb.RetrieveFileRequest),
        ("delete", methods.DELETE, files_pb.DeleteFileRequest),
        ("url", methods.URL, files_pb.RetrieveFileURLRequest),
    ],
)
def test_methods_of_one_file(kind, name, method, request_):
    made = call(kind, name, "file_1", metadata={"a": "b"})
    assert made.request == request_(file_id="file_1")
    assert (made.method, made.options) == (method, {"metadata": {"a": "b"}})


def pages(request):
    following = {"": "b", "b": "c", "c": ""}[request.pagination_token]
    file = files_pb.File(id=f"{request.pagination_token or 'a'} {request.limit}")
    return files_pb.ListFilesResponse(data=[file], pagination_token=following)


def all_ids(kind, answer, **named):
    if kind == "sync":
        caller = FakeCaller()
        caller.on(methods.LIST, answer)
        return [file.id for file in Client(caller).list_all(**named)]
    caller = AsyncFakeCaller()
    caller.on(methods.LIST, answer)

    async def run():
        return [file.id async for file in AsyncClient(caller).list_all(**named)]

    return asyncio.run(run())


def test_list_all_goes_over_all_pages(kind):
    assert all_ids(kind, pages, limit=1, order="desc") == ["a 1", "b 1", "c 1"]
    assert all_ids(kind, pages, pagination_token="b") == ["b 0", "c 0"]


def test_pages_that_would_never_end(kind):
    with pytest.raises(RepeatedPageError):
        all_ids(kind, lambda _request: files_pb.ListFilesResponse(pagination_token="again"))


def test_list_all_refuses_at_once():
    with pytest.raises(ValidationError):
        Client(FakeCaller()).list_all(order="down")


def test_both_clients_have_the_same_methods_and_parameters():
    def surface(client):
        return {
            name: [(p.name, p.kind, p.default) for p in inspect.signature(method).parameters.values()]
            for name, method in inspect.getmembers(client, inspect.isfunction)
        }

    assert surface(Client) == surface(AsyncClient)
