"""`protoalign prove`: contract and generated code held against code that we did not write, with a certificate."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import add_output_options, emit

if TYPE_CHECKING:
    from protoalign.prove.certificate import Certificate
    from protoalign.prove.engine import ProveOptions
    from protoalign.prove.proof import Proof
    from protoalign.prove.verification import Verification
    from protoalign.settings import Settings

__all__ = ["add_parser"]

FORMATS = ("text", "json", "markdown", "github")
SKIPPABLE = ("google-protobuf", "google-protobuf-python", "protobuf-py", "go", "official")

EPILOG = """\
what is proved:
  structure  the subject has no finding against the reference beyond waivers
  wire       every vector, made from the reference, is read and written byte for
             byte by Google's protobuf, the generated Python and the generated Go
  rpcs       path, request, response and streaming kind of every generated stub
             and wrapper are the reference's
  official   the reference package itself reads the vectors, and our code reads
             messages that its own helpers made

Vectors and certificate are written where [prove] in protoalign.toml says; the
page and the badge of the certificate lie beside it. Where SUBJECT or --to name
another contract, nothing is written.

Exit 0: aligned, everything was proved; 1: something is wrong, or --check found
files that are not today's; 2: partial, something was skipped, or bad input.

examples:
  protoalign prove
  protoalign prove --check
  protoalign prove --skip official --skip go
  protoalign prove --format markdown -o proof.md
  protoalign prove --verify contracts/certificate.json
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "prove",
        help="prove that contract and generated code are exact; write a certificate",
        description="Prove that the contract and the code generated from it are wire-exact; write a certificate.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subject", metavar="SUBJECT", nargs="?", help="what is proved (default: as in the settings)")
    parser.add_argument(
        "--to", metavar="REFERENCE", dest="reference", help="the reference (default: as in the settings)"
    )
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="the settings file (default: protoalign.toml here or above)"
    )
    parser.add_argument(
        "--skip", metavar="PART", action="append", choices=SKIPPABLE, default=[],
        help=f"leave a part out, which makes the proof partial; may be repeated: {', '.join(SKIPPABLE)}",
    )  # fmt: skip
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if vectors or certificate are stale"
    )
    parser.add_argument("--verify", metavar="FILE", type=Path, help="hold a certificate against a proof made now")
    add_output_options(parser, FORMATS, "text")
    parser.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.prove.certificate import certificate_of
    from protoalign.prove.engine import prove

    settings = _settings(arguments)
    if arguments.verify is not None:
        return _verify(settings, arguments)
    with _sides(settings, arguments) as (wanted, is_own):
        proof = prove(wanted, _options(arguments, write=not arguments.check or not is_own))
    certificate = certificate_of(proof)
    stale: tuple[str, ...] = ()
    if is_own and settings.prove.certificate:
        place = _root(settings) / settings.prove.certificate
        if arguments.check:
            stale = tuple(_stale(certificate, place, settings.prove.certificate))
        else:
            _write(certificate, place, settings.prove.certificate)
    emit(_rendered(proof, certificate, stale, arguments), arguments.output)
    return max(_exit_code(certificate), 1) if stale else _exit_code(certificate)


def _settings(arguments: argparse.Namespace) -> Settings:
    from protoalign.errors import SettingsError
    from protoalign.settings import SETTINGS_NAME, find_settings, read_settings

    path = arguments.config or find_settings(Path())
    if path is None:
        raise SettingsError(
            f"there is no {SETTINGS_NAME} here or above",
            where=str(Path.cwd()),
            hint="Write one with protoalign init, or name one with --config FILE.",
        )
    return read_settings(path)


def _root(settings: Settings) -> Path:
    assert settings.path is not None  # noqa: S101 - they were read from a file
    return settings.path.resolve().parent


@contextmanager
def _sides(settings: Settings, arguments: argparse.Namespace) -> Iterator[tuple[Settings, bool]]:
    """The settings with the sides that were named, and whether they are the settings' own."""
    from protoalign.settings import SourceSettings

    if arguments.subject is None and arguments.reference is None:
        yield settings, True
        return
    root = _root(settings)
    subject, reference = (
        configured if named is None else SourceSettings(source=_seen_from(root, named))
        for named, configured in (
            (arguments.subject, settings.subject),
            (arguments.reference, settings.reference),
        )
    )
    # Vectors of another reference have no place of their own.
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        vectors = replace(settings.prove, vectors=str(Path(scratch) / "vectors"))
        yield replace(settings, subject=subject, reference=reference, prove=vectors), False


