"""Wire vectors per second: made by us, and checked by Google's runtime in both of its implementations.

    uv run python bench/vectors.py

Each figure is that of a whole process less the same process without vectors, both in turn.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from paired import Pair, measure

from protoalign import runners
from protoalign.prove.vectors import make_vectors, vector_files, write_vectors
from protoalign.sources import LoadOptions, load

SOURCES = ("pypi:xai-sdk==1.4.0", "pypi:googleapis-common-protos==1.70.0", "pypi:yandexcloud==0.413.0")
RUNNER = Path(runners.__file__).with_name("google_protobuf.py")
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
    """Print a Markdown table of the medians; the argument is the number of rounds."""
    rounds = int(arguments[0]) if arguments else 5
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
                measure(run(root, name, [root / "vectors"]), run(root, name, []), rounds=rounds)
                for name in ("upb", "python")
            )
        print(f"{source}: {count:,} vectors of {len(vectors):,} messages, {size / 1e6:.1f} MB", file=sys.stderr)
        rows.append((source, count, made, upb, pure))
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of {rounds} rounds, both in turn\n")
    print("| contract | vectors | made, vectors/s | checked by upb | checked in Python | Python to upb |")
    print("| --- | --- | --- | --- | --- | --- |")
    for source, count, made, upb, pure in rows:
        rates = " | ".join(f"{count / pair.difference:,.0f}" for pair in (made, upb, pure))
        print(f"| {source} | {count:,} | {rates} | {ratio(pure, upb):.1f} |")


def run(root: Path, implementation: str, folders: Sequence[Path]) -> list[str]:
    """The command that holds vectors against an implementation of Google's runtime."""
    job = root / f"{implementation}-{len(folders)}.json"
    data = {"image": str(root / "image.binpb"), "vectors": list(map(str, folders)), "report": str(root / "report.json")}
    job.write_text(json.dumps(data))
    return [
        "env",
        f"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION={implementation}",
        sys.executable,
        "-I",
        str(RUNNER),
        str(job),
    ]


def ratio(one: Pair, other: Pair) -> float:
    """How many times the one's time for vectors alone the other's is."""
    return statistics.median(
        (a - b) / (c - d) for a, b, c, d in zip(one.ours, one.peer, other.ours, other.peer, strict=True)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
