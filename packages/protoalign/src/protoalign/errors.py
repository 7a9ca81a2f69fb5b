"""Every error that protoalign raises on purpose.

    ProtoalignError
    ├── InputError                    what was given cannot be used (exit 2)
    │   ├── UnknownSourceError        a source string that no kind of source takes
    │   ├── SourceReadError           a path that is missing, unreadable or of the wrong kind
    │   ├── ArchiveError              a zip or tar that is damaged, encrypted, hostile or too large
    │   ├── ModuleSyntaxError         a module that should hold a descriptor and does not parse
    │   ├── DescriptorError           bytes that are no valid FileDescriptorProto
    │   ├── NoDescriptorsError        a source in which no descriptor was found
    │   ├── UnsupportedDescriptorError  descriptors that exist only as code to be run
    │   ├── AmbiguousCopiesError      different files under one name
    │   ├── UnresolvedImportsError    imports that nothing supplies
    │   ├── ImportCycleError          files that import each other in a ring
    │   ├── CompileError              buf or protoc refused a tree, with their diagnostics
    │   ├── PrintError                a descriptor that no .proto text can express
    │   ├── LockError                 a lock file that is damaged or of an unknown format
    │   ├── CertificateError          a certificate that is damaged or contradicts itself
    │   ├── SettingsError             a protoalign.toml that cannot be read or says what it may not
    │   ├── MappingError              a mapping that is cyclic, contradictory or names what is not there
    │   ├── NothingMatchedError       two contracts that have nothing in common
    │   ├── AlignError                a tree that cannot be aligned as wished
    │   └── GenerateError             a contract that code cannot be made of as wished
    ├── PackageIndexError             the package index: unreachable, unknown name, hash differs (exit 2)
    ├── RemoteError                   a live server or a git remote that does not answer (exit 2)
    ├── OutputError                   what cannot be written, or would overwrite foreign files (exit 2)
    ├── ToolMissingError              a program or optional library is absent, or of another version (exit 2)
    └── InternalError                 protoalign contradicts itself: our bug (exit 3)

Each error says what is wrong (`what`), where (`where`), and what to do next (`hint`).
"""

__all__ = [
    "AlignError",
    "AmbiguousCopiesError",
    "ArchiveError",
    "CertificateError",
    "CompileError",
    "DescriptorError",
    "GenerateError",
    "ImportCycleError",
    "InputError",
    "InternalError",
    "LockError",
    "MappingError",
    "ModuleSyntaxError",
    "NoDescriptorsError",
    "NothingMatchedError",
    "OutputError",
    "PackageIndexError",
    "PrintError",
    "ProtoalignError",
    "RemoteError",
    "SettingsError",
    "SourceReadError",
    "ToolMissingError",
    "UnknownSourceError",
    "UnresolvedImportsError",
    "UnsupportedDescriptorError",
]


class ProtoalignError(Exception):
    """Base of all errors that protoalign raises on purpose.

    Args:
        what: what is wrong, one sentence without a final full stop.
        where: the file, member, line or element it is wrong in; empty where `what` says it all.
        hint: what to do next; empty where nothing can be advised.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        located = f"{self.where}: {self.what}" if self.where else self.what
        return f"{located}\n{self.hint}" if self.hint else located


class InputError(ProtoalignError):
    """What was given cannot be used."""


class UnknownSourceError(InputError):
    """A source string that no kind of source takes."""


class SourceReadError(InputError):
    """A path that is missing, unreadable or of the wrong kind."""


class ArchiveError(InputError):
    """A zip or tar that is damaged, encrypted, hostile or too large."""


class ModuleSyntaxError(InputError):
    """A module that should hold a descriptor and does not parse."""


class DescriptorError(InputError):
    """Bytes that are no valid FileDescriptorProto."""


class NoDescriptorsError(InputError):
    """A source in which no descriptor was found."""


class UnsupportedDescriptorError(InputError):
    """Descriptors that exist only as code to be run, which is never run here."""


class AmbiguousCopiesError(InputError):
    """Different files under one name."""


class UnresolvedImportsError(InputError):
    """Imports that nothing supplies.

    Args:
        missing: the missing file's name to the names of the files that import it.
        where: the source the contract came from.
        hint: what to do next.
    """

    def __init__(self, missing: dict[str, tuple[str, ...]], *, where: str = "", hint: str = "") -> None:
        lines = [f"  {name}, wanted by {', '.join(wanted_by)}" for name, wanted_by in sorted(missing.items())]
        super().__init__("imports that nothing supplies:\n" + "\n".join(lines), where=where, hint=hint)
        self.missing = missing


class ImportCycleError(InputError):
    """Files that import each other in a ring."""


class CompileError(InputError):
    """Buf or protoc refused a tree; `what` holds their diagnostics with file, line and column.

    Args:
        tool: `buf`, `protoc`, or both with an "and".
        diagnostics: the tool's messages, one a line, each `file:line:column: message` where it has a position.
        where: the tree that was compiled.
        hint: what to do next.
    """

    def __init__(self, tool: str, diagnostics: tuple[str, ...], *, where: str = "", hint: str = "") -> None:
        verb = "refuse" if " and " in tool else "refuses"
        super().__init__("\n".join((f"{tool} {verb} the files:", *diagnostics)), where=where, hint=hint)
        self.tool = tool
        self.diagnostics = diagnostics


class PrintError(InputError):
    """A descriptor that no .proto text can express."""


class LockError(InputError):
    """A lock file that is damaged or of an unknown format."""


class CertificateError(InputError):
    """A certificate that is damaged, of an unknown format, or contradicts itself."""


class SettingsError(InputError):
    """A protoalign.toml that cannot be read or says what it may not."""


class MappingError(InputError):
    """A mapping that is cyclic, contradictory or names what is not there."""


class NothingMatchedError(InputError):
    """Two contracts that have nothing in common."""


class AlignError(InputError):
    """A tree that cannot be aligned as wished."""


class GenerateError(InputError):
    """A contract that code cannot be made of as wished."""


class PackageIndexError(ProtoalignError):
    """The package index: unreachable, an unknown name or version, or a hash that differs."""


class RemoteError(ProtoalignError):
    """A live server or a git remote that does not answer as it should."""


class OutputError(ProtoalignError):
    """What cannot be written, or would overwrite files that protoalign did not write."""


class ToolMissingError(ProtoalignError):
    """A program such as buf, protoc, git or go, or an optional library, is absent or of another version."""


class InternalError(ProtoalignError):
    """Protoalign contradicts itself: our bug, never the user's."""

    exit_code = 3
