"""The official package's grpcio servicers: a server that we did not write, run by the official package's Python.

    python official_servicers.py    prints its address, then a line of JSON for each call; ends with its standard input

Every RPC is answered with a message in which each field is set, so that what a client reads is not empty by chance.
"""

import base64
import importlib
import json
import sys
from concurrent import futures

import grpc
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass

FILES = ("auth", "chat", "collections", "documents", "embed", "files", "image", "models", "sample", "tokenize")
DEPTH = 4
MESSAGE, ENUM = 11, 14


def filled(message, depth=DEPTH):
    """Set every field of a message; of a oneof, the first."""
    done = set()
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if oneof is not None and len(oneof.fields) > 1:
            if oneof.name in done:
                continue
            done.add(oneof.name)
        is_map = field.type == MESSAGE and field.message_type.GetOptions().map_entry
        if is_map:
            getattr(message, field.name)["key"] = "value"
        elif field.type == MESSAGE:
            if depth:
                part = getattr(message, field.name)
                filled(part.add() if repeated(field) else part, depth - 1)
                if not repeated(field):
                    part.SetInParent()
        elif repeated(field):
            getattr(message, field.name).append(value(field))
        else:
            setattr(message, field.name, value(field))
    return message


def repeated(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == 3


def value(field):
    if field.type == ENUM:
        return field.enum_type.values[-1].number
    if field.cpp_type == field.CPPTYPE_BOOL:
        return True
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return 0.5
    if field.cpp_type == field.CPPTYPE_STRING:
        return field.name.encode() if field.type == 12 else field.name
    return 7


def servicer(base, service):
    """An instance of a servicer that answers and tells."""

    def method_of(method):
        answer_class = GetMessageClass(method.output_type)

        def told(request, context):
            requests = list(request) if method.client_streaming else [request]
            answers = [filled(answer_class()) for _ in range(2 if method.server_streaming else 1)]
            tell(
                path=f"/{service.full_name}/{method.name}",
                metadata=[[key, text(each)] for key, each in context.invocation_metadata()],
                requests=[json_format.MessageToDict(each, preserving_proto_field_name=True) for each in requests],
                types=[type(each).DESCRIPTOR.full_name for each in requests],
                bytes=[base64.b64encode(each.SerializeToString(deterministic=True)).decode() for each in requests],
                answers=[base64.b64encode(each.SerializeToString(deterministic=True)).decode() for each in answers],
                timeout=context.time_remaining(),
            )
            context.set_trailing_metadata((("x-request-id", "from-the-server"),))
            return answers

        def unary(_self, request, context):
            return told(request, context)[0]

        def stream(_self, request, context):
            yield from told(request, context)

        return stream if method.server_streaming else unary

    return type("Telling", (base,), {method.name: method_of(method) for method in service.methods})()


def text(each):
    return each if isinstance(each, str) else base64.b64encode(each).decode()


def tell(**what):
    print(json.dumps(what), flush=True)


def main():
    proto = importlib.import_module("xai_sdk.proto")
    server = grpc.server(futures.ThreadPoolExecutor(8))
    for name in FILES:
        messages, stubs = getattr(proto, f"{name}_pb2"), getattr(proto, f"{name}_pb2_grpc")
        for service in messages.DESCRIPTOR.services_by_name.values():
            base = getattr(stubs, f"{service.name}Servicer")
            getattr(stubs, f"add_{service.name}Servicer_to_server")(servicer(base, service), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    tell(address=f"127.0.0.1:{port}")
    sys.stdin.read()
    server.stop(None)


if __name__ == "__main__":
    main()
