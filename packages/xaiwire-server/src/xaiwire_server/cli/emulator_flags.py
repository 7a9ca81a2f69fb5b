"""What the commands that run an emulator are told: their flags, and what these come to."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xaiwire_server.cli.failure import Failure
from xaiwire_server.cli.listening import port_number, seconds
from xaiwire_server.cli.logs import FORMATS
from xaiwire_server.wire.hosts import is_loopback

if TYPE_CHECKING:
    import ssl

    from xaiwire_server.emulator.answers.model import Engine
    from xaiwire_server.emulator.app import Emulator
    from xaiwire_server.emulator.dispatch import Elsewhere
    from xaiwire_server.emulator.settings import Settings
    from xaiwire_server.emulator.text.embedding import Embedder

__all__ = ["add_emulator_flags", "add_tls_flags", "emulator_from", "tls_from"]


def add_emulator_flags(parser: argparse.ArgumentParser, port: int) -> None:
    """Add the flags.

    Args:
        parser: the command's.
        port: where it listens if it is not told.
    """
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    parser.add_argument("--port", type=port_number, default=port, help="0 takes a free one (default: %(default)s)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--data", metavar="DIR", type=Path, help="keep the state in this folder (default: in memory)")
    where.add_argument("--memory", action="store_true", help="keep the state in memory, and lose it at the end")
    keys = parser.add_argument_group("keys")
    keys.add_argument("--api-key", metavar="KEY", action="append", help="accept this key; may be given several times")
    keys.add_argument("--management-key", metavar="KEY", action="append", help="the same, for the management API")
    keys.add_argument("--admin-token", metavar="TOKEN", help="what the control API and its page ask for")
    behaviour = parser.add_argument_group("behaviour")
    behaviour.add_argument("--model", metavar="NAME", action="append", default=[], help="have this model, too")
    behaviour.add_argument("--pace", type=seconds, default=0.0, metavar="SECONDS", help="pause between two words")
    behaviour.add_argument(
        "--processing", type=seconds, default=0.2, metavar="SECONDS", help="how long documents are being processed"
    )
    behaviour.add_argument(
        "--deferred-delay", type=seconds, default=0.5, metavar="SECONDS", help="how long deferred answers take"
    )
    behaviour.add_argument("--file-lifetime", type=seconds, metavar="SECONDS", help="files expire after this time")
    behaviour.add_argument(
        "--grace", type=seconds, default=10.0, metavar="SECONDS", help="how long open calls have when it stops"
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
    parser.add_argument(
        "--log", choices=FORMATS, default="none", help="one line for each call on standard error (default: %(default)s)"
    )
    parser.add_argument(
        "command",
        nargs="*",
        metavar="-- COMMAND",
        help="run this against the emulator, and end with it and its exit code",
    )


def add_tls_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags for TLS.

    Args:
        parser: the command's.
    """
    tls = parser.add_argument_group("TLS")
    tls.add_argument("--tls-cert", metavar="FILE", type=Path, help="a certificate in PEM, with its chain")
    tls.add_argument("--tls-key", metavar="FILE", type=Path, help="its private key in PEM")
    tls.add_argument(
        "--tls-self-signed",
        metavar="FILE",
        type=Path,
        help="make a certificate, and write it there for clients to trust",
    )


def emulator_from(options: argparse.Namespace) -> Emulator:
    """The emulator that the flags ask for.

    Raises:
        Failure: they cannot be had.
    """
    from xaiwire_server.emulator.app import Emulator
    from xaiwire_server.emulator.state.database import StateError

    engine, embedder, elsewhere = _engine(options), _embedder(options), _elsewhere(options)
    try:
        return Emulator(_settings(options), engine=engine, embedder=embedder, elsewhere=elsewhere)
    except StateError as error:
        raise Failure(str(error)) from error


def _settings(options: argparse.Namespace) -> Settings:
    from xaiwire_server.emulator.settings import API_KEY, MANAGEMENT_KEY, Settings

    keys = options.api_key, options.management_key
    for flag, values in zip(("--api-key", "--management-key"), keys, strict=True):
        if any(not value or not value.isascii() or not value.isprintable() for value in values or ()):
            raise Failure(f"{flag}: a key is one or more printable letters of ASCII")
    both = set(options.api_key or ()) & set(options.management_key or ())
    if both:
        raise Failure("--management-key: one of the keys is an --api-key, too; give each kind keys of its own")
    control = options.admin_token is not None or is_loopback(options.host)
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


def tls_from(options: argparse.Namespace) -> ssl.SSLContext | None:
    """How the port speaks TLS; None where it does not.

    Raises:
        Failure: a file cannot be used.
    """
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
