"""Whole processes: `protoalign compare` against `buf breaking` on the same two images.

uv run python bench/comparison.py
"""

from __future__ import annotations

import compileall
import platform
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from paired import measure

import protoalign
from protoalign.sources import LoadOptions, load
from protoalign.sources.compilers import find_tool

ROOT = Path(__file__).parent.parent
XAI = "pypi:xai-sdk==1.4.0"

# What is compared: its name, the older side or reference, the newer side or subject.
PAIRS = (
    ("yandexcloud 0.413.0 with 0.412.0", "pypi:yandexcloud==0.412.0", "pypi:yandexcloud==0.413.0"),
    ("yandexcloud 0.413.0 with 0.380.0", "pypi:yandexcloud==0.380.0", "pypi:yandexcloud==0.413.0"),
    ("xai-sdk 1.4.0 with itself", XAI, XAI),
    ("xai-sdk 1.21.0 with 1.4.0", XAI, "pypi:xai-sdk==1.21.0"),
    ("the legacy SDK with xai-sdk 1.4.0", XAI, f"proto:{ROOT}/examples/legacy-sdk/proto"),
)
# Ours and buf's for "something was found".
FOUND = (0, 1, 100)


def main(arguments: Sequence[str]) -> None:
    """Print a Markdown table of the medians; the argument is the number of rounds."""
    rounds = int(arguments[0]) if arguments else 15
    compileall.compile_dir(Path(protoalign.__file__).parent, quiet=1)
    program = str(Path(sysconfig.get_path("scripts"), "protoalign"))
    rows = []
    with tempfile.TemporaryDirectory(prefix="protoalign-bench-") as scratch:
        for name, older, newer in PAIRS:
            against, subject = Path(scratch, "older.binpb"), Path(scratch, "newer.binpb")
            for source, path in ((newer, subject), (older, against)):
                contract = load(source, LoadOptions(comments=False))
                path.write_bytes(contract.image())
            files = len(contract.files)
            pair = measure(
                [program, "compare", f"image:{subject}", "--to", f"image:{against}"],
                [find_tool("buf"), "breaking", str(subject), "--against", str(against)],
                rounds=rounds,
                accepted=FOUND,
            )
            rows.append(pair.row(f"{name}, {files:,} files"))
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of {rounds} rounds, both in turn\n")
    print("| what | protoalign compare | buf breaking | ratio | difference |\n| --- | --- | --- | --- | --- |")
    print("\n".join(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
