"""Whole processes: `protoalign generate --check` against the plugins alone, and `protoalign prove` against a Go test.

    uv run python bench/generation.py

The peer of generating is `buf generate` with the plugins and options that protoalign gives it: what is on top of that
is reading the contract, looking for names that clash, formatting, and comparing. The peer of a proof is `go test` of
its Go test, one of the four runtimes that a proof runs. Both are measured on this repository; Go is needed.
"""

from __future__ import annotations

import compileall
import json
import os
import platform
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from paired import measure

import protoalign
from protoalign.generate.inputs import plugin_input
from protoalign.generate.plugins import PluginSet, go_plugins, python_plugins
from protoalign.settings import GenerateSettings, Settings, read_settings
from protoalign.sources import LoadOptions, load
from protoalign.sources.compilers import find_tool
from protoalign.toolchain import find_go, module_path

ROOT = Path(__file__).parent.parent
PROTO = "proto"
PYTHON_MESSAGES = "xaiwire._gen"


def main(arguments: Sequence[str]) -> None:
    """Print a Markdown table of the medians; the argument is the number of rounds."""
    rounds = int(arguments[0]) if arguments else 15
    compileall.compile_dir(Path(protoalign.__file__).parent, quiet=1)
    # The plugins take the file with names by its path from here.
    os.chdir(ROOT)
    program = str(Path(sysconfig.get_path("scripts"), "protoalign"))
    python, go = plugin_sets(read_settings(Path("protoalign.toml")))
    check = [program, "generate", "--check", "--offline"]
    prove = [program, "prove", "--check", "--offline", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="protoalign-bench-") as scratch:
        place = Path(scratch)
        rows = [
            measure(command, buf_generate(place / name, sets), rounds=rounds).row(
                f"`generate --check`, {name}, against `buf generate`"
            )
            for name, command, sets in (
                ("Python", [*check, "--only", "python"], [python]),
                ("Go", [*check, "--only", "go"], [go]),
                ("both", check, [python, go]),
            )
        ]
    test = ["go", "-C", "go", "test", "-count=1", "./internal/proof"]
    # A proof with something left out is partial, and ends with 2.
    for what, command, accepted in (
        ("`prove --check`", prove, (0,)),
        ("the same with `--skip official`", [*prove, "--skip", "official"], (0, 2)),
    ):
        pair = measure(command, test, rounds=rounds, accepted=accepted)
        rows.append(pair.row(f"{what}, against `go test` of its Go test"))
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores;"
        f" medians of {rounds} rounds, both in turn\n"
    )
    print("| what | protoalign | peer | ratio | difference |\n| --- | --- | --- | --- | --- |")
    print("\n".join(rows))


def plugin_sets(settings: Settings) -> tuple[PluginSet, PluginSet]:
    """The plugins that `protoalign generate` runs here: those for Python, those for Go."""
    wish = settings.generate or GenerateSettings()
    assert wish.python is not None
    assert wish.go is not None
    options = LoadOptions(offline=True)
    python = python_plugins(wish.python, messages=PYTHON_MESSAGES, names=wish.names)
    go = go_plugins(
        wish.go,
        plugin_input(load(PROTO, options), options.limits),
        go=find_go(),
        tools=ROOT / wish.go.tools,
        module=module_path(ROOT / wish.go.module),
        names=wish.names,
        vectors=settings.prove.vectors,
    )
    return python, go


def buf_generate(place: Path, sets: Sequence[PluginSet]) -> list[str]:
    """The command that has buf run plugins over the tree, and nothing else."""
    plugins = [
        {
            "local": list(run.command),
            "out": run.folder,
            "strategy": "all",
            "opt": list(run.options),
            "include_imports": run.with_imports,
        }
        for each in sets
        for run in each.runs
    ]
    place.mkdir()
    template = place / "template.json"
    template.write_text(json.dumps({"version": "v2", "inputs": [{"directory": PROTO}], "plugins": plugins}))
    return [str(find_tool("buf")), "generate", "--template", str(template), "-o", str(place / "out")]


if __name__ == "__main__":
    main(sys.argv[1:])
