"""The round trip: printed text, compiled by others, equals the original descriptor or it did not happen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from protoalign.contract.canonical import canonical_descriptor
from protoalign.contract.pools import file_descriptor_class, pool_of
from protoalign.contract.wellknown import WELL_KNOWN
from protoalign.errors import CompileError, PrintError
from protoalign.printer import PrintOptions, print_file
from protoalign.prove.compilation import Compilation, compile_what_compiles
from protoalign.prove.differences import Difference, first_differences
from protoalign.sources.compilers import tool_version

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from protoalign.contract import Contract
    from protoalign.sources.limits import Limits

__all__ = ["FileVerdict", "RoundTrip", "Status", "prove_round_trip"]

Status = Literal["equal", "different", "refused"]
COMPILERS = ("protoc", "buf")
MAX_DIFFERENCES = 10


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What one compiler makes of one file's text.

    Attributes:
        file: the file's name.
        compiler: `protoc` or `buf`.
        status: `equal`, `different`, or `refused` where the compiler gave no descriptor to compare.
        differences: the first differences, where it is different.
        diagnostics: the compiler's words, where it refused.
    """

    file: str
    compiler: str
    status: Status
    differences: tuple[Difference, ...] = ()
    diagnostics: tuple[str, ...] = ()

    def __str__(self) -> str:
        details = "; ".join(map(str, self.differences or self.diagnostics))
        return f"{self.file}: {self.status} by {self.compiler}{f': {details}' if details else ''}"


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """The verdicts of all compilers on all own files of a contract, by compiler and file name.

    Attributes:
        verdicts: one for each file and compiler.
        versions: compiler to its version.
    """

    verdicts: tuple[FileVerdict, ...]
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def equal(self) -> tuple[FileVerdict, ...]:
        """The verdicts that are equal."""
        return self._with("equal")

    @property
    def different(self) -> tuple[FileVerdict, ...]:
        """The verdicts that are different."""
        return self._with("different")

    @property
    def refused(self) -> tuple[FileVerdict, ...]:
        """The verdicts that a compiler refused to give."""
        return self._with("refused")

    @property
    def deciding(self) -> Mapping[str, FileVerdict]:
        """The verdict that decides for each file: that of the first compiler which does not refuse the file.

        protoc goes first: where two compilers read one text differently, the language's own compiler is right. buf
        1.75, for one, replaces an enum default that is an alias by the first name of its number.
        """
        deciding: dict[str, FileVerdict] = {}
        for verdict in self.verdicts:
            if verdict.file not in deciding or deciding[verdict.file].status == "refused":
                deciding[verdict.file] = verdict
        return MappingProxyType(deciding)

    @property
    def proved(self) -> bool:
        """Whether each file's deciding verdict is that it is equal; no files are no proof."""
        return bool(self.verdicts) and all(verdict.status == "equal" for verdict in self.deciding.values())

    def raise_unless_proved(self) -> None:
        """Do nothing if the round trip is proved.

        Raises:
            PrintError: a text compiles to another descriptor.
            CompileError: every compiler refuses a text.
        """
        different = [verdict for verdict in self.deciding.values() if verdict.status == "different"]
        if different:
            raise PrintError(
                "\n".join(("printed text does not compile to the contract:", *map(str, different))),
                hint="No text may be able to express this descriptor. If a compiler wrote it, this is a bug in"
                " protoalign: please report it.",
            )
        if not self.proved:
            unproved = {name for name, verdict in self.deciding.items() if verdict.status == "refused"}
            refusals = [verdict for verdict in self.refused if verdict.file in unproved]
            lines = [line for verdict in refusals for line in verdict.diagnostics]
            tools = dict.fromkeys(verdict.compiler for verdict in refusals)
            raise CompileError(
                " and ".join(tools) or "no compiler",
                tuple(dict.fromkeys(lines)) or ("there is no file to prove",),
                hint="The text says what the descriptor says, and these compilers do not take it: generators leave out"
                " options that only compilers need, and older compilers took what newer ones refuse."
                " --no-prove writes it.",
            )

    def summary(self) -> Iterator[str]:
        """One line for each compiler, and one for each verdict that is not equal."""
        for compiler in dict.fromkeys(verdict.compiler for verdict in self.verdicts):
            verdicts = self.of(compiler).values()
            equal = sum(verdict.status == "equal" for verdict in verdicts)
            name = " ".join(filter(None, (compiler, self.versions.get(compiler))))
            yield f"proved by {name}: {equal} of {len(verdicts)} files compile to the same descriptor"
        yield from map(str, (*self.different, *self.refused))

    def as_json(self) -> dict[str, object]:
        """The verdicts as plain data."""
        return {
            "proved": self.proved,
            "compilers": dict(self.versions),
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
        }

    def of(self, compiler: str) -> Mapping[str, FileVerdict]:
        """One compiler's verdicts by file name."""
        return MappingProxyType({v.file: v for v in self.verdicts if v.compiler == compiler})

    def _with(self, status: Status) -> tuple[FileVerdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.status == status)


