"""Live servers: friendly, old, broken and hostile."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from itertools import count

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection, reflection_pb2
from hypothesis import given
from hypothesis import strategies as st

from protoalign.contract import well_known_files
from protoalign.errors import (
    DescriptorError,
    InputError,
    ProtoalignError,
    RemoteError,
    ToolMissingError,
    UnknownSourceError,
)
from protoalign.sources import reflection as module
from protoalign.sources.limits import Limits
from protoalign.sources.reflection import GrpcTarget, parse_target, scan
from protoalign.sources.scan import LoadOptions, Scan

V1 = "grpc.reflection.v1.ServerReflection"
V1ALPHA = "grpc.reflection.v1alpha.ServerReflection"
REQUEST = reflection_pb2.ServerReflectionRequest
RESPONSE = reflection_pb2.ServerReflectionResponse
Answer = Callable[[REQUEST], RESPONSE]


def files() -> dict[str, FileDescriptorProto]:
    common = FileDescriptorProto(name="shop/v1/common.proto", package="shop.v1", syntax="proto3")
    common.dependency.append("google/protobuf/timestamp.proto")
    order = common.message_type.add(name="Order")
    order.field.add(name="at", number=1, label=1, type=11, type_name=".google.protobuf.Timestamp", json_name="at")
    shop = FileDescriptorProto(name="shop/v1/shop.proto", package="shop.v1", syntax="proto3")
    shop.dependency.append(common.name)
    for name in ("Orders", "Stock"):
        shop.service.add(name=name).method.add(name="Get", input_type=".shop.v1.Order", output_type=".shop.v1.Order")
    return {file.name: file for file in (shop, common)}


OWN = sorted(files())
TIMESTAMP = "google/protobuf/timestamp.proto"


@contextmanager
def serving(setup: Callable[[grpc.Server], None], credentials: grpc.ServerCredentials | None = None) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(4))
    setup(server)
    port = (
        server.add_secure_port("127.0.0.1:0", credentials) if credentials else server.add_insecure_port("127.0.0.1:0")
    )
    server.start()
    try:
        yield f"grpc://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def handler(service: str, answer: Answer, seen: list[object] | None = None) -> Callable[[grpc.Server], None]:
    def talk(requests: Iterator[REQUEST], context: grpc.ServicerContext) -> Iterator[RESPONSE]:
        if seen is not None:
            seen.append(dict(context.invocation_metadata()))
        for request in requests:
            yield answer(request)

    method = grpc.stream_stream_rpc_method_handler(talk, REQUEST.FromString, RESPONSE.SerializeToString)

    def setup(server: grpc.Server) -> None:
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(service, {"ServerReflectionInfo": method}),)
        )

    return setup


def listing(*services: str) -> RESPONSE:
    return RESPONSE(
        list_services_response=reflection_pb2.ListServiceResponse(
            service=[reflection_pb2.ServiceResponse(name=name) for name in services]
        )
    )


def handing(*serialized: bytes) -> RESPONSE:
    return RESPONSE(file_descriptor_response=reflection_pb2.FileDescriptorResponse(file_descriptor_proto=serialized))


def failing(message: str) -> RESPONSE:
    return RESPONSE(error_response=reflection_pb2.ErrorResponse(error_code=5, error_message=message))


def honest(request: REQUEST) -> RESPONSE:
    known = {**{file.name: file.serialized for file in well_known_files()}}
    known.update({name: file.SerializeToString() for name, file in files().items()})
    match request.WhichOneof("message_request"):
        case "list_services":
            return listing("shop.v1.Orders", "shop.v1.Stock", V1)
        case "file_containing_symbol":
            return handing(known["shop/v1/shop.proto"])
        case _:
            name = request.file_by_filename
            return handing(known[name]) if name in known else failing("not found")


def locations(found: Scan) -> tuple[list[str], list[str]]:
    return sorted(each.location for each in found.found), sorted(each.location for each in found.imports)


def test_a_server_of_grpcio_speaks_v1alpha() -> None:
    pool = DescriptorPool()
    for file in well_known_files():
        if file.name == TIMESTAMP:
            pool.AddSerializedFile(file.serialized)
    for name in reversed(list(files())):
        pool.AddSerializedFile(files()[name].SerializeToString())

    def setup(server: grpc.Server) -> None:
        reflection.enable_server_reflection(["shop.v1.Orders", reflection.SERVICE_NAME], server, pool=pool)

    with serving(setup) as target:
        found = scan(target, LoadOptions())
    assert locations(found) == (OWN, [TIMESTAMP])
    assert {each.location: FileDescriptorProto.FromString(each.serialized) for each in found.found} == files()
    assert (found.source, found.kind) == (target, "grpc")


@pytest.mark.parametrize("service", [V1, V1ALPHA])
def test_either_version_of_the_protocol(service: str) -> None:
    with serving(handler(service, honest)) as target:
        assert locations(scan(target, LoadOptions())) == (OWN, [TIMESTAMP])


def test_reflection_alone_is_what_was_asked_for() -> None:
    from grpc_reflection.v1alpha.reflection_pb2 import DESCRIPTOR

    def answer(request: REQUEST) -> RESPONSE:
        return listing(V1ALPHA) if request.list_services else handing(DESCRIPTOR.serialized_pb)

    with serving(handler(V1, answer)) as target:
        assert locations(scan(target, LoadOptions()))[0] == [DESCRIPTOR.name]


def test_a_service_that_the_server_cannot_describe() -> None:
    def answer(request: REQUEST) -> RESPONSE:
        return failing("what?") if request.file_containing_symbol == "shop.v1.Stock" else honest(request)

    with serving(handler(V1, answer)) as target:
        with pytest.raises(RemoteError, match=r"shop\.v1\.Stock: error 5: what\?"):
            scan(target, LoadOptions())
        assert locations(scan(target, LoadOptions(partial=True)))[0] == OWN


def test_an_import_that_the_server_lacks_is_left_to_the_caller() -> None:
    def answer(request: REQUEST) -> RESPONSE:
        return failing("no") if request.file_by_filename else honest(request)

    with serving(handler(V1, answer)) as target:
        assert locations(scan(target, LoadOptions())) == (["shop/v1/shop.proto"], [])


def endless() -> Answer:
    numbers = count()

    def answer(request: REQUEST) -> RESPONSE:
        number = next(numbers)
        file = FileDescriptorProto(name=f"a{number}.proto", dependency=[f"a{number + 1}.proto"])
        return listing("a.B") if request.list_services else handing(file.SerializeToString())

    return answer


def always(*serialized: bytes) -> Answer:
    return lambda request: listing("a.B") if request.list_services else handing(*serialized)


def named(name: str, package: str = "") -> bytes:
    return FileDescriptorProto(name=name, package=package).SerializeToString()


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (endless(), RemoteError, "more files than any real contract"),
        (always(b"\xff\xff garbage"), DescriptorError, "does not parse"),
        (always(named("../../etc/x.proto")), DescriptorError, "no relative path"),
        (always(named("/etc/x.proto")), DescriptorError, "no relative path"),
        (always(b""), DescriptorError, "no relative path"),
        (always(b"\x0a\x02\xff\xfe"), DescriptorError, "UTF-8"),
        (always(named("a.proto"), named("a.proto", "p")), RemoteError, "two different files"),
        (always(b"\x0a\x01a" + b"\x12\x80\x80\x80\x01" + b"p" * (2 << 20)), RemoteError, "too large"),
        (lambda _request: RESPONSE(), RemoteError, "does not list its services: an answer of another kind"),
        (lambda _request: failing("nobody"), RemoteError, "error 5: nobody"),
        (lambda _request: listing(), RemoteError, "lists no services"),
        (lambda _request: listing("a.B"), RemoteError, "cannot describe 1 of its 1"),
        (lambda _request: 1 / 0, RemoteError, "failed .UNKNOWN."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_broken_and_hostile_servers(answer: Answer, error: type[ProtoalignError], reason: str) -> None:
    limits = Limits(members=50, descriptor_size=1 << 20)
    with serving(handler(V1, answer)) as target, pytest.raises(error, match=reason) as caught:
        scan(target, LoadOptions(limits=limits))
    assert caught.value.where == target


def test_a_server_that_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(requests: Iterator[REQUEST], context: grpc.ServicerContext) -> Iterator[RESPONSE]:
        yield from ()

    method = grpc.stream_stream_rpc_method_handler(talk, REQUEST.FromString, RESPONSE.SerializeToString)
    generic = grpc.method_handlers_generic_handler(V1, {"ServerReflectionInfo": method})
    with (
        serving(lambda server: server.add_generic_rpc_handlers((generic,))) as target,
        pytest.raises(RemoteError, match="after 0 of 1 answers"),
    ):
        scan(target, LoadOptions())


def test_a_server_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)

    def answer(request: REQUEST) -> RESPONSE:
        time.sleep(1.5)
        return listing()

    with serving(handler(V1, answer)) as target, pytest.raises(RemoteError, match=r"did not answer within 0\.5 s"):
        scan(target, LoadOptions())


def test_a_server_without_reflection() -> None:
    with serving(lambda server: None) as target, pytest.raises(RemoteError, match="has no reflection") as caught:
        scan(target, LoadOptions())
    assert "reflection" in caught.value.hint


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        started = time.monotonic()
        with pytest.raises(RemoteError, match="does not answer") as caught:
            scan(f"grpc://127.0.0.1:{taken.getsockname()[1]}", LoadOptions())
    assert time.monotonic() - started < 10
    assert "grpcs://" in caught.value.hint


def test_tls_where_the_server_speaks_none() -> None:
    with serving(handler(V1, honest)) as target, pytest.raises(RemoteError, match="does not answer") as caught:
        scan(target.replace("grpc://", "grpcs://"), LoadOptions())
    assert "grpc://" in caught.value.hint


def test_a_listener_that_is_no_grpc_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 1.0)
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        plain.listen()
        with pytest.raises(RemoteError, match="answer"):
            scan(f"grpc://127.0.0.1:{plain.getsockname()[1]}", LoadOptions())


def test_headers_are_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setenv("PROTOALIGN_GRPC_HEADERS", "Authorization: Bearer s3cret\n\nx-team: a\n")
    with serving(handler(V1, honest, seen)) as target:
        scan(target, LoadOptions())
    assert isinstance(seen[0], dict)
    assert (seen[0]["authorization"], seen[0]["x-team"]) == ("Bearer s3cret", "a")
    monkeypatch.setenv("PROTOALIGN_GRPC_HEADERS", "x: y\ns3cret without a colon")
    with pytest.raises(InputError, match="line 2") as caught:
        scan("grpc://127.0.0.1:1", LoadOptions())
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("header", ["a b: c", "x: \x01", "-bin: x", "grpc-x-bin: y", ":path: z", "no colon"])
def test_headers_that_are_refused(monkeypatch: pytest.MonkeyPatch, header: str) -> None:
    monkeypatch.setenv("PROTOALIGN_GRPC_HEADERS", header)
    with pytest.raises(InputError, match="line 1"):
        scan("grpc://127.0.0.1:1", LoadOptions())


def test_without_grpcio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc_reflection.v1alpha.reflection_pb2", None)
    with pytest.raises(ToolMissingError) as caught:
        scan("grpc://127.0.0.1:1", LoadOptions())
    assert "protoalign[grpc]" in caught.value.hint


def test_offline() -> None:
    with pytest.raises(RemoteError, match="offline"):
        scan("grpc://api.example.com:443", LoadOptions(offline=True))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("grpc://localhost:50051", GrpcTarget("localhost:50051", tls=False)),
        ("grpcs://api.example.com", GrpcTarget("api.example.com:443", tls=True)),
        ("grpcs://[::1]", GrpcTarget("[::1]:443", tls=True)),
        ("grpc://[::1]:1/", GrpcTarget("[::1]:1", tls=False)),
    ],
)
def test_targets(target: str, expected: GrpcTarget) -> None:
    assert parse_target(target) == expected


@pytest.mark.parametrize(
    "target",
    [
        "",
        "grpc://",
        "grpc://host",
        "grpc://host:",
        "grpc://:1",
        "grpc://h:99999",
        "http://h:1",
        "grpc://u@h:1",
        "grpc://h:1/x",
    ],
)
def test_targets_that_are_refused(target: str) -> None:
    with pytest.raises(UnknownSourceError):
        parse_target(target)


@given(st.text(max_size=30).map(lambda text: "grpc://" + text))
def test_any_target(target: str) -> None:
    with suppress(ProtoalignError):
        parse_target(target)
