"""`protoalign show`: what a source holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.cli.source_options import SOURCES_HELP, add_format_option, add_source_command, exit_code, load_source

if TYPE_CHECKING:
    from protoalign.contract import Contract, ContractFile, Counts
    from protoalign.contract.lock import ContractLock

__all__ = ["add_parser"]

EPILOG = f"""\
{SOURCES_HELP}
examples:
  protoalign show pypi:xai-sdk==1.4.0
  protoalign show ./sdk-1.0-py3-none-any.whl --format json
  protoalign show grpc://localhost:50051
  protoalign show lock:contracts/xai-sdk-1.4.0.lock
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = add_source_command(
        commands,
        "show",
        summary="show what contract a source holds",
        description="Show what contract a source holds: files, counts, digest, provenance.",
        epilog=EPILOG,
    )
    add_format_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.source.startswith("lock:"):
        from pathlib import Path

        from protoalign.sources import read_lock

        lock = read_lock(Path(arguments.source.removeprefix("lock:")))
        _print(lock_as_json(lock), lock_as_text(lock), arguments.format)
        return 0
    contract = load_source(arguments, comments=False)
    if arguments.format == "json":
        _print(contract_as_json(contract), (), "json")
    else:
        _print({}, contract_as_text(contract), "text")
    return exit_code(contract)


def _print(data: dict[str, object], lines: Iterator[str] | tuple[str, ...], output_format: str) -> None:
    if output_format == "json":
        import json

        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        print("\n".join(lines))


def contract_as_json(contract: Contract) -> dict[str, object]:
    """What `show --format json` prints of a contract."""
    from protoalign.contract.counts import count

    provenance = contract.provenance
    return {
        **counts_as_json(contract.counts),
        "digest": contract.digest,
        "provenance": {
            "source": provenance.source,
            "kind": provenance.kind,
            "version": provenance.version,
            "archive": provenance.archive,
            "archive_sha256": provenance.archive_sha256,
            "copies": {name: list(places) for name, places in provenance.copies.items()},
            "supplied_by": dict(provenance.supplied_by),
            "left_out": dict(provenance.left_out),
        },
        "by_file": [
            {
                "name": file.name,
                "package": file.package,
                "digest": f"sha256:{contract.file_digests[file.name]}",
                "imports": list(file.imports),
                **{key: number for key, number in counts_as_json(count([file.descriptor])).items() if key != "files"},
            }
            for file in contract.files
        ],
        "imports": [file.name for file in contract.imports],
    }


def counts_as_json(counts: Counts) -> dict[str, object]:
    """Counts as plain data."""
    return {name: getattr(counts, name) for name in counts.__slots__}


def contract_as_text(contract: Contract) -> Iterator[str]:
    """What `show` prints of a contract, line by line."""
    from protoalign.contract.wellknown import WELL_KNOWN

    provenance = contract.provenance
    yield provenance.source
    if provenance.archive:
        yield f"  archive  {provenance.archive}"
    if provenance.archive_sha256:
        yield f"  sha256   {provenance.archive_sha256}"
    yield f"  digest   {contract.digest}"
    yield f"  holds    {counts_as_text(contract.counts)}"
    yield ""
    yield from _table(contract.files)
    if contract.imports:
        yield ""
        yield "imports from elsewhere:"
        for file in contract.imports:
            origin = "well-known" if file.name in WELL_KNOWN else "came along"
            yield f"  {file.name}  ({provenance.supplied_by.get(file.name, origin)})"
    yield from _copies(contract)


def counts_as_text(counts: Counts) -> str:
    """Counts as one line."""
    names = {"rpcs": "RPCs", "enum_values": "enum values"}
    return ", ".join(
        f"{number:,} {names.get(name, name) if number != 1 else names.get(name, name).removesuffix('s')}"
        for name in counts.__slots__
        if (number := getattr(counts, name)) or name != "extensions"
    )


def _table(files: tuple[ContractFile, ...]) -> Iterator[str]:
    from protoalign.contract.counts import count
    from protoalign.reports.table import table_lines

    titles = ("file", "package", "messages", "enums", "services", "RPCs", "fields", "enum values")
    rows: list[tuple[str, ...]] = [titles]
    for file in files:
        counts = count([file.descriptor])
        numbers = (
            counts.messages,
            counts.enums,
            counts.services,
            counts.rpcs,
            counts.fields,
            counts.enum_values,
        )
        rows.append((file.name, file.package or "–", *(f"{number:,}" for number in numbers)))
    yield from table_lines(rows, titles[2:])


def _copies(contract: Contract) -> Iterator[str]:
    several = {name: places for name, places in contract.provenance.copies.items() if len(places) > 1}
    if several:
        name, places = next(iter(several.items()))
        yield ""
        yield f"{len(several)} of {len(contract.files)} files are there more than once, all copies equal, such as"
        yield f"  {name}  ({', '.join(places)})"


def lock_as_json(lock: ContractLock) -> dict[str, object]:
    """What `show --format json` prints of a lock."""
    return {
        **counts_as_json(lock.counts),
        "digest": lock.digest,
        "provenance": {
            "source": lock.source,
            "kind": "lock",
            "version": lock.version,
            "archive": lock.archive,
            "archive_sha256": lock.archive_sha256,
        },
        "by_file": [{"name": name, "digest": f"sha256:{digest}"} for name, digest in lock.files.items()],
    }


def lock_as_text(lock: ContractLock) -> Iterator[str]:
    """What `show` prints of a lock, line by line."""
    yield f"locked: {lock.source}"
    if lock.archive:
        yield f"  archive  {lock.archive}"
    if lock.archive_sha256:
        yield f"  sha256   {lock.archive_sha256}"
    yield f"  digest   {lock.digest}"
    yield f"  holds    {counts_as_text(lock.counts)}"
    yield ""
    yield from lock.files
