"""All answers of one request, made side by side and cut to what the request allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import usage_pb2
from xaiwire_server.emulator.answers.shaping import Part, Shaper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from xaiwire.proto import sample_pb2
    from xaiwire_server.emulator.answers.model import Engine, Task

__all__ = ["Generation"]


class Generation:
    """The answers of a request.

    Attributes:
        usage: what has been used so far; totals add up after each part.
    """

    def __init__(
        self,
        engine: Engine,
        tasks: Sequence[Task],
        *,
        stop: Sequence[str],
        max_tokens: int | None,
        usage: usage_pb2.SamplingUsage,
    ) -> None:
        """Begin.

        Args:
            engine: makes the answers.
            tasks: one for each answer.
            stop: where answers end.
            max_tokens: how many tokens each has at most; None is no limit.
            usage: what the prompt has used.
        """
        self._engine = engine
        self._tasks = tasks
        self._shapers = [Shaper(stop, max_tokens) for _ in tasks]
        self.usage = usage
        self._count()

    async def parts(self) -> AsyncIterator[tuple[int, Part, sample_pb2.FinishReason | None]]:
        """The parts of all answers, by turns: which answer, the part, and why it is over if it is."""
        running = {index: self._engine.answer(task) for index, task in enumerate(self._tasks)}
        try:
            while running:
                for index, answer in list(running.items()):
                    shaper = self._shapers[index]
                    delta = await anext(answer, None)
                    part = shaper.end() if delta is None else shaper.feed(delta)
                    self._count()
                    if delta is None or shaper.finish is not None:
                        del running[index]
                        await answer.aclose()  # type: ignore[attr-defined]  # engines are generators
                        yield index, part, shaper.finish
                    elif part.text or part.reasoning or part.tool_calls:
                        yield index, part, None
        finally:
            for answer in running.values():
                await answer.aclose()  # type: ignore[attr-defined]

    def _count(self) -> None:
        usage = self.usage
        usage.completion_tokens = sum(shaper.tokens for shaper in self._shapers)
        usage.reasoning_tokens = sum(shaper.reasoning_tokens for shaper in self._shapers)
        usage.total_tokens = usage.prompt_tokens + usage.completion_tokens + usage.reasoning_tokens
