"""Spans of calls, as OpenTelemetry's own SDK sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fake_channels import Answer, FakeClock, Rig, ok, refused
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind
from opentelemetry.trace import StatusCode as SpanStatus
from protobuf import Oneof

from xaiwire import errors, telemetry
from xaiwire._gen.xai.api.v1 import chat_pb, deferred_pb, embed_pb, files_pb, image_pb, sample_pb, usage_pb
from xaiwire._services import chat, embed, files, image, sample
from xaiwire._transport.model import Endpoint, Failure
from xaiwire.errors import StatusCode
from xaiwire.telemetry import Telemetry, _span

API = Endpoint(host="api.x.ai", port=443, secure=True)
VARIABLES = (
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
    "OTEL_SEMCONV_STABILITY_OPT_IN",
    "XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES",
    "XAI_SDK_DISABLE_TRACING",
)


@pytest.fixture(params=("blocking", "aio"))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has its own process-wide settings and environment."""
    monkeypatch.setattr(telemetry._Process, "telemetry", None)
    monkeypatch.setattr(_span._Process, "told", False)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


class Seen:
    """A provider that keeps its spans."""

    def __init__(self, **options: Any) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False, **options)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    @property
    def span(self) -> ReadableSpan:
        (only,) = self.spans
        return only

    @property
    def attributes(self) -> dict[str, Any]:
        return dict(self.span.attributes or {})


@pytest.fixture
def seen() -> Iterator[Seen]:
    made = Seen()
    yield made
    made.provider.shutdown()


def rig_of(kind: str, seen: Seen, *answers: Answer, clock: FakeClock | None = None, **options: Any) -> Rig:
    return Rig(
        kind,
        *answers,
        clock=clock,
        endpoints={"api": API},
        telemetry=Telemetry(seen.provider, **options),
        metadata={"api": {"authorization": "Bearer s3cret"}},
    )


def said(text: str) -> chat_pb.Content:
    return chat_pb.Content(content=Oneof("text", text))


ASK = chat_pb.GetCompletionsRequest(
    model="grok-4",
    messages=[chat_pb.Message(role=chat_pb.MessageRole.ROLE_USER, content=[said("Hello")])],
    max_tokens=100,
    temperature=0.7,
    top_p=0.9,
    seed=0,
    stop=["END"],
    frequency_penalty=0.5,
    presence_penalty=-0.5,
    n=2,
)
CALL = chat_pb.ToolCall(
    id="t-1", tool=Oneof("function", chat_pb.FunctionCall(name="weather", arguments='{"city": "Bonn"}'))
)
USAGE = usage_pb.SamplingUsage(
    prompt_tokens=11, completion_tokens=7, reasoning_tokens=5, cached_prompt_text_tokens=3, total_tokens=23
)
ANSWER = chat_pb.GetChatCompletionResponse(
    id="c-1",
    model="grok-4-0709",
    usage=USAGE,
    outputs=[
        chat_pb.CompletionOutput(
            index=0,
            finish_reason=sample_pb.FinishReason.REASON_STOP,
            message=chat_pb.CompletionMessage(content="Hi", reasoning_content="Hm"),
        ),
        chat_pb.CompletionOutput(
            index=1,
            finish_reason=sample_pb.FinishReason.REASON_TOOL_CALLS,
            message=chat_pb.CompletionMessage(tool_calls=[CALL]),
        ),
    ],
)


def test_a_completion(kind: str, seen: Seen) -> None:
    rig_of(kind, seen, ok(ANSWER)).unary(chat.COMPLETE, ASK)
    assert seen.span.name == "chat grok-4"
    assert seen.span.kind is SpanKind.CLIENT
    assert seen.span.status.status_code is SpanStatus.UNSET
    assert seen.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "x_ai",
        "gen_ai.request.model": "grok-4",
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.temperature": 0.7,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.seed": 0,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.request.frequency_penalty": 0.5,
        "gen_ai.request.presence_penalty": -0.5,
        "gen_ai.request.choice.count": 2,
        "gen_ai.response.id": "c-1",
        "gen_ai.response.model": "grok-4-0709",
        "gen_ai.response.finish_reasons": ("stop", "tool_calls"),
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 3,
        "rpc.system": "grpc",
        "rpc.service": "xai_api.Chat",
        "rpc.method": "GetCompletion",
        "rpc.grpc.status_code": 0,
        "server.address": "api.x.ai",
        "server.port": 443,
    }


