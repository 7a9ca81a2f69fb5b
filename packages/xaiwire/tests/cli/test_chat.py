"""`xaiwire chat` with a prompt, against a server that is not ours."""

from __future__ import annotations

import io
import json
from pathlib import Path

import grpc
import pytest
from reference_server import message

ANSWER = "/xai_api.Chat/GetCompletion"
STREAM = "/xai_api.Chat/GetCompletionChunk"
ASSISTANT = 2
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def model(server):
    """A model that says what it is told to, in chunks of a few characters."""

    class Model:
        text = "It scatters."
        finish_reason = 3
        citations = ()

        @property
        def request(self):
            return server.last.requests[0]

    model = Model()

    @server.on(ANSWER)
    def _(_request, _context):
        output = {"message": {"content": model.text, "role": ASSISTANT}, "finish_reason": model.finish_reason}
        return message("xai_api.GetChatCompletionResponse")(id="r1", outputs=[output], citations=model.citations)

    @server.on(STREAM)
    def _(_request, _context):
        chunk = message("xai_api.GetChatCompletionChunk")
        for start in range(0, len(model.text), 5):
            yield chunk(id="r1", outputs=[{"delta": {"content": model.text[start : start + 5], "role": ASSISTANT}}])
        last = {"delta": {"role": ASSISTANT}, "finish_reason": model.finish_reason}
        yield chunk(id="r1", outputs=[last], citations=model.citations)

    return model


def texts(sent):
    return [[piece.text for piece in each.content] for each in sent.messages]


@pytest.mark.parametrize(("flags", "path"), [((), STREAM), (("--no-stream",), ANSWER)])
def test_an_answer(flags, path, run, server, model):
    result = run("chat", "Why is", "the sky blue?", *flags)
    assert (result.status, result.out, result.err) == (0, "It scatters.\n", "")
    assert server.paths() == [path]
    assert (model.request.model, texts(model.request)) == ("grok-4", [["Why is the sky blue?"]])


def test_an_answer_that_ends_its_line(run, model):
    model.text = "abcd\n"
    assert run("chat", "x").out == "abcd\n"


def test_what_is_piped_in_goes_behind(run, model, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a\nb\n"))
    run("chat", "Sum up:")
    assert texts(model.request) == [["Sum up:\n\na\nb"]]
    monkeypatch.setattr("sys.stdin", io.StringIO("alone\n"))
    run("chat")
    assert texts(model.request) == [["alone"]]


def test_settings(run, model, monkeypatch):
    monkeypatch.setenv("XAI_MODEL", "grok-3")
    flags = "--system Brief. --max-tokens 9 --temperature 0.5 --seed -1 --reasoning-effort low --search"
    result = run("chat", "x", *flags.split(), "--tool", "web-search", "--tool", "code-execution", "--tool", "x-search")
    assert result.status == 0
    sent = model.request
    assert (sent.model, sent.max_tokens, sent.temperature, sent.seed, sent.reasoning_effort) == (
        "grok-3",
        9,
        0.5,
        -1,
        1,
    )
    assert texts(sent) == [["Brief."], ["x"]]
    assert sent.search_parameters.mode == 2
    assert [tool.WhichOneof("tool") for tool in sent.tools] == ["web_search", "code_execution", "x_search"]


def test_json_while_it_streams(run, model):
    *chunks, last = [json.loads(line) for line in run("chat", "x", "--json").out.splitlines()]
    assert "".join(each["chunk"]["outputs"][0]["delta"].get("content", "") for each in chunks) == "It scatters."
    assert last["response"]["outputs"][0]["message"]["content"] == "It scatters."


def test_json_without_streaming(run, model):
    assert json.loads(run("chat", "x", "--json", "--no-stream").out)["id"] == "r1"


def test_files_and_images(run, server, model, tmp_path: Path):
    @server.on("/xai_api.Files/UploadFile")
    def _(requests, _context):
        return message("xai_api.File")(id=f"id-{next(requests).init.name}")

    (tmp_path / "a.txt").write_text("abc")
    (tmp_path / "x.png").write_bytes(PNG)
    result = run(
        "chat", "x", "--file", tmp_path / "a.txt", "--file", "file-7", "--image", tmp_path / "x.png",
        "--image", "https://example.com/y.png",
    )  # fmt: skip
    assert result.status == 0
    assert "is now the file id-a.txt" in result.err
    _, first, second, third, fourth = model.request.messages[0].content
    assert (first.file.file_id, second.file.file_id) == ("id-a.txt", "file-7")
    assert third.image_url.image_url == "data:image/png;base64,iVBORw0KGgo="
    assert fourth.image_url.image_url == "https://example.com/y.png"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"GIF89a", "gif"),
        (b"RIFF1234WEBPVP8", "webp"),
        (PNG, "png"),
    ],
)
def test_images_are_known_by_their_content(content, kind, run, model, tmp_path: Path):
    (tmp_path / "x").write_bytes(content)
    assert run("chat", "x", "--image", tmp_path / "x").status == 0
    assert model.request.messages[0].content[1].image_url.image_url.startswith(f"data:image/{kind};base64,")