def prove_round_trip(
    contract: Contract,
    texts: Mapping[str, str],
    *,
    compilers: Sequence[str] = COMPILERS,
    limits: Limits | None = None,
) -> RoundTrip:
    """Compile the texts of a contract's own files and compare what comes out with the contract.

    Imports are printed by the printer too, except well-known files, which every compiler brings along; a well-known
    file that the contract owns is compiled from its text like any other.

    Args:
        contract: what the texts must compile to. Texts that were printed with file options of one's own are proved
            against `protoalign.printer.contract_with_file_options`.
        texts: own file name to text. An own file without text counts as refused.
        compilers: which compilers judge.
        limits: bounds for the compilers' runs.

    Raises:
        PrintError: an import cannot be printed.
        DescriptorError: the protobuf runtime refuses a file.
        ToolMissingError: a compiler is not installed.
    """
    own = {file.name for file in contract.files}
    judged: set[str] = set()
    verdicts: list[FileVerdict] = []
    for group in contract.groups:
        mine = [name for name in group if name in own and name not in judged]
        if not mine:
            continue
        judged.update(mine)
        tree = _tree(contract, group, texts, own)
        expected = _expected(contract, group, mine)
        for compiler in compilers:
            compilation = compile_what_compiles(
                compiler, tree, {name: contract.by_name[name].imports for name in group}, limits=limits
            )
            verdicts.extend(_verdict(name, compiler, expected[name], compilation) for name in mine)
    return RoundTrip(
        tuple(sorted(verdicts, key=lambda v: (compilers.index(v.compiler), v.file))),
        MappingProxyType({compiler: tool_version(compiler) for compiler in compilers}),
    )


def _tree(contract: Contract, group: Iterable[str], texts: Mapping[str, str], own: set[str]) -> dict[str, str]:
    tree: dict[str, str] = {}
    without_comments = PrintOptions(comments=False)
    for name in group:
        if name in own:
            if name in texts:
                tree[name] = texts[name]
        elif name not in WELL_KNOWN:
            tree[name] = print_file(contract, name, without_comments)
    return tree


def _expected(contract: Contract, group: Iterable[str], names: Iterable[str]) -> dict[str, FileDescriptorProto]:
    descriptor_class = file_descriptor_class(pool_of(contract.by_name[name] for name in group))
    return {name: canonical_descriptor(contract.by_name[name].serialized, descriptor_class) for name in names}


def _verdict(name: str, compiler: str, expected: FileDescriptorProto, compilation: Compilation) -> FileVerdict:
    serialized = compilation.compiled.get(name)
    if serialized is None:
        diagnostics = compilation.refused.get(name, (f"{compiler} was given no text for this file",))
        return FileVerdict(name, compiler, "refused", diagnostics=diagnostics)
    actual = canonical_descriptor(serialized, type(expected))
    if actual.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True):
        return FileVerdict(name, compiler, "equal")
    differences = first_differences(expected, actual, limit=MAX_DIFFERENCES)
    return FileVerdict(name, compiler, "different", differences=differences)
