"""The `anthropic` package, unmodified, against a gateway in front of an emulator."""

import asyncio
import base64
import json

import anthropic
import pytest
from pydantic import BaseModel

from xaiwire_server.emulator.text.tokenizer import count_tokens

HELLO = [{"role": "user", "content": "Hello there"}]
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(24)).decode()
WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def connected(gateway, **options):
    given = {"base_url": gateway.url, "api_key": "", "max_retries": 0, "timeout": 20} | options
    return anthropic.Anthropic(**given)


@pytest.fixture
def claude(gateway, xaiwire_emulator):
    """Anthropic's client."""
    with connected(gateway, api_key=xaiwire_emulator.api_key) as client:
        yield client


def ask(client, model="grok-3", messages=HELLO, max_tokens=100, **more):
    return client.messages.create(model=model, messages=messages, max_tokens=max_tokens, **more)


def came(emulator, rpc="Chat/GetCompletion"):
    """The last request that came to the emulator."""
    return emulator.requests(rpc)[-1]["request_messages"][0]


class TestAnswers:
    def test_an_answer(self, claude):
        message = ask(claude)
        assert (message.type, message.role, message.model) == ("message", "assistant", "grok-3")
        assert [(block.type, block.text) for block in message.content] == [("text", "Hello there")]
        assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
        assert message.usage.output_tokens == count_tokens("Hello there")
        assert message.usage.input_tokens > 0
        assert message.id

    def test_the_asynchronous_client(self, gateway, xaiwire_emulator):
        async def answers():
            async with anthropic.AsyncAnthropic(
                base_url=gateway.url, api_key=xaiwire_emulator.api_key, max_retries=0, timeout=20
            ) as client:
                whole = await ask(client)
                async with client.messages.stream(model="grok-3", messages=HELLO, max_tokens=100) as stream:
                    texts = [text async for text in stream.text_stream]
                    return whole, texts, await stream.get_final_message()

        whole, texts, streamed = asyncio.run(answers())
        assert texts == ["Hello", " there"]
        assert whole.content[0].text == streamed.content[0].text == "Hello there"
        assert whole.usage == streamed.usage

    def test_the_system_prompt_comes_first(self, claude, xaiwire_emulator):
        blocks = [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}]
        ask(claude, system=blocks)
        first, second = came(xaiwire_emulator)["messages"]
        assert first == {"content": [{"text": "Be brief."}, {"text": "Be kind."}], "role": "ROLE_SYSTEM"}
        assert second == {"content": [{"text": "Hello there"}], "role": "ROLE_USER"}

    def test_it_ends_at_the_most_tokens(self, claude):
        message = ask(claude, max_tokens=1)
        assert (message.stop_reason, message.content[0].text) == ("max_tokens", "Hello")

    def test_a_stop_sequence_is_an_end_like_others(self, claude):
        message = ask(claude, stop_sequences=[" there"])
        assert (message.stop_reason, message.stop_sequence, message.content[0].text) == ("end_turn", None, "Hello")

    def test_images_are_seen(self, claude, xaiwire_emulator):
        sources = (
            {"type": "base64", "media_type": "image/png", "data": PIXEL},
            {"type": "url", "url": "https://example.com/a.png"},
        )
        blocks = [{"type": "image", "source": source} for source in sources]
        message = ask(claude, model="grok-4", messages=[{"role": "user", "content": blocks}])
        assert message.content[-1].text == "[image] [image]"
        urls = [part["image_url"]["image_url"] for part in came(xaiwire_emulator)["messages"][0]["content"]]
        assert urls == [f"data:image/png;base64,{PIXEL}", "https://example.com/a.png"]

    def test_an_answer_that_obeys_a_schema(self, claude):
        class City(BaseModel):
            name: str
            people: int

        parsed = claude.messages.parse(model="grok-3", messages=HELLO, max_tokens=100, output_format=City)
        assert isinstance(parsed.parsed_output, City)

    def test_the_server_searches_the_web(self, claude, xaiwire_emulator):
        tool = {"type": "web_search_20250305", "name": "web_search", "blocked_domains": ["example.org"]}
        message = ask(claude, tools=[tool])
        call, text = message.content
        assert (call.type, call.name, call.tool, text.text) == (
            "server_tool_use", "web_search", "web_search", "Hello there"
        )  # fmt: skip
        assert message.stop_reason == "end_turn"
        assert message.citations
        assert message.usage.server_side_tools_used == ["web_search"]
        assert came(xaiwire_emulator)["tools"] == [{"web_search": {"excluded_domains": ["example.org"]}}]
        again = ask(claude, messages=[*HELLO, {"role": "assistant", "content": message.content}, *HELLO])
        assert again.content[0].text == "Hello there"
        (sent,) = came(xaiwire_emulator)["messages"][1]["tool_calls"]
        assert (sent["id"], sent["type"]) == (call.id, "TOOL_CALL_TYPE_WEB_SEARCH_TOOL")
        assert json.loads(sent["function"]["arguments"]) == call.input


