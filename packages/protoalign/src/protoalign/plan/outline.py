"""What one side's file holds, in short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.contract.counts import count

if TYPE_CHECKING:
    from collections.abc import Container

    from protoalign.compare.nodes import NodeIndex
    from protoalign.contract import ContractFile

__all__ = ["FileSide", "MessageOutline", "ServiceOutline", "file_side"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOutline:
    """A top-level message.

    Attributes:
        name: its simple name.
        fields: the names of its fields, in the order of the file.
    """

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOutline:
    """A service.

    Attributes:
        name: its simple name.
        rpcs: the names of its RPCs, in the order of the file.
        own: those of them that the other side lacks.
        is_own: whether the other side lacks the service itself.
    """

    name: str
    rpcs: tuple[str, ...]
    own: tuple[str, ...]
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSide:
    """What one side's file holds.

    Attributes:
        file: its name.
        package: its package, empty where it declares none.
        messages: number of messages at every level of nesting; the others likewise.
        enums: enums.
        services: services.
        rpcs: RPCs.
        fields: fields.
        outline: its top-level messages, in the order of the file.
        service_outline: its services, in the order of the file.
    """

    file: str
    package: str
    messages: int
    enums: int
    services: int
    rpcs: int
    fields: int
    outline: tuple[MessageOutline, ...]
    service_outline: tuple[ServiceOutline, ...]


def file_side(file: ContractFile, index: NodeIndex, matched: Container[str]) -> FileSide:
    """Sum up a file.

    Args:
        file: the file.
        index: the nodes of its side.
        matched: full names of the side's elements that have a counterpart.
    """
    counts = count([file.descriptor])
    return FileSide(
        file=file.name,
        package=file.package,
        messages=counts.messages,
        enums=counts.enums,
        services=counts.services,
        rpcs=counts.rpcs,
        fields=counts.fields,
        outline=tuple(
            MessageOutline(
                name=message.simple_name,
                fields=tuple(field.simple_name for field in index.of_kind(message.name, "field")),
            )
            for message in index.of_kind(file.name, "message")
        ),
        service_outline=tuple(
            ServiceOutline(
                name=service.simple_name,
                rpcs=tuple(rpc.simple_name for rpc in index.of_kind(service.name, "rpc")),
                own=tuple(rpc.simple_name for rpc in index.of_kind(service.name, "rpc") if rpc.name not in matched),
                is_own=service.name not in matched,
            )
            for service in index.of_kind(file.name, "service")
        ),
    )
