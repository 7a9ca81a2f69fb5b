"""Hold Google's protobuf, with the descriptors of a contract, against wire vectors.

Started by path, with the path of a job file as its only argument; it imports nothing of protoalign:

    python -I google_protobuf.py JOB.json

The job: `image`, a file with a serialized FileDescriptorSet that is closed over its imports; `vectors`, the folders
with vectors; `report`, where to write the report; `files`, which .proto files' services to list, by default those that
have vectors or that no other file of the image imports.

The environment variable PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION chooses the implementation, `upb` or `python`; the
report bears the name of the one that ran, `google-protobuf` or `google-protobuf-python`.

Exit codes: 0, the report is written, whatever is in it; 2, the job, the image or the vectors cannot be used, told in
one line on standard error.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import google.protobuf
from google.protobuf import json_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

MAX_JOB_BYTES = 1 << 20
MAX_IMAGE_BYTES = 256 << 20
MAX_FILE_BYTES = 64 << 20
MAX_FAILURES = 1000
MAX_DETAIL = 400
FORMAT = 1


class UnusableError(Exception):
    """The job, the image or the vectors cannot be used."""


def main(arguments: list[str]) -> int:
    """Run the job; the exit code comes back."""
    if len(arguments) != 1:
        sys.stderr.write("usage: google_protobuf.py JOB.json\n")
        return 2
    try:
        run(Path(arguments[0]))
    except (UnusableError, OSError) as error:
        sys.stderr.write(f"{told(error)}\n")
        return 2
    return 0


def run(job_path: Path) -> None:
    """Run the job and write its report."""
    job = parsed_json(job_path, MAX_JOB_BYTES)
    strings = isinstance(job, dict) and all(isinstance(job.get(key), str) for key in ("image", "report"))
    lists = strings and all(is_list_of_text(job.get(key, [])) for key in ("vectors", "files"))
    if not lists:
        raise UnusableError(f"{job_path.name}: the job needs image and report, strings, and vectors, a list of strings")
    image = read_image(Path(job["image"]))
    sets = [each for folder in job.get("vectors", []) for each in vectors_of(Path(folder))]
    pools = Pools(image)
    results, missing = checked(pools, sets)
    own = set(job.get("files") or own_files(image, {file for file, _, _ in sets}))
    rpcs = [rpc for file in image if file.name in own for rpc in rpcs_of(file)]
    implementation = api_implementation.Type()
    report = {
        "format": FORMAT,
        "runtime": "google-protobuf-python" if implementation == "python" else "google-protobuf",
        "versions": {
            "google-protobuf": google.protobuf.__version__,
            "implementation": implementation,
            "python": platform.python_version(),
        },
        "messages": results,
        "missing": missing,
        "rpcs": {"descriptors": rpcs},
        "errors": list(pools.errors.values()),
    }
    Path(job["report"]).write_text(json.dumps(report), encoding="utf-8")


# ---- what is read -----------------------------------------------------------------------------------------------


def parsed_json(path: Path, limit: int) -> Any:  # noqa: ANN401 - JSON is anything
    """A JSON file's data, within bounds."""
    if path.stat().st_size > limit:
        raise UnusableError(f"{path.name} is larger than {limit >> 20} MiB")
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnusableError(f"{path.name} is no JSON: {told(error)}") from error


def is_list_of_text(value: object) -> bool:
    """Whether it is a list of strings."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def read_image(path: Path) -> list[FileDescriptorProto]:
    """The files of an image."""
    if path.stat().st_size > MAX_IMAGE_BYTES:
        raise UnusableError(f"{path.name} is larger than {MAX_IMAGE_BYTES >> 20} MiB")
    try:
        return list(FileDescriptorSet.FromString(path.read_bytes()).file)
    except (DecodeError, ValueError) as error:
        raise UnusableError(f"{path.name} is no FileDescriptorSet: {told(error)}") from error


def vectors_of(folder: Path) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """The .proto file, full name and vectors of every message of a folder."""
    index = parsed_json(folder / "index.json", MAX_FILE_BYTES)
    try:
        if index["format"] != FORMAT:
            raise UnusableError(f"the vectors have format {told(index['format'])}, not {FORMAT}")
        for entry in index["files"]:
            path = (folder / entry["path"]).resolve()
            if not path.is_relative_to(folder.resolve()):
                raise UnusableError(f"the index names a file outside of the folder: {told(entry['path'])}")
            for name, vectors in parsed_json(path, MAX_FILE_BYTES)["messages"].items():
                if not all(is_vector(each) for each in vectors):
                    raise UnusableError(f"the vectors of {told(name)} are of an unknown form")
                yield entry["file"], name, vectors
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnusableError(f"the vectors are of an unknown form: {told(error)}") from error


def is_vector(data: object) -> bool:
    """Whether it has what a vector needs, in the right types."""
    if not isinstance(data, dict):
        return False
    texts = [data.get("name"), data.get("input"), data.get("output", ""), data.get("json", "")]
    return all(isinstance(text, str) for text in texts)


def own_files(image: Iterable[FileDescriptorProto], with_vectors: set[str]) -> set[str]:
    """The files that are the contract's own and no mere imports, as far as can be told."""
    listed = list(image)
    imported = {name for file in listed for name in file.dependency}
    return with_vectors | ({file.name for file in listed} - imported)


