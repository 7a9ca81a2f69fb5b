"""What the responses of a call say, gathered as they come, as attributes of its span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.telemetry._content import finish_reason, output_messages, text_part, tool_call_parts, uri_part

if TYPE_CHECKING:
    from typing import Any

    from xaiwire.telemetry._request import Attributes

__all__ = ["Answer"]

_STREAM = "/xai_api.Chat/GetCompletionChunk"
_COMPLETIONS = frozenset(
    (
        "/xai_api.Chat/GetCompletion",
        _STREAM,
        "/xai_api.Sample/SampleText",
        "/xai_api.Sample/SampleTextStreaming",
    )
)
_DEFERRED = "/xai_api.Chat/GetDeferredCompletion"
_EMBED = "/xai_api.Embedder/Embed"
_IMAGE = "/xai_api.Image/GenerateImage"

# A stored completion was counted when it was made, so what reads it again is not among these.
_USAGE = {
    "prompt_tokens": "gen_ai.usage.input_tokens",
    "completion_tokens": "gen_ai.usage.output_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "cached_prompt_text_tokens": "gen_ai.usage.cache_read.input_tokens",
}


class Answer:
    """Gathers the responses of one call.

    Args:
        path: the RPC's.
        content: whether to gather what they say.
    """

    __slots__ = ("_attributes", "_content", "_finish", "_outputs", "_path")

    def __init__(self, path: str, *, content: bool) -> None:
        self._path = path
        self._content = content
        self._attributes: Attributes = {}
        self._finish: dict[int, str] = {}
        self._outputs: dict[int, _Output] = {}

    def add(self, message: Any) -> None:  # noqa: ANN401 - any message of the contract
        """A response, or a chunk of one, came."""
        if self._path in _COMPLETIONS:
            self._completion(message)
        elif self._path == _DEFERRED:
            if message.response is not None:
                self._attributes |= {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "x_ai"}
                self._completion(message.response)
        elif self._path == _EMBED:
            self._named(message)
            if message.embeddings and message.embeddings[0].embeddings:
                size = len(message.embeddings[0].embeddings[0].float_array)
                self._attributes["gen_ai.embeddings.dimension.count"] = size
        elif self._path == _IMAGE:
            if message.model:
                self._attributes["gen_ai.response.model"] = message.model
            if self._content:
                self._images(message)

    def attributes(self) -> Attributes:
        """What the responses say."""
        attributes = dict(self._attributes)
        if self._finish:
            attributes["gen_ai.response.finish_reasons"] = [self._finish[index] for index in sorted(self._finish)]
        if self._outputs:
            attributes["gen_ai.output.messages"] = output_messages(
                (self._outputs[index].parts(), self._finish.get(index, "")) for index in sorted(self._outputs)
            )
        return attributes

    def _named(self, message: Any) -> None:  # noqa: ANN401
        if message.id:
            self._attributes["gen_ai.response.id"] = message.id
        if message.model:
            self._attributes["gen_ai.response.model"] = message.model

    def _completion(self, message: Any) -> None:  # noqa: ANN401
        self._named(message)
        if message.usage is not None:
            # Each chunk's usage is that of all so far, and a chunk without one says nothing.
            for name, attribute in _USAGE.items():
                self._attributes[attribute] = getattr(message.usage, name)
        texts = self._path.startswith("/xai_api.Sample/")
        for output in message.choices if texts else message.outputs:
            if int(output.finish_reason):
                self._finish[output.index] = finish_reason(output.finish_reason)
            if self._content:
                gathered = self._outputs.setdefault(output.index, _Output())
                if texts:
                    gathered.text.append(output.text)
                else:
                    gathered.add(output.delta if self._path == _STREAM else output.message)

    def _images(self, message: Any) -> None:  # noqa: ANN401
        for index, image in enumerate(message.images):
            gathered = self._outputs.setdefault(index, _Output())
            if image.up_sampled_prompt:
                gathered.text.append(image.up_sampled_prompt)
            if image.image is not None and image.image.field == "url":
                gathered.others.append(uri_part(image.image.value))


class _Output:
    """What one answer says so far."""

    __slots__ = ("calls", "others", "reasoning", "text")

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[Any] = []
        self.others: list[dict[str, Any]] = []

    def add(self, said: Any) -> None:  # noqa: ANN401 - chat_pb.CompletionMessage or Delta
        if said is None:
            return
        self.text.append(said.content)
        self.reasoning.append(said.reasoning_content)
        self.calls.extend(said.tool_calls)

    def parts(self) -> list[dict[str, Any]]:
        reasoning, text = "".join(self.reasoning), "".join(self.text)
        return [
            *([text_part(reasoning, "reasoning")] if reasoning else []),
            *([text_part(text)] if text else []),
            *tool_call_parts(self.calls),
            *self.others,
        ]
