"""Running `buf breaking` on two contracts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

from protoalign.contract import Contract
from protoalign.contract.canonical import default_json_name
from protoalign.sources.compilers import find_tool

CATEGORIES = ("FILE", "PACKAGE", "WIRE_JSON", "WIRE")
CONFIG = json.dumps({"version": "v2", "breaking": {"use": CATEGORIES}})
# What buf exits with when it found something.
FOUND = 100
# Buf's own mark of a file that is only there as an import: field 8042 of a file, `is_import` in it.
IS_IMPORT = bytes((0xD2, 0xF6, 0x03, 0x02, 0x08, 0x01))


@dataclass(frozen=True)
class BufError:
    """One thing that buf found.

    Attributes:
        rule: the rule's id.
        path: the file of the newer side; empty where a whole file or package is gone.
        message: its message.
    """

    rule: str
    path: str
    message: str


class BufRefusedError(Exception):
    """Buf cannot read one of the two images."""


def write_image(contract: Contract, path: Path) -> Path:
    """Write a contract as an image: imports are marked, and JSON names are there as compilers write them."""
    image = FileDescriptorSet.FromString(contract.image())
    own = {file.name for file in contract.files}
    for file in image.file:
        if file.name not in own:
            file.MergeFromString(IS_IMPORT)
        for field in _fields(file):
            if not field.HasField("json_name"):
                field.json_name = default_json_name(field.name)
    path.write_bytes(image.SerializeToString(deterministic=True))
    return path


def _fields(file: FileDescriptorProto) -> Iterator[FieldDescriptorProto]:
    yield from file.extension
    pending = list(file.message_type)
    while pending:
        message = pending.pop()
        pending.extend(message.nested_type)
        yield from message.field
        yield from message.extension


def buf_breaking(newer: Path, older: Path) -> list[BufError]:
    """What `buf breaking` finds, all categories at once.

    Raises:
        BufRefusedError: it cannot read an image.
    """
    command = [find_tool("buf"), "breaking", newer, "--against", older, "--exclude-imports"]
    command += ["--config", CONFIG, "--error-format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, FOUND):
        raise BufRefusedError(done.stderr.strip() or f"exit code {done.returncode}")
    errors = (json.loads(line) for line in done.stdout.splitlines())
    return [BufError(error["type"], error.get("path", ""), error["message"]) for error in errors]


def rules_by_category() -> dict[str, frozenset[str]]:
    """Buf's own table: each category to the ids of its rules."""
    command = [find_tool("buf"), "config", "ls-breaking-rules", "--version", "v2", "--format", "json"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rules = [json.loads(line) for line in printed.splitlines()]
    return {
        category: frozenset(rule["id"] for rule in rules if category in rule["categories"]) for category in CATEGORIES
    }
