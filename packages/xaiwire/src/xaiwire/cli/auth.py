"""`xaiwire auth`: what the key is and may do."""

from __future__ import annotations

from argparse import Namespace

from xaiwire.cli.arguments import SubParsers, add_command
from xaiwire.cli.connection import connected
from xaiwire.cli.output import date, document, pairs, plain

__all__ = ["add_to"]


def add_to(commands: SubParsers) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "auth",
        help="show what the server knows of the API key",
        examples=("xaiwire auth", "xaiwire auth --json", "xaiwire auth --api-key-file ~/.config/xai/key"),
        description="The key itself is shown only as far as the server gives it, which is redacted.",
    )
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Show it."""
    with connected(args) as client:
        key = client.auth.get_api_key_info()
    if args.json:
        document(plain(key))
        return 0
    states = {"disabled": key.disabled, "key blocked": key.api_key_blocked, "team blocked": key.team_blocked}
    pairs(
        [
            ("name", key.name),
            ("key", key.redacted_api_key),
            ("id", key.api_key_id),
            ("state", ", ".join(name for name, is_so in states.items() if is_so) or "active"),
            ("acls", ", ".join(key.acls)),
            ("user", key.user_id),
            ("team", key.team_id),
            ("created", date(key.create_time)),
            ("modified", date(key.modify_time)),
        ]
    )
    return 0
