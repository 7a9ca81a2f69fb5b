"""The Responses API, used by OpenAI's own client."""

import asyncio
import json

import openai
import pydantic
import pytest
from openai.types.responses import Response

from xaiwire_server.emulator.settings import API_KEY

MODEL = "grok-3"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
TIME = {**WEATHER, "name": "get_time", "description": "The time of a city"}


class City(pydantic.BaseModel):
    """What answers are parsed to."""

    name: str
    inhabitants: int


def test_an_answer(openai_client):
    answer = openai_client.responses.create(model=MODEL, input="Hello there", temperature=0.7, user="u1")
    assert answer.output_text == "Hello there"
    assert answer.status == "completed"
    assert answer.error is None
    [message] = answer.output
    assert message.id == f"msg_{answer.id}"
    assert message.status == "completed"
    assert (answer.model, answer.temperature, answer.user) == (MODEL, 0.7, "u1")
    assert answer.usage.input_tokens > 0
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.created_at > 1_700_000_000


def test_an_answer_is_what_the_client_takes_for_one(http):
    asked = {
        "model": MODEL,
        "input": [{"role": "user", "content": "get me the weather"}],
        "tools": [WEATHER, {"type": "web_search"}, {"type": "code_interpreter", "container": {"type": "auto"}}],
        "tool_choice": "auto",
        "instructions": "Be brief",
        "reasoning": {"effort": "high"},
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
        "top_logprobs": 2,
        "max_output_tokens": 1000,
    }
    body = http.post("/v1/responses", json=asked).json()
    # The client itself never looks whether answers are what their types say.
    answer = Response.model_validate(body, strict=True)
    assert {item.type for item in answer.output} == {
        "reasoning",
        "web_search_call",
        "code_interpreter_call",
        "function_call",
    }
    assert answer.instructions == "Be brief"
    assert answer.reasoning.effort == "high"
    assert answer.tools[0].to_dict(exclude_unset=True) == WEATHER
    assert (answer.tool_choice, answer.top_logprobs, answer.max_output_tokens) == ("auto", 2, 1000)


def test_the_async_client(gateway):
    async def ask():
        async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=API_KEY, max_retries=0) as client:
            answer = await client.responses.create(model=MODEL, input="One two")
            async with client.responses.stream(model=MODEL, input="One two") as stream:
                texts = [event.delta async for event in stream if event.type == "response.output_text.delta"]
                streamed = await stream.get_final_response()
            await client.responses.delete(answer.id)
            return answer, texts, streamed

    answer, texts, streamed = asyncio.run(ask())
    assert answer.output_text == streamed.output_text == "".join(texts) == "One two"
    assert len(texts) > 1


