"""A Go test that holds the generated Go code against wire vectors and against the contract's RPCs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from protoalign.generate.go_imports import GoCode, go_code
from protoalign.generate.go_names import go_camel_case
from protoalign.generate.go_packages import GoPackage
from protoalign.generate.go_text import banner, go_comment, go_paragraph, go_string, render
from protoalign.generate.go_wrappers import service_name
from protoalign.generate.model import StreamingKind

if TYPE_CHECKING:
    from protobuf.plugin import Schema

    from protoalign.generate.model import MethodModel, ServiceModel

__all__ = ["GoProofOptions", "write_go_proof"]

_IMPORTS = (
    "bytes",
    "context",
    "crypto/sha256",
    "encoding/hex",
    "encoding/json",
    "errors",
    "fmt",
    "google.golang.org/grpc",
    "google.golang.org/protobuf/encoding/protojson",
    "google.golang.org/protobuf/proto",
    "google.golang.org/protobuf/reflect/protoreflect",
    "google.golang.org/protobuf/reflect/protoregistry",
    "io",
    "io/fs",
    "maps",
    "os",
    "path/filepath",
    "reflect",
    "runtime",
    "slices",
    "strings",
    "testing",
)


class GoProofOptions(Protocol):
    """What the Go test takes from the plugin's options.

    Attributes:
        module_messages: the import path of the folder with the generated messages.
        package: the name of the test's package.
        wrappers: the import path of the wrappers' package; empty for none.
        vectors: the path from the test's folder to the vectors, `/` between folders.
    """

    @property
    def module_messages(self) -> str: ...  # noqa: D102

    @property
    def package(self) -> str: ...  # noqa: D102

    @property
    def wrappers(self) -> str: ...  # noqa: D102

    @property
    def vectors(self) -> str: ...  # noqa: D102


def write_go_proof(schema: Schema[Any], services: tuple[ServiceModel, ...], options: GoProofOptions) -> None:
    """Write the test, `proof_test.go`, and a `doc.go` that makes its folder a package.

    Args:
        schema: the contract; files are added to it.
        services: the services whose stubs and wrappers are tested.
        options: where the messages, the wrappers and the vectors are.

    Raises:
        InputError: names that collide in Go.
    """
    fakes = tuple(_fake(service) for service in services)
    more = [GoPackage.of_option(options.wrappers)] if options.wrappers else []
    code = go_code(schema.files_to_generate, options.module_messages, taken=(*_NAMES, *fakes), more=more)
    wrappers = code.imports[options.wrappers] if options.wrappers else ""
    fixed = {"banner": banner(), "package": options.package}
    values = {
        **fixed,
        "vectors": go_string(options.vectors),
        "wrappers": wrappers,
        "deprecated": any(
            service.desc.file.deprecated
            or service.desc.deprecated
            or any(method.desc.deprecated or _has_deprecated_type(method) for method in service.methods)
            for service in services
        ),
        "rpcs": [_rpc(code, method) for service in services for method in service.methods],
        "services": [_service(code, service, wrappers) for service in services],
    }
    text = render("proof_test", **values, imports="")
    imports = code.import_lines(text, _IMPORTS, whole=True)
    schema.generate_file("proof_test.go").print(render("proof_test", **values, imports=imports).rstrip("\n"))
    doc = go_comment(
        go_paragraph(
            f"Package {options.package} holds the generated code against wire vectors, and its RPCs against the"
            " contract. It has tests only."
        )
    )
    schema.generate_file("doc.go").print(render("doc", **fixed, doc=doc).rstrip("\n"))


# What the test declares in lower case; no import may have such a name.
_NAMES = (
    "called",
    "checkMessage",
    "clientStream",
    "compareRPCs",
    "contractRPCs",
    "contractServices",
    "cut",
    "defaultVectors",
    "encodesTo",
    "failure",
    "fs",
    "fullName",
    "maxFailures",
    "maxFileSize",
    "maxShown",
    "messageReport",
    "parsesTo",
    "readFile",
    "readFolder",
    "recorder",
    "report",
    "reportVariable",
    "result",
    "rpc",
    "serverStream",
    "service",
    "sha256",
    "to",
    "useStream",
    "vector",
    "vectorFile",
    "vectorIndex",
    "vectorsVariable",
    "versionOf",
    "writeReport",
)


def _fake(service: ServiceModel) -> str:
    return f"fake{service_name(service)}"


def _service(code: GoCode, service: ServiceModel, wrappers: str) -> dict[str, Any]:
    file, name = service.desc.file, go_camel_case(service.desc.name)
    return {
        "full_name": go_string(service.full_name),
        "fake": _fake(service),
        "new_client": code.qualified(file, f"New{name}Client"),
        "register": code.qualified(file, f"Register{name}Server"),
        "unimplemented": code.qualified(file, f"Unimplemented{name}Server"),
        "new_wrapper": f"{wrappers}.New{service_name(service)}" if wrappers else "",
        "methods": [_rpc(code, method) for method in service.methods],
    }


def _rpc(code: GoCode, method: MethodModel) -> dict[str, Any]:
    rpc = method.desc
    return {
        "name": go_string(rpc.name),
        "go_name": go_camel_case(rpc.name),
        "kind": method.streaming.value,
        "path": go_string(method.path),
        "input": go_string(rpc.input.type_name),
        "output": go_string(rpc.output.type_name),
        "input_type": code.type_of(rpc.input),
        "output_type": code.type_of(rpc.output),
        "client_streams": _flag(method, StreamingKind.CLIENT_STREAM),
        "server_streams": _flag(method, StreamingKind.SERVER_STREAM),
    }


def _has_deprecated_type(method: MethodModel) -> bool:
    return any(desc.deprecated or desc.file.deprecated for desc in (method.desc.input, method.desc.output))


def _flag(method: MethodModel, kind: StreamingKind) -> str:
    return "true" if method.streaming in (kind, StreamingKind.BIDI_STREAM) else "false"