class TestTools:
    QUESTION = ({"role": "user", "content": 'Use get_weather {"city": "Ulm"}'},)

    def test_a_round_trip(self, claude, xaiwire_emulator):
        asked = ask(claude, messages=self.QUESTION, tools=[WEATHER])
        (call,) = asked.content
        assert (call.type, call.name, call.input, asked.stop_reason) == (
            "tool_use", "get_weather", {"city": "Ulm"}, "tool_use"
        )  # fmt: skip
        result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "Sunny."}]}
        turns = [
            *self.QUESTION,
            {"role": "assistant", "content": asked.content},
            {"role": "user", "content": [result]},
        ]
        answer = ask(claude, messages=turns, tools=[WEATHER])
        assert answer.content[0].text == "Sunny."
        assert answer.stop_reason == "end_turn"
        request = came(xaiwire_emulator)
        assert [message["role"] for message in request["messages"]] == ["ROLE_USER", "ROLE_ASSISTANT", "ROLE_TOOL"]
        assert json.loads(request["tools"][0]["function"]["parameters"]) == WEATHER["input_schema"]

    def test_a_call_in_a_stream(self, claude):
        with claude.messages.stream(model="grok-3", messages=self.QUESTION, max_tokens=100, tools=[WEATHER]) as stream:
            parts = [event.partial_json for event in stream if event.type == "input_json"]
            final = stream.get_final_message()
        assert json.loads("".join(parts)) == {"city": "Ulm"}
        assert (final.stop_reason, final.content[0].input) == ("tool_use", {"city": "Ulm"})

    def test_several_calls_or_one(self, claude):
        clock = {"name": "get_clock", "input_schema": {"type": "object"}}
        question = [{"role": "user", "content": "get_weather and get_clock"}]
        both = ask(claude, messages=question, tools=[WEATHER, clock])
        assert [block.name for block in both.content] == ["get_weather", "get_clock"]
        choice = {"type": "auto", "disable_parallel_tool_use": True}
        one = ask(claude, messages=question, tools=[WEATHER, clock], tool_choice=choice)
        assert [block.name for block in one.content] == ["get_weather"]

    def test_the_packages_own_runner_of_tools(self, claude):
        @anthropic.beta_tool
        def get_weather(city: str) -> str:
            """The weather of a city."""
            return f"Rain in {city}."

        runner = claude.beta.messages.tool_runner(
            model="grok-3", messages=self.QUESTION, max_tokens=100, tools=[get_weather]
        )
        assert runner.until_done().content[0].text == "Rain in Ulm."

    def test_a_thread_is_refused_so_that_the_package_goes_on_without(self, claude):
        with pytest.raises(anthropic.BadRequestError, match="send the whole conversation") as caught:
            claude.beta.messages.create(model="grok-3", messages=HELLO, max_tokens=9, thread={"type": "create"})
        assert caught.value.error_code == "thread_unsupported_request"


class TestThinking:
    ADAPTIVE = {"type": "adaptive"}  # noqa: RUF012 - not changed

    def test_thinking_goes_and_comes(self, claude, xaiwire_emulator):
        message = ask(claude, model="grok-4", thinking=self.ADAPTIVE, output_config={"effort": "low"})
        thinking, text = message.content
        assert (thinking.type, text.text) == ("thinking", "Hello there")
        assert thinking.thinking.startswith("The last message has")
        assert came(xaiwire_emulator)["reasoning_effort"] == "EFFORT_LOW"
        assert message.usage.output_tokens_details.thinking_tokens > 0
        assert message.usage.output_tokens == (
            message.usage.output_tokens_details.thinking_tokens + count_tokens("Hello there")
        )
        ask(claude, model="grok-4", messages=[*HELLO, {"role": "assistant", "content": message.content}, *HELLO])
        sent = came(xaiwire_emulator)["messages"][1]
        assert sent["reasoning_content"] == thinking.thinking
        assert sent["encrypted_content"] == thinking.signature != ""
        assert sent["content"] == [{"text": "Hello there"}]

    def test_a_streams_thinking_goes_and_comes_too(self, claude, xaiwire_emulator):
        with claude.messages.stream(model="grok-4", messages=HELLO, max_tokens=100, thinking=self.ADAPTIVE) as stream:
            message = stream.get_final_message()
        thinking, text, encrypted = message.content
        assert [thinking.type, text.type, encrypted.type] == ["thinking", "text", "redacted_thinking"]
        ask(claude, model="grok-4", messages=[*HELLO, {"role": "assistant", "content": message.content}, *HELLO])
        sent = came(xaiwire_emulator)["messages"][1]
        assert sent["reasoning_content"] == thinking.thinking
        assert sent["encrypted_content"] == encrypted.data != ""

    def test_what_this_server_did_not_encrypt_is_refused_by_it(self, claude):
        block = {"type": "thinking", "thinking": "t", "signature": "from elsewhere"}
        with pytest.raises(anthropic.BadRequestError, match="it was not made by this server"):
            ask(claude, model="grok-4", messages=[*HELLO, {"role": "assistant", "content": [block]}, *HELLO])


