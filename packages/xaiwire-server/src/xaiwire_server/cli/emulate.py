"""`xaiwire-server emulate`."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from xaiwire_server.cli.emulator_flags import add_emulator_flags, add_tls_flags, emulator_from, tls_from
from xaiwire_server.cli.listening import allow_many_connections, cannot_listen
from xaiwire_server.cli.logs import set_up_logs
from xaiwire_server.cli.running import run_until_stopped

if TYPE_CHECKING:
    from xaiwire_server.emulator.app import Emulator

__all__ = ["add_parser"]

EXAMPLES = """
examples:
  xaiwire-server emulate --memory
      the whole API on localhost:50051; nothing is left when it stops
  xaiwire-server emulate --data ./state --port 0
      state that stays, on a free port
  xaiwire-server emulate --port 0 -- pytest tests
      run a command against an emulator of its own: xaiwire finds it by XAI_API_HOST and the other
      variables, and the exit code is the command's
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "emulate",
        help="serve the whole API, offline",
        description="Serve the whole xAI API offline: all services and RPCs, with real state, on one port.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_emulator_flags(parser, 50051)
    add_tls_flags(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    set_up_logs(options.log)
    allow_many_connections()
    return asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> int:
    tls = tls_from(options)
    emulator = emulator_from(options)
    try:
        await emulator.start(options.host, options.port, tls=tls)
    except OSError as error:
        emulator.close()
        raise cannot_listen(options.host, options.port, error) from error
    return await run_until_stopped(
        options.command,
        emulator.environment,
        ready=lambda: _announce(emulator, options),
        end=lambda: emulator.stop(options.grace),
    )


def _announce(emulator: Emulator, options: argparse.Namespace) -> None:
    address = emulator.address
    key = emulator.settings.api_keys[0] if options.api_key is None else "one of your keys"
    page = f"; page {emulator.url}/" if emulator.settings.control else ""
    print(
        f'ready on {address}: Client(api_host="{address}", management_api_host="{address}"), key {key}{page}',
        flush=True,
    )