class TestStreams:
    def test_raw_events(self, openai_client):
        events = list(openai_client.responses.create(model=MODEL, input="One two", stream=True))
        assert [event.sequence_number for event in events] == list(range(len(events)))
        types = [event.type for event in events]
        deltas = types.count("response.output_text.delta")
        assert deltas > 1
        assert types == [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            *["response.output_text.delta"] * deltas,
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
        first, last = events[0].response, events[-1].response
        assert (first.status, first.output, first.usage) == ("in_progress", [], None)
        assert (last.status, last.output_text) == ("completed", "One two")
        assert last.id == first.id
        assert last.usage.output_tokens > 0
        assert events[-2].item == last.output[0]

    def test_it_is_what_comes_at_once(self, openai_client):
        asked = {
            "model": MODEL,
            "input": "get me the weather",
            "tools": [WEATHER],
            "reasoning": {"effort": "low"},
            "include": ["reasoning.encrypted_content"],
        }
        with openai_client.responses.stream(**asked) as stream:
            streamed = stream.get_final_response().to_dict()
        at_once = openai_client.responses.create(**asked).to_dict()
        for each in (streamed, at_once):
            identity = each.pop("id")
            each.pop("created_at")
            for item in each["output"]:
                item.pop("parsed_arguments", None)
                # Each encryption is another one.
                assert item.pop("encrypted_content", "of this one") != ""
                item["id"] = item["id"].replace(identity, "ID")
        assert streamed == at_once

    def test_a_stream_that_is_kept(self, openai_client):
        with openai_client.responses.stream(model=MODEL, input="Keep this") as stream:
            final = stream.get_final_response()
        assert openai_client.responses.retrieve(final.id).output_text == "Keep this"

    def test_thoughts_are_streamed_before_words(self, openai_client):
        with openai_client.responses.stream(model=MODEL, input="Hm", reasoning={"effort": "low"}) as stream:
            events = list(stream)
            final = stream.get_final_response()
        types = [event.type for event in events]
        thought = "".join(event.delta for event in events if event.type == "response.reasoning_summary_text.delta")
        assert thought
        reasoning, message = final.output
        assert reasoning.summary[0].text == thought
        assert reasoning.encrypted_content is None
        assert message.content[0].text == "Hm"
        assert types.index("response.reasoning_summary_text.done") < types.index("response.output_text.delta")

    def test_a_request_that_is_refused_has_a_status_of_its_own(self, openai_client):
        with pytest.raises(openai.NotFoundError) as caught:
            openai_client.responses.create(model="no-such-model", input="Hello", stream=True)
        assert "no-such-model" in caught.value.message


class TestFunctions:
    def test_there_and_back_without_keeping(self, openai_client):
        conversation = [{"role": "user", "content": 'get_weather {"city": "Graz"}'}]
        asked = {"model": MODEL, "tools": [WEATHER], "store": False}
        answer = openai_client.responses.create(input=conversation, **asked)
        [call] = answer.output
        assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "get_weather", {"city": "Graz"})
        conversation += [
            *answer.output,
            {"type": "function_call_output", "call_id": call.call_id, "output": "It rains in Graz"},
        ]
        assert "It rains in Graz" in openai_client.responses.create(input=conversation, **asked).output_text

    def test_arguments_are_streamed(self, openai_client):
        with openai_client.responses.stream(
            model=MODEL, input='get_weather {"city": "Graz"}', tools=[WEATHER]
        ) as stream:
            events = list(stream)
            [call] = stream.get_final_response().output
        [delta] = [event for event in events if event.type == "response.function_call_arguments.delta"]
        [done] = [event for event in events if event.type == "response.function_call_arguments.done"]
        assert delta.snapshot == done.arguments == call.arguments
        assert (done.name, done.item_id) == ("get_weather", call.id)

    def test_results_of_a_kept_response_are_put_into_the_order_of_its_calls(self, openai_client, xaiwire_emulator):
        tools = [WEATHER, TIME]
        first = openai_client.responses.create(model=MODEL, input="get_weather and get_time", tools=tools)
        weather, time = first.output
        outputs = [
            {"type": "function_call_output", "call_id": time.call_id, "output": "noon"},
            {"type": "function_call_output", "call_id": weather.call_id, "output": "rain"},
        ]
        openai_client.responses.create(model=MODEL, previous_response_id=first.id, input=outputs, tools=tools)
        sent = xaiwire_emulator.requests("GetCompletion")[-1]["request_messages"][0]["messages"]
        assert [message["content"][0]["text"] for message in sent] == ["rain", "noon"]

    def test_a_result_of_no_call_of_a_kept_response(self, openai_client):
        first = openai_client.responses.create(model=MODEL, input="get_weather", tools=[WEATHER])
        output = {"type": "function_call_output", "call_id": "call_none", "output": "rain"}
        with pytest.raises(openai.BadRequestError, match="no call before is named 'call_none'") as caught:
            openai_client.responses.create(model=MODEL, previous_response_id=first.id, input=[output])
        assert caught.value.param == "input[0].call_id"


class TestStructuredOutput:
    def test_parse(self, openai_client):
        answer = openai_client.responses.parse(model=MODEL, input="A city", text_format=City)
        assert isinstance(answer.output_parsed, City)
        assert (answer.text.format.type, answer.text.format.name) == ("json_schema", "City")
        assert answer.text.format.schema_ == City.model_json_schema() | {"additionalProperties": False}

    def test_a_stream(self, openai_client):
        with openai_client.responses.stream(model=MODEL, input="A city", text_format=City) as stream:
            assert isinstance(stream.get_final_response().output_parsed, City)

    def test_any_object(self, openai_client):
        answer = openai_client.responses.create(model=MODEL, input="JSON", text={"format": {"type": "json_object"}})
        assert isinstance(json.loads(answer.output_text), dict)
        assert answer.text.format.type == "json_object"


