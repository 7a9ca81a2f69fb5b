"""`xaiwire image`: images out of prompts."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xaiwire.cli.arguments import SubParsers, add_command, positive_int
from xaiwire.cli.attachments import image_address
from xaiwire.cli.connection import connected
from xaiwire.cli.failures import CallFailedError, InputError
from xaiwire.cli.inputs import check_writable, text_of
from xaiwire.cli.output import binary_output, document, plain, say

if TYPE_CHECKING:
    from xaiwire.sync.image import ImageResponse

__all__ = ["add_to"]

MODEL = "grok-2-image"


def add_to(commands: SubParsers) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "image",
        help="make images, and print their paths",
        examples=(
            'xaiwire image "a cat in a tree" -o cat.jpg',
            'xaiwire image "a cat in a tree" -n 3 -o cat.jpg   # cat-1.jpg, cat-2.jpg, cat-3.jpg',
            'xaiwire image "a cat in a tree"   # prints where it can be fetched',
        ),
    )
    parser.add_argument("prompt", nargs="*", metavar="PROMPT", help="what is to be seen; or on standard input")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to; - for standard output")
    parser.add_argument("-n", type=positive_int, default=1, metavar="N", help="how many images (default: 1)")
    parser.add_argument("--model", metavar="NAME", help=f"the model (default: XAI_IMAGE_MODEL, or {MODEL})")
    parser.add_argument("--source", metavar="URL_OR_PATH", help="an image to start from")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Make images."""
    prompt = text_of(args.prompt)
    if not prompt:
        raise InputError("there is no prompt: give it as an argument or on standard input")
    if args.output == "-" and (args.n > 1 or args.json):
        raise InputError("'-o -' takes one image, and no --json")
    to_stdout = binary_output() if args.output == "-" else None
    targets = _targets(args.output, args.n) if args.output not in (None, "-") else []
    for target in targets:
        check_writable(target, force=args.force)
    source = image_address(args.source) if args.source else None
    with connected(args) as client:
        images = client.image.sample_batch(
            prompt,
            args.model or os.environ.get("XAI_IMAGE_MODEL") or MODEL,
            args.n,
            image_format="base64" if args.output else "url",
            source=source,
        )
    if not images:
        raise CallFailedError("the server sent no image")
    if to_stdout is not None:
        to_stdout.write(images[0].image)
    elif targets:
        _write(images, targets, quiet=args.json)
    if args.json:
        document(plain(images[0].proto))
    elif not args.output:
        for image in images:
            say(f"{image.url}\n")
    return 0


def _targets(output: str, n: int) -> list[Path]:
    path = Path(output)
    if n == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, n + 1)]


def _write(images: Sequence[ImageResponse], targets: Sequence[Path], *, quiet: bool) -> None:
    for image, target in zip(images, targets, strict=False):
        target.write_bytes(image.image)
        if not quiet:
            say(f"{target}\n")
    if len(images) < len(targets):
        raise CallFailedError(f"the server sent {len(images)} of {len(targets)} images")
