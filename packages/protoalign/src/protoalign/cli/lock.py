"""`protoalign lock`: pin a contract."""

from __future__ import annotations

import argparse
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from protoalign.cli.source_options import SOURCES_HELP, add_source_command, load_source

if TYPE_CHECKING:
    from protoalign.contract import Provenance

__all__ = ["add_parser"]

EPILOG = f"""\
A lock holds where the contract came from, the archive's SHA-256, the
contract's digest, a digest of each file, message, enum and service, and the
counts: enough for protoalign verify to say without network whether a tree
equals it.

{SOURCES_HELP}
examples:
  protoalign lock pypi:xai-sdk==1.4.0      (contracts/xai-sdk-1.4.0.lock)
  protoalign lock ./sdk.whl -o sdk.lock
  protoalign lock pypi:xai-sdk==1.4.0 --check
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = add_source_command(
        commands,
        "lock",
        summary="write the lock file of a contract",
        description="Write the lock file of a contract.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="where to write it (default: contracts/NAME-VERSION.lock)",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file would change")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import tomli_w

    from protoalign.contract.lock import lock_of
    from protoalign.errors import OutputError
    from protoalign.output import write_file

    contract = load_source(arguments, comments=False)
    if contract.provenance.left_out:
        raise OutputError(
            "the contract is incomplete, and a lock of it would say less than it seems to",
            where=arguments.source,
            hint="Name what it lacks with --with SOURCE instead of leaving it out.",
        )
    path: Path = arguments.output or default_path(contract.provenance)
    content = tomli_w.dumps(lock_of(contract).to_toml_data()).encode()
    old = path.read_bytes() if path.is_file() else None
    if old == content:
        print(f"{path} is up to date: {contract.digest}")
        return 0
    if arguments.check:
        print(f"{path} is {'not there' if old is None else 'out of date'}: the contract is {contract.digest}")
        return 1
    write_file(path, content)
    print(f"{path} {'written' if old is None else 'updated'}: {contract.digest}")
    return 0


def default_path(provenance: Provenance) -> Path:
    """The path of a contract's lock: contracts/NAME-VERSION.lock."""
    name = PurePath(provenance.source.split(":", 1)[-1].split("==")[0]).name
    if provenance.version:
        # A file name such as sdk-1.0-py3-none-any.whl already has the version in it.
        name = name.split(f"-{provenance.version}")[0]
    stem = "-".join(part for part in (name, provenance.version) if part)
    return Path("contracts", re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.") + ".lock")
