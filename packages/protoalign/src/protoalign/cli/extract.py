"""`protoalign extract`: the contract as .proto files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.source_options import SOURCES_HELP, add_format_option, add_source_command, exit_code, load_source

if TYPE_CHECKING:
    from protoalign.contract import Contract
    from protoalign.output import Written
    from protoalign.prove import RoundTrip

__all__ = ["add_parser"]

LISTED = 6

EPILOG = f"""\
Each printed file is compiled again by protoc and by buf before anything is
written, and must give back the descriptor that it was printed from. Files that
extract wrote and nobody edited are overwritten, others are not.

{SOURCES_HELP}
examples:
  protoalign extract pypi:xai-sdk==1.4.0 -o proto
  protoalign extract pypi:xai-sdk==1.4.0 -o proto --no-comments --check
  protoalign extract sdk.whl -o proto --file-option go_package='x.com/api/{{dir}}'
  protoalign extract pypi:flyteidl -o proto --include-imports --image api.binpb
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = add_source_command(
        commands,
        "extract",
        summary="write a contract as .proto files, proved by protoc and buf",
        description="Write a contract as .proto files, and prove that they are exact.",
        epilog=EPILOG,
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--image", metavar="FILE", type=Path, help="also write a FileDescriptorSet, imports included")
    parser.add_argument(
        "--comments",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="write the comments that the source holds (default: yes)",
    )
    parser.add_argument(
        "--include-imports",
        action="store_true",
        help="also write the files that the contract imports from elsewhere, except those every compiler brings",
    )
    parser.add_argument(
        "--file-option",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=_file_option,
        help="add or replace a file option, such as go_package; {path}, {dir}, {stem} and {package} stand for the "
        "file's own; may be repeated",
    )
    parser.add_argument(
        "--prove",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="compile what was printed and compare (default: yes)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite files that extract did not write")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    add_format_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.output import compare_tree, stamp, write_file, write_tree
    from protoalign.printer import PrintOptions, contract_with_file_options, print_contract
    from protoalign.prove import prove_round_trip

    loaded = load_source(arguments, comments=arguments.comments)
    contract = contract_with_file_options(loaded, dict(arguments.file_option)) if arguments.file_option else loaded
    texts = print_contract(contract, PrintOptions(comments=arguments.comments), imports=arguments.include_imports)
    proof = prove_round_trip(contract, texts) if arguments.prove else None
    if proof is not None:
        proof.raise_unless_proved()
    label = contract.provenance.label
    files = {name: stamp(text, label) for name, text in texts.items()}
    if arguments.check:
        written = compare_tree(arguments.output, files)
    else:
        written = write_tree(arguments.output, files, force=arguments.force)
        if arguments.image is not None:
            write_file(arguments.image, contract.image())
    differs = arguments.check and bool(written.created or written.replaced or written.stale)
    if arguments.format == "json":
        print(json.dumps(_as_json(contract, arguments, written, proof), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_as_text(contract, arguments, written, proof)))
    return exit_code(contract, findings=differs)


def _file_option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _as_text(
    contract: Contract, arguments: argparse.Namespace, written: Written, proof: RoundTrip | None
) -> Iterator[str]:
    from protoalign.cli.show import counts_as_text

    yield f"{contract.provenance.source}: {counts_as_text(contract.counts)}"
    yield f"digest {contract.digest}"
    if proof is None:
        yield "not proved: --no-prove"
    else:
        yield from proof.summary()
    if contract.comments:
        number = len(contract.comments)
        yield f"{number:,} comment{'s' if number != 1 else ''}, from {_comment_sources(contract)}"
    verb = "would be " if arguments.check else ""
    parts = [
        f"{len(names)} {verb}{what}"
        for what, names in (("created", written.created), ("replaced", written.replaced))
        if names
    ]
    parts += [f"{len(written.unchanged)} unchanged"] if written.unchanged else []
    yield f"{arguments.output}: {', '.join(parts) or 'no files'}"
    if written.stale:
        yield (
            f"{arguments.output}: {_listed(written.stale)} written by an earlier run and no longer part of the"
            " contract; delete by hand what you do not need"
        )
    if contract.imports and not arguments.include_imports:
        others = [file.name for file in contract.imports if file.name in contract.provenance.supplied_by]
        if others:
            yield f"not written, imported from elsewhere: {_listed(others)} (--include-imports writes them)"
    if arguments.image is not None and not arguments.check:
        yield f"{arguments.image}: the descriptor set, imports included"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:LISTED])
    return shown if len(names) <= LISTED else f"{shown} and {len(names) - LISTED} more"


def _comment_sources(contract: Contract) -> str:
    kinds = {
        "source info" if comment.provenance == "source info" else "the docstrings of generated gRPC modules"
        for comment in contract.comments
    }
    return " and ".join(sorted(kinds))


def _as_json(
    contract: Contract, arguments: argparse.Namespace, written: Written, proof: RoundTrip | None
) -> Mapping[str, object]:
    from protoalign.cli.show import contract_as_json

    return {
        **contract_as_json(contract),
        "output": str(arguments.output),
        "written": asdict(written),
        "proof": proof.as_json() if proof is not None else None,
        "comments": [
            {"file": comment.file, "path": list(comment.path), "provenance": comment.provenance}
            for comment in contract.comments
        ],
    }
