"""Items of requests for responses, and the messages that go upstream."""

import json
import time

import pytest
from protobuf import Oneof
from responses_forms import ROLE, TYPE, call, called, message, messages, posting, result, text, thought

from xaiwire.proto import chat_pb2, image_pb2
from xaiwire_server.gateway.convert.responses_input import response_messages
from xaiwire_server.gateway.http.decoding import decode_json
from xaiwire_server.gateway.shapes.responses import InputItem


@pytest.fixture
def post(plain_gateway, upstream):
    with posting(plain_gateway, upstream) as send:
        yield send


class TestItems:
    def test_messages_and_their_parts(self, post):
        made = messages(
            post,
            {"role": "developer", "content": "Be brief"},
            {
                "type": "message",
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "Look"},
                    {"type": "input_image", "image_url": "https://x.ai/a.png", "detail": "low"},
                    {"type": "input_file", "file_id": "file_1"},
                ],
            },
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "I see", "annotations": [], "logprobs": []}],
            },
            {"role": "user", "content": "More", "name": "Ada"},
        )
        image = image_pb2.ImageUrlContent(image_url="https://x.ai/a.png", detail=image_pb2.ImageDetail.DETAIL_LOW)
        parts = [
            text("Look"),
            chat_pb2.Content(content=Oneof("image_url", image)),
            chat_pb2.Content(content=Oneof("file", chat_pb2.FileContent(file_id="file_1"))),
        ]
        assert made == [
            message(ROLE.ROLE_SYSTEM, "Be brief"),
            chat_pb2.Message(role=ROLE.ROLE_USER, content=parts),
            message(ROLE.ROLE_ASSISTANT, "I see"),
            message(ROLE.ROLE_USER, "More", name="Ada"),
        ]

    def test_what_a_model_thought_said_and_called_is_one_message(self, post):
        made = messages(
            post,
            {"role": "user", "content": "Go"},
            thought("Hm", id="rs_1", encrypted_content="E"),
            {"role": "assistant", "content": "Well"},
            called("a"),
            called("b"),
            result("a", "1"),
            result("b", "2"),
        )
        assert made == [
            message(ROLE.ROLE_USER, "Go"),
            message(
                ROLE.ROLE_ASSISTANT,
                "Well",
                reasoning_content="Hm",
                encrypted_content="E",
                tool_calls=[call("a"), call("b")],
            ),
            message(ROLE.ROLE_TOOL, "1"),
            message(ROLE.ROLE_TOOL, "2"),
        ]

    def test_results_are_put_into_the_order_of_the_calls(self, post):
        made = messages(
            post, called("a"), called("b"), result("b", "2"), result("a", [{"type": "input_text", "text": "1"}])
        )
        assert made[1:] == [message(ROLE.ROLE_TOOL, "1"), message(ROLE.ROLE_TOOL, "2")]

    def test_rounds_of_calls_are_messages_of_their_own(self, post):
        made = messages(post, called("a"), result("a", "1"), called("b"), result("b", "2"))
        assert [each.role for each in made] == [ROLE.ROLE_ASSISTANT, ROLE.ROLE_TOOL] * 2

    def test_thoughts_behind_the_words_belong_to_them_where_nothing_follows(self, post):
        made = messages(post, {"role": "assistant", "content": "Well"}, thought("Hm"), {"role": "user", "content": "?"})
        assert made[0] == message(ROLE.ROLE_ASSISTANT, "Well", reasoning_content="Hm")

    def test_thoughts_behind_the_words_begin_a_message_where_more_follows(self, post):
        made = messages(
            post, {"role": "assistant", "content": "Well"}, thought("Hm"), {"role": "assistant", "content": "So"}
        )
        assert made == [
            message(ROLE.ROLE_ASSISTANT, "Well"),
            message(ROLE.ROLE_ASSISTANT, "So", reasoning_content="Hm"),
        ]

    def test_two_messages_stay_two(self, post):
        made = messages(post, {"role": "assistant", "content": "A"}, {"role": "assistant", "content": "B"})
        assert made == [message(ROLE.ROLE_ASSISTANT, "A"), message(ROLE.ROLE_ASSISTANT, "B")]

    def test_thoughts_around_a_search_of_the_servers_are_one(self, post):
        search = {
            "type": "web_search_call",
            "id": "s",
            "status": "completed",
            "name": "web_search",
            "arguments": '{"query":"q"}',
        }
        action = {"type": "search", "query": "q"}
        made = messages(
            post,
            thought("One, "),
            {**search, "action": action},
            thought("two"),
            {"role": "assistant", "content": "Done"},
        )
        assert made == [
            message(
                ROLE.ROLE_ASSISTANT,
                "Done",
                reasoning_content="One, two",
                tool_calls=[call("s", "web_search", '{"query":"q"}', TYPE.WEB_SEARCH_TOOL)],
            )
        ]

    def test_two_encrypted_thoughts_are_not_one(self, post):
        made = messages(post, thought("A", encrypted_content="1"), thought("B", encrypted_content="2"), called("a"))
        assert [(each.reasoning_content, each.encrypted_content) for each in made] == [("A", "1"), ("B", "2")]
        assert [len(each.tool_calls) for each in made] == [0, 1]

    def test_the_text_of_reasoning_goes_before_its_summary(self, post):
        item = {**thought("short"), "content": [{"type": "reasoning_text", "text": "long"}]}
        response, request = post(input=[item, {"role": "assistant", "content": "Well"}])
        assert request.messages[0].reasoning_content == "long"
        assert response.headers["x-gateway-warning"].startswith("input[0].summary: ")

    def test_a_field_of_another_type_is_named(self, post):
        response, _ = post(input=[{"role": "user", "content": "Hi", "arguments": "{}"}])
        assert response.headers["x-gateway-warning"].startswith("input[0].arguments: ")

    @pytest.mark.parametrize(
        "kind", ["x_search_call", "code_interpreter_call", "file_search_call", "document_search_call", "mcp_call"]
    )
    def test_calls_that_the_server_made(self, post, kind):
        item = {"type": kind, "id": "s", "status": "completed", "name": "n", "arguments": "{}"}
        if kind == "mcp_call":
            item |= {"server_label": "l", "output": None, "error": None}
        [made] = messages(post, item)
        types = {
            "x_search_call": TYPE.X_SEARCH_TOOL,
            "code_interpreter_call": TYPE.CODE_EXECUTION_TOOL,
            "file_search_call": TYPE.COLLECTIONS_SEARCH_TOOL,
            "document_search_call": TYPE.DOCUMENT_SEARCH_TOOL,
            "mcp_call": TYPE.MCP_TOOL,
        }
        assert made.tool_calls == [call("s", "n", "{}", types[kind])]


