"""What requests of several APIs say alike of how an answer is sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xaiwire_server.gateway.http.failures import invalid

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


def either(first: tuple[str, Any], second: tuple[str, Any]) -> Any:  # noqa: ANN401 - of any field
    """The value of a field that has two names.

    Args:
        first: a name, and what the request has under it; None for nothing.
        second: the other one.

    Raises:
        ApiError: 400, both are there and differ.
    """
    (name, one), (other, two) = first, second
    if one is not None and two is not None and one != two:
        raise invalid(other, f"it says {two!r}, and {name}, which means the same, {one!r}")
    return one if one is not None else two
