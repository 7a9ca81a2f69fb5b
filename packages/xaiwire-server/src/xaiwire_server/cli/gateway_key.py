"""`xaiwire-server gateway-key`."""

from __future__ import annotations

import argparse
import hashlib
import re
import secrets
import sys

from xaiwire_server.cli.failure import Failure

__all__ = ["add_parser"]

PREFIX = "xgw-"

SECRET_BYTES = 32

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"[\x21-\x7e]{1,4096}")

EXAMPLES = """
examples:
  xaiwire-server gateway-key --name team
      a new key for the team, and what the gateway's file has to say of it
  xaiwire-server gateway-key --name team --stdin < key.txt
      the same for a key that there is already; it is not shown
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "gateway-key",
        help="make a gateway key",
        description="Make a key for callers of the gateway. The gateway's file has its hash alone.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--name", default="caller", help="what logs and figures call it (default: %(default)s)")
    parser.add_argument("--stdin", action="store_true", help="take this key, from standard input")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if not _NAME.fullmatch(options.name):
        raise Failure(f"--name: {options.name!r} is no name of a key: 1 to 64 letters, digits, - and _")
    if options.stdin:
        key = _given()
    else:
        key = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        print(f"key: {key}\n\nIt is shown this once. Give it to who calls, and put this into the gateway's file:\n")
    print(f'[keys.{options.name}]\nhash = "sha256:{hashlib.sha256(key.encode()).hexdigest()}"')
    print('upstream_key_env = "XAI_API_KEY"  # the variable of the environment that has your key of xAI')
    return 0


def _given() -> str:
    key = sys.stdin.buffer.read(8192).decode("latin-1").strip()
    if not _KEY.fullmatch(key):
        raise Failure("--stdin: there is no key: it is one word of printable letters of ASCII")
    return key
