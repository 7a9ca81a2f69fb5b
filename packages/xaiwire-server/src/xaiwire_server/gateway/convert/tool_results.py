"""Results of tools: REST names the call that each belongs to, the contract knows them by their order.

The contract's messages have no id of a call, so the results that follow an assistant's message are put into the order
of its calls. Where they cannot be told apart by order, the request is refused: a model would take one for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2
from xaiwire_server.gateway.http.failures import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["function_calls", "ordered_results"]

_Role = chat_pb2.MessageRole
_Type = chat_pb2.ToolCallType


def function_calls(message: chat_pb2.Message | chat_pb2.CompletionMessage) -> list[str]:
    """The ids of the calls in a message that the caller is to run."""
    own = (_Type.CLIENT_SIDE_TOOL, _Type.INVALID)
    return [call.id for call in message.tool_calls if call.type in own]


def ordered_results(
    made: Sequence[chat_pb2.Message],
    call_ids: Sequence[str | None],
    leave_out: Callable[[str, str], None],
    *,
    path: Callable[[int], str],
    field: str,
    before: Sequence[str] | None = None,
) -> list[chat_pb2.Message]:
    """The messages, with the results of tools in the order of the calls.

    Args:
        made: the messages, in the order of the request.
        call_ids: for each, the call that it is the result of; None where it is none, or where the request does not say.
        leave_out: is told of ids that cannot be held against calls, for these are kept upstream.
        path: the path of a message in the request, by its number.
        field: the name of the field that has the call's id.
        before: the calls that ended the conversation that the request goes on with; None where they are not known.

    Raises:
        ApiError: 400, a result belongs to no call, to one that has another, or to one behind a call without a result.
    """
    ordered: list[chat_pb2.Message] = []
    at = 0
    while at < len(made):
        if made[at].role != _Role.ROLE_TOOL:
            ordered.append(made[at])
            at += 1
            continue
        end = at
        while end < len(made) and made[end].role == _Role.ROLE_TOOL:
            end += 1
        asked = [number for number in range(at, end) if call_ids[number] is not None]
        if not asked:
            ordered.extend(made[at:end])
        elif at == 0 and before is None:
            # The calls are in the conversation that the request goes on with.
            if end > 1:
                leave_out(f"{path(asked[0])}.{field}", "xAI's API knows results by their order")
            ordered.extend(made[:end])
        else:
            calls = function_calls(made[at - 1]) if at else before
            if not calls:
                raise invalid(f"{path(asked[0])}.{field}", "the message before has no call of a function")
            ordered.extend(made[number] for number in _order(call_ids, range(at, end), calls, path, field))
        at = end
    return ordered


def _order(
    call_ids: Sequence[str | None], numbers: range, calls: Sequence[str], path: Callable[[int], str], field: str
) -> list[int]:
    """The numbers of the results, in the order of the calls."""
    places = {identity: place for place, identity in enumerate(calls)}
    found: dict[int, int] = {}
    for number in numbers:
        identity = call_ids[number]
        if identity is None:
            raise invalid(f"{path(number)}.{field}", "it is missing, and other results have it")
        place = places.get(identity)
        if place is None:
            raise invalid(f"{path(number)}.{field}", f"no call before is named {identity[:80]!r}")
        if place in found:
            raise invalid(f"{path(number)}.{field}", f"there are two results of {identity[:80]!r}")
        found[place] = number
    last = max(found)
    for place in range(last):
        if place not in found:
            raise ApiError(
                400,
                f"{path(found[last])}: the call {calls[place][:80]!r} has no result, and a later one has: xAI's API "
                "knows results by their order",
                code="missing_tool_result",
                param=path(found[last]),
            )
    return [found[place] for place in sorted(found)]
