"""What the tests of the server share."""

from collections.abc import Iterator

import pytest

import xaiwire


@pytest.fixture
def client(xaiwire_emulator) -> Iterator[xaiwire.Client]:
    """A client of the test's own emulator, which tries nothing twice."""
    with xaiwire_emulator.client(retry=None, timeout=20) as made:
        yield made


@pytest.fixture
def raw_call(xaiwire_emulator):
    """Makes a call by hand: status, message and responses, whatever a client would check before."""
    import grpc

    def call(path, requests, *, metadata=None, decode=bytes):
        given = (("authorization", f"Bearer {xaiwire_emulator.api_key}"),) if metadata is None else metadata
        with grpc.insecure_channel(xaiwire_emulator.address) as channel:
            encoded = (each if isinstance(each, bytes) else each.to_binary() for each in requests)
            made = channel.stream_stream(path)(encoded, metadata=given, timeout=20)
            try:
                responses = [decode(each) for each in made]
            except grpc.RpcError as error:
                return error.code().value[0], error.details(), []
            return 0, "", responses

    return call