def test_what_was_not_asked_for_is_not_said(kind: str, seen: Seen) -> None:
    rig_of(kind, seen, ok(chat_pb.GetChatCompletionResponse())).unary(chat.COMPLETE, chat_pb.GetCompletionsRequest(n=1))
    assert seen.span.name == "chat"
    assert [name for name in seen.attributes if name.startswith("gen_ai.re")] == []


def chunk(text: str = "", reason: int = 0, index: int = 0, **rest: Any) -> chat_pb.GetChatCompletionChunk:
    output = chat_pb.CompletionOutputChunk(
        index=index,
        delta=chat_pb.Delta(content=text, **rest),
        finish_reason=sample_pb.FinishReason(reason),
    )
    return chat_pb.GetChatCompletionChunk(id="c-1", model="grok-4-0709", outputs=[output])


def test_a_stream(kind: str, seen: Seen) -> None:
    last = chunk(reason=1, index=1)
    last.usage = USAGE
    answer = ok(chunk("Hel"), chunk("lo", reason=3), chunk("Yo", index=1), last)
    rig_of(kind, seen, answer, content=True).server_stream(chat.STREAM, ASK)
    attributes = seen.attributes
    assert attributes["gen_ai.request.stream"] is True
    assert attributes["gen_ai.response.time_to_first_chunk"] >= 0
    assert attributes["gen_ai.response.finish_reasons"] == ("stop", "max_len")
    assert attributes["gen_ai.usage.output_tokens"] == 7
    assert json.loads(attributes["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "Hello"}], "finish_reason": "stop"},
        {"role": "assistant", "parts": [{"type": "text", "content": "Yo"}], "finish_reason": "length"},
    ]


def test_usage_stays_when_a_later_chunk_has_none(seen: Seen) -> None:
    first = chunk("a")
    first.usage = USAGE
    rig_of("blocking", seen, ok(first, chunk("b"))).server_stream(chat.STREAM, ASK)
    assert seen.attributes["gen_ai.usage.input_tokens"] == 11


def test_a_span_lasts_until_the_last_response(seen: Seen) -> None:
    rig = rig_of("blocking", seen, ok(chunk("a"), chunk("b")))
    responses = rig.caller.server_stream(chat.STREAM, ASK, {})
    next(responses)
    assert seen.spans == ()
    list(responses)
    assert len(seen.spans) == 1


def test_a_stream_that_is_closed_early_is_no_error(kind: str, seen: Seen) -> None:
    rig_of(kind, seen, ok(chunk("a"), chunk("b"))).first_of(chat.STREAM, ASK)
    assert seen.span.status.status_code is SpanStatus.UNSET
    assert seen.attributes["rpc.grpc.status_code"] == 1
    assert "error.type" not in seen.attributes


def test_an_error_is_named_and_not_told(kind: str, seen: Seen) -> None:
    answer = Answer(failure=Failure(StatusCode.INVALID_ARGUMENT, "Incorrect API key: s3cret"))
    with pytest.raises(errors.InvalidArgumentError):
        rig_of(kind, seen, answer).unary(chat.COMPLETE, ASK)
    assert seen.span.status.status_code is SpanStatus.ERROR
    assert seen.span.status.description == "INVALID_ARGUMENT"
    assert seen.attributes["error.type"] == "INVALID_ARGUMENT"
    assert seen.attributes["rpc.grpc.status_code"] == 3
    assert "s3cret" not in seen.span.to_json()


def test_a_retry_is_an_event(kind: str, seen: Seen) -> None:
    rig_of(kind, seen, refused(), ok(ANSWER)).unary(chat.COMPLETE, ASK)
    (event,) = seen.span.events
    assert event.name == "retry"
    assert dict(event.attributes or {}) == {"attempt": 1, "code": "UNAVAILABLE", "delay_seconds": 0.1}
    assert seen.attributes["xaiwire.attempts"] == 2


def test_a_cancelled_call_is_an_error_by_its_class(kind: str, seen: Seen) -> None:
    with pytest.raises(KeyboardInterrupt):
        rig_of(kind, seen, Answer(failure=KeyboardInterrupt())).unary(chat.COMPLETE, ASK)
    assert seen.attributes["error.type"] == "KeyboardInterrupt"
    assert seen.attributes["rpc.grpc.status_code"] == 1


# Other RPCs


def test_an_rpc_that_is_no_operation(kind: str, seen: Seen) -> None:
    rig_of(kind, seen, ok(files_pb.File(id="f"))).unary(files.GET, files_pb.RetrieveFileRequest(file_id="f"))
    assert seen.span.name == "xai_api.Files/RetrieveFile"
    assert seen.attributes == {
        "rpc.system": "grpc",
        "rpc.service": "xai_api.Files",
        "rpc.method": "RetrieveFile",
        "rpc.grpc.status_code": 0,
        "server.address": "api.x.ai",
        "server.port": 443,
    }


def test_an_upload(kind: str, seen: Seen) -> None:
    rig_of(kind, seen, ok(files_pb.File())).client_stream(files.UPLOAD, [files_pb.UploadFileChunk()])
    assert seen.span.name == "xai_api.Files/UploadFile"


def test_a_server_that_is_not_named(seen: Seen) -> None:
    rig = Rig("blocking", ok(ANSWER), telemetry=Telemetry(seen.provider))
    rig.unary(chat.COMPLETE, ASK)
    assert "server.address" not in seen.attributes


def test_embeddings(kind: str, seen: Seen) -> None:
    vector = embed_pb.FeatureVector(float_array=[0.1, 0.2, 0.3])
    answer = embed_pb.EmbedResponse(id="e-1", model="v1", embeddings=[embed_pb.Embedding(index=0, embeddings=[vector])])
    request = embed_pb.EmbedRequest(model="v1", encoding_format=embed_pb.EmbedEncodingFormat.FORMAT_FLOAT)
    rig_of(kind, seen, ok(answer), content=True).unary(embed.CREATE, request)
    assert seen.span.name == "embeddings v1"
    assert seen.attributes["gen_ai.request.encoding_formats"] == ("float",)
    assert seen.attributes["gen_ai.embeddings.dimension.count"] == 3
    assert seen.attributes["gen_ai.response.id"] == "e-1"


@pytest.mark.parametrize("number", [0, 77])
def test_embeddings_without_a_known_format(seen: Seen, number: int) -> None:
    request = embed_pb.EmbedRequest(model="v1", encoding_format=embed_pb.EmbedEncodingFormat(number))
    rig_of("blocking", seen, ok(embed_pb.EmbedResponse())).unary(embed.CREATE, request)
    assert "gen_ai.request.encoding_formats" not in seen.attributes
    assert "gen_ai.embeddings.dimension.count" not in seen.attributes


def test_an_image(kind: str, seen: Seen) -> None:
    answer = image_pb.ImageResponse(
        model="imagine-0",
        images=[
            image_pb.GeneratedImage(image=Oneof("url", "https://pictures/1"), up_sampled_prompt="a fine cat"),
            image_pb.GeneratedImage(image=Oneof("base64", "data:image/png;base64,AAAA")),
        ],
    )
    request = image_pb.GenerateImageRequest(model="imagine", prompt="a cat", n=2)
    rig_of(kind, seen, ok(answer), content=True).unary(image.GENERATE, request)
    assert seen.span.name == "generate_content imagine"
    attributes = seen.attributes
    assert attributes["gen_ai.output.type"] == "image"
    assert attributes["gen_ai.request.choice.count"] == 2
    assert attributes["gen_ai.response.model"] == "imagine-0"
    assert json.loads(attributes["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "a cat"}]}
    ]
    assert [part["parts"] for part in json.loads(attributes["gen_ai.output.messages"])] == [
        [
            {"type": "text", "content": "a fine cat"},
            {"type": "uri", "modality": "image", "uri": "https://pictures/1"},
        ],
        [],
    ]


def test_an_image_without_content(seen: Seen) -> None:
    answer = image_pb.ImageResponse(images=[image_pb.GeneratedImage(image=Oneof("url", "https://pictures/1"))])
    rig_of("blocking", seen, ok(answer)).unary(image.GENERATE, image_pb.GenerateImageRequest(prompt="private"))
    assert "pictures" not in seen.span.to_json()
    assert "private" not in seen.span.to_json()


def test_a_text_completion_streams(kind: str, seen: Seen) -> None:
    parts = [
        sample_pb.SampleTextResponse(
            id="s-1", choices=[sample_pb.SampleChoice(text=text, finish_reason=sample_pb.FinishReason(reason))]
        )
        for text, reason in (("a", 0), ("b", 3))
    ]
    request = sample_pb.SampleTextRequest(model="grok", prompt=["one", "two"], max_tokens=3)
    rig_of(kind, seen, ok(*parts), content=True).server_stream(sample.STREAM, request)
    assert seen.span.name == "text_completion grok"
    attributes = seen.attributes
    assert attributes["gen_ai.request.max_tokens"] == 3
    assert [message["parts"][0]["content"] for message in json.loads(attributes["gen_ai.input.messages"])] == [
        "one",
        "two",
    ]
    assert json.loads(attributes["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "ab"}], "finish_reason": "stop"}
    ]


def test_a_deferred_completion_counts_when_it_is_handed_out(kind: str, seen: Seen) -> None:
    pending = chat_pb.GetDeferredCompletionResponse(status=deferred_pb.DeferredStatus.PENDING)
    done = chat_pb.GetDeferredCompletionResponse(status=deferred_pb.DeferredStatus.DONE, response=ANSWER)
    rig = rig_of(kind, seen, ok(pending), ok(done))
    for _ in range(2):
        rig.unary(chat.GET_DEFERRED, deferred_pb.GetDeferredRequest(request_id="d"))
    waited, finished = seen.spans
    assert waited.name == finished.name == "xai_api.Chat/GetDeferredCompletion"
    assert "gen_ai.operation.name" not in (waited.attributes or {})
    assert (finished.attributes or {})["gen_ai.operation.name"] == "chat"
    assert (finished.attributes or {})["gen_ai.usage.input_tokens"] == 11


def test_a_stored_completion_does_not_count_again(seen: Seen) -> None:
    request = chat_pb.GetStoredCompletionRequest(response_id="c-1")
    rig_of("blocking", seen, ok(ANSWER), content=True).unary(chat.GET_STORED, request)
    assert not [name for name in seen.attributes if name.startswith("gen_ai.")]


@pytest.mark.parametrize(
    ("number", "kind_of_output"),
    [(1, "text"), (2, "json"), (3, "json"), (99, "text")],
)
def test_the_asked_for_format(seen: Seen, number: int, kind_of_output: str) -> None:
    request = chat_pb.GetCompletionsRequest(
        model="m", response_format=chat_pb.ResponseFormat(format_type=chat_pb.FormatType(number))
    )
    rig_of("blocking", seen, ok(ANSWER)).unary(chat.COMPLETE, request)
    assert seen.attributes["gen_ai.output.type"] == kind_of_output


def test_a_finish_reason_of_a_newer_server(seen: Seen) -> None:
    rig_of("blocking", seen, ok(chunk("a", reason=42))).server_stream(chat.STREAM, ASK)
    assert seen.attributes["gen_ai.response.finish_reasons"] == ("42",)


def test_a_conversation_groups_spans(kind: str, seen: Seen) -> None:
    rig = rig_of(kind, seen, ok(ANSWER), ok(ANSWER))
    rig.unary(chat.COMPLETE, ASK, conversation_id="talk-1")
    rig.caller = rig.caller.with_defaults({"conversation_id": "talk-2"})
    rig.unary(chat.COMPLETE, ASK)
    assert [(span.attributes or {})["gen_ai.conversation.id"] for span in seen.spans] == ["talk-1", "talk-2"]
    assert all("talk" not in str(started.metadata) for started in rig.started)


# Content


def test_content_is_left_out_unless_asked_for(kind: str, seen: Seen) -> None:
    rig_of(kind, seen, ok(ANSWER)).unary(chat.COMPLETE, ASK)
    assert "Hello" not in seen.span.to_json()
    assert "gen_ai.output.messages" not in seen.attributes


def test_content_by_the_environment(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "True")
    rig_of("blocking", seen, ok(ANSWER)).unary(chat.COMPLETE, ASK)
    assert "Hello" in seen.attributes["gen_ai.input.messages"]


def test_no_content_by_the_argument(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    rig_of("blocking", seen, ok(ANSWER), content=False).unary(chat.COMPLETE, ASK)
    assert "gen_ai.input.messages" not in seen.attributes


def test_the_official_switch_goes_before_all(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES", "1")
    made = Telemetry(seen.provider, content=True)
    assert not made.content
    Rig("blocking", ok(ANSWER), telemetry=made).unary(chat.COMPLETE, ASK)
    assert "gen_ai.input.messages" not in seen.attributes


def test_what_messages_say(seen: Seen) -> None:
    role = chat_pb.MessageRole
    request = chat_pb.GetCompletionsRequest(
        model="m",
        messages=[
            chat_pb.Message(role=role.ROLE_SYSTEM, content=[said("Be kind")]),
            chat_pb.Message(
                role=role.ROLE_USER,
                content=[
                    said("Look"),
                    chat_pb.Content(content=Oneof("image_url", image_pb.ImageUrlContent(image_url="https://p/1"))),
                    chat_pb.Content(
                        content=Oneof("image_url", image_pb.ImageUrlContent(image_url="data:image/png;base64,SECRET"))
                    ),
                    chat_pb.Content(content=Oneof("file", chat_pb.FileContent(file_id="f-1"))),
                    chat_pb.Content(),
                ],
            ),
            chat_pb.Message(
                role=role.ROLE_ASSISTANT,
                reasoning_content="Hm",
                tool_calls=[
                    CALL,
                    chat_pb.ToolCall(id="t-2", tool=Oneof("function", chat_pb.FunctionCall(name="x", arguments="{"))),
                    chat_pb.ToolCall(id="t-3"),
                ],
            ),
            chat_pb.Message(role=role.ROLE_TOOL, content=[said("sunny")]),
            chat_pb.Message(role=role(77), content=[said("?")]),
        ],
    )
    rig_of("blocking", seen, ok(ANSWER), content=True).unary(chat.COMPLETE, request)
    assert json.loads(seen.attributes["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be kind"}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "Look"},
                {"type": "uri", "modality": "image", "uri": "https://p/1"},
                {"type": "blob", "modality": "image", "mime_type": "image/png"},
                {"type": "file", "modality": "file", "file_id": "f-1"},
            ],
        },
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "Hm"},
                {"type": "tool_call", "id": "t-1", "name": "weather", "arguments": {"city": "Bonn"}},
                {"type": "tool_call", "id": "t-2", "name": "x", "arguments": "{"},
                {"type": "tool_call", "id": "t-3", "name": ""},
            ],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": "sunny"}]},
        {"role": "77", "parts": [{"type": "text", "content": "?"}]},
    ]
    assert json.loads(seen.attributes["gen_ai.output.messages"])[0]["parts"] == [
        {"type": "reasoning", "content": "Hm"},
        {"type": "text", "content": "Hi"},
    ]


