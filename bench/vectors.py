"""Wire vectors per second: made by us, and checked by the runtimes of a proof.

    uv run python bench/vectors.py

Each figure is that of a whole process less the same process without vectors, both in turn. The second table needs Go.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from paired import Pair, measure

from protoalign import runners
from protoalign.prove.vectors import make_vectors, vector_files, write_vectors
from protoalign.sources import LoadOptions, load

SOURCES = ("pypi:xai-sdk==1.4.0", "pypi:googleapis-common-protos==1.70.0", "pypi:yandexcloud==0.413.0")
ROOT = Path(__file__).parent.parent
RUNNERS = Path(runners.__file__).parent
PACKAGE = {"root": str(ROOT / "packages/xaiwire/src"), "messages": "xaiwire._gen", "services": "xaiwire._services"}
GO_MODULE, GO_TEST = ROOT / "go", "internal/proof"
LOAD = """\
from pathlib import Path
from protoalign.prove.vectors import make_vectors, vector_files
from protoalign.sources import LoadOptions, load
contract = load({source!r}, LoadOptions(comments=False))
"""
MAKE = LOAD + "vector_files(make_vectors(contract), contract)\n"
# The digest is a cost of its own, which the process without vectors has too.
NOT_MAKE = LOAD + "contract.digest\n"


def main(arguments: Sequence[str]) -> None:
    """Print two Markdown tables of the medians; the argument is the number of rounds."""
    rounds = int(arguments[0]) if arguments else 5
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores;"
        f" medians of {rounds} rounds, both in turn\n"
    )
    for table in (contracts_table(rounds), runtimes_table(rounds)):
        print("\n".join(table), end="\n\n")


def contracts_table(rounds: int) -> list[str]:
    """Contracts of several sizes: vectors made, and checked by Google's runtime in both of its implementations."""
    rows: list[tuple[str, int, Pair, Pair, Pair]] = []
    for source in SOURCES:
        contract = load(source, LoadOptions(comments=False))
        vectors = make_vectors(contract)
        count = sum(len(each.vectors) for each in vectors)
        files = vector_files(vectors, contract)
        size = sum(map(len, files.values()))
        with tempfile.TemporaryDirectory(prefix="protoalign-bench-") as scratch:
            root = Path(scratch)
            (root / "image.binpb").write_bytes(contract.image())
            write_vectors(root / "vectors", files)
            python = [sys.executable, "-c"]
            made = measure(
                [*python, MAKE.format(source=source)], [*python, NOT_MAKE.format(source=source)], rounds=rounds
            )
            upb, pure = (
                measure(google(root, name, [root / "vectors"]), google(root, name, []), rounds=rounds)
                for name in ("upb", "python")
            )
        print(f"{source}: {count:,} vectors of {len(vectors):,} messages, {size / 1e6:.1f} MB", file=sys.stderr)
        rows.append((source, count, made, upb, pure))
    lines = [
        "| contract | vectors | made, vectors/s | checked by upb | checked in Python | Python to upb |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for source, count, made, upb, pure in rows:
        rates = " | ".join(f"{count / pair.difference:,.0f}" for pair in (made, upb, pure))
        lines.append(f"| {source} | {count:,} | {rates} | {ratio(pure, upb):.1f} |")
    return lines


def runtimes_table(rounds: int) -> list[str]:
    """The vectors of this repository in every runtime of a proof, the generated code among them."""
    contract = load(SOURCES[0], LoadOptions(comments=False))
    vectors = make_vectors(contract)
    count = sum(len(each.vectors) for each in vectors)
    pairs: dict[str, Pair] = {}
    with tempfile.TemporaryDirectory(prefix="protoalign-bench-") as scratch:
        root = Path(scratch)
        (root / "image.binpb").write_bytes(contract.image())
        full, empty = root / "vectors", root / "none"
        write_vectors(full, vector_files(vectors, contract))
        write_vectors(empty, vector_files((), contract))
        test = build_go_test(root)
        commands: Mapping[str, Callable[[Path], list[str]]] = {
            "Google's protobuf, upb": lambda folder: google(root, "upb", [folder]),
            "Google's protobuf, Python": lambda folder: google(root, "python", [folder]),
            "generated Python on protobuf-py": lambda folder: generated_python(root, folder),
            "generated Go": lambda folder: generated_go(root, test, folder),
        }
        for name, command in commands.items():
            pairs[name] = measure(command(full), command(empty), rounds=rounds)
    upb = next(iter(pairs.values()))
    return [
        "| runtime | whole process | without vectors | vectors/s | time to upb's |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {name} | {statistics.median(pair.ours):.3f} s | {statistics.median(pair.peer):.3f} s"
            f" | {count / pair.difference:,.0f} | {ratio(pair, upb):.2f} |"
            for name, pair in pairs.items()
        ),
    ]


def google(root: Path, implementation: str, folders: Sequence[Path]) -> list[str]:
    """The command that holds vectors against an implementation of Google's runtime."""
    job = {"image": str(root / "image.binpb"), "vectors": list(map(str, folders))}
    environment = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation}
    return runner("google_protobuf.py", job, root / f"{implementation}-{_names(folders)}", environment)


def generated_python(root: Path, folder: Path) -> list[str]:
    """The command that holds vectors against the generated Python of this repository."""
    return runner("protobuf_py.py", {**PACKAGE, "vectors": [str(folder)]}, root / f"protobuf-py-{folder.name}", {})


def runner(script: str, job: Mapping[str, object], place: Path, environment: Mapping[str, str]) -> list[str]:
    """The command of one of our runners.

    Args:
        script: its file name.
        job: what it is to do; where its report goes is added.
        place: what the names of its files begin with.
        environment: variables to add.
    """
    job_file = place.with_suffix(".job.json")
    job_file.write_text(json.dumps({**job, "report": str(place.with_suffix(".report.json"))}))
    return ["env", *_variables(environment), sys.executable, "-I", str(RUNNERS / script), str(job_file)]


def build_go_test(root: Path) -> Path:
    """The compiled test of this repository's generated Go."""
    binary = root / "proof.test"
    subprocess.run(["go", "test", "-c", "-o", binary, f"./{GO_TEST}"], cwd=GO_MODULE, check=True)
    return binary


def generated_go(root: Path, test: Path, folder: Path) -> list[str]:
    """The command that holds vectors against the generated Go of this repository."""
    report = root / f"go-{folder.name}.report.json"
    return ["env", *_variables({"PROTOALIGN_VECTORS": str(folder), "PROTOALIGN_REPORT": str(report)}), str(test)]


def _variables(environment: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in environment.items()]


def _names(folders: Sequence[Path]) -> str:
    return "-".join(folder.name for folder in folders)


def ratio(one: Pair, other: Pair) -> float:
    """How many times the one's time for vectors alone the other's is."""
    return statistics.median(
        (a - b) / (c - d) for a, b, c, d in zip(one.ours, one.peer, other.ours, other.peer, strict=True)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