class TestStreams:
    def test_the_final_message_is_the_whole_answer(self, claude):
        with claude.messages.stream(model="grok-3", messages=HELLO, max_tokens=100) as stream:
            assert list(stream.text_stream) == ["Hello", " there"]
            final = stream.get_final_message()
        whole = ask(claude)
        assert [block.text for block in final.content] == [block.text for block in whole.content]
        assert (final.stop_reason, final.model) == (whole.stop_reason, whole.model)
        assert final.usage.to_dict() == whole.usage.to_dict()

    def test_its_events(self, claude):
        with ask(claude, stream=True) as stream:
            kinds = [event.type for event in stream]
        assert kinds == [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]


class TestErrors:
    def test_a_wrong_key(self, gateway):
        with connected(gateway, api_key="wrong") as client, pytest.raises(anthropic.AuthenticationError) as caught:
            ask(client)
        assert caught.value.body["error"]["type"] == "authentication_error"
        assert caught.value.body["request_id"] == caught.value.response.headers["x-request-id"]

    @pytest.mark.parametrize("stream", [False, True])
    def test_an_unknown_model(self, claude, stream):
        with pytest.raises(anthropic.NotFoundError) as caught:
            ask(claude, model="claude", stream=stream)
        assert caught.value.body["error"] == {
            "type": "not_found_error",
            "message": "model 'claude' does not exist",
            "details": {"error_code": "not_found"},
        }

    @pytest.mark.parametrize("stream", [False, True])
    def test_too_many_requests(self, claude, xaiwire_emulator, stream):
        xaiwire_emulator.fault("*/GetCompletion*", status="RESOURCE_EXHAUSTED", times=1)
        with pytest.raises(anthropic.RateLimitError) as caught:
            ask(claude, stream=stream)
        assert caught.value.body["error"]["type"] == "rate_limit_error"

    def test_a_server_that_is_away(self, claude, xaiwire_emulator):
        xaiwire_emulator.fault("*/GetCompletion", status="UNAVAILABLE", times=1)
        with pytest.raises(anthropic.InternalServerError) as caught:
            ask(claude)
        assert (caught.value.status_code, caught.value.body["error"]["type"]) == (503, "overloaded_error")

    def test_what_the_contract_cannot_carry(self, claude):
        with pytest.raises(anthropic.BadRequestError, match="top_k: xAI's API has no place for this"):
            ask(claude, extra_body={"top_k": 5})

    def test_a_value_that_the_server_refuses(self, claude):
        with pytest.raises(anthropic.BadRequestError, match="temperature"):
            ask(claude, extra_body={"temperature": 3})


class TestCountTokens:
    def test_the_tokens_of_the_texts(self, claude):
        messages = [
            {"role": "user", "content": "Hello there"},
            {"role": "assistant", "content": [{"type": "text", "text": "Good day"}]},
        ]
        counted = claude.messages.count_tokens(model="grok-3", messages=messages, system="Be brief.")
        assert counted.input_tokens == count_tokens("Be brief.\nHello there\nGood day")

    def test_what_is_no_text_is_not_guessed(self, claude):
        image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
        cases = (
            (
                {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, image]}]},
                "messages[0].content[1]",
            ),
            ({"messages": HELLO, "tools": [WEATHER]}, "tools"),
            ({"messages": HELLO, "tool_choice": {"type": "any"}}, "tool_choice"),
            ({"messages": HELLO, "output_config": {"task_budget": {"total": 9}}}, "output_config.task_budget"),
        )
        for fields, param in cases:
            with pytest.raises(anthropic.BadRequestError) as caught:
                claude.messages.count_tokens(model="grok-3", **fields)
            assert caught.value.body["error"]["message"].startswith(f"{param}: ")

    def test_what_does_not_change_the_count_is_named(self, claude):
        mark = {"cache_control": {"type": "ephemeral"}}
        block = {"type": "text", "text": "Hello there", "citations": [{"cited_text": "b"}], **mark}
        fields = {
            "thinking": {"type": "adaptive"},
            "speed": "fast",
            "user_profile_id": "u",
            "workspace_id": "w",
            "output_config": {"effort": "low"},
        }
        counted = claude.messages.with_raw_response.count_tokens(
            model="grok-3", messages=[{"role": "user", "content": [block]}], extra_body={**fields, **mark}
        )
        assert counted.parse().input_tokens == count_tokens("Hello there")
        assert [warning.partition(":")[0] for warning in counted.headers.get_list("x-gateway-warning")] == [
            "thinking",
            "speed",
            "user_profile_id",
            "workspace_id",
            "output_config.effort",
            "cache_control",
            "messages[0].content[0].citations",
        ]

    def test_what_asks_for_nothing_is_no_trouble(self, claude):
        counted = claude.messages.with_raw_response.count_tokens(
            model="grok-3",
            messages=HELLO,
            tool_choice={"type": "auto"},
            thinking={"type": "disabled"},
            extra_body={"speed": "standard"},
        )
        assert "x-gateway-warning" not in counted.headers

    def test_an_unknown_model(self, claude):
        with pytest.raises(anthropic.NotFoundError):
            claude.messages.count_tokens(model="claude", messages=HELLO)
