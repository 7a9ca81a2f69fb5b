"""Requests and answers as a client of REST writes and reads them; made without the gateway's own conversions."""

import json
from datetime import UTC, datetime, timedelta

from protobuf import Oneof
from protobuf.wkt import Timestamp

from xaiwire.proto import chat_pb2, sample_pb2, usage_pb2

ROLES = {1: "user", 2: "assistant", 3: "system", 4: "function", 5: "tool"}
EFFORTS = {1: "low", 2: "medium", 3: "high"}
DETAILS = {1: "auto", 2: "low", 3: "high"}
MODES = {1: "auto", 2: "none", 3: "required"}
SEARCH_MODES = {1: "off", 2: "on", 3: "auto"}
CALLS = {1: "function", 2: "web_search", 3: "x_search", 4: "code_execution", 5: "collections_search", 6: "mcp"}
CALLS[7] = "document_search"


def moment(stamp):
    """RFC 3339."""
    whole = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=stamp.seconds)
    return f"{whole.year:04}-{whole:%m-%dT%H:%M:%S}.{stamp.nanos:09}Z"


def chat_request(request):
    """The JSON of a request for a completion."""
    body = {"model": request.model, "messages": [message(each) for each in request.messages]}
    for name in ("n", "max_tokens", "seed", "temperature", "top_p", "frequency_penalty", "presence_penalty"):
        put(body, request, name)
    for name in ("top_logprobs", "parallel_tool_calls", "previous_response_id"):
        put(body, request, name)
    body |= {"user": request.user, "stop": list(request.stop), "logprobs": request.logprobs}
    body |= {"store": request.store_messages, "use_encrypted_content": request.use_encrypted_content}
    body["tools"] = [tool(each) for each in request.tools]
    if request.tool_choice is not None:
        choice = request.tool_choice.tool_choice
        named = {"type": "function", "function": {"name": choice.value}}
        body["tool_choice"] = MODES[choice.value] if choice.field == "mode" else named
    if request.response_format is not None:
        form = request.response_format
        body["response_format"] = [
            {"type": "text"},
            {"type": "json_object"},
            {"type": "json_schema", "json_schema": {"schema": json.loads(form.schema or "null")}},
        ][form.format_type - 1]
    if request.has_field("reasoning_effort"):
        body["reasoning_effort"] = EFFORTS[request.reasoning_effort]
    if request.search_parameters is not None:
        search = request.search_parameters
        body["search_parameters"] = {"sources": [source(each) for each in search.sources]}
        body["search_parameters"]["return_citations"] = search.return_citations
        put(body["search_parameters"], search, "max_search_results")
        dates(body["search_parameters"], search)
        if search.mode:
            body["search_parameters"]["mode"] = SEARCH_MODES[search.mode]
    return body


def put(body, message_, name):
    """Take a field over, where it is set."""
    if message_.has_field(name):
        body[name] = getattr(message_, name)


def dates(body, message_):
    """Take the limits of a search over."""
    for name in ("from_date", "to_date"):
        if message_.has_field(name):
            body[name] = moment(getattr(message_, name))


def message(made):
    """A message of a conversation."""
    body = {"role": ROLES[made.role], "content": [part(each) for each in made.content], "name": made.name}
    put(body, made, "reasoning_content")
    body["encrypted_content"] = made.encrypted_content
    body["tool_calls"] = [call(each) for each in made.tool_calls if each.type == 1]
    body["server_side_tool_calls"] = [call(each) for each in made.tool_calls if each.type != 1]
    return body


def part(content):
    """A part of a message."""
    value = content.content.value
    if content.content.field == "text":
        return {"type": "text", "text": value}
    if content.content.field == "file":
        return {"type": "file", "file": {"file_id": value.file_id}}
    image = {"url": value.image_url} | ({"detail": DETAILS[value.detail]} if value.detail else {})
    return {"type": "image_url", "image_url": image}


def call(made):
    """A call of a tool."""
    function = made.tool.value
    return {
        "id": made.id,
        "type": CALLS[made.type],
        "function": {"name": function.name, "arguments": function.arguments},
    }


def tool(made):
    """A tool."""
    kind, value = made.tool.field, made.tool.value
    body = {"type": kind}
    if kind == "function":
        body["function"] = {"name": value.name, "description": value.description, "strict": value.strict}
        body["function"]["parameters"] = json.loads(value.parameters or "null")
    elif kind == "mcp":
        body |= {"server_label": value.server_label, "server_description": value.server_description}
        body |= {"server_url": value.server_url, "allowed_tools": list(value.allowed_tool_names)}
        body["headers"] = dict(value.extra_headers)
        put(body, value, "authorization")
    else:
        fields = {field.name for field in value.desc().fields}
        for name in ("allowed_domains", "excluded_domains", "allowed_x_handles", "excluded_x_handles"):
            if name in fields:
                body[name] = list(getattr(value, name))
        if "collection_ids" in fields:
            body["collection_ids"] = list(value.collection_ids)
        for name in ("limit", "enable_image_understanding", "enable_video_understanding"):
            if name in fields:
                put(body, value, name)
        if "from_date" in fields:
            dates(body, value)
    return body


