"""What a request says, as attributes of its span. Pure functions on the contract's messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xaiwire.telemetry._content import input_messages, prompts

if TYPE_CHECKING:
    from typing import Any

    from xaiwire._services.calls import Method
    from xaiwire._transport.model import Endpoint

__all__ = ["Attributes", "operation_of", "request_attributes", "rpc_attributes"]

Attributes = dict[str, "str | int | float | bool | list[str]"]

# The values of gen_ai.operation.name; RPCs that are not here are none of its operations.
_OPERATIONS = {
    "/xai_api.Chat/GetCompletion": "chat",
    "/xai_api.Chat/GetCompletionChunk": "chat",
    "/xai_api.Chat/StartDeferredCompletion": "chat",
    "/xai_api.Embedder/Embed": "embeddings",
    "/xai_api.Image/GenerateImage": "generate_content",
    "/xai_api.Sample/SampleText": "text_completion",
    "/xai_api.Sample/SampleTextStreaming": "text_completion",
}

_OPTIONAL = (
    "max_tokens",
    "temperature",
    "top_p",
    "seed",
    "frequency_penalty",
    "presence_penalty",
)


def operation_of(method: Method[Any, Any]) -> str:
    """The value of `gen_ai.operation.name`; empty where the RPC has none."""
    return _OPERATIONS.get(method.path, "")


def rpc_attributes(method: Method[Any, Any], endpoint: Endpoint | None, *, old: bool, new: bool) -> Attributes:
    """What is said of the RPC and the server.

    Args:
        method: the RPC.
        endpoint: where the server is, if that is known.
        old: whether to use the names of the conventions before they were made stable.
        new: whether to use the stable ones, which give `rpc.method` another meaning.
    """
    attributes: Attributes = {}
    if old:
        attributes |= {"rpc.system": "grpc", "rpc.service": method.service, "rpc.method": method.name}
    if new:
        attributes |= {"rpc.system.name": "grpc", "rpc.method": method.path[1:]}
    if endpoint is not None:
        attributes |= {"server.address": endpoint.host, "server.port": endpoint.port}
    return attributes


def request_attributes(
    method: Method[Any, Any],
    request: Any,  # noqa: ANN401 - any message of the contract
    conversation: str | None,
    *,
    content: bool,
) -> Attributes:
    """What is said of the request.

    Args:
        method: the RPC.
        request: the request; None where requests are a stream.
        conversation: groups the spans of several calls.
        content: whether to say what its messages say.
    """
    attributes: Attributes = {}
    operation = operation_of(method)
    if not operation or request is None:
        return attributes
    attributes |= {"gen_ai.operation.name": operation, "gen_ai.provider.name": "x_ai"}
    if request.model:
        attributes["gen_ai.request.model"] = request.model
    if conversation:
        attributes["gen_ai.conversation.id"] = conversation
    _OF_REQUEST[operation](attributes, request, content)
    return attributes


def _sampling(attributes: Attributes, request: Any) -> None:  # noqa: ANN401
    for name in _OPTIONAL:
        if request.has_field(name):
            value = getattr(request, name)
            # A float of the contract has 32 bits: 0.7 comes back from the wire as 0.699999988.
            attributes[f"gen_ai.request.{name}"] = round(value, 6) if isinstance(value, float) else value
    if request.stop:
        attributes["gen_ai.request.stop_sequences"] = list(request.stop)
    _choices(attributes, request)


def _choices(attributes: Attributes, request: Any) -> None:  # noqa: ANN401
    if request.has_field("n") and request.n != 1:
        attributes["gen_ai.request.choice.count"] = request.n


def _chat(attributes: Attributes, request: Any, content: bool) -> None:  # noqa: ANN401
    _sampling(attributes, request)
    if request.response_format is not None:
        kind = request.response_format.format_type.name or ""
        attributes["gen_ai.output.type"] = "json" if kind.startswith("JSON") else "text"
    if content:
        attributes["gen_ai.input.messages"] = input_messages(request.messages)


def _text(attributes: Attributes, request: Any, content: bool) -> None:  # noqa: ANN401
    _sampling(attributes, request)
    if content:
        attributes["gen_ai.input.messages"] = prompts(request.prompt)


def _image(attributes: Attributes, request: Any, content: bool) -> None:  # noqa: ANN401
    _choices(attributes, request)
    attributes["gen_ai.output.type"] = "image"
    if content:
        attributes["gen_ai.input.messages"] = prompts([request.prompt])


def _embeddings(attributes: Attributes, request: Any, _content: bool) -> None:  # noqa: ANN401
    encoding = request.encoding_format.name or ""
    if int(request.encoding_format) and encoding.startswith("FORMAT_"):
        attributes["gen_ai.request.encoding_formats"] = [encoding.removeprefix("FORMAT_").lower()]


_OF_REQUEST: dict[str, Callable[[Attributes, Any, bool], None]] = {
    "chat": _chat,
    "embeddings": _embeddings,
    "generate_content": _image,
    "text_completion": _text,
}
