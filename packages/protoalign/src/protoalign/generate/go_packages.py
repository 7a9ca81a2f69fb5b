"""Which Go package each `.proto` file goes to, and what keeps Go from building the result.

One proto package is one Go package: its folder is the package's name with dots as slashes and without underscores, its
name is the folder's last part. `xai_api` is `xaiapi`; files without a package go to `root`. Go's own rules take some
names away (keywords, predeclared identifiers, `internal`, `main`, names that Windows reserves, …); such a part has `pb`
after it, in the path only where the folder's name is the trouble.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from protoalign.errors import InputError

__all__ = ["GoPackage", "ProtoFile", "go_file_name", "go_import_option", "go_packages", "is_go_runtime_file"]

ROOT = "root"
"""The Go package of files that declare no proto package."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS = _words("""
    break case chan const continue default defer else fallthrough for func go goto if import interface map package range
    return select struct switch type var
""")
PREDECLARED = _words("""
    any append bool byte cap clear close comparable complex complex64 complex128 copy delete error false float32 float64
    imag int int8 int16 int32 int64 iota len make max min new nil panic print println real recover rune string true uint
    uint8 uint16 uint32 uint64 uintptr
""")

_WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))]
)
# `internal` hides a package from its uncles, `vendor` and `testdata` are folders that the go command passes over, and
# module paths may not hold the names of Windows devices.
_RESERVED_FOLDERS = frozenset({"internal", "vendor", "testdata"}) | _WINDOWS_DEVICES
# `package main` and `package init` cannot be imported, files of `package documentation` are not built.
_RESERVED_PACKAGES = KEYWORDS | PREDECLARED | {"main", "init", "documentation"}

# The words that, as the last part of a file's name after an underscore, make Go build it for one system only; those of
# Go 1.26. https://pkg.go.dev/cmd/go#hdr-Build_constraints
_SYSTEMS = _words("""
    aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos
    386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64
    ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm
""")


@dataclass(frozen=True, slots=True)
class GoPackage:
    """A Go package.

    Attributes:
        import_path: such as `example.com/sdk/internal/gen/xaiapi`.
        name: what its files say after `package`.
    """

    import_path: str
    name: str

    @classmethod
    def of_option(cls, go_package: str) -> GoPackage:
        """The Go package that a file's own `option go_package` names, `PATH` or `PATH;NAME`, as protoc-gen-go reads it.

        Args:
            go_package: the option's value, not empty.
        """
        path, _, name = go_package.partition(";")
        if not name:
            name = "".join(letter if letter.isalpha() or letter.isdigit() else "_" for letter in path.split("/")[-1])
            if name in KEYWORDS or not name[:1].isalpha():
                name = f"_{name}"
        return cls(path, name)


@dataclass(frozen=True, slots=True)
class ProtoFile:
    """What of a `.proto` file decides on its Go package.

    Attributes:
        name: such as `xai/api/v1/files.proto`.
        package: its proto package; empty for none.
        imports: the names of the files that it imports.
        has_services: whether protoc-gen-go-grpc writes a file for it.
    """

    name: str
    package: str
    imports: tuple[str, ...] = ()
    has_services: bool = True


def go_packages(files: Iterable[ProtoFile], module_messages: str) -> Mapping[str, GoPackage]:
    """Decide on the Go package of each file.

    Args:
        files: the files that Go code is generated for; imports that are not among them keep their own `go_package`.
            Files of Google's that Go's runtime has (see `is_go_runtime_file`) may be among them and are left out.
        module_messages: the import path of the folder with the generated messages, such as
            `example.com/sdk/internal/gen`.

    Returns:
        The name of each file to its Go package, sorted by name.

    Raises:
        InputError: two proto packages that make one Go package, two files of a Go package whose generated files would
            have one name, Go packages that import each other in a ring, or a file's name that no plugin takes.
    """
    own = sorted((file for file in files if not is_go_runtime_file(file.name)), key=lambda file: file.name)
    for file in own:
        _refuse_unusable_name(file.name)
    found = {file.name: _go_package(file.package, module_messages) for file in own}
    _refuse_shared_packages(own, found)
    _refuse_equal_base_names(own, found)
    _refuse_import_cycle(own, found)
    return MappingProxyType(found)


def is_go_runtime_file(name: str) -> bool:
    """Whether Go's protobuf runtime has the generated code of a file: all of `google/protobuf/`."""
    return name.startswith("google/protobuf/")


def go_import_option(file: str, package: GoPackage) -> str:
    """The option that tells protoc-gen-go and protoc-gen-go-grpc a file's Go package."""
    return f"M{file}={package.import_path};{package.name}"


