"""One run of buf that drives all plugins, local ones only, into a scratch folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from protoalign.errors import GenerateError, ToolMissingError
from protoalign.sources.buf_modules import NO_NETWORK
from protoalign.toolchain import Found, TookTooLongError, run_bounded

__all__ = ["PluginRun", "run_plugins"]

SECONDS = 600.0
MAX_LINES = 20
IMAGE, TEMPLATE, OUTPUT, CACHE = "contract.binpb", "template.json", "out", "cache"
# What buf says of plugins that it ends because another one has failed.
ENDED = ("signal: killed", "context canceled")
EXIT_STATUS = re.compile(r"exit status \d+")
TRACEBACK = "Traceback (most recent call last):"
LACKING_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
# The warnings that buf may print beside a failure.
NOISE = ("Warning:", "WARN", "Duplicate generated file name")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRun:
    """One plugin and what it is to do.

    Attributes:
        name: what it is called in messages, such as `protoc-gen-py`.
        command: the program and its arguments.
        folder: where its files go, relative to the output folder.
        options: its options, in order.
        with_imports: whether it also makes code for imported files that no runtime brings.
    """

    name: str
    command: tuple[str, ...]
    folder: str
    options: tuple[str, ...] = ()
    with_imports: bool = False


def run_plugins(
    buf: Found, plugins: Sequence[PluginRun], image: bytes, files: Sequence[str], *, scratch: Path, folder: Path
) -> Path:
    """Run plugins over a descriptor set.

    Args:
        buf: the program.
        plugins: what to run.
        image: a serialized FileDescriptorSet, closed over imports.
        files: the files in it to make code for.
        scratch: a folder of our own.
        folder: the folder that the plugins run in, which paths in their options are relative to; not `scratch`.

    Returns:
        The folder with what they wrote.

    Raises:
        GenerateError: a plugin or buf refuses, in its own words.
        ToolMissingError: a plugin cannot run.
    """
    (scratch / IMAGE).write_bytes(image)
    template = {
        "version": "v2",
        "inputs": [{"binary_image": str(scratch / IMAGE), "paths": sorted(files)}],
        "plugins": [_entry(plugin) for plugin in plugins],
    }
    (scratch / TEMPLATE).write_text(json.dumps(template), encoding="utf-8")
    command = [str(buf.path), "generate", "--template", str(scratch / TEMPLATE), "-o", str(scratch / OUTPUT)]
    environment = {**NO_NETWORK, "BUF_CACHE_DIR": str(scratch / CACHE), "PYTHONUTF8": "1"}
    try:
        finished = run_bounded(command, seconds=SECONDS, folder=folder, environment=environment)
    except TookTooLongError as error:
        raise GenerateError(
            f"buf generate: {error}", hint="A plugin may hang; run fewer of them with --only."
        ) from error
    if finished.code != 0:
        raise _failure(finished.stderr, plugins, scratch)
    (scratch / OUTPUT).mkdir(exist_ok=True)
    return scratch / OUTPUT


def _entry(plugin: PluginRun) -> dict[str, object]:
    entry: dict[str, object] = {
        "local": list(plugin.command),
        "out": plugin.folder,
        # One call for all files: by default buf calls a plugin once for each folder.
        "strategy": "all",
    }
    if plugin.options:
        entry["opt"] = list(plugin.options)
    if plugin.with_imports:
        entry["include_imports"] = True
    return entry


# ---- what went wrong ------------------------------------------------------------------------------------------------


def _failure(stderr: str, plugins: Sequence[PluginRun], scratch: Path) -> GenerateError | ToolMissingError:
    """One readable error out of what buf and the plugins said."""
    printed: list[str] = []
    failures: list[tuple[str, str]] = []
    for block in _blocks(stderr.replace(f"{scratch}/", "")):
        named = _failed_plugin(block, plugins)
        if named is None:
            printed.append(block)
        else:
            failures.append(named)
    first = next(((name, said) for name, said in failures if not said.startswith(ENDED)), None)
    if first is None:
        lines = [line.removeprefix("Failure: ") for line in stderr.splitlines() if line.strip()]
        return GenerateError("\n".join(("buf generate failed:", *lines[:MAX_LINES])))
    name, said = first
    if EXIT_STATUS.fullmatch(said):
        # The reason is what the plugin itself has printed.
        said = "\n".join(printed).strip() or said
    reason = readable(said)
    lacking = LACKING_MODULE.search(reason)
    if lacking is not None:
        return ToolMissingError(
            f"{name} needs the Python module {lacking.group(1)}, which is not installed",
            hint="It comes with protoalign's extra: pip install 'protoalign[generate]'",
        )
    lines = [line.rstrip() for line in reason.splitlines()] or ["it failed without a word"]
    if len(lines) == 1:
        return GenerateError(f"{name}: {lines[0]}")
    shown = lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES], f"… and {len(lines) - MAX_LINES:,} more lines"]
    return GenerateError("\n".join((f"{name}:", *(f"  {line}".rstrip() for line in shown))))


def _failed_plugin(block: str, plugins: Sequence[PluginRun]) -> tuple[str, str] | None:
    """The plugin that a message of buf's is about, and what it says; None for any other message."""
    message = block.removeprefix("Failure: ")
    for plugin in plugins:
        # buf calls a plugin by its whole command.
        start = f"plugin {' '.join(plugin.command)}: "
        if message.startswith(start):
            return plugin.name, message.removeprefix(start).strip()
    return None


def _blocks(stderr: str) -> Iterator[str]:
    """What buf said, cut before each line that begins a message of its own."""
    block: list[str] = []
    for line in stderr.splitlines():
        if line in ENDED or line.startswith(NOISE):
            continue
        if line.startswith(("Failure: ", "plugin ")) and block:
            yield "\n".join(block)
            block = []
        block.append(line)
    if block:
        yield "\n".join(block)


def readable(said: str) -> str:
    """A plugin's error without the frames of a Python traceback: the last exception, as `Type: message`.

    Exceptions of protoalign's own stand without their type: their messages are made to be read.
    """
    before, mark, rest = said.rpartition(TRACEBACK)
    if not mark:
        return said.strip()
    lines = rest.splitlines()
    start = next((number for number, line in enumerate(lines) if line and not line.startswith(" ")), None)
    if start is None:
        return before.strip() or said.strip()
    exception = "\n".join(lines[start:]).strip()
    kind, colon, message = exception.partition(": ")
    if colon and kind.startswith("protoalign."):
        return message
    return f"{kind.rpartition('.')[2]}: {message}" if colon else exception
