"""The contract's RPCs, read off the generated descriptors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from xaiwire.proto import (
    auth_pb2,
    chat_pb2,
    collections_pb2,
    documents_pb2,
    embed_pb2,
    files_pb2,
    image_pb2,
    models_pb2,
    sample_pb2,
    tokenize_pb2,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protobuf import DescFile, Message

__all__ = ["Rpc", "contract_files", "contract_rpcs", "rpcs_of"]

_MODULES = (
    auth_pb2,
    chat_pb2,
    collections_pb2,
    documents_pb2,
    embed_pb2,
    files_pb2,
    image_pb2,
    models_pb2,
    sample_pb2,
    tokenize_pb2,
)


@dataclass(frozen=True, slots=True)
class Rpc:
    """An RPC.

    Attributes:
        service: the full name of the service, as `xai_api.Chat`.
        name: the method's name.
        input: the class of a request message.
        output: the class of a response message.
        client_streams: any number of requests may come.
        server_streams: any number of responses may go.
    """

    service: str
    name: str
    input: type[Message[Any]]
    output: type[Message[Any]]
    client_streams: bool
    server_streams: bool

    @property
    def full_name(self) -> str:
        """As people write it: `xai_api.Chat/GetCompletion`."""
        return f"{self.service}/{self.name}"

    @property
    def path(self) -> str:
        """What a request's `:path` says."""
        return f"/{self.full_name}"


def contract_files() -> tuple[DescFile, ...]:
    """The files of the contract that declare services."""
    return tuple(module.desc() for module in _MODULES)


@cache
def contract_rpcs() -> dict[str, Rpc]:
    """All RPCs of the contract, by path."""
    return rpcs_of(contract_files())


def rpcs_of(files: Iterable[DescFile]) -> dict[str, Rpc]:
    """The RPCs that some files declare, by path."""
    rpcs: dict[str, Rpc] = {}
    for file in files:
        for service in file.services:
            for method in service.methods:
                rpc = Rpc(
                    service.type_name,
                    method.name,
                    method.input.type,
                    method.output.type,
                    client_streams=method.method_kind in ("client_streaming", "bidi_streaming"),
                    server_streams=method.method_kind in ("server_streaming", "bidi_streaming"),
                )
                rpcs[rpc.path] = rpc
    return rpcs
