"""Items of requests for responses, the messages that they are to become, and a way to hold the two together."""

from contextlib import contextmanager

from protobuf import Oneof
from protobuf.wkt import Timestamp

from xaiwire.proto import chat_pb2

ROLE = chat_pb2.MessageRole
TYPE = chat_pb2.ToolCallType
ANSWER = chat_pb2.GetChatCompletionResponse(id="r1", model="m", created=Timestamp(seconds=5))


def text(words):
    return chat_pb2.Content(content=Oneof("text", words))


def message(role, *words, **more):
    return chat_pb2.Message(role=role, content=[text(each) for each in words], **more)


def call(identity, name="f", arguments="{}", kind=TYPE.CLIENT_SIDE_TOOL):
    function = chat_pb2.FunctionCall(name=name, arguments=arguments)
    return chat_pb2.ToolCall(id=identity, type=kind, tool=Oneof("function", function))


def called(identity):
    return {"type": "function_call", "call_id": identity, "name": "f", "arguments": "{}"}


def result(identity, output):
    return {"type": "function_call_output", "call_id": identity, "output": output}


def thought(words, **more):
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": words}], **more}


@contextmanager
def posting(gateway, upstream):
    """Asks for a response: what came back, and what went upstream; None where nothing did."""
    upstream.answers["GetCompletion"] = [ANSWER]
    with gateway.http() as client:

        def send(**asked):
            upstream.requests.clear()
            response = client.post("/v1/responses", json={"model": "m", "input": "Hi", **asked})
            return response, upstream.requests[-1][1] if upstream.requests else None

        yield send


def sent(post, **asked):
    response, request = post(**asked)
    assert response.status_code == 200, response.text
    return request


def messages(post, *items):
    return sent(post, input=list(items)).messages
