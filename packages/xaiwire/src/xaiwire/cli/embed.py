"""`xaiwire embed`: vectors of texts."""

from __future__ import annotations

import json
import math
import os
from argparse import Namespace

from xaiwire.cli.arguments import SubParsers, add_command
from xaiwire.cli.connection import connected
from xaiwire.cli.failures import InputError
from xaiwire.cli.inputs import piped_text
from xaiwire.cli.output import document, plain, say

__all__ = ["add_to"]

VARIABLE = "XAI_EMBEDDING_MODEL"


def add_to(commands: SubParsers) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "embed",
        help="print the vectors of texts, a JSON array on a line for each",
        examples=(
            'xaiwire embed --model NAME "a cat" "a dog"',
            "xaiwire embed --model NAME < lines.txt > vectors.jsonl",
            'xaiwire embed --model NAME --json "a cat"',
        ),
        description="Without TEXT, each line of standard input that is not empty is one.",
    )
    parser.add_argument("text", nargs="*", metavar="TEXT", help="the texts, 128 at most")
    parser.add_argument("--model", metavar="NAME", help=f"the embedding model (default: {VARIABLE})")
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Print them."""
    model = args.model or os.environ.get(VARIABLE)
    if not model:
        raise InputError(f"give --model NAME, or set {VARIABLE}; `xaiwire models --kind embedding` lists the models")
    texts = args.text or [line for line in piped_text().splitlines() if line.strip()]
    if not texts:
        raise InputError("there is no text: give it as an argument or on standard input")
    from xaiwire.embed import vectors

    with connected(args) as client:
        response = client.embed.create(model, texts)
    if args.json:
        document(plain(response))
        return 0
    for vector in vectors(response):
        say(json.dumps([number if math.isfinite(number) else None for number in vector]) + "\n")
    return 0
