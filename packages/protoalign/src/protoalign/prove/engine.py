"""The whole proof: structure, then every runtime at the same time, then the judgement of what they report."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import google.protobuf

from protoalign import __version__
from protoalign.compare import compare
from protoalign.errors import PackageIndexError, SettingsError, SourceReadError, ToolMissingError
from protoalign.prove.assembly import Assembly, helper_stage_name
from protoalign.prove.digests import digested_folder
from protoalign.prove.environment import package_environment
from protoalign.prove.findings import FewFindings
from protoalign.prove.model import Figure, MessageVectors, Stage, StageStatus
from protoalign.prove.official import HelperMessages, OfficialRun, has_package, official_package, run_official
from protoalign.prove.processes import Processes
from protoalign.prove.proof import Folder, Proof, VectorSet
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
from protoalign.prove.sides import Sides, load_sides
from protoalign.prove.structure import judge_structure
from protoalign.prove.vectors import compare_vectors, make_vectors, vector_files, vectors_digest, write_vectors
from protoalign.prove.wire import VectorJudge
from protoalign.settings import GenerateSettings, Settings
from protoalign.sources import LoadOptions

if TYPE_CHECKING:
    from protoalign.sources.progress import Progress

__all__ = ["SKIPPABLE", "ProveOptions", "Skippable", "prove"]

Skippable = Literal["google-protobuf", "google-protobuf-python", "protobuf-py", "go", "official"]
SKIPPABLE: tuple[Skippable, ...] = get_args(Skippable)
"""What a run can leave out; it is then partial at best."""

VECTORS = "vectors"
OFFICIAL_VECTORS = "official package: vectors"
WORKERS = 6

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveOptions:
    """What one run does otherwise than the settings say.

    Attributes:
        load: how sources are read, whether the network may be used, and who is told what goes on.
        skip: what to leave out.
        write_vectors: write the vectors to the folder that the settings name; else hold that folder against them.
    """

    load: LoadOptions = field(default_factory=LoadOptions)
    skip: frozenset[Skippable] = frozenset()
    write_vectors: bool = True


def prove(settings: Settings, options: ProveOptions | None = None) -> Proof:
    """Prove that the subject, and the code generated from it, is the reference's to the byte.

    Args:
        settings: the settings; paths in them are relative to their file's folder, or to the current one where they come
            from no file.
        options: what this run does otherwise.

    Returns:
        The proof, whatever its verdict. What cannot be run is a skipped stage with the reason.

    Raises:
        SettingsError: the settings do not name a side, or a rule in them does not exist.
        MappingError, NothingMatchedError: the sides cannot be compared.
        OutputError: the vectors or the cache cannot be written.
        ProtoalignError: a side cannot be read; see `protoalign.sources.load`.
        InternalError: protoalign contradicts itself.
    """
    chosen = options or ProveOptions()
    if unknown := chosen.skip - set(SKIPPABLE):
        raise SettingsError(f"{min(unknown)!r} cannot be skipped", hint=f"What can be: {', '.join(SKIPPABLE)}.")
    started = time.perf_counter()
    sides = load_sides(settings, chosen.load)
    with (
        tempfile.TemporaryDirectory(prefix="protoalign-prove-") as scratch,
        ThreadPoolExecutor(WORKERS, thread_name_prefix="protoalign-prove") as pool,
        # Left first: an interrupt ends the programs, and with them the threads that wait for them.
        Processes() as processes,
    ):
        run = _Run(settings, chosen, sides, Path(scratch).resolve(), pool, processes)
        return run.proof(started)


@dataclass
class _Run:
    """One run: what its steps share."""

    settings: Settings
    options: ProveOptions
    sides: Sides
    scratch: Path
    pool: ThreadPoolExecutor
    processes: Processes

    def proof(self, started: float) -> Proof:
        reference = self.sides.reference
        note = self.options.load.progress.note
        # These take longest and need no vectors.
        go = self._started(GO, self._go_test) if self._generates("go") else None
        package = self._started("official", self._environment) if has_package(reference) else None
        begun = time.perf_counter()
        comparison = compare(self.sides.subject, reference, self.settings)
        structure = judge_structure(comparison, reference, seconds=time.perf_counter() - begun)
        begun = time.perf_counter()
        vectors = make_vectors(reference)
        files = vector_files(vectors, reference)
        folder = self.scratch / "vectors"
        write_vectors(folder, files)
        image = self.scratch / "reference.binpb"
        image.write_bytes(reference.image())
        total = sum(len(each.vectors) for each in vectors)
        note(f"{total:,} vectors for {len(vectors):,} messages go through every runtime")
        vectors_stage = self._vectors_stage(vectors, files, begun)

        runs: dict[str, Future[RuntimeRun]] = {}
        for name in (GOOGLE, GOOGLE_PYTHON):
            runs[name] = self._started(name, self._google, image, folder, name == GOOGLE_PYTHON)
        if self._generates("python"):
            runs[PROTOBUF_PY] = self._started(PROTOBUF_PY, self._protobuf_py, folder)
        if go is not None:
            runs[GO] = self.pool.submit(self._go, go, folder)
        official = self.pool.submit(self._official, package, folder) if package is not None else None

        judge = VectorJudge(reference, vectors)
        assembly = Assembly(reference, structure, judge)
        judge.look_for_enums()
        done: dict[str, RuntimeRun] = {}
        for name, future in runs.items():
            done[name] = future.result()
            note(f"{name}: {_outcome(done[name])}")
            assembly.add_runtime(name, done[name], self._places(name))
        if not self._generates("python") and not self._generates("go"):
            nothing = RuntimeRun(skipped="the settings name no generated code. Add [generate.python] or [generate.go].")
            for name in (PROTOBUF_PY, GO):
                assembly.add_runtime(name, nothing)
        if official is not None:
            self._add_official(assembly, official.result(), done, go)
        return Proof(
            subject=self.sides.identity("subject"),
            reference=self.sides.identity("reference"),
            stages=assembly.stages(vectors_stage),
            figures=assembly.figures(),
            vectors=VectorSet(
                path=self.settings.prove.vectors,
                digest=vectors_digest(files),
                messages=sum(bool(each.vectors) for each in vectors),
                vectors=total,
            ),
            generated=tuple(self._generated(done)),
            tools=dict(sorted(self._tools(done, official).items())),
            waivers=structure.waivers,
            seconds=time.perf_counter() - started,
        )
