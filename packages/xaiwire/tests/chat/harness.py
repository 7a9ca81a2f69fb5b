"""Both clients of conversations, on callers that connect to nothing."""

from __future__ import annotations

import asyncio
import inspect

from fake_callers import AsyncFakeCaller, FakeCaller

from xaiwire import aio, sync
from xaiwire._services import chat as methods


class Harness:
    """Both clients, used alike."""

    def __init__(self, kind):
        self.kind = kind
        self.caller = FakeCaller() if kind == "sync" else AsyncFakeCaller()
        home = sync if kind == "sync" else aio
        self.client = home.chat.Client(self.caller)
        self.deferred = home.deferred.Client(self.caller)

    def run(self, given):
        """What a call gives: a value, or all that a stream yields."""
        if inspect.isawaitable(given):
            return asyncio.run(_awaited(given))
        if hasattr(given, "__anext__"):
            return asyncio.run(_taken(given))
        return list(given) if hasattr(given, "__next__") else given

    def answers(self, *answers, method=methods.COMPLETE):
        """Say what answers the next calls; an exception is raised."""
        left = iter(answers)

        def answer(_request):
            following = next(left)
            if isinstance(following, Exception):
                raise following
            return following

        self.caller.on(method, answer)

    def streams(self, chunks):
        """Say what the chunks of each stream are."""
        self.caller.on(methods.STREAM, lambda _request: iter(chunks))


async def _awaited(given):
    return await given


async def _taken(given):
    return [each async for each in given]
