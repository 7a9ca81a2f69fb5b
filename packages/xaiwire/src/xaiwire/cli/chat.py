"""`xaiwire chat`: one answer, or a conversation at a terminal."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from contextlib import closing
from typing import TYPE_CHECKING

from xaiwire.cli.arguments import SubParsers, add_command, finite, positive_int, seed_number
from xaiwire.cli.attachments import check_file, file_id, image_address
from xaiwire.cli.connection import connected
from xaiwire.cli.failures import CallFailedError, InputError
from xaiwire.cli.inputs import read_bounded, text_of
from xaiwire.cli.output import document, is_terminal, json_line, note, plain, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from xaiwire._gen.xai.api.v1 import chat_pb
    from xaiwire.chat import ChatSettings, Response
    from xaiwire.client import Client
    from xaiwire.sync.chat import Chat

__all__ = ["add_to"]

MODEL = "grok-4"
TOOLS = ("web-search", "x-search", "code-execution")
MOST_SCHEMA = 1 << 20
MOST_SHOWN = 200


def add_to(commands: SubParsers) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "chat",
        help="ask a model, or talk to it",
        examples=(
            'xaiwire chat "Why is the sky blue?"',
            "git diff | xaiwire chat 'Write a commit message for this change'",
            'xaiwire chat --file report.pdf --image chart.png "Do these agree?"',
            'xaiwire chat --search "What happened today?"',
            'xaiwire chat --schema person.json "Invent a person" | jq .name',
            "xaiwire chat   # a conversation; /help lists its commands",
        ),
        description="What is piped in goes behind the PROMPT. "
        "At a terminal and without a PROMPT, it is a conversation. "
        'With --json, each line is {"chunk": …} and the last one {"response": …}; '
        "with --no-stream too, it is the response alone.",
    )
    parser.add_argument("prompt", nargs="*", metavar="PROMPT", help="what to ask")
    parser.add_argument("--model", metavar="NAME", help=f"the model (default: XAI_MODEL, or {MODEL})")
    parser.add_argument("--system", metavar="TEXT", help="what the model is told before: how to behave")
    parser.add_argument("--no-stream", action="store_true", help="print the answer when it is complete")
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="ID_OR_PATH",
        help="a file to read, of the API or of this machine, which is uploaded; may be given several times",
    )
    parser.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="URL_OR_PATH",
        help="an image to look at; may be given several times",
    )
    parser.add_argument("--schema", metavar="FILE", help="a JSON Schema; the answer is JSON that follows it")
    parser.add_argument("--reasoning-effort", choices=("low", "medium", "high"))
    parser.add_argument("--max-tokens", type=positive_int, metavar="N", help="tokens of the answer at most")
    parser.add_argument("--temperature", type=finite, metavar="T", help="how free the choice of words is, 0 to 2")
    parser.add_argument(
        "--seed", type=seed_number, metavar="N", help="makes answers repeatable, as far as the server can"
    )
    parser.add_argument("--search", action="store_true", help="search before the answer")
    parser.add_argument(
        "--tool",
        action="append",
        default=[],
        choices=TOOLS,
        help="a tool that the model may use at the server; may be given several times",
    )
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Ask, or talk."""
    talks = not args.prompt and is_terminal(sys.stdin)
    if talks and (args.json or args.schema):
        raise InputError("--json and --schema need a prompt")
    prompt = "" if talks else text_of(args.prompt)
    if not talks and not prompt:
        raise InputError("there is no prompt: give it as an argument or on standard input")
    model = args.model or os.environ.get("XAI_MODEL") or MODEL
    schema = _schema(args.schema)
    images = [image_address(each) for each in args.image]
    for each in args.file:
        check_file(each)
    with connected(args) as client:
        settings = _settings(args, schema)
        attachments = _attachments(client, args.file, images)
        if talks:
            from xaiwire.cli.conversation import Conversation

            return Conversation(
                client.chat,
                model=model,
                system=args.system or "",
                settings=settings,
                attachments=attachments,
                streams=not args.no_stream,
            ).run()
        from xaiwire import chat as messages

        before = [messages.system(args.system)] if args.system else []
        chat = client.chat.create(model, messages=[*before, messages.user(prompt, *attachments)], **settings)
        if schema:
            _answer_as_schema(chat, as_json=args.json)
        elif args.no_stream:
            _answer(chat.sample(), as_json=args.json)
        else:
            _stream(chat, as_json=args.json)
    return 0


def _answer(response: Response, *, as_json: bool) -> None:
    if as_json:
        document(plain(response.proto))
        return
    say(response.content + "\n")
    _remarks(response)


def _answer_as_schema(chat: Chat, *, as_json: bool) -> None:
    response = chat.sample()
    if as_json:
        document(plain(response.proto))
        return
    try:
        value = json.loads(response.content)
    except ValueError as error:
        raise CallFailedError(
            f"the model's answer is not JSON ({response.finish_reason}): {response.content[:MOST_SHOWN]!r}"
        ) from error
    document(value)


def _stream(chat: Chat, *, as_json: bool) -> None:
    from xaiwire.errors import XaiError

    response = None
    last = "\n"
    with closing(chat.stream()) as stream:
        try:
            for response, chunk in stream:  # noqa: B007 - the last response is the whole one
                if as_json:
                    json_line({"chunk": plain(chunk.proto)})
                elif text := chunk.content:
                    say(text)
                    last = text
        except (XaiError, KeyboardInterrupt):
            # What came before a failure or Ctrl-C stays on a line of its own.
            if not last.endswith("\n"):
                say("\n")
            raise
    if response is None:
        raise CallFailedError("the server sent no answer")
    if as_json:
        json_line({"response": plain(response.proto)})
        return
    if not (response.content or "").endswith("\n"):
        say("\n")
    _remarks(response)


def _remarks(response: Response) -> None:
    """What a person should know beside the text."""
    if is_terminal(sys.stdout):
        for number, address in enumerate(response.citations, 1):
            say(f"[{number}] {address}\n")
    if response.finish_reason == "REASON_MAX_LEN":
        note("the answer was cut off, since it has as many tokens as are allowed; see --max-tokens")


def _schema(path: str | None) -> str:
    if path is None:
        return ""
    content = read_bounded(path, MOST_SCHEMA)
    try:
        schema = json.loads(content)
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise InputError(f"{path} is not a JSON Schema: an object is expected")
    return json.dumps(schema)


def _settings(args: Namespace, schema: str) -> ChatSettings:
    from xaiwire import tools
    from xaiwire.search import SearchParameters

    made: dict[str, Callable[[], chat_pb.Tool]] = {
        "web-search": tools.web_search,
        "x-search": tools.x_search,
        "code-execution": tools.code_execution,
    }
    settings: ChatSettings = {
        "max_tokens": args.max_tokens,
        "temperature": args.temperature,
        "seed": args.seed,
        "reasoning_effort": args.reasoning_effort,
        "tools": [made[name]() for name in dict.fromkeys(args.tool)],
        "search_parameters": SearchParameters(mode="on") if args.search else None,
    }
    if schema:
        from xaiwire._gen.xai.api.v1.chat_pb import FormatType, ResponseFormat

        settings["response_format"] = ResponseFormat(format_type=FormatType.JSON_SCHEMA, schema=schema)
    return settings


def _attachments(client: Client, files: list[str], images: list[str]) -> list[chat_pb.Content]:
    from xaiwire import chat as messages

    return [
        *(messages.file(file_id(client, each)) for each in files),
        *(messages.image(address) for address in images),
    ]
