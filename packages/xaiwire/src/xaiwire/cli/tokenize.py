"""`xaiwire tokenize`: the tokens of a text."""

from __future__ import annotations

import os
from argparse import Namespace

from xaiwire.cli.arguments import SubParsers, add_command
from xaiwire.cli.connection import connected
from xaiwire.cli.failures import InputError
from xaiwire.cli.inputs import text_of
from xaiwire.cli.output import document, plain, say, table

__all__ = ["add_to"]


def add_to(commands: SubParsers) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "tokenize",
        help="show the tokens of a text, as a model sees it",
        examples=('xaiwire tokenize "Hello, world"', "xaiwire tokenize --count < article.txt"),
        description="Without TEXT, the text is read from standard input.",
    )
    parser.add_argument("text", nargs="*", metavar="TEXT", help="the text")
    parser.add_argument("--model", metavar="NAME", help="the model (default: XAI_MODEL, or grok-4)")
    parser.add_argument("--count", action="store_true", help="print the number of tokens alone")
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Show them."""
    text = text_of(args.text)
    if not text:
        raise InputError("there is no text: give it as an argument or on standard input")
    model = args.model or os.environ.get("XAI_MODEL") or "grok-4"
    with connected(args) as client:
        tokens = client.tokenize.tokenize_text(text, model)
    if args.json:
        document({"tokens": [plain(token) for token in tokens]})
    elif args.count:
        say(f"{len(tokens)}\n")
    else:
        table(("ID", "TOKEN"), [(token.token_id, repr(token.string_token)) for token in tokens])
    return 0
