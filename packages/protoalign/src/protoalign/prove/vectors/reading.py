"""Reading a vectors folder, with suspicion: whoever wrote it, nothing in it leads outside or beyond bounds."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from protoalign.errors import InputError, OutputError, SourceReadError
from protoalign.output import path_below
from protoalign.prove.model import MessageVectors, Vector
from protoalign.prove.vectors.files import FORMAT, INDEX

__all__ = ["read_vectors"]

MAX_FILE_BYTES = 64 << 20
MAX_FILES = 100_000
MAX_VECTORS = 1_000_000
MAX_MESSAGE_BYTES = 1 << 20
MAX_NAME = 4096
HEX = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)
AGAIN = "Write the vectors again with protoalign prove."

Table: TypeAlias = "dict[str, object]"


def read_vectors(folder: Path) -> tuple[MessageVectors, ...]:
    """Read the vectors of a folder, files in the order of the index.

    Raises:
        SourceReadError: the folder or a file in it is missing or cannot be read.
        InputError: a file is too large, not the one that the index lists, or not of the form that the schema
            `vectors.schema.json` gives; it says which file and which vector.
    """
    index = _parsed(_content(folder, INDEX), INDEX, {"format", "contract", "counts", "files"})
    read: list[MessageVectors] = []
    total = 0
    listed = index["files"]
    if not isinstance(listed, list) or len(listed) > MAX_FILES:
        raise _wrong("the files are no list, or too many", INDEX)
    for entry in listed:
        if not isinstance(entry, dict):
            raise _wrong("an entry is no object", INDEX)
        path, digest = _text(entry, "path", INDEX), _text(entry, "sha256", INDEX)
        content = _content(folder, path)
        if sha256(content).hexdigest() != digest:
            raise _wrong(f"is not the file that {INDEX} lists: its SHA-256 is another one", path)
        messages = _messages(content, path, _text(entry, "file", INDEX))
        count = sum(len(each.vectors) for each in messages)
        if (len(messages), count) != (entry.get("messages"), entry.get("vectors")):
            raise _wrong(f"does not hold as much as {INDEX} says", path)
        total += count
        if total > MAX_VECTORS:
            raise _wrong(f"there are more than {MAX_VECTORS:,} vectors", INDEX)
        read.extend(messages)
    counts = {"files": len(listed), "messages": len(read), "vectors": total}
    if index["counts"] != counts:
        raise _wrong("the counts are not those of the files", INDEX)
    return tuple(read)


def _content(folder: Path, name: str) -> bytes:
    try:
        path = path_below(folder, name)
        if path.is_symlink() or not path.is_file():
            raise SourceReadError("is missing, or no file", where=str(path), hint=AGAIN)
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"is larger than {MAX_FILE_BYTES >> 20} MiB", where=str(path))
        return path.read_bytes()
    except OutputError as error:
        raise InputError(error.what, where=error.where, hint=AGAIN) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SourceReadError(f"cannot be read: {reason}", where=f"{folder}/{name!r}", hint=AGAIN) from error


def _parsed(content: bytes, name: str, keys: set[str]) -> Table:
    try:
        data = json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"is no JSON: {error}", name) from error
    if not isinstance(data, dict) or data.keys() != keys:
        raise _wrong(f"is no object with the keys {', '.join(sorted(keys))}", name)
    if type(data["format"]) is not int or data["format"] != FORMAT:
        raise InputError(f"has format {data['format']!r}, this protoalign reads {FORMAT}", where=name, hint=AGAIN)
    return data


def _unique(pairs: list[tuple[str, object]]) -> Table:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("an object has a key twice")
    return table


def _messages(content: bytes, path: str, file: str) -> list[MessageVectors]:
    data = _parsed(content, path, {"format", "file", "messages"})
    messages = data["messages"]
    if data["file"] != file:
        raise _wrong(f"is not about {file}", path)
    if not isinstance(messages, dict):
        raise _wrong("the messages are no object", path)
    return [
        MessageVectors(message=name, file=file, vectors=_vectors(listed, f"{path}: {name[:MAX_NAME]}"))
        for name, listed in messages.items()
    ]


def _vectors(listed: object, where: str) -> tuple[Vector, ...]:
    if not isinstance(listed, list) or len(listed) > MAX_VECTORS:
        raise _wrong("the vectors are no list, or too many", where)
    vectors = tuple(_vector(each, where) for each in listed)
    if len({vector.name for vector in vectors}) < len(vectors):
        raise _wrong("two vectors have one name", where)
    return vectors


def _vector(data: object, where: str) -> Vector:
    if not isinstance(data, dict) or data.keys() - {"name", "input", "output", "json", "lossy_json"}:
        raise _wrong("a vector is no object, or has a key that is not known", where)
    name = _text(data, "name", where)
    if not name:
        raise _wrong("a vector has no name", where)
    within = f"{where}: {name}"
    given = _bytes(data, "input", within)
    lossy = data.get("lossy_json", False)
    if lossy is not True and "lossy_json" in data:
        raise _wrong("lossy_json is something else than true", within)
    return Vector(
        name=name,
        input=given,
        output=_bytes(data, "output", within) if "output" in data else given,
        json=_text(data, "json", within, limit=MAX_FILE_BYTES) if "json" in data else None,
        lossy_json=lossy is True,
    )


def _bytes(data: Table, key: str, where: str) -> bytes:
    text = _text(data, key, where, limit=2 * MAX_MESSAGE_BYTES)
    if not HEX.fullmatch(text):
        raise _wrong(f"{key} is no lower-case hex", where)
    return bytes.fromhex(text)


def _text(data: Table, key: str, where: str, *, limit: int = MAX_NAME) -> str:
    value = data.get(key)
    if not isinstance(value, str) or len(value) > limit:
        raise _wrong(f"{key} is missing, no string, or longer than {limit:,} characters", where)
    return value


def _wrong(what: str, where: str) -> InputError:
    return InputError(what, where=where, hint=AGAIN)
