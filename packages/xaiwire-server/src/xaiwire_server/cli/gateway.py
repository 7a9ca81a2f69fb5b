"""`xaiwire-server gateway`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xaiwire_server.cli.failure import Failure
from xaiwire_server.cli.listening import allow_many_connections, cannot_listen
from xaiwire_server.cli.logs import set_up_logs

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from xaiwire_server.gateway.configuration.reading import Configuration

__all__ = ["add_parser"]

EXAMPLES = """
examples:
  xaiwire-server gateway
      OpenAI's API on http://127.0.0.1:8080/v1; callers send their own xAI keys
  xaiwire-server gateway --upstream localhost:50051
      in front of an emulator
  xaiwire-server gateway --config gateway.toml --check
      say what would hold, and whether all is well; `kill -HUP` lets a running gateway read it anew
  xaiwire-server gateway --config gateway.toml --workers 4 --store valkey://localhost:6379/0
      four processes on one port, which count the budgets of gateway keys together

Flags go before the environment, and that before the file. The variable of a setting is its place in the file:
XAIWIRE_GATEWAY_LIMITS_GRACE for `grace` in [limits]; XAIWIRE_GATEWAY_CONFIG names the file, and
XAIWIRE_GATEWAY_KEYS has the keys as JSON.
"""

_FLAGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("--host", "host", {"help": "where to listen (default: 127.0.0.1)"}),
    ("--port", "port", {"help": "0 takes a free one (default: 8080)"}),
    ("--upstream", "upstream.api", {"metavar": "HOST[:PORT]", "help": "xAI's API (default: api.x.ai)"}),
    (
        "--management-upstream",
        "upstream.management",
        {
            "metavar": "HOST[:PORT]",
            "help": "the management API (default: management-api.x.ai, or --upstream where that is not api.x.ai)",
        },
    ),
    ("--plaintext", "upstream.plaintext", {"action": "store_true", "default": None, "help": "speak to it without TLS"}),
    (
        "--timeout",
        "upstream.timeout",
        {"metavar": "SECONDS", "help": "the limit of a call upstream (default: 900)"},
    ),
    ("--workers", "workers", {"metavar": "N", "help": "how many processes serve (default: 1)"}),
    (
        "--strict",
        "strict",
        {
            "action": "store_true",
            "default": None,
            "help": "refuse unknown fields of requests, rather than warn of them",
        },
    ),
    (
        "--keep-alive",
        "limits.keep_alive",
        {"metavar": "SECONDS", "help": "after how long an idle stream gets a comment (default: 15)"},
    ),
    (
        "--grace",
        "limits.grace",
        {"metavar": "SECONDS", "help": "how long requests have when the gateway stops (default: 25)"},
    ),
    (
        "--store",
        "limits.store",
        {"metavar": "URL", "help": "where budgets are counted: memory, or valkey://HOST:PORT/DB (default: memory)"},
    ),
    (
        "--cors-origin",
        "cors.origins",
        {
            "metavar": "ORIGIN",
            "action": "append",
            "help": "let this origin's pages call, * for all; may be given several times (default: none)",
        },
    ),
    (
        "--log",
        "observe.log",
        {"metavar": "{none,text,json}", "help": "one line for each request on standard error (default: none)"},
    ),
    ("--traces", "observe.traces", {"metavar": "{off,otlp,console}", "help": "where traces go (default: off)"}),
    ("--tls-cert", "tls.cert", {"metavar": "FILE", "help": "a certificate in PEM, with its chain"}),
    ("--tls-key", "tls.key", {"metavar": "FILE", "help": "its private key in PEM"}),
)
"""Each flag, the place in the file of what it sets, and how it is parsed. What it may say, the configuration checks."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "gateway",
        help="serve OpenAI's REST API in front of xAI's",
        description="Serve OpenAI's REST API, Anthropic's messages and xAI's own REST API in front of xAI's gRPC API.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="a TOML file with all settings, and gateway keys")
    for flag, path, how in _FLAGS:
        parser.add_argument(flag, dest=path, **how)
    parser.add_argument("--check", action="store_true", help="read everything, say what would hold, and end")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    configuration = _read(options)
    is_worker = options.worker is not None
    for warning in () if is_worker else configuration.warnings:
        print(f"xaiwire-server: warning: {warning}", file=sys.stderr)
    if options.check:
        return _check(configuration)
    allow_many_connections()
    if is_worker:
        return _run_frozen(_serve_for_parent(options, configuration))
    if configuration.workers > 1:
        return asyncio.run(_serve_with_workers(options, configuration))
    return _run_frozen(_serve_alone(options, configuration))


