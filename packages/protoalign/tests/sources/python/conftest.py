"""Modules in the forms that protoc and others have written over the years, around one descriptor."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto


@pytest.fixture(scope="session")
def serialized() -> bytes:
    file = FileDescriptorProto(
        name='shop/v1/it\'s "quoted" \\ name.proto'.replace(" ", "_"), package="shop.v1", syntax="proto3"
    )
    message = file.message_type.add(name="Order")
    message.field.add(
        name="id", number=1, type=FieldDescriptorProto.TYPE_STRING, label=FieldDescriptorProto.LABEL_OPTIONAL
    )
    service = file.service.add(name="Orders")
    service.method.add(name="Get", input_type=".shop.v1.Order", output_type=".shop.v1.Order")
    file.options.go_package = "näme/é\0\x7f"
    return file.SerializeToString()