# ---- descriptors ------------------------------------------------------------------------------------------------


class Pools:
    """Descriptor pools: one for all files that go together, and one for each other file with what it imports.

    Attributes:
        errors: the file that the runtime refuses to what it says.
    """

    def __init__(self, image: Iterable[FileDescriptorProto]) -> None:
        self.errors: dict[str, str] = {}
        self._files = {file.name: file for file in image}
        self._shared = DescriptorPool()
        self._pools: dict[str, DescriptorPool | None] = {}
        for name, file in self._files.items():
            needed = all(self._pools.get(imported) is self._shared for imported in file.dependency)
            if needed and refusal(self._shared, file) is None:
                self._pools[name] = self._shared

    def of(self, name: str) -> DescriptorPool | None:
        """The pool that has the file; None where the runtime refuses it or the image lacks it."""
        if name not in self._pools:
            self._pools[name] = self._own(name)
        return self._pools[name]

    def _own(self, name: str) -> DescriptorPool | None:
        pool = DescriptorPool()
        for file in self._closure(name):
            problem = refusal(pool, file)
            if problem is not None:
                self.errors[name] = f"the runtime refuses {name}: {told(problem)}"
                return None
        return pool if name in self._files else None

    def _closure(self, name: str) -> list[FileDescriptorProto]:
        """The file behind all that it imports, in the image's order, which has imports first."""
        wanted, pending = {name}, [name]
        while pending:
            file = self._files.get(pending.pop())
            for imported in file.dependency if file is not None else ():
                if imported not in wanted:
                    wanted.add(imported)
                    pending.append(imported)
        return [file for file in self._files.values() if file.name in wanted]


def refusal(pool: DescriptorPool, file: FileDescriptorProto) -> Exception | None:
    """Add a file to a pool; why the runtime refuses it comes back."""
    try:
        pool.AddSerializedFile(file.SerializeToString())
        if api_implementation.Type() == "python":
            pool.FindFileByName(file.name)  # builds it: this implementation builds only what is asked for
    except (TypeError, ValueError, KeyError) as error:
        return error
    return None


def rpcs_of(file: FileDescriptorProto) -> Iterator[dict[str, object]]:
    """The RPCs of a file's services."""
    scope = f"{file.package}." if file.package else ""
    for service in file.service:
        for method in service.method:
            yield {
                "path": f"/{scope}{service.name}/{method.name}",
                "input": method.input_type.removeprefix("."),
                "output": method.output_type.removeprefix("."),
                "client_streaming": method.client_streaming,
                "server_streaming": method.server_streaming,
            }


# ---- checks -----------------------------------------------------------------------------------------------------


def checked(
    pools: Pools, sets: Iterable[tuple[str, str, list[dict[str, Any]]]]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The results by message, and the messages that the runtime does not have."""
    results: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    room = [MAX_FAILURES]
    for file, name, vectors in sets:
        pool = pools.of(file)
        try:
            message = None if pool is None else GetMessageClass(pool.FindMessageTypeByName(name))
        except KeyError:
            message = None
        if pool is None or message is None:
            if name not in missing:
                missing.append(name)
            continue
        result = results.setdefault(name, {"vectors": 0, "failures": [], "json": {}})
        for vector in vectors:
            result["vectors"] += 1
            check(message, pool, vector, result, room)
    return results, missing


def check(
    message: type[Any], pool: DescriptorPool, vector: dict[str, Any], result: dict[str, Any], room: list[int]
) -> None:
    """Run one vector's checks.

    Args:
        message: the message's class.
        pool: where the types in an `Any`, and extensions, are found.
        vector: the vector.
        result: gets what fails, and the runtime's JSON text.
        room: how many more failures may be told; every message may tell one in any case.
    """

    def failed(check: str, detail: str) -> None:
        room[0] -= 1
        if room[0] >= 0 or not result["failures"]:
            result["failures"].append({"vector": vector["name"], "check": check, "detail": detail[:MAX_DETAIL]})

    output = vector.get("output", vector["input"])
    text = vector.get("json")
    try:
        decoded = message.FromString(bytes.fromhex(vector["input"]))
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        failed("decode", told(error))
        return
    try:
        encoded = decoded.SerializeToString(deterministic=True).hex()
    except Exception as error:  # noqa: BLE001
        failed("encode", told(error))
    else:
        if encoded != output:
            failed("encode", f"{encoded or 'no bytes'}, not {output or 'no bytes'}")
    if text is None:
        return
    try:
        result["json"][vector["name"]] = json_format.MessageToJson(decoded, indent=None, descriptor_pool=pool)
    except Exception as error:  # noqa: BLE001
        failed("to-json", told(error))
    if vector.get("lossy_json"):
        return
    try:
        read = json_format.Parse(text, message(), descriptor_pool=pool)
        encoded = read.SerializeToString(deterministic=True).hex()
    except Exception as error:  # noqa: BLE001
        failed("from-json", told(error))
    else:
        if encoded != output:
            failed("from-json", f"{encoded or 'no bytes'}, not {output or 'no bytes'}")


def told(error: object) -> str:
    """An exception, or a value, in one line."""
    text = " ".join(str(error).split())
    name = f"{type(error).__name__}: " if isinstance(error, Exception) and not isinstance(error, UnusableError) else ""
    return f"{name}{text}"[:MAX_DETAIL]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
