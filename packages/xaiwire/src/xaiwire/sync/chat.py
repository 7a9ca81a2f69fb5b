"""The client of conversations that waits for its calls."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from xaiwire._chat.conversation import BaseChat, StreamedAnswer, StreamedAnswers, messages_of, read_shape
from xaiwire._chat.messages import tool_result
from xaiwire._chat.request import split_options
from xaiwire._chat.response import Chunk, Response
from xaiwire._gen.xai.api.v1 import chat_pb
from xaiwire._services import chat as methods
from xaiwire.errors import ToolError, ValidationError

if TYPE_CHECKING:
    from datetime import timedelta

    from xaiwire._calls.options import CallOptions
    from xaiwire._chat.function_tools import FunctionTool, OnToolError
    from xaiwire._chat.request import ChatSettings, CompletionOptions, ToolLike
    from xaiwire._chat.tool_calls import ToolCall
    from xaiwire._options import PollOptions
    from xaiwire._services.calls import Caller

__all__ = ["Chat", "Client"]

T = TypeVar("T")


class Client:
    """Conversations with a model: `client.chat`.

    print(client.chat.complete("grok-4", "Why is the sky blue?").content)

    chat = client.chat.create("grok-4", messages=[system("Be brief.")])
    chat.append(user("Why is the sky blue?"))
    response = chat.sample()
    """

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    def create(
        self,
        model: str,
        *,
        messages: Iterable[chat_pb.Message] | None = None,
        conversation_id: str | None = None,
        **settings: Unpack[ChatSettings],
    ) -> Chat:
        """Begin a conversation; nothing is sent yet.

        Args:
            model: the model's name, such as `grok-4`.
            messages: the conversation so far.
            conversation_id: groups the spans of the conversation's calls; it is not sent to the API.
            **settings: what else is said of the answers; see ChatSettings.

        Raises:
            ValidationError: a setting says what does not exist, such as an unknown word.
            TypeError: a setting that does not exist.
        """
        return Chat(self._caller, model, messages, conversation_id, settings)

    def complete(
        self,
        model: str,
        prompt: str | chat_pb.Message | Iterable[chat_pb.Message],
        **settings: Unpack[CompletionOptions],
    ) -> Response:
        """Ask once, and get the answer.

        Args:
            model: the model's name, such as `grok-4`.
            prompt: what the user says, or the messages of a conversation.
            **settings: what else is said of the answer and of the call; see ChatSettings and CallOptions.

        Raises:
            ValidationError: there is no message, or a setting says what does not exist.
            RpcError: the call failed.
        """
        own, options = split_options(settings)
        return Chat(self._caller, model, messages_of(prompt), None, own).sample(**options)

    def stream(
        self,
        model: str,
        prompt: str | chat_pb.Message | Iterable[chat_pb.Message],
        **settings: Unpack[CompletionOptions],
    ) -> Generator[tuple[Response, Chunk], None, None]:
        """Ask once, and get the answer as it is made.

        Args:
            model: the model's name, such as `grok-4`.
            prompt: what the user says, or the messages of a conversation.
            **settings: what else is said of the answer and of the call; see ChatSettings and CallOptions.

        Yields:
            The response so far, and the piece that is new.

        Raises:
            ValidationError: there is no message, or a setting says what does not exist.
            RpcError: the call failed; raised while the pieces are taken.
        """
        own, options = split_options(settings)
        return Chat(self._caller, model, messages_of(prompt), None, own).stream(**options)

    @overload
    def parse(
        self,
        model: str,
        prompt: str | chat_pb.Message | Iterable[chat_pb.Message],
        shape: type[T],
        **settings: Unpack[CompletionOptions],
    ) -> tuple[Response, T]: ...

    @overload
    def parse(
        self,
        model: str,
        prompt: str | chat_pb.Message | Iterable[chat_pb.Message],
        shape: Mapping[str, Any],
        **settings: Unpack[CompletionOptions],
    ) -> tuple[Response, Any]: ...

    def parse(
        self,
        model: str,
        prompt: str | chat_pb.Message | Iterable[chat_pb.Message],
        shape: type[Any] | Mapping[str, Any],
        **settings: Unpack[CompletionOptions],
    ) -> tuple[Response, Any]:
        """Ask once for an answer in a shape.

        Args:
            model: the model's name, such as `grok-4`.
            prompt: what the user says, or the messages of a conversation.
            shape: a pydantic model, a dataclass, a TypedDict or a JSON Schema.
            **settings: what else is said of the answer and of the call; see ChatSettings and CallOptions.

        Returns:
            The response, and the value in that shape.

        Raises:
            StructuredOutputError: the answer is not in that shape.
            ValidationError: there is no message, or the shape has no JSON Schema.
            RpcError: the call failed.
        """
        own, options = split_options(settings)
        return Chat(self._caller, model, messages_of(prompt), None, own).parse(shape, **options)

    def from_dict(
        self,
        data: Mapping[str, Any],
        *,
        tools: Sequence[ToolLike] | None = None,
        conversation_id: str | None = None,
    ) -> Chat:
        """Go on with a conversation that `to_dict` wrote down.

        Args:
            data: the conversation; a `model` and `messages` in OpenAI's form will do.
            tools: the tools, where functions of Python are among them: data does not hold these.
            conversation_id: groups the spans of the conversation's calls; it is not sent to the API.

        Raises:
            ValidationError: the data is no conversation; the text says why.
        """
        return Chat._from_dict(self._caller, data, tools, conversation_id)

    def get_stored_completion(self, response_id: str, **options: Unpack[CallOptions]) -> Sequence[Response]:
        """Get what was answered before, with `store_messages=True`.

        Args:
            response_id: the id of the response.
            **options: of the call.

        Returns:
            The answers, of which there is mostly one.

        Raises:
            NotFoundError: it was not stored, or is gone.
            RpcError: the call failed.
        """
        request = chat_pb.GetStoredCompletionRequest(response_id=response_id)
        proto = self._caller.unary(methods.GET_STORED, request, options)
        return [Response(proto, output.index) for output in proto.outputs]

    def delete_stored_completion(self, response_id: str, **options: Unpack[CallOptions]) -> str:
        """Delete what was stored.

        Args:
            response_id: the id of the response.
            **options: of the call.

        Returns:
            The id of what was deleted.

        Raises:
            NotFoundError: it was not stored, or is gone.
            RpcError: the call failed.
        """
        request = chat_pb.DeleteStoredCompletionRequest(response_id=response_id)
        return self._caller.unary(methods.DELETE_STORED, request, options).response_id


class Chat(BaseChat):
    """A conversation: what `client.chat.create` gives. It is not to be used by several threads at once."""

    def __init__(
        self,
        caller: Caller,
        model: str,
        messages: Iterable[chat_pb.Message] | None,
        conversation_id: str | None,
        settings: ChatSettings,
    ) -> None:
        """Make a conversation; `client.chat.create` is what to use.

        Args:
            caller: makes the calls.
            model: the model's name.
            messages: the conversation so far.
            conversation_id: groups the spans of the conversation's calls.
            settings: what else is said of the answers.
        """
        super().__init__(model, messages, conversation_id, settings)
        self._caller = caller

    @classmethod
    def _from_dict(
        cls,
        caller: Caller,
        data: Mapping[str, Any],
        tools: Sequence[ToolLike] | None,
        conversation_id: str | None,
    ) -> Chat:
        chat = cls(caller, "", None, conversation_id, {})
        chat._restore(data, tools)
        return chat

    def sample(self, **options: Unpack[CallOptions]) -> Response:
        """Get an answer. The conversation stays as it is: append the response to go on.

        Args:
            **options: of the call.

        Raises:
            ValidationError: there is no message.
            RpcError: the call failed.
        """
        return self._response(self._complete(self._request(), options))

    def sample_batch(self, n: int, **options: Unpack[CallOptions]) -> Sequence[Response]:
        """Get several answers to the same.

        Args:
            n: how many.
            **options: of the call.

        Raises:
            ValidationError: there is no message, or `n` is not 1 or more.
            RpcError: the call failed.
        """
        proto = self._complete(self._request(n), options)
        return [Response(proto, index) for index in range(n)]

    def stream(self, **options: Unpack[CallOptions]) -> Generator[tuple[Response, Chunk], None, None]:
        """Get an answer as it is made. To end the call early, close the generator, or leave `with closing(…)`.

        Args:
            **options: of the call.

        Yields:
            The response so far, and the piece that is new.

        Raises:
            ValidationError: there is no message.
            RpcError: the call failed; raised while the pieces are taken.
        """
        answer = StreamedAnswer(self._first_index())
        chunks = self._caller.server_stream(methods.STREAM, self._request(), self._options(options))
        return _each(chunks, answer.take)

    def stream_batch(
        self, n: int, **options: Unpack[CallOptions]
    ) -> Generator[tuple[Sequence[Response], Sequence[Chunk]], None, None]:
        """Get several answers as they are made.

        Args:
            n: how many.
            **options: of the call.

        Yields:
            The responses so far, and the piece of each that is new.

        Raises:
            ValidationError: there is no message, or `n` is not 1 or more.
            RpcError: the call failed; raised while the pieces are taken.
        """
        request = self._request(n)
        chunks = self._caller.server_stream(methods.STREAM, request, self._options(options))
        return _each(chunks, StreamedAnswers(n).take)

    @overload
    def parse(self, shape: type[T], **options: Unpack[CallOptions]) -> tuple[Response, T]: ...

    @overload
    def parse(self, shape: Mapping[str, Any], **options: Unpack[CallOptions]) -> tuple[Response, Any]: ...

    def parse(self, shape: type[Any] | Mapping[str, Any], **options: Unpack[CallOptions]) -> tuple[Response, Any]:
        """Get an answer in a shape. The conversation stays as it is.

        Args:
            shape: a pydantic model, a dataclass, a TypedDict or a JSON Schema.
            **options: of the call.

        Returns:
            The response, and the value in that shape.

        Raises:
            StructuredOutputError: the answer is not in that shape; it has the text and the response.
            ValidationError: there is no message, or the shape has no JSON Schema.
            RpcError: the call failed.
        """
        from xaiwire._chat.shapes import shape_of

        wanted = shape_of(shape)
        response = self._response(self._complete(self._shaped_request(wanted), options))
        return response, read_shape(wanted, response)

    def defer(
        self,
        *,
        timeout: timedelta | float | None = None,
        interval: timedelta | float | None = None,
        **options: Unpack[PollOptions],
    ) -> Response:
        """Have an answer made in the background, and wait for it.

        Args:
            timeout: how long to wait, in seconds or as a timedelta; 10 minutes by default.
            interval: how long to wait before it is asked for a second time; 0.1 s by default. Later waits are longer.
            **options: of the calls.

        Raises:
            DeferredTimeoutError: it was not ready in time; its request_id is there to ask again.
            DeferredExpiredError: it is gone.
            ValidationError: there is no message.
            RpcError: a call failed.
        """
        return self._response(self._deferred(self._request(), timeout, interval, options))

    def defer_batch(
        self,
        n: int,
        *,
        timeout: timedelta | float | None = None,
        interval: timedelta | float | None = None,
        **options: Unpack[PollOptions],
    ) -> Sequence[Response]:
        """Have several answers made in the background, and wait for them.

        Args:
            n: how many.
            timeout: how long to wait, in seconds or as a timedelta; 10 minutes by default.
            interval: how long to wait before the second question; 0.1 s by default. Later waits are longer.
            **options: of the calls.

        Raises:
            DeferredTimeoutError: they were not ready in time; its request_id is there to ask again.
            DeferredExpiredError: they are gone.
            ValidationError: there is no message, or `n` is not 1 or more.
            RpcError: a call failed.
        """
        proto = self._deferred(self._request(n), timeout, interval, options)
        return [Response(proto, index) for index in range(n)]

    def run_tools(
        self, *, max_turns: int = 10, on_error: OnToolError = "tell", **options: Unpack[CallOptions]
    ) -> Response:
        """Get an answer, and run the functions that the model calls until it has none to call.

        Calls and results become part of the conversation, turn by turn; the last response does not, as with `sample`.
        Where the model calls a tool that has no function here, that response is returned for you to go on with.

        Args:
            max_turns: how many answers to get at most.
            on_error: `tell` gives the model the text of an error in a tool, so that it can mend its call; `raise`
                raises it, with the conversation as it was before that turn.
            **options: of each call.

        Raises:
            ToolError: the model still calls tools after the last turn; with `raise`, also a tool that is not there or
                arguments that it does not take.
            ValidationError: there is no message, or `max_turns` is not 1 or more.
            RpcError: a call failed.
        """
        from xaiwire._chat.function_tools import calls_to_run

        if max_turns < 1:
            raise ValidationError(f"max_turns is 1 or more; it is {max_turns}")
        for _ in range(max_turns):
            response = self.sample(**options)
            calls = calls_to_run(response.tool_calls, self._functions, self._proto.tools)
            if not calls:
                return response
            results = [_result(call, self._functions, on_error) for call in calls]
            self.append(response)
            for result in results:
                self.append(tool_result(result))
        raise ToolError(f"the model still calls tools after {max_turns} turns; allow more with max_turns=")

    def _complete(
        self, request: chat_pb.GetCompletionsRequest, options: CallOptions
    ) -> chat_pb.GetChatCompletionResponse:
        return self._caller.unary(methods.COMPLETE, request, self._options(options))

    def _deferred(
        self,
        request: chat_pb.GetCompletionsRequest,
        timeout: timedelta | float | None,
        interval: timedelta | float | None,
        options: PollOptions,
    ) -> chat_pb.GetChatCompletionResponse:
        from xaiwire.sync.deferred import start, wait

        said = self._poll_options(options)
        return wait(self._caller, start(self._caller, request, said), timeout, interval, said)


def _each(
    chunks: Generator[chat_pb.GetChatCompletionChunk, None, None],
    take: Any,  # noqa: ANN401 - of StreamedAnswer or StreamedAnswers
) -> Generator[Any, None, None]:
    with closing(chunks):
        for chunk in chunks:
            yield take(chunk)


def _result(call: ToolCall, functions: Mapping[str, FunctionTool], on_error: OnToolError) -> str:
    from xaiwire._chat.function_tools import error_text, result_text, run_call

    try:
        return result_text(_synchronous(call.function.name, run_call(call, functions)))
    except Exception as error:
        if on_error == "raise":
            raise
        return error_text(error)


def _synchronous(name: str, result: object) -> object:
    """A tool's result, unless it is one to be awaited."""
    if isawaitable(result):
        if iscoroutine(result):
            result.close()
        raise ToolError(f"the tool {name} is asynchronous: use AsyncClient")
    return result
