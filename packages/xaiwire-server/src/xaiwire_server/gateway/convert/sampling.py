"""What requests of several APIs say alike of how an answer is sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xaiwire_server.gateway.shapes.chat import ChatRequest
    from xaiwire_server.gateway.shapes.completions import CompletionRequest

__all__ = ["sampling_fields", "stop_sequences"]

_SAME = (
    "n",
    "seed",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
)


def sampling_fields(request: ChatRequest | CompletionRequest) -> dict[str, Any]:
    """The fields of the contract that have the same name and meaning in REST."""
    fields: dict[str, Any] = {"model": request.model}
    for name in _SAME:
        value = getattr(request, name)
        if value is not None:
            fields[name] = value
    if request.stop is not None:
        fields["stop"] = stop_sequences(request.stop)
    if request.user:
        fields["user"] = request.user
    return fields


def stop_sequences(stop: str | list[str]) -> list[str]:
    """Where an answer ends, as a list."""
    return [stop] if isinstance(stop, str) else stop