def _seen_from(root: Path, source: str) -> str:
    """A path of the current folder as the settings file would write it."""
    return os.path.relpath(source, root) if Path(source).exists() else source


def _options(arguments: argparse.Namespace, *, write: bool) -> ProveOptions:
    from protoalign.cli.terminal import TerminalProgress
    from protoalign.prove.engine import ProveOptions
    from protoalign.sources import LoadOptions

    load = LoadOptions(offline=arguments.offline, progress=TerminalProgress(quiet=arguments.quiet))
    return ProveOptions(load=load, skip=frozenset(arguments.skip), write_vectors=write)


def _files(certificate: Certificate, name: str) -> dict[str, str]:
    """The certificate, its page and its badge, by the endings of their names."""
    from protoalign.reports.certificate_badge import render_certificate_badge
    from protoalign.reports.certificate_json import render_certificate_json
    from protoalign.reports.certificate_markdown import render_certificate_markdown

    return {
        ".json": render_certificate_json(certificate),
        ".md": render_certificate_markdown(certificate, path=name),
        ".svg": render_certificate_badge(certificate),
    }


def _write(certificate: Certificate, place: Path, name: str) -> None:
    from protoalign.output import write_file

    for ending, text in _files(certificate, name).items():
        path, content = place.with_suffix(ending), text.encode()
        if not path.is_file() or path.read_bytes() != content:
            write_file(path, content)


def _stale(certificate: Certificate, place: Path, name: str) -> Iterator[str]:
    """What the certificate on disk says that is not so today; tools may have other versions."""
    from protoalign.prove.certificate_reader import read_certificate
    from protoalign.prove.verification import verify_certificate

    if not place.is_file():
        yield f"{name} is missing"
        return
    known = read_certificate(place)
    yield from (f"{name}: {line}" for line in verify_certificate(known, certificate).differences)
    for ending, text in _files(known, name).items():
        path = place.with_suffix(ending)
        if not path.is_file() or path.read_bytes() != text.encode():
            yield f"{Path(name).with_suffix(ending).as_posix()} is not what the certificate gives"


def _exit_code(certificate: Certificate) -> int:
    from protoalign.prove.proof import Verdict

    return {Verdict.ALIGNED: 0, Verdict.NOT_ALIGNED: 1, Verdict.PARTIAL: 2}[certificate.verdict]


def _rendered(proof: Proof, certificate: Certificate, stale: tuple[str, ...], arguments: argparse.Namespace) -> str:
    if arguments.format == "json":
        from protoalign.reports.certificate_json import render_certificate_json

        return render_certificate_json(certificate)
    if arguments.format == "markdown":
        from protoalign.reports.certificate_markdown import render_certificate_markdown

        return render_certificate_markdown(certificate)
    if arguments.format == "github":
        from protoalign.reports.prove_github import render_proof_github

        return render_proof_github(proof, stale=stale)
    from protoalign.reports.prove_text import render_proof_text

    return render_proof_text(proof, stale=stale, color=_color(arguments))


def _color(arguments: argparse.Namespace) -> bool:
    plain = arguments.output is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stdout.isatty()


def _verify(settings: Settings, arguments: argparse.Namespace) -> int:
    from protoalign.prove.certificate import certificate_of
    from protoalign.prove.certificate_reader import read_certificate
    from protoalign.prove.engine import prove
    from protoalign.prove.verification import verify_certificate

    certificate = read_certificate(arguments.verify)
    today = certificate_of(prove(settings, _options(arguments, write=False)))
    verified = verify_certificate(certificate, today)
    emit("\n".join(_verification_lines(str(arguments.verify), certificate, verified)), arguments.output)
    if verified.differences:
        return 1
    return 2 if verified.unconfirmed else _exit_code(certificate)


def _verification_lines(name: str, certificate: Certificate, verified: Verification) -> Iterator[str]:
    for title, lines in (
        ("not so today", verified.differences),
        ("not looked at today", verified.unconfirmed),
        ("other versions, which is no mistake", verified.notes),
    ):
        if lines:
            yield f"{title}:"
            yield from (f"  {line}" for line in lines)
            yield ""
    if verified.differences:
        yield f"{name} does not hold"
    elif verified.unconfirmed:
        yield f"{name} holds as far as it could be looked at; it says: {certificate.verdict.value}"
    else:
        yield f"{name} holds; it says: {certificate.verdict.value}"
