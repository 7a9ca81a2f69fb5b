"""`xaiwire-server gateway`."""

from __future__ import annotations

import argparse
import asyncio
import signal
from typing import TYPE_CHECKING

from xaiwire_server.cli.listening import allow_many_connections, cannot_listen, port_number
from xaiwire_server.cli.logs import FORMATS, set_up_logs

if TYPE_CHECKING:
    from xaiwire_server.gateway.settings import Settings

__all__ = ["add_parser"]

EXAMPLES = """
examples:
  xaiwire-server gateway
      OpenAI's API on http://127.0.0.1:8080/v1; callers send their own xAI keys
  xaiwire-server gateway --upstream localhost:50051
      in front of an emulator
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "gateway",
        help="serve OpenAI's REST API in front of xAI's",
        description="Serve OpenAI's REST API, Anthropic's messages and xAI's own REST API in front of xAI's gRPC API.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    parser.add_argument("--port", type=port_number, default=8080, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--upstream", metavar="HOST[:PORT]", default="api.x.ai", help="(default: %(default)s)")
    parser.add_argument("--plaintext", action="store_true", help="speak to it without TLS")
    parser.add_argument(
        "--log",
        choices=FORMATS,
        default="none",
        help="one line for each request on standard error (default: %(default)s)",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from xaiwire_server.gateway.settings import Settings

    set_up_logs(options.log)
    allow_many_connections()
    settings = Settings(
        api_host=options.upstream,
        management_host=options.upstream,
        plaintext=options.plaintext,
        access_log=options.log,
    )
    import uvloop

    return uvloop.run(_serve(options, settings))


async def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from xaiwire_server.gateway.app import Gateway
    from xaiwire_server.wire.model import Served
    from xaiwire_server.wire.port import Port

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    gateway = Gateway(settings)
    port = Port(Served(None, gateway), write_seconds=settings.write_timeout)
    try:
        await port.listen(options.host, options.port)
    except OSError as error:
        raise cannot_listen(options.host, options.port, error) from error
    url = f"http://{port.authority}"
    print(f'ready on {url}: OpenAI(base_url="{url}/v1")', flush=True)
    await stop.wait()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
    await port.close(10.0)
    await gateway.close()
    return 0
