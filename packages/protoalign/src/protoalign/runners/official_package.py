"""Hold a vendor's own package against wire vectors, and let its public helpers make messages.

Started by path, by the interpreter of an environment in which the package is installed, with the path of a job file as
its only argument; it imports nothing of protoalign:

    ENVIRONMENT/bin/python -I official_package.py JOB.json

The job: `distribution`, the package's name; `files`, for each .proto file the modules that may hold it; `vectors`, the
folders with vectors; `helpers`, a Python file with `def messages()` that yields pairs of a name and a message, empty
for none; `made`, where to write those messages; `report`, where to write the report.
"""

from __future__ import annotations

import importlib
import json
import platform
import runpy
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RUNTIME = "official-package"
DETAIL = 400


def main(job_path: str) -> None:
    """Run the job and write its report."""
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    errors: list[str] = []
    load_files(job["files"], errors)
    report: dict[str, object] = {
        "format": 1,
        "runtime": RUNTIME,
        "versions": versions(job["distribution"]),
        **checked(job["vectors"]),
        "rpcs": {},
        "errors": errors,
    }
    made = {"format": 1, **made_by_helpers(job["helpers"])}
    Path(job["made"]).write_text(json.dumps(made), encoding="utf-8")
    Path(job["report"]).write_text(json.dumps(report), encoding="utf-8")


def versions(distribution: str) -> dict[str, str]:
    """The versions of the package and of the runtime that it stands on here."""
    found = {"python": platform.python_version()}
    for name in (distribution, "protobuf"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def load_files(files: dict[str, list[str]], errors: list[str]) -> None:
    """Bring every .proto file into the default pool: as the package itself does it, and then what is still lacking.

    Where a package holds several copies for several runtimes, importing it takes the one that fits.
    """
    tops = sorted({module.partition(".")[0] for modules in files.values() for module in modules})
    for top in tops:
        try:
            importlib.import_module(top)
        except Exception as error:  # noqa: BLE001 - whatever a package raises is reported
            errors.append(f"{top} does not import: {told(error)}")
    loaded = {module.rpartition(".")[0] for module in sys.modules if module.endswith("_pb2")}
    for file, modules in files.items():
        if is_loaded(file):
            continue
        problems = []
        # The copy whose neighbours are there already goes first.
        for module in sorted(modules, key=lambda name: name.rpartition(".")[0] not in loaded):
            try:
                importlib.import_module(module)
            except Exception as error:  # noqa: BLE001
                problems.append(f"{module} does not import: {told(error)}")
            if is_loaded(file):
                break
        else:
            errors.append(f"{file} is in no module that imports{': ' if problems else ''}{'; '.join(problems)}")


def is_loaded(file: str) -> bool:
    """Whether the default pool has the .proto file."""
    from google.protobuf import descriptor_pool

    try:
        descriptor_pool.Default().FindFileByName(file)
    except KeyError:
        return False
    return True


# ---- vectors ----------------------------------------------------------------------------------------------------


def checked(folders: Iterable[str]) -> dict[str, object]:
    """The part of the report on messages: how many vectors, which fail, and each one's JSON text."""
    from google.protobuf import descriptor_pool, message_factory

    pool = descriptor_pool.Default()
    results: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    for folder in folders:
        for name, vectors in vectors_of(Path(folder)):
            try:
                message = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
            except KeyError:
                missing.append(name)
                continue
            result = results.setdefault(name, {"vectors": 0, "failures": [], "json": {}})
            for vector in vectors:
                result["vectors"] += 1
                check(message, vector, result)
    return {"messages": results, "missing": missing}


def vectors_of(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Full name and vectors of every message of a folder."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    for entry in index["files"]:
        yield from json.loads((folder / entry["path"]).read_text(encoding="utf-8"))["messages"].items()


def check(message: type[Any], vector: dict[str, Any], result: dict[str, Any]) -> None:
    """Run one vector's checks; what fails goes into the result, as does the JSON text."""
    from google.protobuf import json_format

    def failed(check: str, detail: str) -> None:
        result["failures"].append({"vector": vector["name"], "check": check, "detail": detail[:DETAIL]})

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
        result["json"][vector["name"]] = json_format.MessageToJson(decoded, indent=None)
    except Exception as error:  # noqa: BLE001
        failed("to-json", told(error))
    if vector.get("lossy_json"):
        return
    try:
        encoded = json_format.Parse(text, message()).SerializeToString(deterministic=True).hex()
    except Exception as error:  # noqa: BLE001
        failed("from-json", told(error))
    else:
        if encoded != output:
            failed("from-json", f"{encoded or 'no bytes'}, not {output or 'no bytes'}")


def told(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:DETAIL] if text else type(error).__name__


# ---- helpers ----------------------------------------------------------------------------------------------------


def made_by_helpers(path: str) -> dict[str, object]:
    """The messages that a helpers file makes, as far as it came, and what went wrong."""
    from google.protobuf import json_format

    made: list[dict[str, str]] = []
    if not path:
        return {"messages": made, "error": ""}
    try:
        for name, message in runpy.run_path(path)["messages"]():
            made.append(
                {
                    "name": name,
                    "message": message.DESCRIPTOR.full_name,
                    "file": message.DESCRIPTOR.file.name,
                    "bytes": message.SerializeToString(deterministic=True).hex(),
                    "json": json_format.MessageToJson(message, indent=None),
                }
            )
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        behind = f" after {made[-1]['name']}" if made else ""
        return {"messages": made, "error": f"it ends{behind} with {told(error)}"}
    return {"messages": made, "error": ""}


if __name__ == "__main__":
    main(sys.argv[1])
