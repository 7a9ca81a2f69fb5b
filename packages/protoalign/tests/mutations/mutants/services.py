"""Mutations of services and their RPCs."""

from __future__ import annotations

from random import Random

from google.protobuf.descriptor_pb2 import MethodOptions
from mutants.draft import Draft, NotApplicableError, joined, pick, reorder
from mutants.kind import kind


def drop_service(draft: Draft, random: Random) -> None:
    pick(random, draft.services()).remove()


def add_service(draft: Draft, random: Random) -> None:
    message = pick(random, draft.messages())
    service = message.file.service.add(name=f"AddedService{random.randrange(100)}")
    service.method.add(name="Call", input_type=f".{message.name}", output_type=f".{message.name}")


def rename_service(draft: Draft, random: Random) -> None:
    spot = pick(random, draft.services())
    name = f"{spot.descriptor.name}Renamed"
    if joined(spot.file.package, name) in draft.names():
        raise NotApplicableError
    spot.descriptor.name = name


def drop_rpc(draft: Draft, random: Random) -> None:
    spot = pick(random, draft.rpcs())
    if len(spot.parent.method) == 1:
        raise NotApplicableError
    spot.remove()


def add_rpc(draft: Draft, random: Random) -> None:
    service = pick(random, draft.services()).descriptor
    known = pick(random, service.method)
    service.method.add(
        name=f"AddedRpc{random.randrange(100)}", input_type=known.input_type, output_type=known.output_type
    )


def rename_rpc(draft: Draft, random: Random) -> None:
    spot = pick(random, draft.rpcs())
    name = f"{spot.descriptor.name}Renamed"
    if any(method.name == name for method in spot.parent.method):
        raise NotApplicableError
    spot.descriptor.name = name


def flip_client_streaming(draft: Draft, random: Random) -> None:
    method = pick(random, draft.rpcs()).descriptor
    method.client_streaming = not method.client_streaming


def flip_server_streaming(draft: Draft, random: Random) -> None:
    method = pick(random, draft.rpcs()).descriptor
    method.server_streaming = not method.server_streaming


def change_input(draft: Draft, random: Random) -> None:
    _change_type(draft, random, "input_type")


def change_output(draft: Draft, random: Random) -> None:
    _change_type(draft, random, "output_type")


def _change_type(draft: Draft, random: Random, attribute: str) -> None:
    spot = pick(random, draft.rpcs())
    message = pick(
        random,
        (
            other
            for other in draft.messages()
            if other.file is spot.file and f".{other.name}" != getattr(spot.descriptor, attribute)
        ),
    )
    setattr(spot.descriptor, attribute, f".{message.name}")


def change_idempotency(draft: Draft, random: Random) -> None:
    method = pick(random, draft.rpcs()).descriptor
    levels = [level for level in MethodOptions.IdempotencyLevel.values() if level != method.options.idempotency_level]
    method.options.idempotency_level = random.choice(levels)


def change_body(draft: Draft, random: Random) -> None:
    """`;` for `{}` or the other way round, where the RPC has no options."""
    method = pick(random, (spot for spot in draft.rpcs() if not spot.descriptor.options.ByteSize())).descriptor
    if method.HasField("options"):
        method.ClearField("options")
    else:
        method.options.SetInParent()


def reorder_rpcs(draft: Draft, random: Random) -> None:
    service = pick(random, (spot for spot in draft.services() if len(spot.descriptor.method) > 1)).descriptor
    reorder(service.method, *random.sample(range(len(service.method)), 2))


def move_rpc(draft: Draft, random: Random) -> None:
    """Move an RPC to another service of its file."""
    spot = pick(random, (spot for spot in draft.rpcs() if len(spot.file.service) > 1))
    service = pick(random, [service for service in spot.file.service if service is not spot.parent])
    if any(method.name == spot.descriptor.name for method in service.method):
        raise NotApplicableError
    service.method.add().CopyFrom(spot.descriptor)
    spot.remove()


KINDS = (
    kind("drop a service", drop_service, "missing"),
    kind("add a service", add_service, "extra", adds=True),
    kind("rename a service", rename_service, "rpc-path"),
    kind("drop an RPC", drop_rpc, "missing", findings=1),
    kind("add an RPC", add_rpc, "extra", findings=1, adds=True),
    kind("rename an RPC", rename_rpc, "rpc-path"),
    kind("move an RPC to another service", move_rpc, "rpc-path", "missing"),
    kind("flip client streaming", flip_client_streaming, "rpc-path", findings=1),
    kind("flip server streaming", flip_server_streaming, "rpc-path", findings=1),
    kind("change a request type", change_input, "rpc-path", findings=1),
    kind("change a response type", change_output, "rpc-path", findings=1),
    kind("change an idempotency level", change_idempotency, "source", findings=1),
    kind("end an RPC with `{}` or `;`", change_body, "cosmetic", findings=0),
    kind("reorder two RPCs", reorder_rpcs, "cosmetic", findings=0),
)
