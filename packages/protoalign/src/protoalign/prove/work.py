"""What a proof has to run, as its settings ask for it: each method is one program, to be called from any thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from protoalign.errors import PackageIndexError, SourceReadError, ToolMissingError
from protoalign.prove.environment import Package, package_environment
from protoalign.prove.official import OfficialRun, official_package, run_official
from protoalign.prove.processes import Processes
from protoalign.prove.raw_report import one_line
from protoalign.prove.runtimes import (
    GO,
    GOOGLE,
    GOOGLE_PYTHON,
    PROTOBUF_PY,
    GoTest,
    RuntimeRun,
    build_go_test,
    go_places,
    python_places,
    run_go_test,
    run_google,
    run_protobuf_py,
)

if TYPE_CHECKING:
    from protoalign.prove.sides import Sides
    from protoalign.settings import GoTarget, PythonTarget, Settings
    from protoalign.sources import LoadOptions

__all__ = ["SKIPPABLE", "Installed", "Skippable", "Work"]

Skippable = Literal["google-protobuf", "google-protobuf-python", "protobuf-py", "go", "official"]
SKIPPABLE: tuple[Skippable, ...] = get_args(Skippable)
"""What a run can leave out; it is then partial at best."""

NOTHING_GENERATED = "the settings name no generated code. Add [generate.python] or [generate.go]."


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The official package in an environment of its own.

    Attributes:
        package: its archive.
        python: the environment's interpreter.
    """

    package: Package
    python: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the programs of one proof share.

    Attributes:
        settings: the settings.
        sides: the two contracts.
        load: whether the network may be used, and who is told what goes on.
        skip: what is left out.
        image: a serialized FileDescriptorSet of the reference.
        scratch: a folder to write into.
        processes: starts the programs.
    """

    settings: Settings
    sides: Sides
    load: LoadOptions
    skip: frozenset[Skippable]
    image: Path
    scratch: Path
    processes: Processes

    @property
    def python(self) -> PythonTarget | None:
        """Where the generated Python is."""
        return self.settings.generate.python if self.settings.generate is not None else None

    @property
    def go(self) -> GoTarget | None:
        """Where the generated Go is."""
        return self.settings.generate.go if self.settings.generate is not None else None

    @property
    def runtimes(self) -> tuple[str, ...]:
        """The runtimes that have stages. Where one language is generated, the other is not what is proved."""
        generated = [name for name, target in ((PROTOBUF_PY, self.python), (GO, self.go)) if target is not None]
        return (GOOGLE, GOOGLE_PYTHON, *(generated or (PROTOBUF_PY, GO)))

    def places(self, runtime: str) -> tuple[str, ...]:
        """Where a runtime has to report RPCs."""
        if runtime == PROTOBUF_PY and self.python is not None:
            return python_places(self.python)
        if runtime == GO and self.go is not None:
            return go_places(self.go)
        return ("descriptors",) if runtime in (GOOGLE, GOOGLE_PYTHON) else ()

    def build_go(self) -> GoTest | RuntimeRun:
        """Compile the Go test; or why there is none."""
        if self.go is None:
            return RuntimeRun(skipped=NOTHING_GENERATED)
        if "go" in self.skip:
            return _left_out("go")
        return build_go_test(self.processes, self.go, self.sides.root, self.scratch, offline=self.load.offline)

    def run(self, runtime: str, vectors: Path, go: GoTest | RuntimeRun | None = None) -> RuntimeRun:
        """Run a runtime.

        Args:
            runtime: one of `runtimes`.
            vectors: the folder with the vectors.
            go: what `build_go` returned; only needed for Go.
        """
        if runtime in self.skip:
            return _left_out(runtime)
        try:
            if runtime == GO:
                assert go is not None  # noqa: S101 - the caller gives it for Go
                return go if isinstance(go, RuntimeRun) else run_go_test(self.processes, go, vectors, self.scratch)
            if runtime == PROTOBUF_PY:
                if self.python is None:
                    return RuntimeRun(skipped=NOTHING_GENERATED)
                return run_protobuf_py(self.processes, self.python, self.sides.root, vectors, self.scratch)
            pure = runtime == GOOGLE_PYTHON
            own = tuple(file.name for file in self.sides.reference.files)
            return run_google(self.processes, self.image, own, vectors, self.scratch, pure_python=pure)
        except ToolMissingError as error:
            return RuntimeRun(skipped=one_line(f"{error}"))

    def install(self) -> Installed | str:
        """Install the official package where it is not yet; or why that cannot be.

        Raises:
            OutputError: the cache cannot be written.
        """
        if "official" in self.skip:
            return _left_out("official").skipped
        try:
            package = official_package(self.sides.reference, self.load)
            python = package_environment(
                self.processes, package, offline=self.load.offline, progress=self.load.progress
            )
        except (PackageIndexError, SourceReadError, ToolMissingError) as error:
            located = f"{error.where}: {error.what}" if error.where else error.what
            return one_line(f"{located}. {error.hint}")
        return Installed(package=package, python=python)

    def run_official(self, installed: Installed, vectors: Path, helpers: Path | None) -> OfficialRun:
        """Hold the official package against the vectors, and let its helpers make messages."""
        return run_official(
            self.processes,
            installed.python,
            self.sides.reference,
            package=installed.package,
            vectors=vectors,
            helpers=helpers,
            scratch=self.scratch,
        )


def _left_out(name: str) -> RuntimeRun:
    return RuntimeRun(skipped=f"left out with --skip {name}")
