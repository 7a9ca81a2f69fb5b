"""A gRPC server that is not ours: grpcio, with Google's messages made from the contract's descriptors at run time.

It notes every call with what arrived. What it answers, a test says for each RPC; the rest get an empty message.
"""

from __future__ import annotations

import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

PROTO = Path(__file__).parents[3] / "proto"
CREDENTIALS = {"api": "api-key", "management": "management-key"}


@cache
def pool() -> tuple[DescriptorPool, tuple[str, ...]]:
    """The contract's descriptors, as protoc compiles them, and the names of its files."""
    protoc = Path(sysconfig.get_path("scripts")) / "protoc"
    names = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    made = subprocess.run(
        [protoc, f"-I{PROTO}", "--include_imports", "--descriptor_set_out=/dev/stdout", *names],
        capture_output=True,
        check=True,
    )
    descriptors = DescriptorPool()
    for file in FileDescriptorSet.FromString(made.stdout).file:
        descriptors.Add(file)
    return descriptors, tuple(names)


def message(full_name: str) -> Any:
    """Google's class of a message, such as `xai_api.File`."""
    return GetMessageClass(pool()[0].FindMessageTypeByName(full_name))


@dataclass
class Call:
    """What arrived of one call.

    Attributes:
        path: the RPC's path.
        metadata: the headers that grpcio shows; of a name that occurs twice, the last one.
        requests: the messages, Google's.
        timeout: seconds that the client allows; None for no limit.
    """

    path: str
    metadata: dict[str, Any]
    requests: list[Any]
    timeout: float | None
    context: Any = None


Handler = Callable[[Any, Any], Any]
"""Gets the request and the context, gives the response; an iterator and an iterable where those are streams."""


@dataclass
class ReferenceServer:
    """The server.

    Attributes:
        address: such as `127.0.0.1:50123`.
        calls: what arrived, in order.
        handlers: by path, what answers; put functions into it.
    """

    address: str = ""
    calls: list[Call] = field(default_factory=list)
    handlers: dict[str, Handler] = field(default_factory=dict)

    def on(self, path: str) -> Callable[[Handler], Handler]:
        """Decorate the function that answers an RPC."""

        def register(handler: Handler) -> Handler:
            self.handlers[path] = handler
            return handler

        return register

    def paths(self) -> list[str]:
        """The paths of the calls, in order."""
        return [call.path for call in self.calls]

    @property
    def last(self) -> Call:
        """The call that came last."""
        return self.calls[-1]


def all_methods() -> Iterator[tuple[str, Any]]:
    """Each RPC's path and descriptor."""
    descriptors, names = pool()
    for name in names:
        for service in descriptors.FindFileByName(name).services_by_name.values():
            for method in service.methods:
                yield f"/{service.full_name}/{method.name}", method


@contextmanager
def reference_server(
    *, threads: int = 32, credentials: Any = None, options: tuple[tuple[str, Any], ...] = ()
) -> Iterator[ReferenceServer]:
    """Serve on a free port of the loopback.

    Args:
        threads: how many calls run at once.
        credentials: grpcio's server credentials; None for plain text.
        options: of the grpcio server.
    """
    served = ReferenceServer()
    # As the official client has it.
    limits = (("grpc.max_receive_message_length", 20 << 20), ("grpc.max_send_message_length", 20 << 20))
    with ThreadPoolExecutor(threads) as executor:
        server = grpc.server(executor, options=(*limits, *options))
        server.add_generic_rpc_handlers((_Handlers(served),))
        if credentials is None:
            port = server.add_insecure_port("127.0.0.1:0")
        else:
            port = server.add_secure_port("127.0.0.1:0", credentials)
        served.address = f"127.0.0.1:{port}"
        server.start()
        try:
            yield served
        finally:
            server.stop(None).wait()


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, served: ReferenceServer) -> None:
        self._served = served
        self._methods = dict(all_methods())

    def service(self, details: Any) -> Any:
        method = self._methods.get(details.method)
        if method is None:
            return None
        return _handler(self._served, details.method, method)


def _handler(served: ReferenceServer, path: str, method: Any) -> Any:
    request_class, response_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

    def noted(requests: list[Any], context: Any) -> None:
        remaining = context.time_remaining()
        timeout = None if remaining is None or remaining > 10**8 else remaining
        served.calls.append(Call(path, dict(context.invocation_metadata()), requests, timeout, context))

    def taken(requests: Iterator[Any], into: list[Any]) -> Iterator[Any]:
        for request in requests:
            into.append(request)
            yield request

    def empty(_request: Any, _context: Any) -> Any:
        return [] if method.server_streaming else response_class()

    def run(request: Any, context: Any) -> Any:
        if method.client_streaming:
            got: list[Any] = []
            noted(got, context)
            requests = taken(request, got)
            answer = served.handlers.get(path)
            if answer is None:
                for _ in requests:
                    pass
                return response_class()
            return answer(requests, context)
        noted([request], context)
        return served.handlers.get(path, empty)(request, context)

    def run_stream(request: Any, context: Any) -> Iterator[Any]:
        yield from run(request, context)

    kinds = {
        (False, False): (grpc.unary_unary_rpc_method_handler, run),
        (False, True): (grpc.unary_stream_rpc_method_handler, run_stream),
        (True, False): (grpc.stream_unary_rpc_method_handler, run),
        (True, True): (grpc.stream_stream_rpc_method_handler, run_stream),
    }
    make, function = kinds[method.client_streaming, method.server_streaming]
    return make(
        function,
        request_deserializer=request_class.FromString,
        response_serializer=response_class.SerializeToString,
    )