def source(made):
    """A source of a search."""
    value = made.source.value
    body = {"type": made.source.field}
    for field in value.desc().fields:
        given = getattr(value, field.name)
        if isinstance(given, list):
            body[field.name] = list(given)
        elif field.name == "safe_search":
            body[field.name] = given
        else:
            put(body, value, field.name)
    return body


# Answers.

REASONS = {None: 0, "length": 1, "stop": 3, "tool_calls": 4}


def completion(body):
    """The contract's message of a completion's JSON."""
    settings, debug = (body.get(name) for name in ("settings", "debug_output"))
    return chat_pb2.GetChatCompletionResponse(
        id=body["id"],
        outputs=[output(each) for each in body["choices"]],
        created=Timestamp(seconds=body["created"]),
        model=body["model"],
        system_fingerprint=body.get("system_fingerprint", ""),
        usage=usage(body.get("usage")),
        citations=body.get("citations", []),
        settings=None if settings is None else chat_pb2.RequestSettings.from_json(json.dumps(settings)),
        debug_output=None if debug is None else chat_pb2.DebugOutput.from_json(json.dumps(debug)),
    )


def output(body):
    """One of the answers."""
    said = body["message"]
    return chat_pb2.CompletionOutput(
        finish_reason=reason(body),
        index=body["index"],
        message=chat_pb2.CompletionMessage(role=role(said.get("role")), **texts(said)),
        logprobs=logprobs(body.get("logprobs")),
    )


def texts(said):
    """What a message, or a part of one, says."""
    return {
        "content": said.get("content") or "",
        "reasoning_content": said.get("reasoning_content", ""),
        "encrypted_content": said.get("encrypted_content", ""),
        "tool_calls": [
            tool_call(each) for name in ("tool_calls", "server_side_tool_calls") for each in said.get(name, [])
        ],
    }


def role(name):
    """A role of the contract."""
    return 0 if name is None else number_of(ROLES, name)


def number_of(names, name):
    """The number that has a name."""
    return next(number for number, each in names.items() if each == name)


def reason(body):
    """Why an answer ended."""
    native = body.get("native_finish_reason")
    return sample_pb2.FinishReason[native] if native else sample_pb2.FinishReason(REASONS[body["finish_reason"]])


def tool_call(body):
    """A call of a tool."""
    function = chat_pb2.FunctionCall(**body["function"])
    return chat_pb2.ToolCall(id=body["id"], type=number_of(CALLS, body["type"]), tool=Oneof("function", function))


def logprobs(body):
    """How likely the tokens were."""
    if body is None:
        return None

    def one(each, kind, **more):
        return kind(token=each["token"], logprob=each["logprob"], bytes=bytes(each["bytes"]), **more)

    return chat_pb2.LogProbs(
        content=[
            one(each, chat_pb2.LogProb, top_logprobs=[one(top, chat_pb2.TopLogProb) for top in each["top_logprobs"]])
            for each in body["content"]
        ]
    )


def usage(body):
    """What an answer took."""
    if body is None:
        return None
    prompt, answer = body["prompt_tokens_details"], body["completion_tokens_details"]
    return usage_pb2.SamplingUsage(
        completion_tokens=body["completion_tokens"],
        reasoning_tokens=answer["reasoning_tokens"],
        prompt_tokens=body["prompt_tokens"],
        total_tokens=body["total_tokens"],
        prompt_text_tokens=prompt["text_tokens"],
        cached_prompt_text_tokens=prompt["cached_tokens"],
        prompt_image_tokens=prompt["image_tokens"],
        num_sources_used=body.get("num_sources_used", 0),
        server_side_tools_used=[
            usage_pb2.ServerSideTool[name.upper()] for name in body.get("server_side_tools_used", [])
        ],
    )


def chunk(body):
    """The contract's message of a chunk's JSON."""
    return chat_pb2.GetChatCompletionChunk(
        id=body["id"],
        outputs=[
            chat_pb2.CompletionOutputChunk(
                delta=chat_pb2.Delta(role=role(each["delta"].get("role")), **texts(each["delta"])),
                logprobs=logprobs(each.get("logprobs")),
                finish_reason=reason(each),
                index=each["index"],
            )
            for each in body["choices"]
        ],
        created=Timestamp(seconds=body["created"]),
        model=body["model"],
        system_fingerprint=body.get("system_fingerprint", ""),
        usage=usage(body.get("usage")),
        citations=body.get("citations", []),
    )
