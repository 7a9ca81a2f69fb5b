"""The chat of the emulator."""

import json

import pytest

import xaiwire
from xaiwire import StatusCode
from xaiwire.chat import assistant, file, image, system, tool, tool_result, user
from xaiwire.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, RpcError
from xaiwire.proto import chat_pb2
from xaiwire.search import SearchParameters, web_source

WEATHER = tool(
    "get_weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
)
TIME = tool("get_time", "The time.", {"type": "object"})


def sample(client, *messages, model="grok-3", **options):
    return client.chat.create(model, messages=list(messages), **options).sample()


def refusal(client, *messages, **options):
    with pytest.raises(RpcError) as caught:
        sample(client, *messages, **options)
    return caught.value


def test_the_same_request_has_the_same_answer(client):
    one, other = (sample(client, user("Hello"), logprobs=True, top_logprobs=3, seed=4) for _ in range(2))
    assert one.content == other.content == "Hello"
    assert one.logprobs.to_binary() == other.logprobs.to_binary()
    assert one.id != other.id


def test_another_seed_has_other_log_probabilities(client):
    one, other = (sample(client, user("Hello"), logprobs=True, seed=seed) for seed in (1, 2))
    assert one.logprobs.to_binary() != other.logprobs.to_binary()


def test_log_probabilities_are_those_of_the_text(client):
    response = sample(client, user("Grüße 👋 an alle"), logprobs=True, top_logprobs=3)
    tokens = response.logprobs.content
    assert b"".join(token.bytes for token in tokens).decode() == response.content
    for token in tokens:
        assert token.logprob <= 0
        assert [each.logprob for each in token.top_logprobs] == sorted(
            (each.logprob for each in token.top_logprobs), reverse=True
        )
        assert len(token.top_logprobs) == 3


@pytest.mark.parametrize(
    ("options", "content", "reason"),
    [
        ({"max_tokens": 1}, "one", "REASON_MAX_LEN"),
        ({"max_tokens": 4}, "one two three four", "REASON_STOP"),
        ({"stop": ["two"]}, "one ", "REASON_STOP"),
        ({"stop": ["o t"]}, "one tw", "REASON_STOP"),
        ({"stop": ["four five"]}, "one two three four", "REASON_STOP"),
        ({"stop": ["three"], "max_tokens": 1}, "one", "REASON_MAX_LEN"),
    ],
)
def test_an_answer_ends_where_it_is_told_to(client, options, content, reason):
    chat = client.chat.create("grok-3", messages=[user("one two three four")], **options)
    response = chat.sample()
    assert (response.content, response.finish_reason) == (content, reason)
    chunks = list(chat.stream())
    streamed = chunks[-1][0]
    assert "".join(chunk.content for _, chunk in chunks) == content
    assert streamed.finish_reason == reason
    assert streamed.usage.to_binary() == response.usage.to_binary()


def test_each_chunk_is_a_word(client):
    chunks = [chunk.content for _, chunk in client.chat.create("grok-3", messages=[user("a b  c\nd")]).stream()]
    assert [chunk for chunk in chunks if chunk] == ["a", " b", "  c", "\nd"]


def test_usage_adds_up(client):
    usage = sample(client, system("Be brief"), user("Hello there"), model="grok-4").usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens + usage.reasoning_tokens
    assert usage.prompt_tokens == usage.prompt_text_tokens + usage.prompt_image_tokens
    assert usage.completion_tokens == 2
    assert usage.reasoning_tokens > 0


def test_the_conversation_before_is_cached(client):
    first = sample(client, user("My name is Ada"), store_messages=True)
    second = sample(client, user("What is it?"), previous_response_id=first.id, store_messages=True)
    third = sample(client, user("Sure?"), previous_response_id=second.id)
    assert 0 < second.usage.cached_prompt_text_tokens < third.usage.cached_prompt_text_tokens
    assert third.usage.cached_prompt_text_tokens < third.usage.prompt_text_tokens


def test_answers_are_kept_for_thirty_days(client, xaiwire_emulator):
    kept = sample(client, user("Keep"), store_messages=True)
    xaiwire_emulator.advance(29.9 * 24 * 3600)
    assert client.chat.get_stored_completion(kept.id)[0].content == "Keep"
    xaiwire_emulator.advance(0.2 * 24 * 3600)
    with pytest.raises(NotFoundError):
        client.chat.get_stored_completion(kept.id)


def test_a_streamed_answer_is_kept_before_its_end(client):
    chat = client.chat.create("grok-3", messages=[user("a b")], store_messages=True)
    *_, (responses, _) = chat.stream_batch(2)
    kept = client.chat.get_stored_completion(responses[0].id)
    assert [each.content for each in kept] == ["a b", "a b (2)"]


