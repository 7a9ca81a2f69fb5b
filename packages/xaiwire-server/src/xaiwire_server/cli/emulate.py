"""`xaiwire-server emulate`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from xaiwire_server.cli.failure import Failure
from xaiwire_server.cli.listening import allow_many_connections, cannot_listen, port_number
from xaiwire_server.cli.logs import FORMATS, set_up_logs

if TYPE_CHECKING:
    import ssl

    from xaiwire_server.emulator.answers.model import Engine
    from xaiwire_server.emulator.app import Emulator
    from xaiwire_server.emulator.dispatch import Elsewhere
    from xaiwire_server.emulator.settings import Settings
    from xaiwire_server.emulator.text.embedding import Embedder

__all__ = ["add_parser"]

_NOT_STARTED = -1

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
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    parser.add_argument("--port", type=port_number, default=50051, help="0 takes a free one (default: %(default)s)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--data", metavar="DIR", type=Path, help="keep the state in this folder (default: in memory)")
    where.add_argument("--memory", action="store_true", help="keep the state in memory, and lose it at the end")
    keys = parser.add_argument_group("keys")
    keys.add_argument("--api-key", metavar="KEY", action="append", help="accept this key; may be given several times")
    keys.add_argument("--management-key", metavar="KEY", action="append", help="the same, for the management API")
    keys.add_argument("--admin-token", metavar="TOKEN", help="what the control API and its page ask for")
    behaviour = parser.add_argument_group("behaviour")
    behaviour.add_argument("--model", metavar="NAME", action="append", default=[], help="have this model, too")
    behaviour.add_argument("--pace", type=_seconds, default=0.0, metavar="SECONDS", help="pause between two words")
    behaviour.add_argument(
        "--processing", type=_seconds, default=0.2, metavar="SECONDS", help="how long documents are being processed"
    )
    behaviour.add_argument(
        "--deferred-delay", type=_seconds, default=0.5, metavar="SECONDS", help="how long deferred answers take"
    )
    behaviour.add_argument("--file-lifetime", type=_seconds, metavar="SECONDS", help="files expire after this time")
    behaviour.add_argument(
        "--grace", type=_seconds, default=10.0, metavar="SECONDS", help="how long open calls have when it stops"
    )
    answers = parser.add_argument_group("answers")
    answers.add_argument(
        "--engine",
        choices=("echo", "script", "openai"),
        help="who answers in the chat: it repeats, a script says, another server does",
    )
    answers.add_argument("--script", metavar="FILE", type=Path, help="a YAML file of replies")
    answers.add_argument(
        "--openai-url", metavar="URL", help="a server with OpenAI's chat completions: http://localhost:11434/v1"
    )
    answers.add_argument("--openai-model", metavar="NAME", help="the model to ask it for (default: the request's)")
    answers.add_argument(
        "--openai-key-env", metavar="NAME", help="the environment variable that has its key (default: no key)"
    )
    answers.add_argument(
        "--embedder",
        choices=("hashing", "wordllama"),
        default="hashing",
        help="who makes vectors: words and letters, or a small model (needs xaiwire-server[model])",
    )
    recordings = parser.add_argument_group("recordings")
    how = recordings.add_mutually_exclusive_group()
    how.add_argument("--record", metavar="FILE", type=Path, help="pass calls on, and write down what was said")
    how.add_argument("--replay", metavar="FILE", type=Path, help="say again what was written down")
    recordings.add_argument("--replay-timing", action="store_true", help="as slowly as it was said")
    recordings.add_argument("--upstream", metavar="URL", default="https://api.x.ai", help="(default: %(default)s)")
    recordings.add_argument(
        "--management-upstream", metavar="URL", default="https://management-api.x.ai", help="(default: %(default)s)"
    )
    tls = parser.add_argument_group("TLS")
    tls.add_argument("--tls-cert", metavar="FILE", type=Path, help="a certificate in PEM, with its chain")
    tls.add_argument("--tls-key", metavar="FILE", type=Path, help="its private key in PEM")
    tls.add_argument(
        "--tls-self-signed",
        metavar="FILE",
        type=Path,
        help="make a certificate, and write it there for clients to trust",
    )
    parser.add_argument(
        "--log", choices=FORMATS, default="none", help="one line for each call on standard error (default: %(default)s)"
    )
    parser.add_argument(
        "command",
        nargs="*",
        metavar="-- COMMAND",
        help="run this against the emulator, and end with it and its exit code",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    set_up_logs(options.log)
    allow_many_connections()
    return asyncio.run(_serve(options))


def _settings(options: argparse.Namespace) -> Settings:
    from xaiwire_server.emulator.settings import API_KEY, MANAGEMENT_KEY, Settings

    keys = options.api_key, options.management_key
    for flag, values in zip(("--api-key", "--management-key"), keys, strict=True):
        if any(not value or not value.isascii() or not value.isprintable() for value in values or ()):
            raise Failure(f"{flag}: a key is one or more printable letters of ASCII")
    both = set(options.api_key or ()) & set(options.management_key or ())
    if both:
        raise Failure("--management-key: one of the keys is an --api-key, too; give each kind keys of its own")
    control = options.admin_token is not None or _is_loopback(options.host)
    if not control:
        print(
            f"xaiwire-server: {options.host} is not loopback, so the control API is off; set --admin-token to have it",
            file=sys.stderr,
        )
    return Settings(
        folder=options.data,
        api_keys=tuple(options.api_key or (API_KEY,)),
        management_keys=tuple(options.management_key or (MANAGEMENT_KEY,)),
        models=tuple(options.model),
        pace=options.pace,
        processing=options.processing,
        deferred_delay=options.deferred_delay,
        file_lifetime=options.file_lifetime,
        admin_token=options.admin_token,
        control=control,
    )


async def _serve(options: argparse.Namespace) -> int:
    from xaiwire_server.emulator.app import Emulator
    from xaiwire_server.emulator.state.database import StateError

    engine, embedder, elsewhere = _engine(options), _embedder(options), _elsewhere(options)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tls = _tls(options)
    try:
        emulator = Emulator(_settings(options), engine=engine, embedder=embedder, elsewhere=elsewhere)
    except StateError as error:
        raise Failure(str(error)) from error
    try:
        await emulator.start(options.host, options.port, tls=tls)
    except OSError as error:
        emulator.close()
        raise cannot_listen(options.host, options.port, error) from error
    if options.command:
        code = await _run_command(options.command, emulator, stop)
    else:
        code = 0
        _announce(emulator, options)
        await stop.wait()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Who asks twice does not want to wait.
        loop.remove_signal_handler(number)
    await emulator.stop(options.grace)
    if code == _NOT_STARTED:
        raise Failure(f"{options.command[0]}: there is no such command, or it cannot be run")
    return code


async def _run_command(command: list[str], emulator: Emulator, stop: asyncio.Event) -> int:
    try:
        process = await asyncio.create_subprocess_exec(*command, env=os.environ | emulator.environment)
    except OSError:
        return _NOT_STARTED
    ended, asked = asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())
    await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not ended.done():
        with suppress(ProcessLookupError):
            process.terminate()
    code = await ended
    return code if code >= 0 else 128 - code


def _engine(options: argparse.Namespace) -> Engine | None:
    from xaiwire_server.emulator.answers.script import ScriptEngine, ScriptError, read_script

    chosen = options.engine or ("script" if options.script else "openai" if options.openai_url else "echo")
    if (chosen == "script") != (options.script is not None):
        raise Failure("--engine script and --script FILE go together")
    if (chosen == "openai") != (options.openai_url is not None):
        raise Failure("--engine openai and --openai-url URL go together")
    if chosen == "script":
        try:
            text = options.script.read_text("utf-8")
            return ScriptEngine(read_script(text, str(options.script)), options.pace)
        except ScriptError as error:
            raise Failure(str(error)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"{options.script}: it cannot be read: {error}") from error
    if chosen == "openai":
        from xaiwire_server.emulator.answers.openai import OpenAIEngine

        if not options.openai_url.startswith(("http://", "https://")):
            raise Failure(f"--openai-url: {options.openai_url!r} is no http(s) address")
        key = None
        if options.openai_key_env is not None:
            key = os.environ.get(options.openai_key_env)
            if not key:
                raise Failure(f"--openai-key-env: the environment has no {options.openai_key_env}")
        return OpenAIEngine(options.openai_url, key=key, model=options.openai_model)
    return None


def _embedder(options: argparse.Namespace) -> Embedder | None:
    if options.embedder == "hashing":
        return None
    from xaiwire_server.emulator.text.model_embedding import ModelEmbedder

    try:
        return ModelEmbedder()
    except ImportError as error:
        raise Failure(f"--embedder {options.embedder}: {error}; install xaiwire-server[model]") from error


def _elsewhere(options: argparse.Namespace) -> Elsewhere | None:
    if options.record is None and options.replay is None:
        return None
    from xaiwire_server.emulator.control.cassette import CassetteError, Player, Recorder
    from xaiwire_server.emulator.dispatch import MANAGEMENT
    from xaiwire_server.rpc.methods import contract_rpcs
    from xaiwire_server.rpc.upstream import Upstream
    from xaiwire_server.wire.model import MAX_MESSAGE_BYTES

    try:
        if options.replay is not None:
            return Player(options.replay, contract_rpcs(), timing=options.replay_timing)
        for flag in ("upstream", "management_upstream"):
            if not getattr(options, flag).startswith(("http://", "https://")):
                raise Failure(f"--{flag.replace('_', '-')}: {getattr(options, flag)!r} is no http(s) address")
        upstream = Upstream(options.upstream, options.management_upstream, MANAGEMENT, MAX_MESSAGE_BYTES)
        return Recorder(options.record, upstream)
    except CassetteError as error:
        raise Failure(str(error)) from error


def _announce(emulator: Emulator, options: argparse.Namespace) -> None:
    address = emulator.address
    key = emulator.settings.api_keys[0] if options.api_key is None else "one of your keys"
    page = f"; page {emulator.url}/" if emulator.settings.control else ""
    print(
        f'ready on {address}: Client(api_host="{address}", management_api_host="{address}"), key {key}{page}',
        flush=True,
    )


def _tls(options: argparse.Namespace) -> ssl.SSLContext | None:
    from xaiwire_server.wire.tls import TlsError, given_certificate, made_certificate

    if options.tls_self_signed is not None and (options.tls_cert or options.tls_key):
        raise Failure("--tls-self-signed makes a certificate, and --tls-cert and --tls-key give one; choose one way")
    if bool(options.tls_cert) != bool(options.tls_key):
        raise Failure("--tls-cert and --tls-key go together")
    try:
        if options.tls_cert is not None:
            return given_certificate(options.tls_cert, options.tls_key)
        if options.tls_self_signed is not None:
            return made_certificate(options.tls_self_signed, options.host)
    except TlsError as error:
        raise Failure(str(error)) from error
    return None


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: seconds, 0 or more")
    return value
