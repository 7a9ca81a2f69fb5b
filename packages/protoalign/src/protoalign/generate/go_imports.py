"""The Go packages and types that generated code refers to: those of the contract, and those of its imports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.errors import InputError
from protoalign.generate.go_names import check_go_names, go_name
from protoalign.generate.go_packages import GoPackage, ProtoFile, go_packages, is_go_runtime_file
from protoalign.generate.go_text import go_string, import_aliases

if TYPE_CHECKING:
    from protobuf import DescEnum, DescFile, DescMessage

__all__ = ["GoCode", "go_code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoCode:
    """Where the generated Go code of a contract is.

    Attributes:
        own: the contract's files that Go code is generated for.
        packages: the Go package of each file, the imports among them, by name.
        imports: import path to the name under which it is imported.
    """

    own: tuple[DescFile, ...]
    packages: Mapping[str, GoPackage]
    imports: Mapping[str, str]

    def qualified(self, file: DescFile, name: str) -> str:
        """A name of a file's Go package, with that of the import before it."""
        return f"{self.imports[self.packages[file.name].import_path]}.{name}"

    def type_of(self, desc: DescMessage | DescEnum) -> str:
        """The Go type of a message or an enum."""
        return self.qualified(desc.file, go_name(desc))

    def import_lines(self, text: str, known: Iterable[str] = (), *, whole: bool = False) -> str:
        """The import declaration of a file: the packages whose names stand in its code with a dot after them.

        Args:
            text: the file, without an import declaration.
            known: the import paths of packages, besides the contract's, that it may use under their own names.
            whole: import the contract's other packages too, for what they do when they are loaded.

        Returns:
            The declaration, the standard library first; empty where there is nothing to import.
        """
        used = _qualifiers(text)
        lines = {path: go_string(path) for path in known if path.rpartition("/")[2] in used}
        for path, alias in self.imports.items():
            if alias in used:
                plain = path.rpartition("/")[2] == alias
                lines[path] = go_string(path) if plain else f"{alias} {go_string(path)}"
        if whole:
            for file in self.own:
                path = self.packages[file.name].import_path
                lines.setdefault(path, f"_ {go_string(path)}")
        standard = [path for path in sorted(lines) if "." not in path.partition("/")[0]]
        groups = [[lines[path] for path in standard], [lines[path] for path in sorted(lines) if path not in standard]]
        blocks = ["".join(f"\t{line}\n" for line in group) for group in groups if group]
        return "import (\n" + "\n".join(blocks) + ")" if blocks else ""


def go_code(
    files: Sequence[DescFile], module_messages: str, *, taken: Iterable[str] = (), more: Iterable[GoPackage] = ()
) -> GoCode:
    """Find the Go packages of a contract.

    Args:
        files: the contract's files.
        module_messages: the import path of the folder with the generated messages.
        taken: names that no import may have.
        more: further packages that the code may import.

    Raises:
        InputError: names that collide in Go (see `go_packages` and `check_go_names`), or an import without the option
            `go_package`.
    """
    if not module_messages:
        raise InputError("lacks the import path of the generated messages", where="module_messages")
    own = tuple(sorted((file for file in files if not is_go_runtime_file(file.name)), key=lambda file: file.name))
    packages = dict(
        go_packages(
            (
                ProtoFile(
                    file.name,
                    file.proto.package,
                    tuple(dependency.name for dependency in file.dependencies),
                    bool(file.services),
                )
                for file in own
            ),
            module_messages,
        )
    )
    check_go_names(own, packages)
    for file in own:
        for needed in _files_of_rpcs(file):
            if needed.name not in packages:
                packages[needed.name] = _foreign(needed, file)
    return GoCode(own=own, packages=packages, imports=import_aliases([*packages.values(), *more], taken=taken))


def _files_of_rpcs(file: DescFile) -> list[DescFile]:
    """The files of the messages that a file's RPCs take and give, and of the items of lists in them."""
    messages = [message for service in file.services for rpc in service.methods for message in (rpc.input, rpc.output)]
    found = {message.file.name: message.file for message in messages}
    for message in messages:
        found.update({dependency.name: dependency for dependency in message.file.dependencies if _has_go(dependency)})
    return list(found.values())


def _has_go(file: DescFile) -> bool:
    return bool(file.proto.options and file.proto.options.go_package)


def _foreign(file: DescFile, needed_by: DescFile) -> GoPackage:
    if not _has_go(file) or file.proto.options is None:
        raise InputError(
            f"imports {file.name}, which no Go code is generated for and which names no Go package of its own",
            where=needed_by.name,
            hint="Add option go_package to it, or make it part of the contract.",
        )
    return GoPackage.of_option(file.proto.options.go_package)


def _qualifiers(text: str) -> set[str]:
    """The words before a dot in Go code, without those in comments and strings."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
    code = re.sub(r'"(?:\\.|[^"\\])*"', '""', code)
    return set(re.findall(r"(?<![\w.])(\w+)\.", re.sub(r"//.*", "", code)))
