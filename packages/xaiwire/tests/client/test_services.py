"""The RPCs as they are: `client.services`."""

from __future__ import annotations

import asyncio

import pytest
from reference_server import all_methods, message

from xaiwire import AsyncClient, Client
from xaiwire._client_services import AsyncServices, Services

NAMES = ["auth", "chat", "collections", "documents", "embed", "files", "image", "models", "sample", "tokenize"]


@pytest.fixture
def options(server):
    return {
        "api_key": "k",
        "management_api_key": "m",
        "api_host": server.address,
        "management_api_host": server.address,
    }


def test_there_is_one_for_each_service():
    assert len({path.split("/")[1] for path, _ in all_methods()}) == len(NAMES)
    for kind in (Services, AsyncServices):
        assert [name for name in dir(kind) if not name.startswith("_")] == NAMES


def test_all_fields_of_a_request(server, options):
    with Client(**options) as client:
        assert [getattr(client.services, name) for name in NAMES]
        client.services.files.list(limit=3, pagination_token="t", timeout=9)
        client.services.collections.list(team_id="team")
    files, collections = server.calls
    assert files.requests == [message("xai_api.ListFilesRequest")(limit=3, pagination_token="t")]
    assert 5 < files.timeout <= 9
    assert files.metadata["authorization"] == "Bearer k"
    assert collections.requests[0].team_id == "team"
    assert collections.metadata["authorization"] == "Bearer m"


def test_all_fields_of_a_request_in_an_event_loop(server, options):
    async def run():
        async with AsyncClient(**options) as client:
            assert [getattr(client.services, name) for name in NAMES]
            await client.services.files.list(limit=3)
            await client.services.collections.list(team_id="team")

    asyncio.run(run())
    assert [call.requests[0].ByteSize() > 0 for call in server.calls] == [True, True]
    assert [call.metadata["authorization"] for call in server.calls] == ["Bearer k", "Bearer m"]
