"""Go wrappers of a contract's services: a type for each service, a method for each RPC.

They go to one package: `NAME.go` for each service, `methods.go` with what is known of each RPC, `types.go` with aliases
for the messages and enums, and, where they are needed, `pages.go` and `deadlines.go`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from protobuf import DescEnum, DescFieldValueList, DescMessage, ScalarType
from protobuf.wkt.google.protobuf.descriptor_pb import FeatureSet

from protoalign.errors import InputError
from protoalign.generate.comments import comments_of
from protoalign.generate.go_aliases import Alias, aliases
from protoalign.generate.go_fields import SCALARS, field_list
from protoalign.generate.go_imports import GoCode, go_code
from protoalign.generate.go_names import ApiLevel, go_camel_case, go_message
from protoalign.generate.go_packages import go_file_name
from protoalign.generate.go_text import banner, go_comment, go_duration, go_item, go_paragraph, go_string, render
from protoalign.generate.model import Idempotency, RetryClass, StreamingKind
from protoalign.generate.names import snake_case
from protoalign.generate.services import class_name

if TYPE_CHECKING:
    from protobuf import DescField
    from protobuf.plugin import Schema

    from protoalign.generate.comments import Commented
    from protoalign.generate.model import MethodModel, ServiceModel

__all__ = ["GoOptions", "method_name", "service_name", "write_go_wrappers"]

_FIXED_FILES = frozenset({"deadlines.go", "doc.go", "methods.go", "pages.go", "types.go"})
_FIXED_NAMES = (
    "Deadliner",
    "ErrRepeatedPageToken",
    "Idempotency",
    "IdempotencyIdempotent",
    "IdempotencyNoSideEffects",
    "IdempotencyUnknown",
    "Method",
    "MethodByPath",
    "Methods",
    "RetryAlways",
    "RetryClass",
    "RetryNever",
    "RetryUnprocessed",
)
_IDEMPOTENCY = {
    Idempotency.UNKNOWN: "IdempotencyUnknown",
    Idempotency.NO_SIDE_EFFECTS: "IdempotencyNoSideEffects",
    Idempotency.IDEMPOTENT: "IdempotencyIdempotent",
}
_RETRY = {
    RetryClass.ALWAYS: "RetryAlways",
    RetryClass.UNPROCESSED: "RetryUnprocessed",
    RetryClass.NEVER: "RetryNever",
}
_IMPORTS = (
    "context",
    "google.golang.org/grpc",
    "google.golang.org/protobuf/proto",
    "google.golang.org/protobuf/reflect/protoreflect",
    "iter",
    "time",
)
_HINT = "Give one of them another name in the file that [generate] names speaks of."


class GoOptions(Protocol):
    """What the Go wrappers take from the plugin's options.

    Attributes:
        module_messages: the import path of the folder with the generated messages.
        package: the name of the wrappers' package.
    """

    @property
    def module_messages(self) -> str: ...  # noqa: D102

    @property
    def package(self) -> str: ...  # noqa: D102


def write_go_wrappers(schema: Schema[Any], services: tuple[ServiceModel, ...], options: GoOptions) -> None:
    """Write the Go wrappers.

    Args:
        schema: the contract; files are added to it.
        services: what to write.
        options: the package's name and where the messages are.

    Raises:
        InputError: names that collide in Go.
    """
    reserved = _reserved(services)
    code = go_code(schema.files_to_generate, options.module_messages, taken=(options.package,))
    named = aliases(code.own, reserved)
    wrappers = _Wrappers(code, named, comments_of(code.own), options.package)
    for name, text in wrappers.files(services):
        schema.generate_file(name).print(text.rstrip("\n"))


def service_name(service: ServiceModel) -> str:
    """The wrapper's type: the service's name in Go, or the name that the settings give it, in CamelCase."""
    own = service.desc.name
    return go_camel_case(own) if service.name == snake_case(own, kind="service") else _camel_case(service.name, own)


def method_name(method: MethodModel) -> str:
    """The wrapper's method: the RPC's name in Go, or the name that the settings give it, in CamelCase."""
    own = method.desc.name
    return go_camel_case(own) if method.name == snake_case(own, kind="method") else _camel_case(method.name, own)


def _camel_case(name: str, own: str) -> str:
    """A name of the settings in CamelCase; what the contract writes in capitals stays so: `url` of `GetFileURL`."""
    capitals = set(re.findall(r"[A-Z]{2,}(?![a-z])", own))
    return "".join(word.upper() if word.upper() in capitals else class_name(word) for word in name.split("_"))


def _reserved(services: tuple[ServiceModel, ...]) -> tuple[str, ...]:
    """The names that the package has besides the aliases; refuses those that two would have."""
    found = dict.fromkeys(_FIXED_NAMES, "the package itself")
    for service in services:
        name = service_name(service)
        own = [(name, service.full_name), (f"New{name}", service.full_name)]
        own += [(_path_constant(service, method), method.path) for method in service.methods]
        for made, what in own:
            if made in found:
                raise InputError(f"both {found[made]} and {what} would have the Go name {made}", hint=_HINT)
            found[made] = what
        members: dict[str, str] = {}
        for method in service.methods:
            names = [method_name(method), *([f"{method_name(method)}All"] if method.page else [])]
            for made in names:
                first = members.setdefault(made, method.desc.name)
                if first != method.desc.name:
                    raise InputError(
                        f"both {first} and {method.desc.name} would be the Go method {name}.{made}",
                        where=service.full_name,
                        hint=_HINT,
                    )
    return tuple(found)


def _path_constant(service: ServiceModel, method: MethodModel) -> str:
    return f"{service_name(service)}{method_name(method)}Path"


class _Wrappers:
    def __init__(self, code: GoCode, named: tuple[Alias, ...], comments: Mapping[Commented, str], package: str) -> None:
        self._code = code
        self._aliases = named
        self._comments = comments
        self._package = package
        self._alias_of = {(alias.file.name, alias.name): alias.alias for alias in named}

    def files(self, services: tuple[ServiceModel, ...]) -> Iterator[tuple[str, str]]:
        """The name and text of each file."""
        methods = [method for service in services for method in service.methods]
        fixed = {"banner": banner(), "package": self._package}
        yield "doc.go", render("doc", **fixed, doc=_package_doc(self._package, services))
        yield "methods.go", render("methods", **fixed, methods=self._table(services))
        yield "types.go", self._types()
        if any(_has_deadline(method) for method in methods):
            yield "deadlines.go", render("deadlines", **fixed)
        if any(method.page for method in methods):
            yield "pages.go", render("pages", **fixed)
        for service in services:
            name = f"{service.name}.go"
            if name in _FIXED_FILES or go_file_name(name) != name:
                name = f"{service.name}_service.go"
            yield name, self._service(service)

    def _type(self, desc: DescMessage | DescEnum) -> str:
        """The Go type of a message or an enum, by its alias if it has one."""
        qualified = self._code.type_of(desc)
        return self._alias_of.get((desc.file.name, qualified.partition(".")[2]), qualified)

    def _service(self, service: ServiceModel) -> str:
        file = service.desc.file
        name = service_name(service)
        client = f"{go_camel_case(service.desc.name)}Client"
        deprecated = "Deprecated: the contract marks the service as deprecated." if service.desc.deprecated else ""
        values = {
            "banner": banner(file.name),
            "package": self._package,
            "service": name,
            "client": self._code.qualified(file, client),
            "new_client": self._code.qualified(file, f"New{client}"),
            "doc": go_comment(
                f"{name} calls the RPCs of the service {service.full_name}. Several goroutines may use it at once.",
                service.comment,
                deprecated,
            ),
            "constructor_doc": go_comment(
                f"New{name} returns what calls {service.full_name} over a connection, such as a [grpc.ClientConn].",
                deprecated,
            ),
            "deprecated": file.deprecated
            or service.desc.deprecated
            or any(method.desc.deprecated for method in service.methods),
            "deadlines": any(_has_deadline(method) for method in service.methods),
            "methods": [self._method(service, method) for method in service.methods],
        }
        text = render("service", **values, imports="")
        return render("service", **values, imports=self._code.import_lines(text, _IMPORTS))

    def _method(self, service: ServiceModel, method: MethodModel) -> dict[str, Any]:
        rpc = method.desc
        return {
            "name": method_name(method),
            "rpc": go_camel_case(rpc.name),
            "kind": method.streaming.value,
            "input": self._type(rpc.input),
            "output": self._type(rpc.output),
            "timeout": go_duration(method.timeout) if method.timeout else "",
            "page": self._page(method),
            "doc": self._method_doc(service, method),
        }

    def _method_doc(self, service: ServiceModel, method: MethodModel) -> str:
        rpc = method.desc
        request, response = self._type(rpc.input), self._type(rpc.output)
        fields = field_list(rpc.input, self._comments)
        streams = method.streaming in (StreamingKind.CLIENT_STREAM, StreamingKind.BIDI_STREAM)
        subject = "Each request" if streams else "The request"
        return go_comment(
            f"{method_name(method)} calls the RPC {method.path}.",
            method.comment,
            f"{subject} is {_a(request)} with the fields:\n{fields}"
            if fields
            else f"{subject} is {_a(request)}, which has no fields.",
            _ending(method, response),
            f"Idempotency: {method.idempotency.value}. Retry: {method.retry.value}.",
            "Deprecated: the contract marks the RPC as deprecated."
            if rpc.deprecated or service.desc.deprecated
            else "",
        )

    def _page(self, method: MethodModel) -> dict[str, str] | None:
        page = method.page
        if page is None:
            return None
        items = page.items.value
        if not isinstance(items, DescFieldValueList):
            raise InputError(f"the field {page.items.name} is not repeated", where=page.items.parent.type_name)
        item = self._item(items.element)
        name = method_name(method)
        return {
            "item": item,
            "first": _token("first", page.request),
            "next": _token("response", page.response),
            "getter": go_message(page.items.parent).getters[page.items.name],
            "set": _set_token(page.request),
            "doc": go_comment(
                go_paragraph(
                    f"{name}All calls {name} for one page after the other and yields the {page.items.name} of all of"
                    " them. A page is asked for when the loop comes to it; request says where to begin. The loop ends"
                    " after the first error."
                ),
                "Deprecated: the contract marks the RPC as deprecated."
                if method.desc.deprecated or method.desc.parent.deprecated
                else "",
            ),
        }

    def _item(self, element: DescMessage | DescEnum | ScalarType) -> str:
        if isinstance(element, ScalarType):
            return SCALARS[element]
        return f"*{self._type(element)}" if isinstance(element, DescMessage) else self._type(element)

    def _table(self, services: tuple[ServiceModel, ...]) -> list[dict[str, Any]]:
        rows = [(method.path, service, method) for service in services for method in service.methods]
        return [
            {
                "constant": _path_constant(service, method),
                "wrapper": f"{service_name(service)}.{method_name(method)}",
                "path": go_string(path),
                "host": go_string(method.host),
                "idempotency": _IDEMPOTENCY[method.idempotency],
                "retry": _RETRY[method.retry],
                "timeout": go_duration(method.timeout) if method.timeout else "",
                "client_streams": method.streaming in (StreamingKind.CLIENT_STREAM, StreamingKind.BIDI_STREAM),
                "server_streams": method.streaming in (StreamingKind.SERVER_STREAM, StreamingKind.BIDI_STREAM),
            }
            for path, service, method in sorted(rows, key=lambda row: row[0])
        ]

    def _types(self) -> str:
        groups: dict[tuple[str, str], list[dict[str, str]]] = {}
        titles = {"type": "Types", "const": "Values of enums", "var": "Extensions"}
        for alias in self._aliases:
            entries = groups.setdefault((alias.file.name, alias.kind), [])
            entries.append(
                {
                    "alias": alias.alias,
                    "target": self._code.qualified(alias.file, alias.name),
                    "doc": go_comment(
                        f"{alias.alias} is {alias.what}.",
                        "Deprecated: the contract marks it as deprecated." if alias.deprecated else "",
                        indent="\t",
                    ),
                }
            )
        listed = [
            {"title": f"{titles[kind]} of {file}.", "kind": kind, "entries": entries}
            for (file, kind), entries in groups.items()
        ]
        values: dict[str, Any] = {"banner": banner(), "package": self._package, "groups": listed}
        values["deprecated"] = any(alias.deprecated for alias in self._aliases)
        text = render("types", **values, imports="")
        return render("types", **values, imports=self._code.import_lines(text))


def _has_deadline(method: MethodModel) -> bool:
    """Whether the wrapper's method gives its calls a deadline."""
    return bool(method.timeout) and method.streaming is StreamingKind.UNARY


