"""The service by which clients of gRPC ask what a server serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protobuf import Oneof, Registry

from xaiwire import StatusCode
from xaiwire_server._gen.grpc.reflection.v1 import reflection_pb as v1
from xaiwire_server._gen.grpc.reflection.v1alpha import reflection_pb as v1alpha

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from protobuf import DescFile

__all__ = ["reflection_services"]


def reflection_services(files: Iterable[DescFile]) -> dict[str, Callable[[Any, Any], AsyncIterator[Any]]]:
    """The service in its two versions, by path.

    Args:
        files: what is served; their imports are known, too.
    """
    registry = Registry(*files)
    services = sorted(each.type_name for file in files for each in file.services)
    return {
        f"/{messages.desc().services[0].type_name}/ServerReflectionInfo": _handler(registry, services, messages)
        for messages in (v1, v1alpha)
    }


def _handler(registry: Registry, services: list[str], messages: Any) -> Callable[[Any, Any], AsyncIterator[Any]]:  # noqa: ANN401
    async def reflect(requests: AsyncIterator[Any], _context: object) -> AsyncIterator[Any]:
        async for request in requests:
            yield messages.ServerReflectionResponse(
                valid_host=request.host,
                original_request=request,
                message_response=_answer(registry, services, messages, request.message_request),
            )

    return reflect


def _answer(registry: Registry, services: list[str], messages: Any, asked: Oneof[Any, Any] | None) -> Oneof[Any, Any]:  # noqa: ANN401
    if asked is None:
        return _error(messages, StatusCode.INVALID_ARGUMENT, "the request asks for nothing")
    if asked.field == "list_services":
        found = [messages.ServiceResponse(name=name) for name in services]
        return Oneof("list_services_response", messages.ListServiceResponse(service=found))
    if asked.field == "file_by_filename":
        file = registry.file(asked.value)
    elif asked.field == "file_containing_symbol":
        file = _file_of(registry, asked.value)
    elif asked.field == "all_extension_numbers_of_type" and registry.message(asked.value) is not None:
        return Oneof("all_extension_numbers_response", messages.ExtensionNumberResponse(base_type_name=asked.value))
    else:
        # The contract has no extensions.
        file = None
    if file is None:
        return _error(messages, StatusCode.NOT_FOUND, f"{asked.value} is not known")
    content = [each.proto.to_binary() for each in _with_imports(file)]
    return Oneof("file_descriptor_response", messages.FileDescriptorResponse(file_descriptor_proto=content))


def _error(messages: Any, code: StatusCode, message: str) -> Oneof[Any, Any]:  # noqa: ANN401
    return Oneof("error_response", messages.ErrorResponse(error_code=int(code), error_message=message))


def _file_of(registry: Registry, symbol: str) -> DescFile | None:
    found = registry.message(symbol) or registry.service(symbol) or registry.enum(symbol)
    if found is None and "." in symbol:
        # A method, a field or a value: what it is in, has the file.
        parent = symbol.rpartition(".")[0]
        found = registry.service(parent) or registry.message(parent) or registry.enum(parent)
    return found.file if found is not None else None


def _with_imports(file: DescFile) -> list[DescFile]:
    found: dict[str, DescFile] = {}
    waiting = [file]
    while waiting:
        each = waiting.pop()
        if each.name not in found:
            found[each.name] = each
            waiting.extend(each.dependencies)
    return list(found.values())