@pytest.mark.parametrize("content", [b"<svg>", b"", PNG + bytes(15 << 20)], ids=["svg", "empty", "huge"])
def test_what_is_no_image(content, run, server, tmp_path: Path):
    (tmp_path / "x.png").write_bytes(content)
    assert run("chat", "x", "--image", tmp_path / "x.png").status == 2
    assert server.calls == []


def test_a_schema(run, model, tmp_path: Path):
    (tmp_path / "s.json").write_text('{"type": "object"}')
    model.text = '{"name": "\x9bA"}'.replace("\x9b", "\u009b")
    result = run("chat", "x", "--schema", tmp_path / "s.json")
    assert (result.status, json.loads(result.out)) == (0, {"name": "\u009bA"})
    assert "\u009b" not in result.out
    assert json.loads(model.request.response_format.schema) == {"type": "object"}
    assert model.request.response_format.format_type == 3
    assert json.loads(run("chat", "x", "--json", "--schema", tmp_path / "s.json").out)["id"] == "r1"


def test_an_answer_that_is_not_json(run, model, tmp_path: Path):
    (tmp_path / "s.json").write_text("{}")
    result = run("chat", "x", "--schema", tmp_path / "s.json")
    assert (result.status, result.out) == (1, "")
    assert "It scatters." in result.err


@pytest.mark.parametrize("schema", ["[]", "{", "\xff"])
def test_what_is_no_schema(schema, run, server, tmp_path: Path):
    (tmp_path / "s.json").write_bytes(schema.encode("latin-1"))
    assert run("chat", "x", "--schema", tmp_path / "s.json").status == 2
    assert server.calls == []


def test_sources_are_shown_on_a_terminal(run_on_terminal, run, model):
    model.citations = ["https://example.com/a"]
    assert run_on_terminal("chat", "x").out == "It scatters.\n[1] https://example.com/a\n"
    assert run("chat", "x").out == "It scatters.\n"


def test_a_terminal_does_not_obey_the_model(run_on_terminal, run, model):
    model.text = "a\x1b[2Jb\x9bc\rd"
    assert run_on_terminal("chat", "x").out == "a\ufffd[2Jb\ufffdc\ufffdd\n"
    assert run("chat", "x").out == "a\x1b[2Jb\x9bc\rd\n"


def test_an_answer_that_is_cut_off(run, model):
    model.finish_reason = 1
    result = run("chat", "x", "--no-stream")
    assert (result.status, "--max-tokens" in result.err) == (0, True)


def test_a_stream_that_breaks_keeps_what_came(run, server):
    @server.on(STREAM)
    def _(_request, context):
        yield message("xai_api.GetChatCompletionChunk")(outputs=[{"delta": {"content": "half", "role": ASSISTANT}}])
        context.abort(grpc.StatusCode.INTERNAL, "broken")

    result = run("chat", "x")
    assert (result.status, result.out, "broken" in result.err) == (1, "half\n", True)


def test_a_stream_without_an_answer(run, server):
    result = run("chat", "x")
    assert (result.status, result.out, "no answer" in result.err) == (1, "", True)


def test_a_model_that_does_not_exist(run, server):
    @server.on(STREAM)
    def _(_request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "no such model")

    result = run("chat", "x", "--model", "y")
    assert (result.status, result.out, "xaiwire models" in result.err) == (1, "", True)


def test_in_a_process_of_its_own(spawn, model):
    result = spawn("chat", "Say", input="it")
    assert (result.status, result.out, result.err) == (0, "It scatters.\n", "")
