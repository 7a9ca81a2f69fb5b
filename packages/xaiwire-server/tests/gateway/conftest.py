"""A gateway in front of an emulator, and one in front of a server that says what a test wants."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import openai
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from running import RunningGateway, running_gateway
from upstream import Upstream

from xaiwire_server.emulator.settings import API_KEY


@pytest.fixture
def gateway(xaiwire_emulator, xaiwire_emulator_thread) -> Iterator[RunningGateway]:
    """A gateway in front of the test's own emulator, called with the emulator's key."""
    with running_gateway(xaiwire_emulator_thread._loop, xaiwire_emulator.address) as running:
        yield running


@pytest.fixture
def upstream(xaiwire_emulator_thread) -> Iterator[Upstream]:
    """A server of gRPC that answers as the test says."""
    loop = xaiwire_emulator_thread._loop
    made = Upstream()
    asyncio.run_coroutine_threadsafe(made.start(), loop).result()
    yield made
    asyncio.run_coroutine_threadsafe(made.stop(), loop).result()


@pytest.fixture
def plain_gateway(upstream, xaiwire_emulator_thread) -> Iterator[RunningGateway]:
    """A gateway in front of `upstream`."""
    with running_gateway(xaiwire_emulator_thread._loop, upstream.address) as running:
        yield running


@pytest.fixture
def http(gateway) -> Iterator[httpx2.Client]:
    """A client of HTTP for `gateway`."""
    with gateway.http() as client:
        yield client


@pytest.fixture
def openai_client(gateway) -> Iterator[openai.OpenAI]:
    """OpenAI's own client, for `gateway`."""
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=API_KEY, max_retries=0, timeout=30) as client:
        yield client
