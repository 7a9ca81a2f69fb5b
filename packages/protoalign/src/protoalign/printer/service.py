"""Services and their methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import MethodDescriptorProto, ServiceDescriptorProto

from protoalign.contract.elements import joined

if TYPE_CHECKING:
    from protoalign.printer.context import FileContext, Path
    from protoalign.printer.lines import Item

__all__ = ["print_service"]

SERVICE = ServiceDescriptorProto


def print_service(context: FileContext, service: ServiceDescriptorProto, scope: str, path: Path) -> Item:
    """A service with its options and methods."""
    full_name = joined(scope, context.checked("service", scope, service))
    where = context.where("service", full_name)
    items = context.option_items(
        context.options(service, scope=full_name, where=where), (*path, SERVICE.OPTIONS_FIELD_NUMBER)
    )
    items.extend(
        _method(context, method, full_name, (*path, SERVICE.METHOD_FIELD_NUMBER, index))
        for index, method in enumerate(service.method)
    )
    return context.comments.block([f"service {service.name}"], items, path, group="service")


def _method(context: FileContext, method: MethodDescriptorProto, service: str, path: Path) -> Item:
    name = context.checked("rpc", service, method)
    where = context.where("rpc", f"{service}.{name}")
    # Compilers disagree on whether a service's own methods hide types from it; the reference fits both.
    scopes = (service, service.rpartition(".")[0])
    request = context.type_reference(method.input_type, scopes, where=where, only_types=False)
    response = context.type_reference(method.output_type, scopes, where=where, only_types=False)
    head = (
        f"rpc {name}({'stream ' if method.client_streaming else ''}{request})"
        f" returns ({'stream ' if method.server_streaming else ''}{response})"
    )
    if not method.HasField("options"):
        return context.comments.statement([f"{head};"], path, group="rpc")
    options = context.options(method, scope=f"{service}.{name}", where=where)
    if not options:
        # Empty braces are not nothing: they leave an empty options message in the descriptor.
        return context.comments.empty_block(head, path, group="rpc")
    items = context.option_items(options, (*path, MethodDescriptorProto.OPTIONS_FIELD_NUMBER))
    return context.comments.block([head], items, path, group="rpc")
