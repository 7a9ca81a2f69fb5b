"""Results of tools: REST names the call that each belongs to, the contract knows them by their order.

The contract's messages have no id of a call, so the results that follow an assistant's message are put into the order
of its calls. Where they cannot be told apart by order, the request is refused: a model would take one for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.http.failures import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from xaiwire.proto import chat_pb2
    from xaiwire_server.gateway.shapes.chat import Message

__all__ = ["ordered_results"]


def ordered_results(
    messages: list[Message], made: list[chat_pb2.Message], leave_out: Callable[[str, str], None]
) -> list[chat_pb2.Message]:
    """The messages, with the results of tools in the order of the calls.

    Args:
        messages: as they came.
        made: the same for the contract.
        leave_out: is told of ids that cannot be held against calls, for these are kept upstream.

    Raises:
        ApiError: 400, a result belongs to no call, to one that has another, or to one behind a call without a result.
    """
    ordered: list[chat_pb2.Message] = []
    at = 0
    while at < len(messages):
        if messages[at].role != "tool":
            ordered.append(made[at])
            at += 1
            continue
        end = at
        while end < len(messages) and messages[end].role == "tool":
            end += 1
        ordered.extend(made[number] for number in _order(messages, at, end, leave_out))
        at = end
    return ordered


def _order(messages: list[Message], begin: int, end: int, leave_out: Callable[[str, str], None]) -> list[int]:
    """The numbers of the results from `begin` to before `end`, in the order of the calls."""
    numbers = list(range(begin, end))
    asked = [number for number in numbers if messages[number].tool_call_id is not None]
    if not asked:
        return numbers
    calls = messages[begin - 1].tool_calls if begin and messages[begin - 1].role == "assistant" else None
    if not calls:
        if begin:
            raise invalid(f"messages[{asked[0]}].tool_call_id", "the message before has no call of a function")
        # The calls are in the conversation that the request goes on with.
        if len(numbers) > 1:
            leave_out(f"messages[{asked[0]}].tool_call_id", "xAI's API knows results by their order")
        return numbers
    if len(asked) < len(numbers):
        missing = next(number for number in numbers if messages[number].tool_call_id is None)
        raise invalid(f"messages[{missing}].tool_call_id", "it is missing, and other results have it")
    places = {call.id: place for place, call in enumerate(calls)}
    found: dict[int, int] = {}
    for number in numbers:
        identity = messages[number].tool_call_id or ""
        place = places.get(identity)
        if place is None:
            raise invalid(f"messages[{number}].tool_call_id", f"no call before is named {identity[:80]!r}")
        if place in found:
            raise invalid(f"messages[{number}].tool_call_id", f"there are two results of {identity[:80]!r}")
        found[place] = number
    last = max(found)
    for place in range(last):
        if place not in found:
            raise ApiError(
                400,
                f"messages[{found[last]}]: the call {calls[place].id[:80]!r} has no result, and a later one has: xAI's "
                "API knows results by their order",
                code="missing_tool_result",
                param=f"messages[{found[last]}]",
            )
    return [found[place] for place in sorted(found)]
