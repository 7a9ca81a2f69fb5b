"""The runtimes that are proved: each is started in a process of its own, given vectors, and reports in a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from protoalign import runners
from protoalign.errors import InputError, ToolMissingError
from protoalign.prove.processes import Ended, Processes, plain_environment
from protoalign.prove.raw_report import RawReport, one_line, read_report
from protoalign.toolchain import GO_MOD, find_go

if TYPE_CHECKING:
    from protoalign.settings import GoTarget, PythonTarget

__all__ = [
    "GO",
    "GOOGLE",
    "GOOGLE_PYTHON",
    "PROTOBUF_PY",
    "GoTest",
    "RuntimeRun",
    "build_go_test",
    "go_places",
    "python_places",
    "run_go_test",
    "run_google",
    "run_protobuf_py",
    "run_runner",
]

GOOGLE = "google-protobuf"
GOOGLE_PYTHON = "google-protobuf-python"
PROTOBUF_PY = "protobuf-py"
GO = "go"

RUN_SECONDS = 300.0
BUILD_SECONDS = 900.0
INIT = "__init__.py"
SOURCE_FOLDERS = ("src", "lib", "python")
# Named one by one: GOOGLE_API_KEY begins with GO too.
GO_VARIABLES = (
    *("CC", "CXX", "APPDATA", "USERPROFILE", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("GO111MODULE", "GOAMD64", "GOARCH", "GOARM", "GOARM64", "GOBIN", "GOCACHE", "GODEBUG", "GOENV", "GOEXPERIMENT"),
    *("GOFLAGS", "GOINSECURE", "GOMAXPROCS", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOOS", "GOPATH", "GOPRIVATE"),
    *("GOPROXY", "GOROOT", "GOSUMDB", "GOTELEMETRY", "GOTMPDIR", "GOTOOLCHAIN", "GOVCS", "GOWORK"),
)
GO_PREFIXES = ("CGO_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
GENERATE = "Write it with protoalign generate."


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeRun:
    """What came of one runtime; exactly one of the first three is there.

    Attributes:
        report: what it reports.
        skipped: why it was not run, and how to get what it lacks.
        failed: how it failed, the cause first.
        versions: the versions of what took part, where no report tells them.
        seconds: how long it took.
    """

    report: RawReport | None = None
    skipped: str = ""
    failed: tuple[str, ...] = ()
    versions: Mapping[str, str] | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTest:
    """The compiled Go test.

    Attributes:
        binary: the program.
        folder: the package's folder, which it runs in.
        seconds: how long it took to build.
    """

    binary: Path
    folder: Path
    seconds: float


def python_places(target: PythonTarget) -> tuple[str, ...]:
    """Where generated Python makes or serves RPCs."""
    stubs = ("python client stubs", "python async client stubs", "python server stubs", "python async server stubs")
    return (*stubs, "python wrappers", "python async wrappers") if target.services else stubs


def go_places(target: GoTarget) -> tuple[str, ...]:
    """Where generated Go makes or serves RPCs."""
    stubs = ("go client stubs", "go server stubs")
    return (*stubs, "go wrappers") if target.services else stubs


def run_google(
    processes: Processes, image: Path, files: Sequence[str], vectors: Path, scratch: Path, *, pure_python: bool
) -> RuntimeRun:
    """Run Google's protobuf with the reference's descriptors.

    Args:
        processes: starts it.
        image: a serialized FileDescriptorSet of the reference.
        files: the names of the reference's own files in it.
        vectors: the folder with the vectors.
        scratch: a folder to write into.
        pure_python: take the implementation in Python rather than the one in C.
    """
    name = GOOGLE_PYTHON if pure_python else GOOGLE
    environment = plain_environment() | {
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python" if pure_python else "upb",
    }
    job = {"image": str(image), "files": list(files), "vectors": [str(vectors)]}
    return run_runner(
        processes, "google_protobuf.py", job, scratch / f"{name}-{vectors.name}", runtime=name, environment=environment
    )


def run_protobuf_py(processes: Processes, target: PythonTarget, root: Path, vectors: Path, scratch: Path) -> RuntimeRun:
    """Run the generated Python.

    Args:
        processes: starts it.
        target: where the generated code is.
        root: the folder of the settings file.
        vectors: the folder with the vectors.
        scratch: a folder to write into.
    """
    messages = root / target.messages
    if not any(messages.rglob("*_pb.py")):
        return RuntimeRun(skipped=f"there is no generated Python in {target.messages}. {GENERATE}")
    if target.services and not any((root / target.services).glob("*.py")):
        return RuntimeRun(skipped=f"there are no service wrappers in {target.services}. {GENERATE}")
    top, package = _python_package(root, target.messages)
    job = {
        "root": str(top),
        "messages": package,
        "services": _python_package(root, target.services)[1] if target.services else "",
        "vectors": [str(vectors)],
    }
    return run_runner(
        processes,
        "protobuf_py.py",
        job,
        scratch / f"{PROTOBUF_PY}-{vectors.name}",
        runtime=PROTOBUF_PY,
        environment=plain_environment(),
    )


def build_go_test(
    processes: Processes, target: GoTarget, root: Path, scratch: Path, *, offline: bool
) -> GoTest | RuntimeRun:
    """Compile the Go test, once for all runs of it.

    Args:
        processes: starts the compiler.
        target: where the generated code is.
        root: the folder of the settings file.
        scratch: a folder to write into.
        offline: whether Go may not use the network either.

    Returns:
        The test; or why there is none.
    """
    module = root / target.module
    if not target.proof:
        return RuntimeRun(skipped="the settings name no proof test in Go. Add proof to [generate.go].")
    folder = module / target.proof
    if not (module / GO_MOD).is_file() or not any(folder.glob("*_test.go")):
        return RuntimeRun(skipped=f"there is no generated Go test in {target.module}/{target.proof}. {GENERATE}")
    try:
        go = find_go()
    except ToolMissingError as error:
        return RuntimeRun(skipped=one_line(f"{error.what}. {error.hint}"))
    binary = scratch / "proof.test"
    environment = _go_environment(offline=offline)
    command: list[str | Path] = [go.path, "test", "-c", "-o", binary, f"./{target.proof}"]
    ended = processes.run(command, cwd=module, environment=environment, seconds=BUILD_SECONDS)
    problem = ended.failure("go test -c", BUILD_SECONDS)
    if not problem and binary.is_file():
        return GoTest(binary=binary, folder=folder, seconds=ended.seconds)
    versions = {"go": go.version}
    if not ended.timed_out and not ended.stopped:
        # Told apart by trying: modules that cannot be had say nothing of the code.
        fetched = processes.run(
            [go.path, "mod", "download"], cwd=module, environment=environment, seconds=BUILD_SECONDS
        )
        if fetched.code != 0:
            reason = one_line(" ".join(fetched.last_lines(3)))
            return RuntimeRun(skipped=f"the Go modules that it needs cannot be had: {reason}", versions=versions)
    return RuntimeRun(
        failed=(problem or "go test -c wrote no program", *_shown(ended, scratch)),
        versions=versions,
        seconds=ended.seconds,
    )


def run_go_test(processes: Processes, test: GoTest, vectors: Path, scratch: Path) -> RuntimeRun:
    """Run the compiled Go test with vectors.

    Args:
        processes: starts it.
        test: the test.
        vectors: the folder with the vectors.
        scratch: a folder to write into.
    """
    report = scratch / f"{GO}-{vectors.name}.report.json"
    environment = _go_environment(offline=True) | {
        "PROTOALIGN_VECTORS": str(vectors),
        "PROTOALIGN_REPORT": str(report),
    }
    ended = processes.run([test.binary, "-test.count=1"], cwd=test.folder, environment=environment, seconds=RUN_SECONDS)
    run = _reported(ended, report, GO, scratch)
    if run.report is not None and ended.code != 0:
        # A test fails for what its report says too; it must never fail unheard.
        told = any(result.failures for result in run.report.messages.values())
        if not told and not run.report.missing and not run.report.errors:
            heard = (ended.failure("the Go test", RUN_SECONDS), *_shown(ended, scratch))
            run = replace(run, report=replace(run.report, errors=heard))
    return replace(run, seconds=ended.seconds + test.seconds)


def run_runner(
    processes: Processes,
    script: str,
    job: Mapping[str, object],
    scratch: Path,
    *,
    runtime: str,
    environment: Mapping[str, str],
    python: Path | None = None,
) -> RuntimeRun:
    """Run one of our scripts in a process of its own.

    Args:
        processes: starts it.
        script: the script's name among the runners.
        job: what it is to do; the path of its report is added.
        scratch: what the names of files to write begin with.
        runtime: the name that its report has to bear.
        environment: all of its environment.
        python: the interpreter; the one that runs here by default.
    """
    report = scratch.with_name(f"{scratch.name}.report.json")
    job_file = scratch.with_name(f"{scratch.name}.job.json")
    job_file.write_text(json.dumps({**job, "report": str(report)}), encoding="utf-8")
    path = Path(runners.__file__).with_name(script)
    if not path.is_file():
        return RuntimeRun(skipped=f"this protoalign lacks its program {script}. Install it again.")
    ended = processes.run(
        [python or sys.executable, "-I", path, job_file],
        cwd=scratch.parent,
        environment=environment,
        seconds=RUN_SECONDS,
    )
    problem = ended.failure(script, RUN_SECONDS)
    if problem:
        return RuntimeRun(failed=(problem, *_shown(ended, scratch.parent)), seconds=ended.seconds)
    return _reported(ended, report, runtime, scratch.parent)


def _reported(ended: Ended, report: Path, runtime: str, scratch: Path) -> RuntimeRun:
    try:
        return RuntimeRun(report=read_report(report, runtime), seconds=ended.seconds)
    except InputError as error:
        problem = ended.failure("it", RUN_SECONDS)
        causes = (f"{error.what}; {problem}" if problem else error.what, *_shown(ended, scratch))
        return RuntimeRun(failed=causes, seconds=ended.seconds)


def _shown(ended: Ended, scratch: Path) -> tuple[str, ...]:
    """The last of what a program said, without places that are new in each run."""
    lines = (one_line(line.replace(f"{scratch}/", "")) for line in ended.last_lines())
    return tuple(line for line in lines if line)


def _go_environment(*, offline: bool) -> dict[str, str]:
    environment = plain_environment(*GO_VARIABLES, prefixes=GO_PREFIXES)
    return environment | {"GOPROXY": "off"} if offline else environment


def _python_package(root: Path, folder: str) -> tuple[Path, str]:
    """The folder to import a generated package from, and its dotted name.

    Folders with an `__init__.py` around it are packages. Where there is none, the name begins behind a folder that is
    called `src` or the like, else it is the folder's own: as `protoalign generate` names it.
    """
    parts = PurePosixPath(folder).parts
    start = len(parts) - 1
    while start > 0 and (root.joinpath(*parts[:start]) / INIT).is_file():
        start -= 1
    if start == len(parts) - 1:
        sources = [index for index, part in enumerate(parts[:-1]) if part in SOURCE_FOLDERS]
        start = sources[-1] + 1 if sources else start
    return root.joinpath(*parts[:start]), ".".join(parts[start:])