class TestFunctions:
    def test_a_function_that_is_named_is_called(self, client):
        for text in ("get_weather please", "Get me the weather"):
            (call,) = sample(client, user(text), tools=[WEATHER, TIME]).tool_calls
            assert call.function.name == "get_weather"
            assert json.loads(call.function.arguments) == {"city": "city"}

    def test_several_at_once_unless_it_is_forbidden(self, client):
        text = user("Get the weather and the time")
        assert len(sample(client, text, tools=[WEATHER, TIME]).tool_calls) == 2
        assert len(sample(client, text, tools=[WEATHER, TIME], parallel_tool_calls=False).tool_calls) == 1

    def test_none_is_called_twice_for_one_message(self, client):
        chat = client.chat.create("grok-3", messages=[user("get_weather and get_time")], tools=[WEATHER, TIME])
        chat.settings = None
        response = client.chat.create(
            "grok-3", messages=[user("get_weather and get_time")], tools=[WEATHER, TIME], parallel_tool_calls=False
        )
        first = response.sample()
        response.append(first).append(tool_result("It snows."))
        second = response.sample()
        assert [first.tool_calls[0].function.name, second.tool_calls[0].function.name] == [
            "get_weather",
            "get_time",
        ]
        response.append(second).append(tool_result("Noon."))
        assert response.sample().content == "Noon."

    @pytest.mark.parametrize(
        ("choice", "called"), [("none", None), ("auto", None), ("required", "get_weather"), ("get_time", "get_time")]
    )
    def test_the_choice_is_honoured(self, client, choice, called):
        given = xaiwire.chat.required_tool(choice) if choice == "get_time" else choice
        response = sample(client, user("Hello"), tools=[WEATHER, TIME], tool_choice=given)
        names = [call.function.name for call in response.tool_calls]
        assert names == ([called] if called else [])
        assert response.finish_reason == ("REASON_TOOL_CALLS" if called else "REASON_STOP")
        assert bool(response.content) != bool(called)

    def test_the_ids_of_calls_differ(self, client):
        calls = sample(client, user("get_weather, get_time"), tools=[WEATHER, TIME]).tool_calls
        assert len({call.id for call in calls}) == 2


def test_structured_output_obeys_the_schema(client):
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 3}, "tags": {"type": "array", "minItems": 2}},
        "required": ["n", "tags"],
        "additionalProperties": False,
    }
    form = chat_pb2.ResponseFormat(format_type=chat_pb2.FormatType.JSON_SCHEMA, schema=json.dumps(schema))
    value = json.loads(sample(client, user("Anything"), response_format=form).content)
    assert value["n"] >= 3
    assert len(value["tags"]) >= 2


def test_encrypted_content_comes_from_here_and_no_other_server(client):
    response = sample(client, user("Think"), model="grok-3-mini", use_encrypted_content=True)
    assert response.encrypted_content
    message = assistant("forged")
    message.encrypted_content = "forged"
    error = refusal(client, user("a"), message, user("b"))
    assert error.message == "messages[1].encrypted_content: it was not made by this server"


def test_images_and_files(client):
    stored = client.files.upload(b"x" * 4000, filename="notes.txt")
    question = user("What?", image("https://example.com/a.png", detail="low"), file(stored.id))
    response = sample(client, question, model="grok-4")
    assert response.usage.prompt_image_tokens == 256
    assert response.usage.prompt_text_tokens > 1000
    assert refusal(client, user("What?", file("file_0")), model="grok-4").code is StatusCode.NOT_FOUND


def test_search(client):
    parameters = SearchParameters(sources=[web_source(allowed_websites=["x.ai"])], mode="on")
    response = sample(client, user("What is new?"), search_parameters=parameters)
    assert response.citations == ["https://x.ai/what-is-new"]
    assert response.usage.num_sources_used == 1
    quiet = SearchParameters(sources=[web_source(allowed_websites=["x.ai"])], mode="on", return_citations=False)
    assert sample(client, user("What is new?"), search_parameters=quiet).citations == []
    auto = SearchParameters(mode="auto")
    assert not sample(client, user("No question."), search_parameters=auto).citations
    assert sample(client, user("A question?"), search_parameters=auto).citations


