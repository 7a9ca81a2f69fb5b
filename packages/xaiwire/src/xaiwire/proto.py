"""The contract's messages under the names that the official package has for their modules.

    from xaiwire.proto import chat_pb2

    chat_pb2.Message(role=chat_pb2.MessageRole.ROLE_USER)

They are protobuf-py's messages, not those of Google's protobuf: a member of a oneof is `Oneof("text", "Hello")`, bytes
are made by `to_binary()` and read by `from_binary()`; see https://pypi.org/project/protobuf-py/.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from xaiwire._gen.xai.api.v1 import auth_pb as auth_pb2
    from xaiwire._gen.xai.api.v1 import chat_pb as chat_pb2
    from xaiwire._gen.xai.api.v1 import collections_pb as collections_pb2
    from xaiwire._gen.xai.api.v1 import deferred_pb as deferred_pb2
    from xaiwire._gen.xai.api.v1 import documents_pb as documents_pb2
    from xaiwire._gen.xai.api.v1 import embed_pb as embed_pb2
    from xaiwire._gen.xai.api.v1 import files_pb as files_pb2
    from xaiwire._gen.xai.api.v1 import image_pb as image_pb2
    from xaiwire._gen.xai.api.v1 import models_pb as models_pb2
    from xaiwire._gen.xai.api.v1 import sample_pb as sample_pb2
    from xaiwire._gen.xai.api.v1 import shared_pb as shared_pb2
    from xaiwire._gen.xai.api.v1 import tokenize_pb as tokenize_pb2
    from xaiwire._gen.xai.api.v1 import types_pb as types_pb2
    from xaiwire._gen.xai.api.v1 import usage_pb as usage_pb2

__all__ = [
    "auth_pb2",
    "chat_pb2",
    "collections_pb2",
    "deferred_pb2",
    "documents_pb2",
    "embed_pb2",
    "files_pb2",
    "image_pb2",
    "models_pb2",
    "sample_pb2",
    "shared_pb2",
    "tokenize_pb2",
    "types_pb2",
    "usage_pb2",
]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"xaiwire._gen.xai.api.v1.{name.removesuffix('2')}")


def __dir__() -> list[str]:
    return __all__