def test_an_output_without_a_message(seen: Seen) -> None:
    answer = chat_pb.GetChatCompletionResponse(outputs=[chat_pb.CompletionOutput()])
    rig_of("blocking", seen, ok(answer), content=True).unary(chat.COMPLETE, ASK)
    assert json.loads(seen.attributes["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [], "finish_reason": ""}
    ]


def test_keys_are_never_in_a_span(kind: str, seen: Seen) -> None:
    mcp = chat_pb.MCP(server_url="https://m", authorization="s3cret", extra_headers={"x-key": "s3cret"})
    request = chat_pb.GetCompletionsRequest(model="m", tools=[chat_pb.Tool(tool=Oneof("mcp", mcp))])
    rig_of(kind, seen, ok(ANSWER), content=True).unary(chat.COMPLETE, request, metadata={"x-key": "s3cret"})
    assert "s3cret" not in seen.span.to_json()


# Names of rpc.*


def test_the_new_names_may_be_asked_for(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http, rpc")
    rig_of("blocking", seen, ok(ANSWER)).unary(chat.COMPLETE, ASK)
    assert {name: value for name, value in seen.attributes.items() if name.startswith("rpc.")} == {
        "rpc.system.name": "grpc",
        "rpc.method": "xai_api.Chat/GetCompletion",
        "rpc.response.status_code": "OK",
    }


def test_both_names_may_be_asked_for(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "rpc/dup")
    rig_of("blocking", seen, ok(ANSWER)).unary(chat.COMPLETE, ASK)
    assert seen.attributes["rpc.grpc.status_code"] == 0
    assert seen.attributes["rpc.response.status_code"] == "OK"
    assert seen.attributes["rpc.method"] == "xai_api.Chat/GetCompletion"


# The span's place


def test_a_span_is_below_the_current_one(kind: str, seen: Seen) -> None:
    rig = rig_of(kind, seen, ok(ANSWER))
    with seen.provider.get_tracer("app").start_as_current_span("app") as outer:
        rig.unary(chat.COMPLETE, ASK)
    inner = next(span for span in seen.spans if span.name != "app")
    assert inner.parent is not None
    assert inner.parent.span_id == outer.get_span_context().span_id
    assert inner.instrumentation_scope is not None
    assert inner.instrumentation_scope.name == "xaiwire"


def test_the_context_is_carried_only_where_asked_for(kind: str, seen: Seen) -> None:
    rig = rig_of(kind, seen, ok(ANSWER))
    rig.unary(chat.COMPLETE, ASK)
    assert rig.started[0].metadata == (("authorization", "Bearer s3cret"),)


def test_the_context_is_carried(kind: str, seen: Seen) -> None:
    rig = rig_of(kind, seen, ok(ANSWER), propagate=True)
    rig.unary(chat.COMPLETE, ASK)
    context = seen.span.get_span_context()
    assert context is not None
    value = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    assert rig.started[0].metadata == (("authorization", "Bearer s3cret"), ("traceparent", value))


def test_the_calls_own_context_stays(kind: str, seen: Seen) -> None:
    rig = rig_of(kind, seen, ok(ANSWER), propagate=True)
    rig.unary(chat.COMPLETE, ASK, metadata={"traceparent": "mine"})
    assert rig.started[0].metadata[1:] == (("traceparent", "mine"),)


def test_a_span_that_is_not_sampled(kind: str) -> None:
    seen = Seen(sampler=ALWAYS_OFF)
    rig = rig_of(kind, seen, refused(), ok(ANSWER), propagate=True)
    rig.unary(chat.COMPLETE, ASK)
    assert seen.spans == ()
    sampled = int(rig.started[0].metadata[1][1][-2:], 16) & 1
    assert not sampled


# Never able to break a call


class Broken(TracerProvider):
    def get_tracer(self, *_arguments: Any, **_options: Any) -> Any:
        raise RuntimeError("s3cret")


def test_a_broken_provider_breaks_no_call(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "xaiwire")
    rig = Rig(kind, ok(ANSWER), ok(ANSWER), telemetry=Telemetry(Broken(shutdown_on_exit=False)))
    assert rig.unary(chat.COMPLETE, ASK) == ANSWER
    assert rig.unary(chat.COMPLETE, ASK) == ANSWER
    told = [record.getMessage() for record in caplog.records if "telemetry" in record.getMessage()]
    assert told == ["telemetry failed with RuntimeError; calls go on without it"]


def test_a_broken_span_breaks_no_call(kind: str, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.trace import Span as SdkSpan

    def fail(*_arguments: Any, **_options: Any) -> Any:
        raise RuntimeError

    for name in ("set_attribute", "set_attributes", "set_status", "add_event"):
        monkeypatch.setattr(SdkSpan, name, fail)
    rig = rig_of(kind, seen, refused(), ok(ANSWER))
    assert rig.unary(chat.COMPLETE, ASK) == ANSWER
    assert len(seen.spans) == 1


def test_a_broken_reader_of_answers_breaks_no_call(kind: str, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    from xaiwire.telemetry._answer import Answer as Gathered

    def fail(*_arguments: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(Gathered, "add", fail)
    rig = rig_of(kind, seen, ok(chunk("a"), chunk("b")))
    assert len(rig.server_stream(chat.STREAM, ASK)) == 2
    assert seen.attributes["rpc.grpc.status_code"] == 0


def test_a_broken_reader_of_requests_breaks_no_call(kind: str, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_span, "request_attributes", None)
    assert rig_of(kind, seen, ok(ANSWER)).unary(chat.COMPLETE, ASK) == ANSWER
    assert seen.spans == ()


# Who decides


def test_without_a_provider_there_is_no_span(kind: str) -> None:
    assert trace.get_tracer_provider() is not None
    assert Rig(kind, ok(ANSWER), telemetry=None).unary(chat.COMPLETE, ASK) == ANSWER


def test_the_last_telemetry_made_holds_for_all_clients(kind: str, seen: Seen) -> None:
    Telemetry(seen.provider)
    Rig(kind, ok(ANSWER)).unary(chat.COMPLETE, ASK)
    assert len(seen.spans) == 1


def test_the_processes_provider_is_used(kind: str, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: seen.provider)
    Rig(kind, ok(ANSWER)).unary(chat.COMPLETE, ASK)
    assert len(seen.spans) == 1


def test_a_clients_own_telemetry_goes_before(seen: Seen) -> None:
    rig = rig_of("blocking", seen, ok(ANSWER))
    other = Seen()
    Telemetry(other.provider)
    rig.unary(chat.COMPLETE, ASK)
    assert len(seen.spans) == 1
    assert other.spans == ()


@pytest.mark.parametrize("value", ["1", "true", "TRUE"])
def test_tracing_can_be_switched_off(seen: Seen, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("XAI_SDK_DISABLE_TRACING", value)
    rig_of("blocking", seen, ok(ANSWER)).unary(chat.COMPLETE, ASK)
    assert seen.spans == ()
