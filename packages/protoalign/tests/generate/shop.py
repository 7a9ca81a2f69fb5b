"""A small contract with every streaming kind, its generated package, and a server of it that we did not generate."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

SHOP = """
syntax = "proto3";
package acme.shop.v1;

import "google/protobuf/empty.proto";
import "google/protobuf/timestamp.proto";

// Keeps the shop's goods.
service Shop {
  // Finds one thing.
  rpc Find(FindRequest) returns (Thing) {}
  rpc List(ListRequest) returns (ListResponse) {}
  rpc Watch(FindRequest) returns (stream Thing) {}
  rpc Store(stream Thing) returns (Count) {}
  rpc Trade(stream Thing) returns (stream Thing) {}
  rpc Clear(google.protobuf.Empty) returns (google.protobuf.Empty) {}
}

// Shares a method's name with Shop.
service Attic {
  rpc Find(FindRequest) returns (Thing) {}
}

service Nothing {}

message FindRequest {
  // What it is called.
  string name = 1;
  oneof by {
    int32 number = 2;
    Thing like = 3;
  }
  optional bool exact = 4;
  map<string, int64> weights = 5;
  repeated string from = 6;
  repeated Kind kinds = 7;
  google.protobuf.Timestamp since = 8;
  string timeout = 9;
  string self = 10;
  bytes requests = 11;
}

enum Kind {
  KIND_UNKNOWN = 0;
  KIND_BOOK = 1;
}

message Thing {
  string name = 1;
  repeated Thing parts = 2;
  message Size {
    double width = 1;
  }
  Size size = 3;
}

message ListRequest {
  string page_token = 1;
}

message ListResponse {
  repeated Thing things = 1;
  string next_page_token = 2;
}

message Count {
  int64 count = 1;
}
"""

NAMES = """
[defaults]
timeout = 30.0

[services."acme.shop.v1.Shop".methods.List]
idempotency = "no-side-effects"
page = { request = "page_token", response = "next_page_token", items = "things" }
"""

SETTINGS = """
[subject]
source = "proto"

[generate]
names = "services.toml"

[generate.python]
messages = "src/acme_shop/_gen"
services = "src/acme_shop/_services"
"""


def write_project(root, *, proto=SHOP, names=NAMES, settings=SETTINGS, file="acme/shop/v1/shop.proto"):
    """A project's folder, ready for `protoalign generate`."""
    path = root / "proto" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(proto)
    (root / "services.toml").write_text(names)
    (root / "protoalign.toml").write_text(settings)
    package = root / "src" / "acme_shop"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("")
    return root


@contextmanager
def imported_from(folder):
    """The generated package, importable for the time of the block and forgotten afterwards."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "acme_shop"]:
            del sys.modules[name]


class Served:
    """What a server saw."""

    def __init__(self):
        self.metadata = {}
        self.cancelled = Event()
        self.address = ""


@contextmanager
def shop_server(contract):
    """A gRPC server of the shop whose messages are Google's, made from the contract's descriptors at run time."""
    import grpc
    from google.protobuf.message_factory import GetMessageClass

    from protoalign.contract.pools import pool_of

    pool = pool_of(contract.by_name[name] for name in contract.import_order)

    def kind(name):
        return GetMessageClass(pool.FindMessageTypeByName(name))

    thing, empty = kind("acme.shop.v1.Thing"), kind("google.protobuf.Empty")
    page, count = kind("acme.shop.v1.ListResponse"), kind("acme.shop.v1.Count")
    served = Served()

    def find(request, context):
        served.metadata = dict(context.invocation_metadata())
        if request.name == "nothing":
            context.abort(grpc.StatusCode.NOT_FOUND, "no such thing")
        if request.name == "slow":
            served.cancelled.wait(5)
        return thing(name=request.name or request.like.name or str(request.number))

    def list_(request, _context):
        number = int(request.page_token or 0)
        things = [thing(name=f"{number}a"), thing(name=f"{number}b")]
        return page(things=things, next_page_token={0: "1", 1: "2"}.get(number, "") if number != 7 else "7")

    def watch(request, context):
        context.add_callback(served.cancelled.set)
        for number in range(3 if request.name != "for ever" else 1_000_000):
            yield thing(name=f"{request.name}{number}")

    def store(requests, _context):
        return count(count=sum(1 for _ in requests))

    def trade(requests, _context):
        for request in requests:
            yield thing(name=request.name[::-1])

    def method(make, function, request, response):
        return make(function, request_deserializer=request.FromString, response_serializer=response.SerializeToString)

    find_request = kind("acme.shop.v1.FindRequest")
    unary = grpc.unary_unary_rpc_method_handler
    handlers = {
        "Find": method(unary, find, find_request, thing),
        "List": method(unary, list_, kind("acme.shop.v1.ListRequest"), page),
        "Watch": method(grpc.unary_stream_rpc_method_handler, watch, find_request, thing),
        "Store": method(grpc.stream_unary_rpc_method_handler, store, thing, count),
        "Trade": method(grpc.stream_stream_rpc_method_handler, trade, thing, thing),
        "Clear": method(unary, lambda _request, _context: empty(), empty, empty),
    }
    with ThreadPoolExecutor(8) as threads:
        server = grpc.server(threads)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("acme.shop.v1.Shop", handlers),))
        served.address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield served
        finally:
            served.cancelled.set()
            server.stop(None).wait()
