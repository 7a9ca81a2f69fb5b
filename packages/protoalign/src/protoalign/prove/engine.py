"""The whole proof: structure, then every runtime at the same time, then the judgement of what they report."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import google.protobuf

from protoalign import __version__
from protoalign.compare import compare
from protoalign.errors import SettingsError
from protoalign.output import shown_path
from protoalign.prove.assembly import Assembly, helper_stage_name
from protoalign.prove.digests import digested_folder
from protoalign.prove.findings import FewFindings
from protoalign.prove.model import Figure, MessageVectors, Stage, StageStatus
from protoalign.prove.official import OfficialRun, has_package
from protoalign.prove.processes import Processes
from protoalign.prove.proof import Folder, Proof, VectorSet
from protoalign.prove.runtimes import GO, PROTOBUF_PY, GoTest, RuntimeRun
from protoalign.prove.sides import load_sides
from protoalign.prove.structure import judge_structure
from protoalign.prove.vectors import compare_vectors, make_vectors, vector_files, vectors_digest, write_vectors
from protoalign.prove.wire import VectorJudge
from protoalign.prove.work import SKIPPABLE, Installed, Skippable, Work
from protoalign.sources import LoadOptions
from protoalign.sources.compilers import tool_version

if TYPE_CHECKING:
    from protoalign.settings import Settings

__all__ = ["ProveOptions", "prove"]

VECTORS = "vectors"
OFFICIAL_VECTORS = "official package: vectors"
HELPED = (PROTOBUF_PY, GO)
WORKERS = 8


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Official:
    """What came of the official package: why it was not run, or what it did, and what others did with its messages."""

    skipped: str = ""
    came: OfficialRun | None = None
    helped: Mapping[str, RuntimeRun] = field(default_factory=dict)


def prove(settings: Settings, options: ProveOptions | None = None) -> Proof:
    """Prove that the subject, and the code generated from it, is the reference's to the byte.

    Args:
        settings: the settings; paths in them are relative to their file's folder, or to the current one where they
            come from no file.
        options: what this run does otherwise.

    Returns:
        The proof, whatever its verdict. What cannot be run is a skipped stage with the reason.

    Raises:
        SettingsError: the settings do not name a side, or name a rule or a helpers file that does not exist.
        MappingError: the mapping is cyclic, contradictory or names what is not there.
        NothingMatchedError: the sides have nothing in common.
        OutputError: the vectors or the cache cannot be written.
        ProtoalignError: a side cannot be read; see `protoalign.sources.load`.
        InternalError: protoalign contradicts itself.
    """
    chosen = options or ProveOptions()
    if unknown := chosen.skip - set(SKIPPABLE):
        raise SettingsError(f"{min(unknown)!r} cannot be skipped", hint=f"What can be: {', '.join(SKIPPABLE)}.")
    started = time.perf_counter()
    sides = load_sides(settings, chosen.load)
    helpers = _helpers_file(settings, sides.root)
    with (
        tempfile.TemporaryDirectory(prefix="protoalign-prove-") as folder,
        ThreadPoolExecutor(WORKERS, thread_name_prefix="protoalign-prove") as pool,
        # Left first: an interrupt ends the programs, and with them the threads that wait for them.
        Processes() as processes,
    ):
        scratch = Path(folder).resolve()
        work = Work(
            settings=settings,
            sides=sides,
            load=chosen.load,
            skip=chosen.skip,
            image=scratch / "reference.binpb",
            scratch=scratch,
            processes=processes,
        )
        return _proof(work, chosen, helpers, pool, started)


def _proof(work: Work, options: ProveOptions, helpers: Path | None, pool: ThreadPoolExecutor, started: float) -> Proof:
    settings, sides, note = work.settings, work.sides, options.load.progress.note
    reference = sides.reference
    # These two take longest where they are cold, and need no vectors.
    go = pool.submit(work.build_go)
    installed = pool.submit(work.install) if has_package(reference) else None
    begun = time.perf_counter()
    comparison = compare(sides.subject, reference, settings)
    structure = judge_structure(comparison, reference, seconds=time.perf_counter() - begun)
    begun = time.perf_counter()
    vectors = make_vectors(reference)
    files = vector_files(vectors, reference)
    vectors_stage = _vectors_stage(work, options, vectors, files, begun)
    folder = work.scratch / "vectors"
    write_vectors(folder, files)
    work.image.write_bytes(reference.image())
    total = sum(len(each.vectors) for each in vectors)
    note(f"{total:,} vectors of {len(vectors):,} messages go through {len(work.runtimes)} runtimes")
    runs = {name: pool.submit(_run, work, name, folder, go) for name in work.runtimes}
    official = pool.submit(_run_official, work, installed, go, folder, helpers) if installed is not None else None

    assembly = Assembly(reference, structure, VectorJudge(reference, vectors))
    done: dict[str, RuntimeRun] = {}
    for name, future in runs.items():
        done[name] = future.result()
        assembly.add_runtime(name, done[name], work.places(name))
    came = official.result() if official is not None else None
    if came is not None:
        _add_official(assembly, came, helped=_helped(work) if helpers is not None else ())
    return Proof(
        subject=sides.identity("subject"),
        reference=sides.identity("reference"),
        stages=assembly.stages(vectors_stage),
        figures=assembly.figures(),
        vectors=VectorSet(
            path=settings.prove.vectors, digest=vectors_digest(files), messages=len(vectors), vectors=total
        ),
        generated=tuple(_generated(work, done)),
        tools=_tools(done.values(), came),
        waivers=structure.waivers,
        seconds=time.perf_counter() - started,
    )


def _run(work: Work, name: str, vectors: Path, go: Future[GoTest | RuntimeRun]) -> RuntimeRun:
    return work.run(name, vectors, go.result() if name == GO else None)


def _helpers_file(settings: Settings, root: Path) -> Path | None:
    """The helpers file that the settings name.

    Raises:
        SettingsError: it does not exist.
    """
    if not settings.prove.helpers:
        return None
    path = root / settings.prove.helpers
    if not path.is_file():
        raise SettingsError(
            f"[prove] names the helpers file {settings.prove.helpers}, and there is none",
            where=shown_path(settings.path or root),
            hint="Write it, or take the line out.",
        )
    return path


def _vectors_stage(
    work: Work,
    options: ProveOptions,
    vectors: Sequence[MessageVectors],
    files: Mapping[str, bytes],
    begun: float,
) -> Stage:
    """Write the vectors, or hold the folder on disk against them."""
    findings = FewFindings()
    folder = work.sides.root / work.settings.prove.vectors
    if options.write_vectors:
        write_vectors(folder, files)
    else:
        for name in compare_vectors(folder, files):
            state = "is absent" if name in files and not (folder / name).exists() else "is not what the reference gives"
            findings.add(f"{work.settings.prove.vectors}/{name} {state if name in files else 'is too many'}")
    totals = work.sides.reference.counts
    # A message that requires itself can never be complete: it is there, with no vectors.
    figures = (Figure(name="messages", proved=len(vectors), total=totals.messages),)
    return Stage(
        name=VECTORS,
        status=StageStatus.FAILED if findings else StageStatus.PASSED,
        reason="the folder is not fresh: write it with protoalign prove" if findings else "",
        figures=figures,
        findings=findings.lines(),
        seconds=time.perf_counter() - begun,
    )


# ---- the official package ---------------------------------------------------------------------------------------


def _helped(work: Work) -> tuple[str, ...]:
    """The runtimes that are given what the helpers made."""
    return tuple(name for name in work.runtimes if name in HELPED)


def _run_official(
    work: Work,
    installed: Future[Installed | str],
    go: Future[GoTest | RuntimeRun],
    vectors: Path,
    helpers: Path | None,
) -> _Official:
    there = installed.result()
    if isinstance(there, str):
        return _Official(skipped=there)
    came = work.run_official(there, vectors, helpers)
    if came.helpers is None:
        return _Official(came=came)
    folder = work.scratch / "helpers"
    write_vectors(folder, vector_files(came.helpers.vectors, work.sides.reference))
    return _Official(came=came, helped={name: _run(work, name, folder, go) for name in _helped(work)})


def _add_official(assembly: Assembly, official: _Official, *, helped: Iterable[str]) -> None:
    if official.came is None:
        for name in (OFFICIAL_VECTORS, *map(helper_stage_name, helped)):
            assembly.add_skipped(name, official.skipped)
        return
    assembly.add_official(OFFICIAL_VECTORS, official.came.run)
    for name in helped:
        if official.came.helpers is None:
            assembly.add_skipped(helper_stage_name(name), "the official package could not be run to its end")
        else:
            assembly.add_helpers(name, official.came.helpers, official.helped[name])


# ---- what the certificate says besides --------------------------------------------------------------------------


def _generated(work: Work, done: Mapping[str, RuntimeRun]) -> Iterator[Folder]:
    """The folders of generated code that took part."""
    named: list[str] = []
    if work.python is not None and not done[PROTOBUF_PY].skipped:
        named += [work.python.messages, work.python.services]
    if work.go is not None and not done[GO].skipped:
        places = (work.go.messages, work.go.services, work.go.proof)
        named += [f"{work.go.module}/{place}" for place in places if place]
    for name in sorted({name for name in named if name}):
        yield digested_folder(work.sides.root / name, name)


def _tools(runs: Iterable[RuntimeRun], official: _Official | None) -> dict[str, str]:
    """The versions of all that took part; those of the official package's environment are told apart."""
    tools: dict[str, str] = {}
    for run in runs:
        tools |= dict(run.versions or (run.report.versions if run.report is not None else {}))
    # Which implementation of Google's runtime ran, its stage says.
    tools.pop("implementation", None)
    tools |= {
        "protoalign": __version__,
        "python": platform.python_version(),
        "google-protobuf": google.protobuf.__version__,
        # They compile sides that are texts.
        "protoc": tool_version("protoc"),
        "buf": tool_version("buf"),
    }
    report = official.came.run.report if official is not None and official.came is not None else None
    if report is not None:
        tools |= {f"official package: {name}": version for name, version in report.versions.items()}
    return dict(sorted(tools.items()))
