"""Sample: texts that go on from a prompt."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from xaiwire.proto import chat_pb2, sample_pb2
from xaiwire_server.emulator.answers.generation import Generation
from xaiwire_server.emulator.answers.model import Task, text_message
from xaiwire_server.emulator.clock import timestamp
from xaiwire_server.emulator.services.chat_checks import check_sampling
from xaiwire_server.emulator.services.checks import check_model, required
from xaiwire_server.emulator.services.prompt import prompt_usage
from xaiwire_server.rpc.refusal import invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from xaiwire_server.emulator.answers.model import Engine
    from xaiwire_server.emulator.catalogue import Catalogue
    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.context import Context, Handler

__all__ = ["SampleService"]

MAX_PROMPTS = 16
_SAME = ("max_tokens", "seed", "temperature", "top_p", "frequency_penalty", "presence_penalty", "n", "top_logprobs")


class SampleService:
    """The service. A prompt is answered as the user's message of a conversation would be."""

    def __init__(self, catalogue: Catalogue, engine: Callable[[], Engine], clock: Clock) -> None:
        """Begin.

        Args:
            catalogue: the models.
            engine: what makes answers now.
            clock: the emulator's time.
        """
        self._catalogue = catalogue
        self._engine = engine
        self._clock = clock

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        return {"/xai_api.Sample/SampleText": self.sample, "/xai_api.Sample/SampleTextStreaming": self.stream}

    async def sample(self, request: sample_pb2.SampleTextRequest, context: Context) -> sample_pb2.SampleTextResponse:
        """Texts, whole."""
        response, generation, count = self._begin(request, context)
        choices = [sample_pb2.SampleChoice(index=index) for index in range(count)]
        async for index, part, finish in generation.parts():
            choices[index].text += part.text
            if finish is not None:
                choices[index].finish_reason = finish
        response.choices = choices
        response.usage = generation.usage
        return response

    async def stream(
        self, request: sample_pb2.SampleTextRequest, context: Context
    ) -> AsyncIterator[sample_pb2.SampleTextResponse]:
        """Texts, word by word."""
        response, generation, _ = self._begin(request, context)
        async for index, part, finish in generation.parts():
            choice = sample_pb2.SampleChoice(index=index, text=part.text)
            if finish is not None:
                choice.finish_reason = finish
            elif not part.text:
                continue
            response.choices = [choice]
            response.usage = generation.usage
            yield response

    def _begin(
        self, request: sample_pb2.SampleTextRequest, context: Context
    ) -> tuple[sample_pb2.SampleTextResponse, Generation, int]:
        engine = self._engine()
        model = self._catalogue.language_model(required("model", request.model), any_model=engine.any_model)
        check_model(context, request.model)
        if not 1 <= len(request.prompt) <= MAX_PROMPTS:
            raise invalid("prompt", f"there are {len(request.prompt)} prompts; between 1 and {MAX_PROMPTS} are allowed")
        asked = chat_pb2.GetCompletionsRequest(
            model=request.model, stop=list(request.stop), user=request.user, logprobs=request.logprobs
        )
        for name in _SAME:
            if request.has_field(name):  # type: ignore[arg-type]  # the names above are fields of both
                setattr(asked, name, getattr(request, name))
        check_sampling(asked)
        prompts = [text_message(chat_pb2.MessageRole.ROLE_USER, prompt) for prompt in request.prompt]
        each = asked.n if asked.has_field("n") else 1
        tasks = [Task(asked, [prompt], choice, False) for prompt in prompts for choice in range(each)]
        generation = Generation(
            engine,
            tasks,
            stop=asked.stop,
            max_tokens=asked.max_tokens if asked.has_field("max_tokens") else None,
            usage=prompt_usage((), prompts, (), {}),
        )
        response = sample_pb2.SampleTextResponse(
            id=str(uuid.uuid4()),
            created=timestamp(self._clock.now()),
            model=model.name,
            system_fingerprint=model.system_fingerprint,
        )
        return response, generation, len(tasks)
