"""Contracts out of a live server, over gRPC's server reflection.

The server is asked for its services, for the file of each, and for the files that these import, until nothing is
missing. Version 1 of the protocol is tried first, then v1alpha, which has the same messages under another name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from protoalign.contract import ContractFile
from protoalign.errors import InputError, RemoteError, ToolMissingError, UnknownSourceError
from protoalign.sources.own_files import comes_with_protobuf, split_own_files
from protoalign.sources.scan import FoundDescriptor, LoadOptions, Scan

if TYPE_CHECKING:
    import grpc

__all__ = ["GrpcTarget", "parse_target", "scan"]

PATHS = (
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
)
REFLECTION_SERVICES = "grpc.reflection."
HEADERS = "PROTOALIGN_GRPC_HEADERS"
HEADER = re.compile(r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*):[ \t]*(?P<value>[ -~]*)")
LOOPBACK = ("localhost", "127.", "[::1]")
# One answer may be slow where a server builds its descriptors on demand; a whole conversation may not be endless.
ANSWER_SECONDS = 15.0
BATCH = 64
MAX_FILES = 20_000
LISTED = 5


@dataclass(frozen=True, slots=True)
class GrpcTarget:
    """A server.

    Attributes:
        address: `host:port`.
        tls: whether to speak TLS.
    """

    address: str
    tls: bool

    def __str__(self) -> str:
        return f"{'grpcs' if self.tls else 'grpc'}://{self.address}"


class _NoReflectionError(Exception):
    """The server does not know this version of the protocol."""


def parse_target(target: str) -> GrpcTarget:
    """Take `grpc://host:port` or `grpcs://host[:port]` apart.

    Raises:
        UnknownSourceError: it is neither, or lacks a port.
    """
    scheme, separator, address = target.partition("://")
    address = address.rstrip("/")
    host, _, port = address.rpartition(":")
    if scheme == "grpcs" and address and (not host or address.endswith("]")):
        host, port = address, "443"
    if (
        not separator
        or scheme not in ("grpc", "grpcs")
        or not host
        or not port.isascii()
        or not port.isdigit()
        or int(port) > 0xFFFF
        or any(character in "/@?#\\" or character.isspace() or not character.isprintable() for character in host)
    ):
        raise UnknownSourceError(
            f"{target[:120]!r} names no server",
            hint="For example: grpc://localhost:50051, or grpcs://api.example.com:443",
        )
    return GrpcTarget(f"{host}:{port}", scheme == "grpcs")


def scan(target: str, options: LoadOptions) -> Scan:
    """Ask a server for its contract.

    Headers that the server wants, such as an authorization, are taken from the environment variable
    `PROTOALIGN_GRPC_HEADERS`: `name: value`, one a line.

    Args:
        target: `grpc://host:port`, or `grpcs://host:port` for TLS.
        options: how to read it; with `partial`, services that the server cannot describe are left out.

    Raises:
        DescriptorError: the server hands out bytes that are no valid descriptor.
        InputError: the environment variable holds something else than headers.
        RemoteError: it does not answer, has no reflection, or cannot describe a service.
        ToolMissingError: grpcio is not installed.
        UnknownSourceError: the target names no server.
    """
    server = parse_target(target)
    if options.offline and not server.address.startswith(LOOPBACK):
        raise RemoteError("a server cannot be asked offline", where=str(server), hint="Leave out --offline.")
    files = _conversation(server, options)
    found = {file.name: FoundDescriptor(file.serialized, file.name) for file in files}
    own, imports = split_own_files(found)
    return Scan(source=str(server), kind="grpc", found=own, imports=imports)


def _conversation(server: GrpcTarget, options: LoadOptions) -> tuple[ContractFile, ...]:
    _require_grpc()
    import grpc

    metadata = _headers()
    settings = [
        ("grpc.max_receive_message_length", options.limits.descriptor_size),
        ("grpc.primary_user_agent", "protoalign"),
    ]
    channel: grpc.Channel = (
        grpc.secure_channel(server.address, grpc.ssl_channel_credentials(), options=settings)
        if server.tls
        else grpc.insecure_channel(server.address, options=settings)
    )
    with channel:
        for path in PATHS:
            try:
                return _Dialogue(server, channel, path, metadata, options).run()
            except _NoReflectionError:
                continue
    raise RemoteError(
        "the server has no reflection",
        where=str(server),
        hint="Turn on server reflection (v1 or v1alpha), or name a package, image or folder of .proto files instead.",
    )


class _Dialogue:
    """One conversation in one version of the protocol."""

    def __init__(
        self,
        server: GrpcTarget,
        channel: grpc.Channel,
        path: str,
        metadata: tuple[tuple[str, str], ...],
        options: LoadOptions,
    ) -> None:
        from grpc_reflection.v1alpha import reflection_pb2

        self._messages: Any = reflection_pb2
        self._server = server
        self._options = options
        self._metadata = metadata
        self._call = channel.stream_stream(
            path,
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        self._files: dict[str, ContractFile] = {}
        self._size = 0

    def run(self) -> tuple[ContractFile, ...]:
        """Every file that the services need, in the order of their names."""
        services = self._services()
        failures: list[str] = []
        for symbol, response in self._ask_all("file_containing_symbol", services):
            if response.WhichOneof("message_response") == "file_descriptor_response":
                self._take(response.file_descriptor_response.file_descriptor_proto)
            else:
                failures.append(f"  {symbol}: {_failure(response)}")
        if failures:
            listed = "\n".join(failures[:LISTED])
            if not self._options.partial or not self._files:
                raise RemoteError(
                    f"the server cannot describe {len(failures)} of its {len(services)} services:\n{listed}",
                    where=str(self._server),
                    hint="--partial takes the other services." if self._files else "",
                )
            self._options.progress.note(f"services that the server cannot describe are left out:\n{listed}")
        self._close()
        return tuple(self._files[name] for name in sorted(self._files))

    def _services(self) -> list[str]:
        request = self._messages.ServerReflectionRequest(list_services="*")
        response = next(iter(self._ask([request])))
        if response.WhichOneof("message_response") != "list_services_response":
            raise RemoteError(f"the server does not list its services: {_failure(response)}", where=str(self._server))
        listed = sorted({service.name for service in response.list_services_response.service})
        services = [name for name in listed if not name.startswith(REFLECTION_SERVICES)] or listed
        if not services:
            raise RemoteError(
                "the server lists no services",
                where=str(self._server),
                hint="Services have to be registered before reflection is turned on.",
            )
        if len(services) > MAX_FILES:
            raise RemoteError(f"the server lists more than {MAX_FILES:,} services", where=str(self._server))
        return services

    def _close(self) -> None:
        """Fetch imports until none is missing that the server has."""
        asked: set[str] = set()
        while wanted := sorted(
            {name for file in self._files.values() for name in file.imports} - self._files.keys() - asked
        ):
            asked.update(wanted)
            for name, response in self._ask_all("file_by_filename", wanted):
                if response.WhichOneof("message_response") == "file_descriptor_response":
                    self._take(response.file_descriptor_response.file_descriptor_proto)
                elif not comes_with_protobuf(name):
                    self._options.progress.note(f"the server does not hand out {name}: {_failure(response)}")

    def _take(self, serialized_files: Sequence[bytes]) -> None:
        limits = self._options.limits
        for serialized in serialized_files:
            file = ContractFile.parse(serialized, where=str(self._server))
            known = self._files.setdefault(file.name, file)
            if known.serialized != file.serialized:
                raise RemoteError(
                    f"the server hands out two different files named {file.name}", where=str(self._server)
                )
            if known is file:
                self._size += len(serialized)
            if len(self._files) > min(MAX_FILES, limits.members) or self._size > limits.total_size:
                raise RemoteError(
                    "the server hands out more files than any real contract has",
                    where=str(self._server),
                    hint="Nothing was kept. It can be an attack, or a fault of the server.",
                )

    def _ask_all(self, what: str, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for start in range(0, len(names), BATCH):
            batch = names[start : start + BATCH]
            requests = [self._messages.ServerReflectionRequest(**{what: name}) for name in batch]
            yield from zip(batch, self._ask(requests), strict=True)

    def _ask(self, requests: Sequence[Any]) -> list[Any]:
        """The answers to requests, in their order."""
        import grpc

        answers: list[Any] = []
        try:
            call = self._call(iter(requests), timeout=ANSWER_SECONDS, metadata=self._metadata)
            for answer in call:
                answers.append(answer)
                if len(answers) == len(requests):
                    call.cancel()
                    break
        except grpc.RpcError as error:
            raise self._explained(error) from error
        if len(answers) < len(requests):
            raise RemoteError(
                f"the server ended the conversation after {len(answers)} of {len(requests)} answers",
                where=str(self._server),
            )
        return answers

    def _explained(self, error: Any) -> Exception:  # noqa: ANN401 - grpc's calls are errors that no stub describes
        import grpc

        code, details = error.code(), (error.details() or "").splitlines()[:1]
        reason = details[0][:300] if details else code.name
        hint = ""
        if code is grpc.StatusCode.UNIMPLEMENTED:
            return _NoReflectionError()
        if code is grpc.StatusCode.UNAVAILABLE:
            what = f"the server does not answer: {reason}"
            hint = (
                "Check host and port. If it speaks plain gRPC without TLS, name it grpc://."
                if self._server.tls
                else "Check host and port, and that the server runs. If it speaks TLS, name it grpcs://."
            )
            if "CERTIFICATE_VERIFY_FAILED" in reason:
                hint = "Its certificate is not trusted. Name its authority's: GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=ca.pem"
        elif code is grpc.StatusCode.DEADLINE_EXCEEDED:
            what = f"the server did not answer within {ANSWER_SECONDS:g} s"
            hint = "Check host and port, and whether it wants TLS (grpcs://)."
        elif code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):
            what = f"the server refuses: {reason}"
            hint = f"Put the headers that it wants into {HEADERS}, one a line: authorization: Bearer …"
        elif code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            what = f"an answer is too large: {reason}"
        else:
            what = f"the server failed ({code.name}): {reason}"
        return RemoteError(what, where=str(self._server), hint=hint)


def _require_grpc() -> None:
    # grpc's core writes handshakes that fail to stderr on its own; what it reports is raised here, with a hint.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        import grpc_reflection.v1alpha.reflection_pb2  # noqa: F401 - only whether it is there, with grpc itself
    except ImportError as error:
        raise ToolMissingError(
            "reading a server's reflection needs grpcio and grpcio-reflection",
            hint="They come with an extra: pip install 'protoalign[grpc]'",
        ) from error


def _headers() -> tuple[tuple[str, str], ...]:
    headers = []
    for index, line in enumerate(os.environ.get(HEADERS, "").splitlines(), start=1):
        if not line.strip():
            continue
        match = HEADER.fullmatch(line.strip())
        if match is None or match["name"].endswith("-bin"):
            # The line itself is not shown: it may hold a secret.
            raise InputError(
                f"line {index} of {HEADERS} is no header",
                hint="Write each as name: value, in printable ASCII. Binary headers (-bin) cannot be given.",
            )
        headers.append((match["name"].lower(), match["value"]))
    return tuple(headers)


def _failure(response: Any) -> str:  # noqa: ANN401 - a message of a module that is imported late
    if response.WhichOneof("message_response") == "error_response":
        error = response.error_response
        return f"error {error.error_code}: {error.error_message[:200]}"
    return "an answer of another kind"