def _read(options: argparse.Namespace) -> Configuration:
    from xaiwire_server.gateway.configuration.layers import ConfigurationMistake
    from xaiwire_server.gateway.configuration.reading import read_configuration
    from xaiwire_server.gateway.endpoints.table import api_routes

    given = vars(options)
    flags = {path: (flag, given[path]) for flag, path, _ in _FLAGS if given[path] is not None}
    routes = [route.name for route in api_routes()]
    try:
        configuration = read_configuration(options.config, os.environ, flags, routes)
    except ConfigurationMistake as mistake:
        raise Failure(str(mistake)) from mistake
    set_up_logs(configuration.settings.access_log)
    return configuration


def _check(configuration: Configuration) -> int:
    from xaiwire_server.gateway.app import Gateway
    from xaiwire_server.gateway.operations.traces import TracesError

    async def try_out() -> None:
        await Gateway(configuration.settings).close()

    try:
        asyncio.run(try_out())
    except TracesError as error:
        raise Failure(f"observe.traces: {error}") from error
    print("\n".join(configuration.lines()))
    return 0


async def _serve_alone(options: argparse.Namespace, configuration: Configuration) -> int:
    from xaiwire_server.gateway.operations.traces import TracesError
    from xaiwire_server.gateway.serving import serve

    try:
        return await serve(configuration, lambda: _read_anew(options), _announce)
    except TracesError as error:
        raise Failure(f"observe.traces: {error}") from error
    except OSError as error:
        raise cannot_listen(configuration.host, configuration.port, error) from error


async def _serve_for_parent(options: argparse.Namespace, configuration: Configuration) -> int:
    from xaiwire_server.gateway.operations.traces import TracesError
    from xaiwire_server.gateway.serving import serve
    from xaiwire_server.gateway.workers import READY, clean_up, worker_sockets

    try:
        listener, parent = worker_sockets(options.worker)
    except ValueError as error:
        raise Failure("--worker: the gateway gives it to its own workers; use --workers N") from error
    with listener, parent:
        try:
            code = await serve(
                configuration,
                lambda: _read_anew(options),
                lambda _url: parent.sendall(READY),
                listener=listener,
                parent=parent,
            )
        except TracesError as error:
            raise Failure(f"observe.traces: {error}") from error
        clean_up(parent)
        return code


async def _serve_with_workers(options: argparse.Namespace, configuration: Configuration) -> int:
    from xaiwire_server.gateway.workers import run_workers

    # -P: what lies in the folder in which the gateway was started is no part of it.
    command = [sys.executable, "-P", "-m", "xaiwire_server", "gateway", *_arguments(options)]
    try:
        return await run_workers(configuration, lambda: _read_anew(options), command, _announce)
    except OSError as error:
        raise cannot_listen(configuration.host, configuration.port, error) from error


def _read_anew(options: argparse.Namespace) -> Configuration:
    from xaiwire_server.gateway.configuration.layers import ConfigurationMistake

    try:
        return _read(options)
    except Failure as failure:
        raise ConfigurationMistake(str(failure)) from failure


def _arguments(options: argparse.Namespace) -> list[str]:
    """The arguments that were given, for workers."""
    given = vars(options)
    arguments = [] if options.config is None else [f"--config={options.config}"]
    for flag, path, how in _FLAGS:
        value = given[path]
        if value is None:
            continue
        if how.get("action") == "store_true":
            arguments.append(flag)
        else:
            arguments += [f"{flag}={each}" for each in (value if isinstance(value, list) else [value])]
    return arguments


def _announce(url: str) -> None:
    print(f'ready on {url}: OpenAI(base_url="{url}/v1")', flush=True)


def _run_frozen(serving: Coroutine[Any, Any, int]) -> int:
    # What is there by now stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    return asyncio.run(serving)