class TestDeferred:
    def test_it_is_pending_then_there_once(self, xaiwire_emulator_thread):
        from xaiwire_server.testing import Settings

        with xaiwire_emulator_thread.emulator(Settings(deferred_delay=60.0)) as emulator, emulator.client() as client:
            identity = client.deferred.start("grok-3", "Later")
            assert client.deferred.get(identity) is None
            emulator.advance(61)
            assert client.deferred.wait(identity, timeout=10).content == "Later"
            with pytest.raises(NotFoundError):
                client.deferred.get(identity)

    def test_it_expires(self, client, xaiwire_emulator):
        identity = client.deferred.start("grok-3", "Later")
        xaiwire_emulator.advance(25 * 3600)
        with pytest.raises(xaiwire.errors.DeferredExpiredError):
            client.deferred.get(identity)

    def test_a_bad_request_is_refused_at_once(self, client):
        with pytest.raises(InvalidArgumentError):
            client.deferred.start("grok-3", "Later", temperature=9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 3}, "temperature: 3 is not between 0 and 2"),
        ({"top_p": -1}, "top_p: -1 is not between 0 and 1"),
        ({"max_tokens": 0}, "max_tokens: 0 is not between 1 and 2.14748e+09"),
        ({"stop": list("abcde")}, "stop: there are 5 sequences; 4 are allowed"),
        ({"stop": [""]}, "stop[0]: it is required"),
        ({"top_logprobs": 2}, "top_logprobs: it asks for log probabilities, and `logprobs` is not set"),
        ({"tools": [WEATHER, WEATHER]}, "tools[1].function.name: there are two functions 'get_weather'"),
        ({"tool_choice": "required"}, "tool_choice.mode: a function has to be called, and the request has none"),
        ({"previous_response_id": ""}, "previous_response_id: it is required"),
    ],
)
def test_what_is_wrong_is_named(client, options, message):
    error = refusal(client, user("Hello"), **options)
    assert error.code is StatusCode.INVALID_ARGUMENT
    assert error.message == message


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([chat_pb2.Message()], "messages[0].role: it is not set"),
        ([chat_pb2.Message(role=chat_pb2.MessageRole.ROLE_USER)], "messages[0].content: there is none"),
        ([user("a"), user(image("ftp://x/y"))], "messages[1].content[0].image_url: the model sees no images"),
    ],
)
def test_which_message_is_wrong_is_named(client, messages, message):
    error = refusal(client, *messages)
    assert (error.code, error.message) == (StatusCode.INVALID_ARGUMENT, message)


@pytest.mark.parametrize(
    "url", ["ftp://example.com/a.png", "data:text/plain;base64,AAAA", "data:image/png;base64,?", "x"]
)
def test_images_that_are_none(client, url):
    assert refusal(client, user(image(url)), model="grok-4").code is StatusCode.INVALID_ARGUMENT


def test_there_is_no_such_model(client):
    assert refusal(client, user("Hello"), model="grok-0").message == "model 'grok-0' does not exist"


class TestScripts:
    def test_what_it_says_is_said(self, client, xaiwire_emulator):
        xaiwire_emulator.script(
            """
            replies:
              - when: {matches: 'weather in (?P<city>\\w+)'}
                reply: 'It rains in {city}. {not this}'
                reasoning: 'It always rains in {city}.'
              - when: {role: user, contains: tool, tool: get_weather}
                tool_calls:
                  - {name: get_weather, arguments: {city: Bern}}
              - when: {role: tool}
                reply: 'So it is.'
                finish: length
              - when: {contains: often}
                error: {status: RESOURCE_EXHAUSTED, message: Too many, retry_after: 2}
                times: 1
              - when: {contains: often}
                reply: 'Now it works.'
            otherwise: refuse
            """
        )
        assert sample(client, user("The weather in Bern?")).content == "It rains in Bern. {not this}"
        chat = client.chat.create("any-model", messages=[user("Use the tool")], tools=[WEATHER])
        response = chat.sample()
        assert json.loads(response.tool_calls[0].function.arguments) == {"city": "Bern"}
        chat.append(response).append(tool_result("rain"))
        last = chat.sample()
        assert (last.content, last.finish_reason) == ("So it is.", "REASON_MAX_LEN")
        error = refusal(client, user("Not so often"))
        assert (error.code, error.message) == (StatusCode.RESOURCE_EXHAUSTED, "Too many")
        assert ("retry-after", "2") in error.call.trailers
        assert sample(client, user("Not so often")).content == "Now it works."
        with pytest.raises(FailedPreconditionError):
            sample(client, user("Nothing fits"))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("replies: [", "script:1: this is not YAML: "),
            ("replies:\n  - reply: 1\n", "script:2: Expected `str`, got `int`"),
            ("replies:\n  - reply: a\n    whn: b\n", "script:2: Object contains unknown field `whn`"),
            ("replies:\n  - reply: a\n  - when: {}\n", "script:3: a reply has one of reply"),
            ("replies:\n  - when: {matches: '('}\n    reply: a\n", "script:2: matches: this is no regular expression"),
            ("replies:\n  - error: {status: BAD}\n", "script:2: `BAD` is no status of an error"),
            ("replies: &a [*a]", "script: aliases"),
            ("[]", "script:1: Expected `object`, got `array`"),
            ("", "script:1: Expected `object`, got `null`"),
            ("replies: " + "[" * 2000, "script"),
        ],
    )
    def test_a_broken_one_is_refused_with_its_line(self, xaiwire_emulator, text, message):
        from xaiwire_server.emulator.answers.script import ScriptError

        with pytest.raises(ScriptError) as caught:
            xaiwire_emulator.script(text)
        assert str(caught.value).startswith(message)
