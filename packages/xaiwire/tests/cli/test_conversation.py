"""The conversation, at a pseudo terminal and with lines that are given."""

from __future__ import annotations

import io
import os
import re
import select
import signal
import subprocess
import sys
import time

import grpc
import pytest
from reference_server import message

pty = pytest.importorskip("pty")

STREAM = "/xai_api.Chat/GetCompletionChunk"


def said(request):
    return ["".join(piece.text for piece in each.content) for each in request.messages]


def a_chunk(text):
    return message("xai_api.GetChatCompletionChunk")(outputs=[{"delta": {"content": text, "role": 2}}])


@pytest.fixture
def echo(server):
    """A model that says what it was told last."""

    @server.on(STREAM)
    def _(request, context):
        last = said(request)[-1]
        if last == "fail":
            context.abort(grpc.StatusCode.INTERNAL, "broken")
        if last == "nothing":
            return
        yield a_chunk(f"You said {last}")
        while last == "forever" and context.is_active():
            time.sleep(0.02)

    return server


class Session:
    """The command at a pseudo terminal."""

    def __init__(self, *args):
        self.screen, end = pty.openpty()
        environment = {**os.environ, "TERM": "dumb", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "xaiwire", "chat", *args],
            stdin=end, stdout=end, stderr=end, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(end)
        self.seen = ""

    def wait_for(self, text, seconds=20.0):
        """Read until a text appears, and give what came before."""
        limit = time.monotonic() + seconds
        while text not in self.seen:
            left = limit - time.monotonic()
            assert left > 0, f"{text!r} is not in {self.seen!r}"
            if select.select([self.screen], [], [], left)[0]:
                self.seen += os.read(self.screen, 65536).decode()
        before, _, self.seen = self.seen.partition(text)
        return before

    def interrupt_until(self, text):
        """Press Ctrl-C until a text appears: readline does not see one that comes while it begins to wait."""
        for _ in range(40):
            self.process.send_signal(signal.SIGINT)
            if text in self.seen or select.select([self.screen], [], [], 0.5)[0]:
                break
        self.wait_for(text)

    def type(self, text):
        os.write(self.screen, text.encode())

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        os.close(self.screen)


@pytest.fixture
def session(echo):
    session = Session("--host", echo.address, "--system", "Echo.")
    yield session
    session.close()


def test_a_conversation_at_a_terminal(session, echo):
    session.wait_for("> ")
    session.type("one\n")
    session.wait_for("You said one")
    session.wait_for("> ")
    session.type("two\n")
    session.wait_for("You said two")
    session.wait_for("> ")
    session.type("\x04")
    assert session.process.wait(20) == 0
    assert said(echo.last.requests[0]) == ["Echo.", "one", "You said one", "two"]


def test_ctrl_c_ends_the_answer_and_not_the_session(session, echo):
    session.wait_for("> ")
    session.type("forever\n")
    session.wait_for("You said forever")
    session.process.send_signal(signal.SIGINT)
    session.wait_for("the answer was ended")
    session.wait_for("> ")
    session.type("more\n")
    session.wait_for("You said more")
    assert said(echo.last.requests[0]) == ["Echo.", "more"]
    session.wait_for("> ")
    session.interrupt_until("> ")
    session.type("\x04")
    assert session.process.wait(20) == 0
    limit = time.monotonic() + 5
    while echo.calls[0].context.is_active() and time.monotonic() < limit:
        time.sleep(0.02)
    assert not echo.calls[0].context.is_active()


@pytest.fixture
def talk(run, monkeypatch, new_terminal):
    """Give lines to a conversation, in this process."""

    def talk(*lines, flags=()):
        stream = new_terminal("".join(f"{line}\n" for line in lines))
        monkeypatch.setattr("sys.stdin", stream)
        return run("chat", *flags)

    return talk


def test_commands(talk, echo):
    lines = "/help|one|/reset|/system Be kind.|/model grok-9|/model|two|/system|three|/dance|"
    result = talk(*lines.split("|"))
    assert result.status == 0
    assert "/reset" in result.out
    assert "the model is grok-9" in result.err
    assert "there is no command /dance" in result.err
    assert [said(call.requests[0]) for call in echo.calls] == [
        ["one"],
        ["Be kind.", "two"],
        ["two", "You said two", "three"],
    ]
    assert echo.last.requests[0].model == "grok-9"


def test_a_line_can_go_on(talk, echo):
    talk("one\\", "two")
    assert said(echo.last.requests[0]) == ["one\ntwo"]


@pytest.mark.parametrize(("line", "told"), [("fail", "INTERNAL: broken"), ("nothing", "no answer")])
def test_an_answer_that_fails_is_forgotten(line, told, talk, echo):
    result = talk(line, "on")
    assert (result.status, told in result.err) == (0, True)
    assert said(echo.last.requests[0]) == ["on"]


def test_attachments_go_with_the_first_line(talk, echo):
    talk("a", "b", "/reset", "c", flags=("--file", "file-1"))
    counts = [[len(each.content) for each in call.requests[0].messages] for call in echo.calls]
    assert counts == [[2], [2, 1, 1], [2]]


def test_without_streaming(talk, server):
    @server.on("/xai_api.Chat/GetCompletion")
    def _(request, _context):
        output = {"message": {"content": f"{len(request.messages)}", "role": 2}}
        return message("xai_api.GetChatCompletionResponse")(outputs=[output])

    assert talk("a", "b", flags=("--no-stream",)).out == "1\n3\n"


@pytest.mark.parametrize("flag", ["--json", "--schema=x"])
def test_a_conversation_is_for_people(flag, talk, echo):
    assert talk("a", flags=(flag,)).status == 2


def test_prompts_do_not_go_into_a_file(talk, echo):
    result = talk("a")
    assert result.out == "You said a\n"
    assert re.search(r"^> ", result.err, re.MULTILINE)


def test_ctrl_c_at_the_prompt(talk, echo, monkeypatch):
    class Interrupted(io.StringIO):
        lines = iter([KeyboardInterrupt, "a\n", ""])

        def isatty(self):
            return True

        def readline(self, *_):
            line = next(self.lines)
            if line is KeyboardInterrupt:
                raise KeyboardInterrupt
            return line

    monkeypatch.setattr("sys.stdin", Interrupted())
    from xaiwire.cli import main

    assert main(["chat", "--host", echo.address]) == 0
    assert said(echo.last.requests[0]) == ["a"]
