"""From what was found in a source to a contract: equal copies become one, imports are supplied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from protoalign.contract import (
    Comment,
    Contract,
    ContractFile,
    Provenance,
    build_contract,
    comments_of_source_info,
)
from protoalign.errors import NoDescriptorsError, UnsupportedDescriptorError
from protoalign.sources.copies import merge_copies, parse_copies, pick_copies
from protoalign.sources.scan import Scan
from protoalign.sources.suppliers import Supply, files_lacking_imports

__all__ = ["assemble"]


def assemble(scan: Scan, supply: Supply, *, copies: Sequence[str] = (), partial: bool = False) -> Contract:
    """Turn a scan into a contract.

    Args:
        scan: what was found in the source.
        supply: called with the contract's own files, returns files of others that they import.
        copies: which copies to take of files that the source holds several of, see `pick_copies`.
        partial: go on without descriptors that exist only as code, and without files whose imports nothing supplies;
            the contract's provenance says what was left out.

    Raises:
        NoDescriptorsError: nothing was found.
        UnsupportedDescriptorError: there are descriptors that exist only as code, and `partial` is false.
        AmbiguousCopiesError: different files have one name.
        DescriptorError: bytes that are no valid descriptor.
        UnresolvedImportsError: imports that nothing supplies.
        ImportCycleError: files import each other in a ring.
    """
    if scan.unsupported and not partial:
        raise UnsupportedDescriptorError(
            "these descriptors exist only as code to be run, which protoalign never does:\n"
            + "\n".join(f"  {place}" for place in scan.unsupported),
            where=scan.source,
            hint="--partial takes the other files and leaves these out.",
        )
    found = parse_copies(scan.found)
    if not found:
        raise NoDescriptorsError(
            "no protobuf descriptor was found",
            where=scan.source,
            hint="Name something that holds generated protobuf code, .proto files or a descriptor set.",
        )
    taken, others = pick_copies(found, copies, scan.source)
    own = merge_copies(taken, scan.source)
    imports = merge_copies([*others, *parse_copies(scan.imports)], scan.source, first_wins=True)
    own_files = {name: equal[0].file for name, equal in own.items()}
    available = {name: equal[0].file for name, equal in imports.items() if name not in own_files}
    supplied = supply(own_files, available)
    left_out = {**dict.fromkeys(scan.unsupported, "exists only as code to be run"), **scan.left_out}
    if partial:
        held = {**available, **{name: file for name, (file, _) in supplied.items()}, **own_files}
        lacking = files_lacking_imports(held)
        left_out |= {name: reason for name, reason in lacking.items() if name in own_files}
        own_files = {name: file for name, file in own_files.items() if name not in lacking}
        if not own_files:
            raise NoDescriptorsError("no file is complete with its imports", where=scan.source)
    provenance = Provenance(
        source=scan.source,
        kind=scan.kind,
        version=scan.version,
        archive=scan.archive,
        archive_sha256=scan.archive_sha256,
        copies={name: tuple(each.location for each in own[name]) for name in own_files},
        supplied_by={name: source for name, (_, source) in supplied.items()},
        left_out=left_out,
    )
    return build_contract(
        own_files.values(),
        provenance,
        available=[*available.values(), *(file for file, _ in supplied.values())],
        comments=_comments(own_files, scan.comments),
    )


def _comments(own: Mapping[str, ContractFile], found: Iterable[Comment]) -> tuple[Comment, ...]:
    return (
        *(comment for name in sorted(own) for comment in comments_of_source_info(own[name].descriptor)),
        *found,
    )