class TestResultsOfAKeptResponse:
    @pytest.fixture(autouse=True)
    def kept(self, upstream):
        said = chat_pb2.CompletionMessage(
            tool_calls=[call("s", kind=TYPE.WEB_SEARCH_TOOL), call("a"), call("b")], role=ROLE.ROLE_ASSISTANT
        )
        stored = chat_pb2.GetChatCompletionResponse(id="r0", outputs=[chat_pb2.CompletionOutput(message=said)])
        upstream.answers["GetStoredCompletion"] = [stored]

    def test_their_order(self, post, upstream):
        response, request = post(previous_response_id="r0", input=[result("b", "2"), result("a", "1")])
        assert response.status_code == 200
        assert request.messages == [message(ROLE.ROLE_TOOL, "1"), message(ROLE.ROLE_TOOL, "2")]
        assert upstream.requests[0] == (
            "GetStoredCompletion",
            chat_pb2.GetStoredCompletionRequest(response_id="r0"),
        )

    def test_one_that_is_missing(self, post):
        response, _ = post(previous_response_id="r0", input=[result("b", "2")])
        assert response.status_code == 400
        assert response.json()["error"]["code"] == "missing_tool_result"

    def test_the_kept_one_is_not_asked_for_where_there_are_no_results(self, post, upstream):
        post(previous_response_id="r0", input=[{"role": "user", "content": "Go on"}])
        assert [name for name, _ in upstream.requests] == ["GetCompletion"]


class TestAnswersThatAreGivenBack:
    """What came as items of a response, goes back as the message that it was."""

    MESSAGES = (
        {"content": "Well"},
        {"content": "Well", "reasoning_content": "Hm", "encrypted_content": "E"},
        {"encrypted_content": "E", "tool_calls": [call("a"), call("b", "g", '{"x": 1}')]},
        {"content": "Well", "tool_calls": [call("s", "web_search", '{"query": "q"}', TYPE.WEB_SEARCH_TOOL), call("a")]},
        {"reasoning_content": "Hm", "tool_calls": [call("s", "n", "{}", kind) for kind in TYPE if kind > 1]},
    )

    @pytest.mark.parametrize("said", MESSAGES, ids=",".join)
    @pytest.mark.parametrize("streamed", [False, True], ids=["at once", "streamed"])
    def test_it(self, post, upstream, said, streamed):
        role = ROLE.ROLE_ASSISTANT
        if streamed:
            pieces = [chat_pb2.Delta(role=role, **{name: value}) for name, value in said.items()]
            outputs = [chat_pb2.CompletionOutputChunk(delta=piece) for piece in pieces]
            upstream.answers["GetCompletionChunk"] = [
                chat_pb2.GetChatCompletionChunk(id="r1", outputs=[output]) for output in outputs
            ]
            last = post(stream=True, include=["reasoning.encrypted_content"])[0].text.rstrip().split("\n")[-1]
            items = json.loads(last.removeprefix("data: "))["response"]["output"]
        else:
            output = chat_pb2.CompletionOutput(message=chat_pb2.CompletionMessage(role=role, **said))
            upstream.answers["GetCompletion"] = [chat_pb2.GetChatCompletionResponse(id="r1", outputs=[output])]
            items = post()[0].json()["output"]
        response, request = post(input=[{"role": "user", "content": "Go"}, *items, {"role": "user", "content": "On"}])
        assert "x-gateway-warning" not in response.headers
        words = [said["content"]] if "content" in said else []
        more = {name: value for name, value in said.items() if name != "content"}
        assert request.messages[1:-1] == [message(role, *words, **more)]


def seconds(items):
    """How long the fastest of some conversions takes."""
    read, _ = decode_json(json.dumps(items).encode(), list[InputItem])

    def once():
        begun = time.process_time()
        response_messages(read, lambda *_: None, ())
        return time.process_time() - begun

    return min(once() for _ in range(5))


@pytest.mark.parametrize(
    ("first", "more"),
    [
        ([], [{"type": "web_search_call", "id": "s", "name": "web_search", "arguments": "{}"}, thought("Hm")]),
        ([], [thought("Hm" * 1_000)]),
        ([{"role": "assistant", "content": "Well"}], [thought("Hm" * 1_000)]),
    ],
    ids=["searches and thoughts", "thoughts", "thoughts behind words"],
)
def test_the_time_grows_as_the_number_of_items_does(first, more):
    # Square time would be 16 times as long.
    assert seconds([*first, *more * 8_000]) < 9 * seconds([*first, *more * 2_000])


def test_a_long_conversation(post):
    items = [{"role": ("user", "assistant")[at % 2], "content": f"{at}"} for at in range(10_000)]
    made = messages(post, *items)
    assert len(made) == 10_000
    assert made[-1] == message(ROLE.ROLE_ASSISTANT, "9999")
