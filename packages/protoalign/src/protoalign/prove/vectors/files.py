"""Vectors as files: the folder's contents, writing them, and whether a folder is what it should be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from protoalign.contract import Contract
from protoalign.errors import InputError, OutputError, SourceReadError
from protoalign.output import replace_folders
from protoalign.prove.digests import digest_of_contents, files_of_folder
from protoalign.prove.model import MessageVectors, Vector
from protoalign.prove.vectors.readme import README

__all__ = [
    "FORMAT",
    "INDEX",
    "compare_vectors",
    "vector_files",
    "vectors_digest",
    "write_vectors",
]

FORMAT = 1
INDEX = "index.json"
README_NAME = "README.md"
SUFFIX = ".json"
MAX_OWN_BYTES = 64 << 20


def vector_files(vectors: Iterable[MessageVectors], contract: Contract) -> Mapping[str, bytes]:
    """The files of a vectors folder: name inside the folder, `/` between folders, to content.

    Args:
        vectors: the vectors, those of one .proto file in the order in which they are to stand there.
        contract: the contract that they were made from; its digest stands in the index.

    Raises:
        InputError: a .proto file is named so that its vectors would take the place of the index, or there are two lots
            of vectors for one message of a file.
    """
    by_file = sorted(vectors, key=lambda each: each.file)
    files: dict[str, bytes] = {README_NAME: README.encode("ascii")}
    entries = []
    for file, group in groupby(by_file, key=lambda each: each.file):
        messages = list(group)
        path = file + SUFFIX
        if path == INDEX or len({each.message for each in messages}) < len(messages):
            raise InputError("its vectors cannot be written: two things have one name", where=file)
        content = _file_text(file, messages).encode("ascii")
        files[path] = content
        entries.append(
            {
                "file": file,
                "path": path,
                "messages": len(messages),
                "vectors": sum(len(each.vectors) for each in messages),
                "sha256": sha256(content).hexdigest(),
            }
        )
    files[INDEX] = _index_text(contract.digest, entries).encode("ascii")
    return dict(sorted(files.items()))


def vectors_digest(files: Mapping[str, bytes]) -> str:
    """The digest of a vectors folder with these files, `sha256:` and hex; see `digest_of_contents`."""
    return digest_of_contents(files)


def compare_vectors(folder: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The names of files that are absent, different or too many in a folder; none where it is fresh.

    Raises:
        SourceReadError: the folder cannot be read, or holds what is neither a file nor a folder.
    """
    if not folder.exists() and not folder.is_symlink():
        return tuple(sorted(files))
    found = files_of_folder(folder)
    try:
        different = {
            name
            for name, path in found.items()
            if name not in files or path.stat().st_size != len(files[name]) or path.read_bytes() != files[name]
        }
    except OSError as error:
        raise SourceReadError(
            f"cannot be read: {error.strerror or error}", where=str(error.filename or folder)
        ) from error
    return tuple(sorted(different | (files.keys() - found.keys())))


def write_vectors(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Make a folder hold exactly the files, as a whole at once; a folder that already does is left alone.

    Args:
        folder: the folder; it is made where it does not exist.
        files: what `vector_files` gave.

    Returns:
        Whether anything was written.

    Raises:
        OutputError: the folder holds something else than vectors, or cannot be written; nothing was changed.
        SourceReadError: see `compare_vectors`.
    """
    if not compare_vectors(folder, files):
        return False
    if folder.exists() and any(folder.iterdir()) and not _is_ours(folder):
        raise OutputError(
            "holds something else than wire vectors, and would be replaced as a whole",
            where=str(folder),
            hint="Name another folder in [prove] vectors, or empty this one.",
        )
    replace_folders({folder: files})
    return True


def _is_ours(folder: Path) -> bool:
    """Whether the folder holds vectors of any format: an index that names them."""
    path = folder / INDEX
    try:
        if path.is_symlink() or path.stat().st_size > MAX_OWN_BYTES:
            return False
        index = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(index, dict) and {"format", "contract", "counts", "files"} <= index.keys()


def _file_text(file: str, messages: Sequence[MessageVectors]) -> str:
    parts = ",\n".join(_message_text(each) for each in messages)
    return f'{{\n"format": {FORMAT},\n"file": {json.dumps(file)},\n"messages": {{\n{parts}\n}}\n}}\n'


def _message_text(vectors: MessageVectors) -> str:
    lines = ",\n".join(_line(vector) for vector in vectors.vectors)
    return f"{json.dumps(vectors.message)}: [\n{lines}\n]" if lines else f"{json.dumps(vectors.message)}: []"


def _line(vector: Vector) -> str:
    entry: dict[str, object] = {"name": vector.name, "input": vector.input.hex()}
    if vector.output != vector.input:
        entry["output"] = vector.output.hex()
    if vector.json is not None:
        entry["json"] = vector.json
    if vector.lossy_json:
        entry["lossy_json"] = True
    return json.dumps(entry, separators=(",", ":"))


def _index_text(digest: str, entries: Sequence[Mapping[str, object]]) -> str:
    counts = {
        "files": len(entries),
        "messages": sum(int(str(entry["messages"])) for entry in entries),
        "vectors": sum(int(str(entry["vectors"])) for entry in entries),
    }
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    return (
        f'{{\n"format": {FORMAT},\n"contract": {json.dumps(digest)},\n"counts": {json.dumps(counts)},\n'
        f'"files": [\n{lines}\n]\n}}\n'
    )
