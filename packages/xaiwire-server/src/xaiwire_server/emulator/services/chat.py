"""Chat: answers, at once, as a stream, later, and kept."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from protobuf import Oneof

from xaiwire import StatusCode
from xaiwire.proto import chat_pb2, deferred_pb2
from xaiwire_server.emulator.answers.generation import Generation
from xaiwire_server.emulator.answers.model import Task, last_question
from xaiwire_server.emulator.answers.shaping import log_probs
from xaiwire_server.emulator.answers.sources import searched
from xaiwire_server.emulator.catalogue import THINKING
from xaiwire_server.emulator.clock import timestamp
from xaiwire_server.emulator.services.chat_checks import check_chat
from xaiwire_server.emulator.services.checks import check_model, required
from xaiwire_server.emulator.services.prompt import prompt_usage
from xaiwire_server.emulator.services.server_tools import ToolUse, use_server_tools
from xaiwire_server.rpc.refusal import Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from xaiwire.proto import models_pb2
    from xaiwire_server.emulator.answers.encryption import Encryption
    from xaiwire_server.emulator.answers.model import Engine
    from xaiwire_server.emulator.answers.shaping import Part
    from xaiwire_server.emulator.catalogue import Catalogue
    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.context import Context, Handler
    from xaiwire_server.emulator.services.documents import Searcher
    from xaiwire_server.emulator.state.store import Store

__all__ = ["ChatService"]

_Role = chat_pb2.MessageRole
_Mode = chat_pb2.ToolMode


@dataclass(slots=True, eq=False)
class _Prepared:
    """A request that has been checked, with all that is known before it is answered."""

    id: str
    created: int
    request: chat_pb2.GetCompletionsRequest
    model: models_pb2.LanguageModel
    messages: list[chat_pb2.Message]
    generation: Generation
    tools: ToolUse
    citations: list[str]


class ChatService:
    """The service."""

    def __init__(
        self,
        *,
        store: Store,
        catalogue: Catalogue,
        engine: Callable[[], Engine],
        searcher: Searcher,
        encryption: Encryption,
        clock: Clock,
        deferred_delay: int,
    ) -> None:
        """Begin.

        Args:
            store: the state.
            catalogue: the models.
            engine: what makes answers now.
            searcher: searches collections.
            encryption: encrypts what models thought.
            clock: the emulator's time.
            deferred_delay: how long a deferred answer takes at least, in microseconds.
        """
        self._store = store
        self._catalogue = catalogue
        self._engine = engine
        self._searcher = searcher
        self._encryption = encryption
        self._clock = clock
        self._deferred_delay = deferred_delay
        self._working: set[asyncio.Task[None]] = set()

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        service = "/xai_api.Chat/"
        return {
            f"{service}GetCompletion": self.complete,
            f"{service}GetCompletionChunk": self.stream,
            f"{service}StartDeferredCompletion": self.start_deferred,
            f"{service}GetDeferredCompletion": self.get_deferred,
            f"{service}GetStoredCompletion": self.get_stored,
            f"{service}DeleteStoredCompletion": self.delete_stored,
        }

    # Answers.

    async def complete(
        self, request: chat_pb2.GetCompletionsRequest, context: Context
    ) -> chat_pb2.GetChatCompletionResponse:
        """An answer."""
        check_model(context, request.model)
        return await self._complete(request, context.team)

    async def _complete(self, request: chat_pb2.GetCompletionsRequest, team: str) -> chat_pb2.GetChatCompletionResponse:
        prepared = self._prepare(request, team)
        messages = [
            chat_pb2.CompletionMessage(role=_Role.ROLE_ASSISTANT, tool_calls=list(prepared.tools.calls))
            for _ in range(_choices(request))
        ]
        outputs = [chat_pb2.CompletionOutput(index=index, message=message) for index, message in enumerate(messages)]
        async for index, part, finish in prepared.generation.parts():
            _add(messages[index], part)
            if finish is not None:
                outputs[index].finish_reason = finish
        for output, message in zip(outputs, messages, strict=True):
            if request.logprobs:
                output.logprobs = log_probs(message.content, request.top_logprobs, request.seed)
            if request.use_encrypted_content and message.reasoning_content:
                message.encrypted_content = self._encryption.encrypt(message.reasoning_content)
        response = self._response(prepared, outputs)
        if request.store_messages:
            self._store.completions.add(team, prepared.messages, response)
        return response

    async def stream(
        self, request: chat_pb2.GetCompletionsRequest, context: Context
    ) -> AsyncIterator[chat_pb2.GetChatCompletionChunk]:
        """An answer, word by word; each chunk has its role and the usage so far, as the official client expects."""
        check_model(context, request.model)
        prepared = self._prepare(request, context.team)
        kept = [chat_pb2.CompletionMessage(role=_Role.ROLE_ASSISTANT) for _ in range(_choices(request))]
        finishes = [chat_pb2.CompletionOutput(index=index, message=message) for index, message in enumerate(kept)]
        if prepared.tools.calls:
            for index, message in enumerate(kept):
                message.tool_calls = list(prepared.tools.calls)
                delta = chat_pb2.Delta(role=_Role.ROLE_ASSISTANT, tool_calls=list(prepared.tools.calls))
                yield self._chunk(prepared, chat_pb2.CompletionOutputChunk(delta=delta, index=index))
        left = len(kept)
        async for index, part, finish in prepared.generation.parts():
            _add(kept[index], part)
            delta = chat_pb2.Delta(
                role=_Role.ROLE_ASSISTANT,
                content=part.text,
                reasoning_content=part.reasoning,
                tool_calls=list(part.tool_calls),
            )
            output = chat_pb2.CompletionOutputChunk(delta=delta, index=index)
            if request.logprobs and part.text:
                output.logprobs = log_probs(part.text, request.top_logprobs, request.seed)
            last = False
            if finish is not None:
                output.finish_reason = finishes[index].finish_reason = finish
                if request.use_encrypted_content and kept[index].reasoning_content:
                    delta.encrypted_content = self._encryption.encrypt(kept[index].reasoning_content)
                    kept[index].encrypted_content = delta.encrypted_content
                left -= 1
                last = left == 0
            if last and request.store_messages:
                # What is kept, is kept before the caller can know of it.
                self._store.completions.add(context.team, prepared.messages, self._response(prepared, finishes))
            yield self._chunk(prepared, output, last=last)

    # Answers that are made later.

    async def start_deferred(
        self, request: chat_pb2.GetCompletionsRequest, context: Context
    ) -> deferred_pb2.StartDeferredResponse:
        """Promise an answer."""
        check_model(context, request.model)
        self._prepare(request, context.team)
        identity = self._store.deferred.start(context.team, request, self._deferred_delay)
        self._work(identity, context.team, request)
        return deferred_pb2.StartDeferredResponse(request_id=identity)

    async def get_deferred(
        self, request: deferred_pb2.GetDeferredRequest, context: Context
    ) -> chat_pb2.GetDeferredCompletionResponse:
        """What has become of an answer; an answer that is there is handed out once."""
        kept = self._store.deferred.get(context.team, required("request_id", request.request_id))
        now = self._clock.now()
        if now >= kept.expires:
            return chat_pb2.GetDeferredCompletionResponse(status=deferred_pb2.DeferredStatus.EXPIRED)
        if kept.error is not None and now >= kept.ready:
            raise Refusal(StatusCode(kept.error[0]), kept.error[1])
        if kept.response is None or now < kept.ready:
            return chat_pb2.GetDeferredCompletionResponse(status=deferred_pb2.DeferredStatus.PENDING)
        self._store.deferred.take(kept.id)
        return chat_pb2.GetDeferredCompletionResponse(
            status=deferred_pb2.DeferredStatus.DONE,
            response=chat_pb2.GetChatCompletionResponse.from_binary(kept.response),
        )

    def resume(self) -> None:
        """Go on with what an earlier run had promised."""
        for kept in self._store.deferred.open():
            self._work(kept.id, kept.team_id, chat_pb2.GetCompletionsRequest.from_binary(kept.request))

    def _work(self, identity: str, team: str, request: chat_pb2.GetCompletionsRequest) -> None:
        task = asyncio.get_running_loop().create_task(self._answer_later(identity, team, request))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _answer_later(self, identity: str, team: str, request: chat_pb2.GetCompletionsRequest) -> None:
        try:
            response = await self._complete(request, team)
        except Refusal as refusal:
            self._store.deferred.fail(identity, refusal.code, refusal.message)
        else:
            self._store.deferred.answer(identity, response)

    async def stop(self) -> None:
        """Stop what is being made; it will be made anew when this state is used again."""
        for task in list(self._working):
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    # Answers that are kept.

    async def get_stored(
        self, request: chat_pb2.GetStoredCompletionRequest, context: Context
    ) -> chat_pb2.GetChatCompletionResponse:
        """An answer that was kept."""
        return self._store.completions.get(context.team, required("response_id", request.response_id))

    async def delete_stored(
        self, request: chat_pb2.DeleteStoredCompletionRequest, context: Context
    ) -> chat_pb2.DeleteStoredCompletionResponse:
        """Keep an answer no longer."""
        self._store.completions.delete(context.team, required("response_id", request.response_id))
        return chat_pb2.DeleteStoredCompletionResponse(response_id=request.response_id)

    # What all answers have in common.

    def _prepare(self, request: chat_pb2.GetCompletionsRequest, team: str) -> _Prepared:
        engine = self._engine()
        model = self._catalogue.language_model(required("model", request.model), any_model=engine.any_model)
        check_chat(request, model)
        history: list[chat_pb2.Message] = []
        if request.has_field("previous_response_id"):
            history = self._store.completions.history(team, request.previous_response_id)
        messages = [*history, *request.messages]
        sizes = self._files(messages, team)
        for at, message in enumerate(request.messages):
            if message.encrypted_content and self._encryption.decrypt(message.encrypted_content) is None:
                raise invalid(f"messages[{at}].encrypted_content", "it was not made by this server")
        question, _ = last_question(messages)
        choice = request.tool_choice.tool_choice if request.tool_choice is not None else None
        unused = choice is not None and choice.value == _Mode.NONE
        tools = ToolUse() if unused else use_server_tools(request.tools, question, team, self._searcher)
        found = searched(request.search_parameters, question)
        usage = prompt_usage(history, request.messages, request.tools, sizes)
        usage.num_sources_used = len(found)
        usage.server_side_tools_used = list(tools.used)
        thinks = model.name in THINKING or request.has_field("reasoning_effort")
        tasks = [Task(request, messages, index, thinks) for index in range(_choices(request))]
        generation = Generation(
            engine,
            tasks,
            stop=request.stop,
            max_tokens=request.max_tokens if request.has_field("max_tokens") else None,
            usage=usage,
        )
        shown = request.search_parameters is not None and request.search_parameters.return_citations
        citations = list(dict.fromkeys([*(found if shown else ()), *tools.citations]))
        return _Prepared(str(uuid.uuid4()), self._clock.now(), request, model, messages, generation, tools, citations)

    def _files(self, messages: Sequence[chat_pb2.Message], team: str) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for message in messages:
            for part in message.content:
                if part.content is not None and isinstance(part.content.value, chat_pb2.FileContent):
                    identity = part.content.value.file_id
                    sizes[identity] = self._store.files.get(team, identity).size
        return sizes

    def _response(
        self, prepared: _Prepared, outputs: list[chat_pb2.CompletionOutput]
    ) -> chat_pb2.GetChatCompletionResponse:
        return chat_pb2.GetChatCompletionResponse(
            id=prepared.id,
            outputs=outputs,
            created=timestamp(prepared.created),
            model=prepared.model.name,
            system_fingerprint=prepared.model.system_fingerprint,
            usage=prepared.generation.usage,
            citations=prepared.citations,
            settings=_settings(prepared.request),
        )

    @staticmethod
    def _chunk(
        prepared: _Prepared, output: chat_pb2.CompletionOutputChunk, *, last: bool = False
    ) -> chat_pb2.GetChatCompletionChunk:
        return chat_pb2.GetChatCompletionChunk(
            id=prepared.id,
            outputs=[output],
            created=timestamp(prepared.created),
            model=prepared.model.name,
            system_fingerprint=prepared.model.system_fingerprint,
            usage=prepared.generation.usage,
            citations=prepared.citations if last else [],
        )


def _add(message: chat_pb2.CompletionMessage, part: Part) -> None:
    message.content += part.text
    message.reasoning_content += part.reasoning
    message.tool_calls.extend(part.tool_calls)


def _choices(request: chat_pb2.GetCompletionsRequest) -> int:
    return request.n if request.has_field("n") else 1


def _settings(request: chat_pb2.GetCompletionsRequest) -> chat_pb2.RequestSettings:
    """What a request asked for, with the defaults of what it left open."""
    mode: Oneof[Literal["mode"], chat_pb2.ToolMode] = Oneof("mode", _Mode.AUTO if request.tools else _Mode.NONE)
    settings = chat_pb2.RequestSettings(
        parallel_tool_calls=request.parallel_tool_calls if request.has_field("parallel_tool_calls") else True,
        response_format=request.response_format or chat_pb2.ResponseFormat(format_type=chat_pb2.FormatType.TEXT),
        tool_choice=request.tool_choice or chat_pb2.ToolChoice(tool_choice=mode),
        tools=list(request.tools),
        user=request.user,
        search_parameters=request.search_parameters,
        store_messages=request.store_messages,
        use_encrypted_content=request.use_encrypted_content,
    )
    for name in ("max_tokens", "previous_response_id", "reasoning_effort", "temperature", "top_p"):
        if request.has_field(name):
            setattr(settings, name, getattr(request, name))
    return settings