def go_file_name(generated: str) -> str:
    """The name under which a generated Go file is built on every system.

    Go leaves out files whose names start with `_` or `.`, and builds `device_android.pb.go` for Android only, for it
    reads the word before the first dot. Such a file gets `proto_` before its name or `_proto` before that dot.

    Args:
        generated: a path of a `.go` file; only its last part matters.
    """
    folder, slash, base = generated.rpartition("/")
    stem, dot, rest = base.partition(".")
    if not stem or stem.startswith("_"):
        base = f"proto_{base.lstrip('.')}"
        stem, dot, rest = base.partition(".")
    words = stem.split("_")
    if words[-1] == "test":
        # Go looks past `_test` here; `x_test.pb.go` itself is no test.
        words = words[:-1]
    if (len(words) > 1 and words[-1] in _SYSTEMS) or (dot + rest == ".go" and stem.endswith("_test")):
        base = f"{stem}_proto{dot}{rest}"
    return f"{folder}{slash}{base}"


def _go_package(package: str, module_messages: str) -> GoPackage:
    parts = [_folder(part) for part in package.split(".")] if package else [ROOT]
    name = parts[-1]
    if name in _RESERVED_PACKAGES:
        name = f"{name}pb"
    elif name[0].isdigit():
        name = f"x{name}"
    return GoPackage("/".join((module_messages, *parts)), name)


def _folder(part: str) -> str:
    folder = part.replace("_", "") or "x"
    return f"{folder}pb" if folder.lower() in _RESERVED_FOLDERS else folder


def _refuse_unusable_name(name: str) -> None:
    wrong = sorted(set(name) & set(",=;"))
    if wrong:
        raise InputError(
            f"a file's name that holds {' or '.join(wrong)} cannot be handed to protoc-gen-go",
            where=name,
            hint="Rename the file.",
        )


def _refuse_shared_packages(files: list[ProtoFile], found: Mapping[str, GoPackage]) -> None:
    # Compared without case: two folders that differ in case only are one on many systems, and Go refuses them too.
    taken: dict[str, ProtoFile] = {}
    for file in files:
        first = taken.setdefault(found[file.name].import_path.lower(), file)
        if first.package != file.package:
            raise InputError(
                f"the packages {_shown(first.package)} ({first.name}) and {_shown(file.package)} ({file.name}) would"
                f" both be the Go package {found[file.name].import_path}",
                hint="A Go package is a proto package in lower or upper case without underscores; rename one of them.",
            )


def _refuse_equal_base_names(files: list[ProtoFile], found: Mapping[str, GoPackage]) -> None:
    taken: dict[tuple[str, str], ProtoFile] = {}
    for file in files:
        base = file.name.rpartition("/")[2].removesuffix(".proto")
        outputs = [f"{base}.pb.go", *([f"{base}_grpc.pb.go"] if file.has_services else [])]
        for output in outputs:
            key = (found[file.name].import_path, go_file_name(output).lower())
            first = taken.setdefault(key, file)
            if first is not file:
                raise InputError(
                    f"the files {first.name} and {file.name} of package {_shown(file.package)} would both be the Go"
                    f" file {key[0]}/{output}",
                    hint="The files of one package go to one Go folder; rename one of them.",
                )


def _refuse_import_cycle(files: list[ProtoFile], found: Mapping[str, GoPackage]) -> None:
    needs: dict[str, dict[str, tuple[str, str]]] = {}
    for file in files:
        here = found[file.name].import_path
        edges = needs.setdefault(here, {})
        for imported in file.imports:
            there = found.get(imported)
            if there is not None and there.import_path != here:
                edges.setdefault(there.import_path, (file.name, imported))
    cycle = _cycle(needs)
    if cycle:
        steps = [(here, there, *needs[here][there]) for here, there in pairwise([*cycle, cycle[0]])]
        lines = [f"  {here} imports {there}: {file} imports {imported}" for here, there, file, imported in steps]
        raise InputError(
            "Go packages that import each other in a ring, which Go refuses:\n" + "\n".join(lines),
            hint="Files of these proto packages import each other both ways; move what they share to a package of its"
            " own.",
        )


def _cycle(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """The nodes of one ring, each followed by one that it needs; empty where there is none."""
    done: set[str] = set()
    for start in sorted(needs):
        if start in done:
            continue
        path = [start]
        todo: list[Iterator[str]] = [iter(sorted(needs[start]))]
        while path:
            following = next(todo[-1], None)
            if following is None:
                done.add(path.pop())
                todo.pop()
            elif following in path:
                return path[path.index(following) :]
            elif following not in done:
                path.append(following)
                todo.append(iter(sorted(needs.get(following, ()))))
    return []


def _shown(package: str) -> str:
    return package or "(none)"
