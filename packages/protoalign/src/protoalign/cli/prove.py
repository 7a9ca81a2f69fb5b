"""`protoalign prove`: contract and generated code held against code that we did not write, with a certificate."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import add_output_options, emit

if TYPE_CHECKING:
    from protoalign.prove.certificate import Certificate
    from protoalign.prove.engine import ProveOptions
    from protoalign.prove.proof import Proof
    from protoalign.settings import Settings

__all__ = ["add_parser"]

FORMATS = ("text", "json", "markdown", "github")
VERIFY_FORMATS = ("text", "json")
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
page and the badge of the certificate lie beside it. A partial proof replaces no
certificate that says aligned. Where SUBJECT or --to name another contract,
nothing is written.

Exit 0: aligned, everything was proved; 1: something is wrong, or --check found
files that are not today's; 2: partial, something was skipped, or bad input.
With --verify, 0: the certificate says aligned, and all of it holds; 1: it does
not hold, or says not aligned; 2: it is partial, or not all could be looked at.

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
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing; exit 1 if vectors or certificate are stale")
    mode.add_argument("--verify", metavar="FILE", type=Path, help="hold a certificate against a proof made now")
    add_output_options(parser, FORMATS, "text")
    parser.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    if arguments.verify is not None:
        return _verify(settings, arguments)
    proof, certificate = _proved(settings, arguments, write=not arguments.check)
    stale: tuple[str, ...] = ()
    if settings.prove.certificate and not _names_sides(arguments):
        place = _root(settings) / settings.prove.certificate
        if arguments.check:
            stale = tuple(_stale(certificate, place, settings.prove.certificate))
        else:
            _write(certificate, place, settings.prove.certificate, quiet=arguments.quiet)
    emit(_rendered(proof, certificate, stale, settings, arguments), arguments.output)
    if stale and arguments.format in ("json", "markdown"):
        _tell(stale)
    return 1 if stale else _exit_code(certificate)


def _settings(arguments: argparse.Namespace) -> Settings:
    from protoalign.errors import SettingsError
    from protoalign.settings import SETTINGS_NAME, Settings, find_settings, read_settings

    path = arguments.config or find_settings(Path())
    if path is not None:
        return read_settings(path)
    if arguments.subject is not None and arguments.reference is not None:
        return Settings()
    raise SettingsError(
        f"there is no {SETTINGS_NAME} here or above",
        where=str(Path.cwd()),
        hint="Write one with protoalign init, or name one with --config FILE.",
    )


def _root(settings: Settings) -> Path:
    return settings.path.resolve().parent if settings.path is not None else Path.cwd()


def _names_sides(arguments: argparse.Namespace) -> bool:
    return arguments.subject is not None or arguments.reference is not None


def _proved(settings: Settings, arguments: argparse.Namespace, *, write: bool) -> tuple[Proof, Certificate]:
    """Prove what the settings say, or the sides that were named.

    Args:
        settings: what the settings file says.
        arguments: those of the command.
        write: write the vectors where the settings say; never so where a side was named.
    """
    from protoalign.prove.certificate import certificate_of
    from protoalign.prove.engine import prove

    if not _names_sides(arguments):
        proof = prove(settings, _options(arguments, write=write))
    else:
        # Vectors of another reference have no place of their own.
        with tempfile.TemporaryDirectory(prefix="protoalign-prove-") as scratch:
            own = replace(settings.prove, vectors=str(Path(scratch).resolve() / "vectors"))
            sides = _named_sides(settings, arguments)
            proof = prove(replace(sides, prove=own), _options(arguments, write=True))
        if proof.vectors is not None:
            proof = replace(proof, vectors=replace(proof.vectors, path=settings.prove.vectors))
    return proof, certificate_of(proof, places=_places(_root(settings)))


def _named_sides(settings: Settings, arguments: argparse.Namespace) -> Settings:
    from protoalign.settings import SourceSettings
    from protoalign.sources.anchored import moved

    root = _root(settings)
    subject, reference = (
        configured if named is None else SourceSettings(source=moved(named, Path(), root))
        for named, configured in (
            (arguments.subject, settings.subject),
            (arguments.reference, settings.reference),
        )
    )
    return replace(settings, subject=subject, reference=reference)


def _places(root: Path) -> Mapping[str, str]:
    """Folders of this machine that findings may name, to what a certificate calls them."""
    found = {str(root): "."}
    if sys.prefix != sys.base_prefix:
        found.setdefault(sys.prefix, "PYTHON")
    with suppress(RuntimeError):
        found.setdefault(str(Path.home()), "~")
    return {folder: name for folder, name in found.items() if len(Path(folder).parts) > 1}


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


def _write(certificate: Certificate, place: Path, name: str, *, quiet: bool) -> None:
    from protoalign.cli.terminal import print_note
    from protoalign.output import write_file
    from protoalign.prove.proof import Verdict

    if certificate.verdict is Verdict.PARTIAL and _says_aligned(place):
        if not quiet:
            print_note(f"kept {name}: it says aligned, and this proof is partial")
        return
    for ending, text in _files(certificate, name).items():
        path, content = place.with_suffix(ending), text.encode()
        if not _holds(path, content):
            write_file(path, content)
            if not quiet:
                print_note(f"wrote {Path(name).with_suffix(ending).as_posix()}")


def _says_aligned(place: Path) -> bool:
    """Whether the certificate that is there says that everything was proved."""
    from protoalign.errors import CertificateError
    from protoalign.prove.certificate_reader import read_certificate
    from protoalign.prove.proof import Verdict

    try:
        return place.is_file() and read_certificate(place).verdict is Verdict.ALIGNED
    except CertificateError:
        return False


def _stale(certificate: Certificate, place: Path, name: str) -> Iterator[str]:
    """What the certificate on disk says that is not so today; tools may have other versions."""
    from protoalign.errors import CertificateError
    from protoalign.prove.certificate_reader import read_certificate
    from protoalign.prove.verification import verify_certificate

    if not place.is_file():
        yield f"{name} is missing"
        return
    try:
        known = read_certificate(place)
    except CertificateError as error:
        yield f"{name}: {error.what}"
        return
    yield from (f"{name}: {line}" for line in verify_certificate(known, certificate).differences)
    for ending, text in _files(known, name).items():
        if not _holds(place.with_suffix(ending), text.encode()):
            yield f"{Path(name).with_suffix(ending).as_posix()} is not what the certificate gives"


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _exit_code(certificate: Certificate) -> int:
    from protoalign.prove.proof import Verdict

    return {Verdict.ALIGNED: 0, Verdict.NOT_ALIGNED: 1, Verdict.PARTIAL: 2}[certificate.verdict]


def _rendered(
    proof: Proof, certificate: Certificate, stale: tuple[str, ...], settings: Settings, arguments: argparse.Namespace
) -> str:
    if arguments.format == "json":
        from protoalign.reports.certificate_json import render_certificate_json

        return render_certificate_json(certificate)
    if arguments.format == "markdown":
        from protoalign.reports.certificate_markdown import render_certificate_markdown

        path = "" if _names_sides(arguments) else settings.prove.certificate
        return render_certificate_markdown(certificate, path=path)
    if arguments.format == "github":
        from protoalign.reports.prove_github import render_proof_github

        return render_proof_github(proof, stale=stale)
    from protoalign.reports.prove_text import render_proof_text

    return render_proof_text(proof, stale=stale, color=_color(arguments))


def _color(arguments: argparse.Namespace) -> bool:
    plain = arguments.output is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stdout.isatty()


def _tell(stale: tuple[str, ...]) -> None:
    """Say what is stale where the format has no place for it."""
    from protoalign.cli.terminal import print_note
    from protoalign.reports.wording import visible

    for line in stale:
        print_note(f"stale: {visible(line)}")


def _verify(settings: Settings, arguments: argparse.Namespace) -> int:
    from protoalign.errors import InputError
    from protoalign.prove.certificate_reader import read_certificate
    from protoalign.prove.verification import verify_certificate
    from protoalign.reports.verification import render_verification_json, render_verification_text

    if arguments.format not in VERIFY_FORMATS:
        raise InputError(f"--verify has no format {arguments.format}", hint=f"It has {' and '.join(VERIFY_FORMATS)}.")
    certificate = read_certificate(arguments.verify)
    _proof, today = _proved(settings, arguments, write=False)
    verified = verify_certificate(certificate, today)
    if arguments.format == "json":
        text = render_verification_json(certificate, verified)
    else:
        text = render_verification_text(str(arguments.verify), certificate, verified)
    emit(text, arguments.output)
    if verified.differences:
        return 1
    return 2 if verified.unconfirmed else _exit_code(certificate)
