"""A contract: an immutable, closed set of .proto files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protoalign.contract.canonical import canonical_descriptor
from protoalign.contract.comments import Comment
from protoalign.contract.counts import Counts, count
from protoalign.contract.elements import Element, elements_of
from protoalign.contract.file import ContractFile
from protoalign.contract.groups import compatible_groups
from protoalign.contract.imports import closure, import_order, missing_imports
from protoalign.contract.pools import file_descriptor_class, pool_of
from protoalign.contract.provenance import Provenance
from protoalign.contract.wellknown import well_known_file
from protoalign.errors import AmbiguousCopiesError, UnresolvedImportsError

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

__all__ = ["Contract", "build_contract", "digest_of_files"]


@dataclass(frozen=True)
class Contract:
    """A set of .proto files that is closed over its imports; made by `build_contract`.

    Attributes:
        files: the contract's own files, sorted by name.
        imports: files of others that they need, sorted by name; they count nowhere and no digest covers them.
        provenance: where the contract came from.
        comments: comments on its elements.
    """

    files: tuple[ContractFile, ...]
    imports: tuple[ContractFile, ...]
    provenance: Provenance
    comments: tuple[Comment, ...] = field(default=(), repr=False)

    @cached_property
    def by_name(self) -> Mapping[str, ContractFile]:
        """All files, imports included, by name."""
        return MappingProxyType({file.name: file for file in (*self.imports, *self.files)})

    @cached_property
    def import_order(self) -> tuple[str, ...]:
        """The names of all files, imports included, imported ones before importing ones."""
        return import_order(self.by_name)

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Groups of file names that a compiler takes together, each closed and in import order; nearly always one."""
        return compatible_groups(self.by_name, self.import_order)

    @cached_property
    def canonical(self) -> Mapping[str, FileDescriptorProto]:
        """The canonical form (see `protoalign.contract.canonical`) of each own file, by name; not to be edited.

        Raises:
            DescriptorError: the runtime refuses a file.
        """
        own = {file.name for file in self.files}
        forms: dict[str, FileDescriptorProto] = {}
        for group in self.groups:
            descriptor_class = file_descriptor_class(pool_of(self.by_name[name] for name in group))
            for name in group:
                if name in own and name not in forms:
                    forms[name] = canonical_descriptor(self.by_name[name].serialized, descriptor_class)
        return MappingProxyType(dict(sorted(forms.items())))

    @cached_property
    def file_digests(self) -> Mapping[str, str]:
        """File name to the SHA-256, in hex, of the file's canonical form."""
        return MappingProxyType(
            {
                name: sha256(form.SerializeToString(deterministic=True)).hexdigest()
                for name, form in self.canonical.items()
            }
        )

    @cached_property
    def digest(self) -> str:
        """The contract's digest, `sha256:` and hex; the order of files and source info do not change it."""
        return digest_of_files(self.file_digests)

    @cached_property
    def counts(self) -> Counts:
        """How much the contract's own files hold."""
        return count(file.descriptor for file in self.files)

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """The elements of all files, imports included, by full name.

        Where two files declare one name (see `groups`), the file that comes later in the order of names is left out.
        """
        found: dict[str, Element] = {}
        for file in (*self.files, *self.imports):
            for element in elements_of(file.descriptor):
                found.setdefault(element.full_name, element)
        return MappingProxyType(found)

    def find(self, full_name: str) -> Element | None:
        """The element of that full name, with or without a leading dot; None where there is none."""
        return self.elements.get(full_name.removeprefix("."))

    def image(self) -> bytes:
        """A serialized FileDescriptorSet of all files, imports included, imported ones before importing ones."""
        files = FileDescriptorSet()
        for name in self.import_order:
            files.file.add().ParseFromString(self.by_name[name].serialized)
        return files.SerializeToString(deterministic=True)

    def comments_of(self, file: str) -> Mapping[tuple[int, ...], Comment]:
        """The comments of one file by element path; of several on one element, the first."""
        found: dict[tuple[int, ...], Comment] = {}
        for comment in self.comments:
            if comment.file == file:
                found.setdefault(comment.path, comment)
        return MappingProxyType(found)


def digest_of_files(file_digests: Mapping[str, str]) -> str:
    """The digest of a contract whose files have these digests (file name to SHA-256 in hex)."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(file_digests.items()))
    return "sha256:" + sha256(lines.encode()).hexdigest()


def build_contract(
    files: Iterable[ContractFile],
    provenance: Provenance,
    *,
    available: Iterable[ContractFile] = (),
    comments: Iterable[Comment] = (),
) -> Contract:
    """Build a contract, taking the imports it needs from `available` and then from the well-known files.

    Args:
        files: the contract's own files; the same file twice counts once.
        provenance: where they came from.
        available: files of others that may serve as imports; those that are not needed are left out.
        comments: comments on elements of the files.

    Raises:
        AmbiguousCopiesError: two different files have one name.
        UnresolvedImportsError: an import that nothing supplies; it says which file wants which.
        ImportCycleError: files import each other in a ring.
    """
    own: dict[str, ContractFile] = {}
    for file in files:
        known = own.setdefault(file.name, file)
        if known.serialized != file.serialized:
            raise AmbiguousCopiesError(f"two different files are named {file.name}", where=provenance.source)
    others = {file.name: file for file in available}
    pool = dict(own)
    while missing := missing_imports(pool):
        found = {name: others.get(name) or well_known_file(name) for name in missing}
        supplied = {name: file for name, file in found.items() if file is not None}
        if len(supplied) < len(missing):
            lacking = {name: wanted for name, wanted in missing.items() if name not in supplied}
            raise UnresolvedImportsError(
                lacking,
                where=provenance.source,
                hint="Name a source that holds them with --with SOURCE, for example"
                " --with pypi:googleapis-common-protos; --partial leaves out the files that lack them.",
            )
        pool |= supplied
    import_order(pool)  # raises on a ring
    needed = closure(pool, own)
    return Contract(
        files=tuple(own[name] for name in sorted(own)),
        imports=tuple(pool[name] for name in sorted(needed - own.keys())),
        provenance=provenance,
        comments=tuple(comments),
    )