def _package_doc(package: str, services: tuple[ServiceModel, ...]) -> str:
    listed = "\n".join(
        go_item(f"[{service_name(service)}]: {service.full_name}") for service in sorted(services, key=service_name)
    )
    return go_comment(
        f"Package {package} calls the RPCs of a contract: a type for each service, a method for each RPC.",
        go_paragraph(
            "What a method takes and returns are types of the generated code, which other modules may not be able to"
            " import; this package has aliases for them, with the same names. Where two proto packages have one name,"
            " or a wrapper has it, the proto package's name stands before it."
        ),
        go_paragraph(
            "Calls that are no streams end after the timeout of their [Method] if their context has no deadline."
            " Streams have no such limit: they end when they are read to the end or when their context is cancelled,"
            " and one of the two is up to the caller."
        ),
        f"The services:\n{listed}" if services else "",
    )


def _ending(method: MethodModel, response: str) -> str:
    """What a caller has to know about the response, and about the end of the call."""
    no_limit = "There is no limit of time but that of ctx."
    match method.streaming:
        case StreamingKind.UNARY if method.timeout:
            text = f"It returns {_a(response)}, and ends after {_words(method.timeout)} if ctx has no deadline."
        case StreamingKind.UNARY:
            text = f"It returns {_a(response)}. {no_limit}"
        case StreamingKind.SERVER_STREAM:
            text = (
                f"It returns a stream of [{response}]: call Recv until it returns an error, which is io.EOF at the end,"
                f" or cancel ctx. {no_limit}"
            )
        case StreamingKind.CLIENT_STREAM:
            text = (
                f"It returns a stream to send requests to: call Send for each, then CloseAndRecv for the [{response}],"
                f" or cancel ctx. {no_limit}"
            )
        case StreamingKind.BIDI_STREAM:
            text = (
                "It returns a stream both ways: call Send for each request and CloseSend after the last one, and Recv"
                f" for each [{response}] until it returns an error, which is io.EOF at the end, or cancel ctx."
                f" {no_limit}"
            )
    return go_paragraph(text)


def _a(name: str) -> str:
    """A link to a type, with its article."""
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} [{name}]"


def _words(seconds: float) -> str:
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:g} seconds"


def _is_bytes(field: DescField) -> bool:
    return getattr(field.value, "scalar", None) is ScalarType.BYTES


def _token(message: str, field: DescField) -> str:
    read = f"{message}.{go_message(field.parent).getters[field.name]}()"
    return f"string({read})" if _is_bytes(field) else read


def _set_token(field: DescField) -> str:
    """The statement that puts a token into a request."""
    names = go_message(field.parent)
    value = "[]byte(token)" if _is_bytes(field) else "token"
    if names.level is not ApiLevel.OPEN:
        # How setters are named differs between the hybrid and the opaque API; reflection does not care.
        wanted = f"page.ProtoReflect().Descriptor().Fields().ByNumber({field.number})"
        return f"page.ProtoReflect().Set({wanted}, protoreflect.ValueOf({value}))"
    explicit = int(field.presence) != int(FeatureSet.FieldPresence.IMPLICIT)
    pointer = "&" if explicit and not _is_bytes(field) else ""
    return f"page.{names.fields[field.name]} = {pointer}{value}"
