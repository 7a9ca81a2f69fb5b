"""Callers that connect to a server, over gRPC unless told otherwise.

They do no more than the protocol asks: no retries, and errors as connectrpc raises them.
"""

from __future__ import annotations

import asyncio
import math
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator, Mapping
from contextlib import aclosing, closing
from types import TracebackType
from typing import Any, Generic, TypeVar, cast

from connectrpc.client import ConnectClient, ConnectClientSync
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from connectrpc.request import Headers
from protobuf import Message
from pyqwest import Client, HTTPTransport, HTTPVersion, SyncClient, SyncHTTPTransport, SyncTransport, Transport
from typing_extensions import Self

from .calls import CallOptions, Idempotency, Metadata, Method, StreamingKind
