"""A contract's services as the models that the wrappers of all languages are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from protobuf import DescFieldValueList, DescFieldValueScalar, ScalarType
from protobuf.wkt.google.protobuf.descriptor_pb import MethodOptions

from protoalign.generate.comments import comments_of
from protoalign.generate.model import Idempotency, MethodModel, Page, RetryClass, ServiceModel, StreamingKind
from protoalign.generate.names import MethodNames, Names, PageNames, ServiceNames, refuse_mistakes, snake_case
from protoalign.settings.tables import nearest

if TYPE_CHECKING:
    from protobuf import DescField, DescFile, DescMessage, DescMethod, DescService

    from protoalign.generate.comments import Commented

__all__ = ["class_name", "service_models"]

_STREAMING = {
    "unary": StreamingKind.UNARY,
    "client_streaming": StreamingKind.CLIENT_STREAM,
    "server_streaming": StreamingKind.SERVER_STREAM,
    "bidi_streaming": StreamingKind.BIDI_STREAM,
}
_DECLARED_IDEMPOTENCY = {
    MethodOptions.IdempotencyLevel.NO_SIDE_EFFECTS: Idempotency.NO_SIDE_EFFECTS,
    MethodOptions.IdempotencyLevel.IDEMPOTENT: Idempotency.IDEMPOTENT,
}


def service_models(files: Sequence[DescFile], names: Names) -> tuple[ServiceModel, ...]:
    """Name the services and methods of a contract, and class its methods.

    Args:
        files: the contract's files.
        names: what the file with names says.

    Returns:
        The services, in the order of the files and within them of the contract.

    Raises:
        SettingsError: the names speak of a service, method or field that the contract does not have, say what cannot
            be, or give two wrappers one name; every mistake is listed.
    """
    mistakes: list[str] = []
    comments = comments_of(files)
    services = [service for file in files for service in file.services]
    known = {service.type_name for service in services}
    for name in names.services:
        if name not in known:
            mistakes.append(f'the contract has no service "{name}"; {_nearest(name, known)}')
    models = tuple(
        _service(service, names, names.services.get(service.type_name, ServiceNames()), comments, mistakes)
        for service in services
    )
    mistakes += _shared_names({model.full_name: (model.name,) for model in models}, "services")
    for model in models:
        mistakes += _shared_names(
            {
                f"{model.full_name}.{method.desc.name}": (
                    (method.name, f"{method.name}_all") if method.page else (method.name,)
                )
                for method in model.methods
            },
            "RPCs",
        )
    refuse_mistakes(mistakes, names.path)
    return models


def class_name(name: str) -> str:
    """A wrapper's name as that of a class: `image_models` is `ImageModels`."""
    return "".join(word[0].upper() + word[1:] for word in name.split("_"))


def _service(
    service: DescService,
    names: Names,
    said: ServiceNames,
    comments: Mapping[Commented, str],
    mistakes: list[str],
) -> ServiceModel:
    known = [method.name for method in service.methods]
    for name in said.methods:
        if name not in known:
            mistakes.append(f'{service.type_name} has no RPC "{name}"; {_nearest(name, known)}')
    defaults = MethodNames(host=names.host if said.host is None else said.host, timeout=names.timeout)
    return ServiceModel(
        desc=service,
        full_name=service.type_name,
        name=said.name or snake_case(service.name, kind="service"),
        methods=tuple(
            _method(method, said.methods.get(method.name, MethodNames()), defaults, comments, mistakes)
            for method in service.methods
        ),
        comment=comments.get(service, ""),
    )


def _method(
    method: DescMethod,
    said: MethodNames,
    defaults: MethodNames,
    comments: Mapping[Commented, str],
    mistakes: list[str],
) -> MethodModel:
    where = f"{method.parent.type_name}.{method.name}"
    streaming = _STREAMING[method.method_kind]
    # What the contract declares is known; a file with names can only know what the contract leaves open.
    idempotency = _DECLARED_IDEMPOTENCY.get(method.idempotency) or said.idempotency or Idempotency.UNKNOWN
    limit = defaults.timeout if said.timeout is None else said.timeout
    host = defaults.host if said.host is None else said.host
    return MethodModel(
        desc=method,
        path=f"/{method.parent.type_name}/{method.name}",
        name=said.name or snake_case(method.name, kind="method"),
        streaming=streaming,
        idempotency=idempotency,
        retry=_retry(where, streaming, idempotency, said.retry, mistakes),
        timeout=limit or None,
        host=host or "",
        page=_page(where, method, streaming, said.page, mistakes) if said.page is not None else None,
        comment=comments.get(method, ""),
    )


def _retry(
    where: str,
    streaming: StreamingKind,
    idempotency: Idempotency,
    said: RetryClass | None,
    mistakes: list[str],
) -> RetryClass:
    if streaming in (StreamingKind.CLIENT_STREAM, StreamingKind.BIDI_STREAM):
        if said not in (None, RetryClass.NEVER):
            mistakes.append(f'{where} cannot have retry "{said.value}": a stream of requests cannot be sent twice')
        return RetryClass.NEVER
    if said is not None:
        return said
    return RetryClass.UNPROCESSED if idempotency is Idempotency.UNKNOWN else RetryClass.ALWAYS


def _page(
    where: str, method: DescMethod, streaming: StreamingKind, said: PageNames, mistakes: list[str]
) -> Page | None:
    if streaming is not StreamingKind.UNARY:
        mistakes.append(f"{where} cannot have page: it streams")
        return None
    request = _field(f"page.request of {where}", method.input, said.request, mistakes)
    response = _field(f"page.response of {where}", method.output, said.response, mistakes)
    items = _field(f"page.items of {where}", method.output, said.items, mistakes)
    if request is None or response is None or items is None:
        return None
    token = _token(request)
    if token is None or token != _token(response):
        mistakes.append(
            f"page of {where}: {said.request} and {said.response} must both be string or both be bytes, neither "
            "repeated nor members of a oneof"
        )
        return None
    if not isinstance(items.value, DescFieldValueList):
        mistakes.append(f"page.items of {where}: {said.items} is no repeated field")
        return None
    return Page(request=request, response=response, items=items)


def _field(what: str, message: DescMessage, name: str, mistakes: list[str]) -> DescField | None:
    known = {field.name: field for field in message.fields}
    if name not in known:
        mistakes.append(f'{what}: {message.type_name} has no field "{name}"; {_nearest(name, known)}')
    return known.get(name)


def _token(field: DescField) -> ScalarType | None:
    value = field.value
    if isinstance(value, DescFieldValueScalar) and value.oneof is None:
        return value.scalar if value.scalar in (ScalarType.STRING, ScalarType.BYTES) else None
    return None


def _shared_names(named: Mapping[str, tuple[str, ...]], what: str) -> list[str]:
    """A sentence for each name that two have; names that differ as snake_case only make one class or Go name."""
    pairs = sorted((class_name(name), element) for element, its_names in named.items() for name in its_names)
    found = []
    for shared, group in groupby(pairs, key=lambda pair: pair[0]):
        elements = [element for _, element in group]
        if len(elements) > 1:
            names = sorted({name for element in elements for name in named[element] if class_name(name) == shared})
            found.append(
                f"the {what} {', '.join(elements[:-1])} and {elements[-1]} share the name {' or '.join(names)}; "
                "give one of them a name of its own"
            )
    return found


def _nearest(name: str, known: Sequence[str] | set[str] | Mapping[str, object]) -> str:
    return nearest(name, known) if known else "it has none"
