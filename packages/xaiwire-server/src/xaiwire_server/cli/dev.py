"""`xaiwire-server dev`."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from xaiwire_server.cli.emulator_flags import add_emulator_flags, emulator_from
from xaiwire_server.cli.listening import allow_many_connections, cannot_listen
from xaiwire_server.cli.logs import set_up_logs
from xaiwire_server.cli.running import run_until_stopped

if TYPE_CHECKING:
    from xaiwire_server.together import Together

__all__ = ["add_parser"]

EXAMPLES = """
examples:
  xaiwire-server dev
      OpenAI's API, Anthropic's messages and xAI's REST and gRPC APIs on localhost:8080, without a key
  xaiwire-server dev -- python program.py
      run a program that uses the packages openai, anthropic or xaiwire against them: it finds them by
      OPENAI_BASE_URL, ANTHROPIC_BASE_URL, XAI_API_HOST and the other variables
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "dev",
        help="serve both, emulator and gateway, on one port",
        description="Serve an emulator with a gateway before it, on one port: the quickest way to try everything.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_emulator_flags(parser, 8080)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    set_up_logs(options.log)
    allow_many_connections()
    return asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> int:
    from xaiwire_server.together import Together

    both = Together(emulator_from(options))
    try:
        await both.start(options.host, options.port)
    except OSError as error:
        both.emulator.close()
        raise cannot_listen(options.host, options.port, error) from error
    return await run_until_stopped(
        options.command,
        both.environment,
        ready=lambda: _announce(both, options),
        end=lambda: both.stop(options.grace),
    )


def _announce(both: Together, options: argparse.Namespace) -> None:
    url = both.emulator.url
    key = both.emulator.settings.api_keys[0] if options.api_key is None else "one of your keys"
    page = f"; page {url}/" if both.emulator.settings.control else ""
    print(f'ready on {url}: OpenAI(base_url="{url}/v1"), key {key}; reference {url}/docs{page}', flush=True)
