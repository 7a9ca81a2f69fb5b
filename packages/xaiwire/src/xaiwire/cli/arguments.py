"""What the flags of several commands are made of."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import Any, NoReturn, TypeAlias

from xaiwire.cli.output import note, say

__all__ = [
    "Parser",
    "ShowVersion",
    "SubParsers",
    "add_command",
    "field",
    "finite",
    "positive_int",
    "refuse_keys",
    "seconds",
    "seed_number",
]

KEY_FLAGS = ("--api-key", "--management-key", "--management-api-key", "--key")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and that takes flags by their whole names alone."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - argparse's own
        settings = {"allow_abbrev": False, "formatter_class": argparse.RawDescriptionHelpFormatter, **settings}
        super().__init__(**settings)
        self._mixes = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take flags between the arguments as well, as in `models get --kind image NAME`."""
        # Python 3.11 comes back here for the flags and for the rest, and loses a "--" on its way.
        if self._mixes or self._subparsers is not None or "--" in args:
            return super().parse_known_args(args, namespace)
        self._mixes = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixes = False

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, and leave with status 2."""
        note(f"{message}; see '{self.prog} --help'")
        raise SystemExit(2)


SubParsers: TypeAlias = "argparse._SubParsersAction[Parser]"
"""Where commands are added."""


class ShowVersion(argparse.Action):
    """`--version`; the version is looked up when it is asked for, since that takes a while."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print the version and leave."""
        from xaiwire._version import version

        say(f"xaiwire {version()}\n")
        parser.exit(0)


def add_command(
    commands: SubParsers, name: str, *, help: str, examples: Sequence[str], description: str = ""
) -> Parser:
    """Add a command that makes calls, with the flags that all of those have.

    Args:
        commands: where it is added.
        name: its name.
        help: what it does, in a line.
        examples: whole command lines.
        description: what else is to be known.
    """
    epilog = "examples:\n" + "".join(f"  {example}\n" for example in examples)
    parser = commands.add_parser(name, help=help, description=_sentence(help, description), epilog=epilog)
    common = parser.add_argument_group("connection and output")
    common.add_argument("--json", action="store_true", help="print JSON: the messages of the API as they are")
    common.add_argument("--host", metavar="HOST", help="the API's host (default: XAI_API_HOST, or api.x.ai)")
    common.add_argument(
        "--management-host",
        metavar="HOST",
        help="the host for collections (default: XAI_MANAGEMENT_HOST, or management-api.x.ai)",
    )
    common.add_argument("--insecure", action="store_true", help="plain text, without TLS: the key can then be read")
    common.add_argument("--timeout", type=seconds, metavar="SECONDS", help="the limit of each call")
    common.add_argument("--api-key-file", metavar="FILE", help="read the API key from a file (default: XAI_API_KEY)")
    common.add_argument(
        "--management-key-file",
        metavar="FILE",
        help="read the management key from a file (default: XAI_MANAGEMENT_KEY)",
    )
    return parser


def refuse_keys(parser: Parser, argv: Sequence[str]) -> None:
    """Refuse a key among the arguments, without repeating it: other users of the machine can see arguments."""
    for argument in argv:
        if argument == "--":
            return
        flag = argument.partition("=")[0]
        if flag in KEY_FLAGS:
            parser.error(
                f"{flag} is not taken, as others can see arguments: "
                "set XAI_API_KEY or XAI_MANAGEMENT_KEY, or give --api-key-file or --management-key-file"
            )


def positive_int(text: str) -> int:
    """A whole number above 0."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 0 < number < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def seed_number(text: str) -> int:
    """A whole number of 32 bits, as the API takes it."""
    try:
        number = int(text)
    except ValueError:
        number = 2**31
    if not -(2**31) <= number < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 32 bits")
    return number


def finite(text: str) -> float:
    """A number."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number


def seconds(text: str) -> float:
    """A time above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


def field(text: str) -> tuple[str, str]:
    """A name and a value with `=` between them."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _sentence(help: str, description: str) -> str:
    return f"{help[:1].upper()}{help[1:]}. {description}".rstrip()