class TestKept:
    def test_it_is_kept_unless_the_request_says_no(self, openai_client):
        kept = openai_client.responses.create(model=MODEL, input="Keep this", instructions="Be kind")
        assert kept.store is True
        found = openai_client.responses.retrieve(kept.id)
        assert found.output == kept.output
        assert found.usage == kept.usage
        assert (found.status, found.store, found.instructions) == ("completed", True, None)
        not_kept = openai_client.responses.create(model=MODEL, input="Keep this", store=False)
        assert not_kept.store is False
        with pytest.raises(openai.NotFoundError):
            openai_client.responses.retrieve(not_kept.id)

    def test_deletion(self, openai_client, http):
        kept = openai_client.responses.create(model=MODEL, input="Keep this")
        answer = http.delete(f"/v1/responses/{kept.id}")
        assert answer.json() == {"id": kept.id, "object": "response", "deleted": True}
        with pytest.raises(openai.NotFoundError):
            openai_client.responses.retrieve(kept.id)
        with pytest.raises(openai.NotFoundError):
            openai_client.responses.delete(kept.id)

    def test_it_cannot_be_streamed_again(self, openai_client):
        kept = openai_client.responses.create(model=MODEL, input="Keep this")
        with pytest.raises(openai.BadRequestError, match="a response that is kept comes at once"):
            openai_client.responses.retrieve(kept.id, stream=True)

    def test_what_more_a_query_asks_for_is_named(self, http, openai_client):
        kept = openai_client.responses.create(model=MODEL, input="Keep this")
        answer = http.get(f"/v1/responses/{kept.id}", params={"include[]": "reasoning.encrypted_content"})
        assert answer.headers["x-gateway-warning"].startswith("include[]: ")
        assert answer.json()["id"] == kept.id

    def test_a_conversation_goes_on(self, openai_client):
        first = openai_client.responses.create(model=MODEL, input="My name is Ada")
        second = openai_client.responses.create(model=MODEL, input="And now?", previous_response_id=first.id)
        assert second.previous_response_id == first.id
        assert second.usage.input_tokens > first.usage.input_tokens

    def test_one_that_is_unknown(self, openai_client):
        with pytest.raises(openai.NotFoundError):
            openai_client.responses.create(model=MODEL, input="And now?", previous_response_id="none")


class TestReasoning:
    def test_encrypted_thoughts_go_back(self, openai_client):
        conversation = [{"role": "user", "content": "Think"}]
        asked = {"model": MODEL, "reasoning": {"effort": "high"}, "include": ["reasoning.encrypted_content"]}
        answer = openai_client.responses.create(input=conversation, store=False, **asked)
        reasoning, message = answer.output
        assert reasoning.encrypted_content
        assert reasoning.id == f"rs_{answer.id}"
        assert message.type == "message"
        conversation += [*answer.output, {"role": "user", "content": "Go on"}]
        assert openai_client.responses.create(input=conversation, store=False, **asked).output_text == "Go on"

    def test_those_of_another_server_are_refused_there(self, openai_client):
        reasoning = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "bm9uc2Vuc2U="}
        conversation = [{"role": "user", "content": "Think"}, reasoning, {"role": "user", "content": "Go on"}]
        with pytest.raises(openai.BadRequestError, match="encrypted_content"):
            openai_client.responses.create(model=MODEL, input=conversation)


def test_log_probabilities(openai_client):
    answer = openai_client.responses.create(
        model=MODEL, input="One two", include=["message.output_text.logprobs"], top_logprobs=2
    )
    [message] = answer.output
    found = message.content[0].logprobs
    assert "".join(each.token for each in found) == "One two"
    assert all(len(each.top_logprobs) == 2 for each in found)


def test_an_answer_that_is_cut_off(openai_client):
    answer = openai_client.responses.create(model=MODEL, input="one two three four five six", max_output_tokens=2)
    assert answer.status == "incomplete"
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert answer.output[0].status == "incomplete"


def test_server_side_tools(openai_client):
    answer = openai_client.responses.create(
        model=MODEL,
        input="What is new?",
        tools=[{"type": "web_search", "filters": {"allowed_domains": ["x.ai"]}}, {"type": "x_search"}],
    )
    web, x, message = answer.output
    assert (web.type, web.action.type, web.action.query) == ("web_search_call", "search", "What is new?")
    assert (x.type, json.loads(x.arguments)) == ("x_search_call", {"query": "What is new?"})
    assert message.content[0].text == "What is new?"
    assert answer.citations
    assert answer.usage.num_server_side_tools_used == 2
    conversation = [{"role": "user", "content": "What is new?"}, *answer.output, {"role": "user", "content": "More"}]
    assert openai_client.responses.create(model=MODEL, input=conversation).output_text == "More"
