"""A conversation with a model at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from xaiwire.cli.failures import CallFailedError, describe
from xaiwire.cli.output import is_terminal, note, say

if TYPE_CHECKING:
    from xaiwire._chat.response import Response
    from xaiwire._gen.xai.api.v1 import chat_pb
    from xaiwire.chat import ChatSettings
    from xaiwire.sync.chat import Chat
    from xaiwire.sync.chat import Client as Chats

__all__ = ["Conversation"]

PROMPT = "> "
HELP = """\
/reset          begin anew; files and images of the command line are attached again
/system [TEXT]  tell the model how to behave; without TEXT, nothing
/model [NAME]   go on with another model; without NAME, show it
/help           show this
Ctrl-C ends the running answer, Ctrl-D the conversation. A line that ends with \\ goes on in the next one.
"""


class Conversation:
    """Reads what a person says and prints what the model answers, until Ctrl-D.

    What was answered in part, or not at all, is forgotten: it can be asked again.

    Args:
        chats: makes the calls.
        model: the model's name.
        system: what the model is told before; empty for nothing.
        settings: of each completion.
        attachments: files and images that go with what is said first.
        streams: whether answers are printed as they come.
    """

    def __init__(
        self,
        chats: Chats,
        *,
        model: str,
        system: str,
        settings: ChatSettings,
        attachments: Sequence[chat_pb.Content],
        streams: bool,
    ) -> None:
        self._chats = chats
        self._model = model
        self._system = system
        self._settings = settings
        self._attachments = attachments
        self._streams = streams
        self._messages: list[chat_pb.Message] = []

    def run(self) -> int:
        """Talk until Ctrl-D; a call that fails ends the answer alone.

        Returns:
            The exit status, which is 0.
        """
        # Gives input() its history and its keys, where the platform has it.
        with suppress(ImportError):
            import readline  # noqa: F401
        note(f"talking to {self._model}; /help lists commands, Ctrl-D leaves")
        while True:
            try:
                said = _read()
                if said is None:
                    return 0
                if said.startswith("/"):
                    self._obey(said)
                elif said:
                    self._ask(said)
            except KeyboardInterrupt:
                say("\n")

    def _ask(self, said: str) -> None:
        from xaiwire.chat import system, user
        from xaiwire.errors import XaiError

        before = [system(self._system)] if self._system else []
        attached = () if self._messages else self._attachments
        question = user(said, *attached)
        chat = self._chats.create(self._model, messages=[*before, *self._messages, question], **self._settings)
        try:
            self._answer(chat)
        except KeyboardInterrupt:
            note("the answer was ended; it is forgotten")
            return
        except (XaiError, CallFailedError) as error:
            note(describe(error)[1])
            return
        self._messages = list(chat.messages)[len(before) :]

    def _answer(self, chat: Chat) -> None:
        if not self._streams:
            whole = chat.sample()
            say(f"{whole.content}\n")
            chat.append(whole)
            return
        with closing(chat.stream()) as stream:
            response: Response | None = None
            try:
                for response, chunk in stream:  # noqa: B007 - the last response is the whole one
                    say(chunk.content)
            finally:
                say("\n")
        if response is None:
            raise CallFailedError("the server sent no answer")
        chat.append(response)

    def _obey(self, said: str) -> None:
        command, _, rest = said.partition(" ")
        rest = rest.strip()
        match command:
            case "/reset":
                self._messages = []
                note("the conversation begins anew")
            case "/system":
                self._system = rest
                note("the model is told so" if rest else "the model is told nothing before")
            case "/model":
                self._model = rest or self._model
                note(f"the model is {self._model}")
            case "/help":
                say(HELP)
            case _:
                note(f"there is no command {command}; /help lists them")


def _read() -> str | None:
    """What the person says; None at the end."""
    lines: list[str] = []
    while True:
        line = _line()
        if line is None:
            return None
        if not line.endswith("\\"):
            return "\n".join([*lines, line]).strip()
        lines.append(line[:-1])


def _line() -> str | None:
    try:
        if is_terminal(sys.stdout):
            return input(PROMPT)
        # The answers go to a file or a pipe, where a prompt would be in the way.
        sys.stderr.write(PROMPT)
        sys.stderr.flush()
        line = sys.stdin.readline()
    except EOFError:
        say("\n")
        return None
    return line.rstrip("\n") if line else None
