"""`protoalign generate`: code for Python and Go from the contract."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.cli.comparison_options import add_output_options, emit

if TYPE_CHECKING:
    from protoalign.generate import GenerateResult

__all__ = ["add_parser"]

LANGUAGES = ("python", "go")
FORMATS = ("text", "json")

EPILOG = """\
[generate] in protoalign.toml says where the code goes:

  [generate]
  names = "services.toml"               # optional: names of the wrappers

  [generate.python]
  messages = "src/acme/_gen"            # messages and RPC stubs
  services = "src/acme/_services"       # optional: service wrappers

  [generate.go]
  module = "go"                         # the folder with go.mod
  messages = "internal/gen"             # inside the module
  services = "services"                 # optional: service wrappers
  proof = "internal/proof"              # optional: the test that proves it
  tools = "go/tools"                    # its go.mod pins the plugins for Go

The plugins run on this machine, nothing is sent anywhere. Each folder is
replaced as a whole, so it must hold generated code alone; all folders are
replaced or none. The plugins for Python come with
pip install 'protoalign[generate]', those for Go with tool lines in go.mod.

Exit 0: the code is written, or is fresh; 1: --check found a difference; 2: bad
input, or a tool is missing, and nothing is written.

examples:
  protoalign generate
  protoalign generate --check
  protoalign generate --only python
  protoalign generate --check --format json -o fresh.json
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "generate",
        help="make code for Python and Go from the contract",
        description="Make the code that protoalign.toml asks for, from its subject's contract.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="the settings file (default: protoalign.toml here or above)"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and print the diff if not fresh")
    parser.add_argument("--only", choices=LANGUAGES, help="make code for this language alone")
    parser.add_argument(
        "--force", action="store_true", help="delete files in the output folders that no generator wrote"
    )
    add_output_options(parser, FORMATS, "text")
    parser.add_argument("--offline", action="store_true", help="never use the network, only what is cached")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from protoalign.cli.terminal import TerminalProgress
    from protoalign.errors import SettingsError
    from protoalign.generate import GenerateOptions, generate
    from protoalign.settings import SETTINGS_NAME, find_settings, read_settings
    from protoalign.sources import LoadOptions

    path = arguments.config or find_settings(Path())
    if path is None:
        raise SettingsError(
            f"there is no {SETTINGS_NAME} here or above",
            where=str(Path.cwd()),
            hint="Write one with protoalign init, or name one with --config FILE.",
        )
    options = GenerateOptions(
        only=arguments.only,
        check=arguments.check,
        force=arguments.force,
        load=LoadOptions(offline=arguments.offline, progress=TerminalProgress(quiet=arguments.quiet)),
    )
    result = generate(read_settings(path), options)
    emit(_rendered(result, arguments), arguments.output)
    return 1 if arguments.check and not result.is_fresh else 0


def _rendered(result: GenerateResult, arguments: argparse.Namespace) -> str:
    if arguments.format == "json":
        from protoalign.reports.generate_json import render_generate_json

        return render_generate_json(result)
    from protoalign.reports.generate_text import render_generate_text

    plain = arguments.output is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return render_generate_text(result, check=arguments.check, color=not plain and sys.stdout.isatty())
