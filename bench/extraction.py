"""Whole processes: extraction against importing the same modules, and what a start costs.

    uv run python bench/extraction.py

The peer of the extraction is what people do today: install the package and import its modules. The peer of a start is
a Python that does nothing.
"""

from __future__ import annotations

import compileall
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from paired import measure

import protoalign
from protoalign.sources import LoadOptions
from protoalign.sources.members import member_names
from protoalign.sources.package_index import fetch

WHEEL = "yandexcloud==0.413.0"
REFERENCE = "pypi:xai-sdk==1.4.0"

IMPORT = """\
from importlib import import_module
for name in open({names!r}).read().split():
    import_module(name)
"""
LOAD = "from protoalign.sources import LoadOptions, load; load({source!r}, LoadOptions(comments=False))"


def main() -> None:
    """Print a Markdown table of the medians."""
    compileall.compile_dir(Path(protoalign.__file__).parent, quiet=1)
    options = LoadOptions()
    wheel = fetch(WHEEL, options).path
    modules = [
        name.removesuffix(".py").replace("/", ".")
        for name in member_names(wheel, options.limits)
        if name.endswith("_pb2.py")
    ]
    program = str(Path(sysconfig.get_path("scripts"), "protoalign"))
    nothing = [sys.executable, "-c", "pass"]
    with tempfile.TemporaryDirectory(prefix="protoalign-bench-") as scratch:
        python = install(Path(scratch, "venv"))
        names = Path(scratch, "names")
        names.write_text("\n".join(modules))
        rows = [
            measure(
                [sys.executable, "-c", LOAD.format(source=str(wheel))],
                [python, "-c", IMPORT.format(names=str(names))],
            ).row(f"read the contract of {len(modules):,} files out of a wheel, against importing its modules"),
            measure([program, "--version"], nothing).row("`protoalign --version`, against an idle Python"),
            measure([program, "show", REFERENCE], nothing).row(
                f"`protoalign show {REFERENCE}` from the cache, against an idle Python"
            ),
        ]
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of 15 rounds, both in turn\n")
    print("| what | ours | peer | ratio | difference |\n| --- | --- | --- | --- | --- |")
    print("\n".join(rows))


def install(venv: Path) -> str:
    """Install the package with its dependencies into a new environment; return the path of its Python."""
    uv = shutil.which("uv") or "uv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, venv], check=True)
    python = venv / "bin" / "python"
    # Compiled beforehand: a first import that writes byte code would be an unfair peer.
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, WHEEL]
    subprocess.run(command, check=True)
    return str(python)


if __name__ == "__main__":
    main()
