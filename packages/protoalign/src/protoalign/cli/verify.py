"""`protoalign verify`: hold a source against a lock, without network."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.source_options import SOURCES_HELP, add_format_option, add_source_command, exit_code, load_source

if TYPE_CHECKING:
    from protoalign.contract.lock import ContractLock, LockDifference

__all__ = ["add_parser"]

EPILOG = f"""\
{SOURCES_HELP}
examples:
  protoalign verify proto --lock contracts/xai-sdk-1.4.0.lock
  protoalign verify ./sdk.whl --lock contracts/xai-sdk-1.4.0.lock --format json
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = add_source_command(
        commands,
        "verify",
        summary="say whether a source holds exactly the locked contract",
        description="Say whether a source holds exactly the locked contract; exit 1 if not.",
        epilog=EPILOG,
    )
    parser.add_argument("--lock", metavar="FILE", type=Path, required=True, help="the lock file")
    add_format_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.contract.lock import lock_differences
    from protoalign.sources import read_lock

    lock = read_lock(arguments.lock)
    contract = load_source(arguments, comments=False)
    differences = lock_differences(lock, contract)
    if arguments.format == "json":
        import json
        from dataclasses import asdict

        data = {
            "equal": not differences,
            "locked_digest": lock.digest,
            "digest": contract.digest,
            "differences": [asdict(difference) for difference in differences],
        }
        print(json.dumps(data, indent=2))
    else:
        print("\n".join(_as_text(arguments.source, lock, contract.digest, differences)))
    return exit_code(contract, findings=bool(differences))


def _as_text(source: str, lock: ContractLock, digest: str, differences: tuple[LockDifference, ...]) -> Iterator[str]:
    if not differences:
        yield f"{source} equals {lock.source}: {len(lock.files)} of {len(lock.files)} files, {digest}"
        return
    yield f"{source} differs from {lock.source}:"
    for difference in differences:
        yield f"  {difference.state:<7}  {difference.kind.removesuffix('s'):<7}  {difference.name}"
    yield f"locked {lock.digest}"
    yield f"found  {digest}"
