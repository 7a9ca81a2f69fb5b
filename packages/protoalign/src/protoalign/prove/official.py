"""The reference's own package: installed apart, held against the vectors, and asked to make messages itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.errors import InputError, PackageIndexError, SourceReadError
from protoalign.prove.environment import Package
from protoalign.prove.model import MessageVectors, Vector
from protoalign.prove.processes import Processes, plain_environment
from protoalign.prove.raw_report import one_line
from protoalign.prove.runtimes import RuntimeRun, run_runner
from protoalign.sources.file_digest import sha256_of_file
from protoalign.sources.package_index import fetch

if TYPE_CHECKING:
    from protoalign.contract import Contract
    from protoalign.sources import LoadOptions

__all__ = ["HelperMessages", "OfficialRun", "has_package", "official_package", "read_helper_messages", "run_official"]

RUNTIME = "official-package"
FORMAT = 1
MAX_BYTES = 64 << 20
MAX_MESSAGES = 100_000
WHEEL_DATA = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")
IDENTIFIERS = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperMessages:
    """What the public helpers of the package made.

    Attributes:
        vectors: the messages, as vectors; each is named as the helpers file names it.
        problems: what is wrong, such as that the helpers file ended early; empty where nothing is.
    """

    vectors: tuple[MessageVectors, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialRun:
    """What came of the package.

    Attributes:
        run: what it did with the vectors.
        helpers: what its helpers made; None where there is no helpers file or nothing was run.
    """

    run: RuntimeRun
    helpers: HelperMessages | None = None


def has_package(reference: Contract) -> bool:
    """Whether the reference was read from the archive of a Python package."""
    provenance = reference.provenance
    return provenance.kind == "pypi" or (provenance.kind == "python" and provenance.archive is not None)


def official_package(reference: Contract, options: LoadOptions) -> Package:
    """The archive that the reference was read from.

    Args:
        reference: a contract for which `has_package` holds.
        options: whether the network may be used.

    Raises:
        PackageIndexError: it cannot be had, is another one now, or is no wheel.
        SourceReadError: it cannot be read.
    """
    provenance = reference.provenance
    source = provenance.source.removeprefix(f"{provenance.kind}:")
    if provenance.kind == "pypi":
        fetched = fetch(source, options)
        path, digest, label = fetched.path, fetched.sha256, f"{fetched.name} {fetched.version}"
    else:
        path = Path(source)
        label = path.name
        try:
            digest = sha256_of_file(path)
        except OSError as error:
            raise SourceReadError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    if digest != provenance.archive_sha256:
        raise PackageIndexError(
            f"the archive of {label} is not the one that the contract was read from",
            where=path.name,
            hint="It was replaced since. Find out why before you go on.",
        )
    if path.suffix != ".whl":
        raise PackageIndexError(
            f"{path.name} is no wheel, and installing it would run its build",
            hint="Name a reference whose archive is a wheel.",
        )
    return Package(archive=path, sha256=digest, label=label)


def run_official(
    processes: Processes,
    python: Path,
    reference: Contract,
    *,
    package: Package,
    vectors: Path,
    helpers: Path | None,
    scratch: Path,
) -> OfficialRun:
    """Hold the installed package against the vectors, and let its helpers make messages.

    Args:
        processes: starts it.
        python: the interpreter of its environment.
        reference: the contract that was read from it.
        package: its archive.
        vectors: the folder with the vectors.
        helpers: the helpers file; None for none.
        scratch: a folder to write into.
    """
    made = scratch / "official.made.json"
    job = {
        "distribution": package.archive.name.split("-", 1)[0].replace("_", "-"),
        "files": _modules(reference),
        "vectors": [str(vectors)],
        "helpers": str(helpers) if helpers is not None else "",
        "made": str(made),
    }
    run = run_runner(
        processes,
        "official_package.py",
        job,
        scratch / "official",
        runtime=RUNTIME,
        environment=plain_environment(),
        python=python,
    )
    if helpers is None or run.report is None:
        return OfficialRun(run=run)
    return OfficialRun(run=run, helpers=read_helper_messages(made, reference))


def read_helper_messages(path: Path, reference: Contract) -> HelperMessages:
    """Read what the helpers made.

    Args:
        path: the file that the runner wrote.
        reference: the contract that has to have the messages.
    """
    try:
        return _helper_messages(_read_json(path), reference)
    except InputError as error:
        return HelperMessages(problems=(error.what,))
    except (OSError, ValueError, RecursionError) as error:
        return HelperMessages(problems=(f"what the helpers made cannot be read: {one_line(str(error))}",))


def _read_json(path: Path) -> Mapping[str, object]:
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"the helpers made more than {MAX_BYTES >> 20} MiB")
    data = json.loads(path.read_bytes())
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InputError("what the helpers made is of an unknown form")
    return data


def _helper_messages(data: Mapping[str, object], reference: Contract) -> HelperMessages:
    listed, error = data.get("messages"), str(data.get("error", ""))
    if not isinstance(listed, list):
        raise InputError("what the helpers made is of an unknown form")
    problems = [f"the helpers file: {one_line(error)}"] if error else []
    if not listed and not error:
        problems.append("the helpers file makes no messages")
    if len(listed) > MAX_MESSAGES:
        raise InputError(f"the helpers made more than {MAX_MESSAGES:,} messages")
    own = {file.name for file in reference.files}
    found: dict[tuple[str, str], list[Vector]] = {}
    names: set[str] = set()
    for each in listed:
        if not isinstance(each, dict) or not all(isinstance(value, str) for value in each.values()):
            raise InputError("what the helpers made is of an unknown form")
        name, message, file, content, text = (
            str(each.get(key, "")) for key in ("name", "message", "file", "bytes", "json")
        )
        shown = one_line(name)
        if not name or not name.isprintable() or name in names:
            problems.append(f"the helpers file names two messages {shown}" if name in names else "a name is empty")
            continue
        names.add(name)
        if file not in own or reference.find(message) is None:
            problems.append(f"{shown} is a {one_line(message)}, which is no message of the contract's own files")
            continue
        encoded = bytes.fromhex(content)
        found.setdefault((file, message), []).append(Vector(name=name, input=encoded, output=encoded, json=text))
    vectors = tuple(
        MessageVectors(message=message, file=file, vectors=tuple(made))
        for (file, message), made in sorted(found.items())
    )
    return HelperMessages(vectors=vectors, problems=tuple(problems))


def _modules(reference: Contract) -> Mapping[str, list[str]]:
    """For each own file the modules of the package that hold it, the one that the contract was read from first."""
    return {file.name: list(_importable(reference.provenance.copies.get(file.name, ()))) for file in reference.files}


def _importable(places: Iterable[str]) -> Iterable[str]:
    for place in places:
        member = WHEEL_DATA.sub("", place.rpartition(":")[0] or place, count=1)
        module = member.removesuffix(".py").replace("/", ".")
        if member.endswith(".py") and IDENTIFIERS.fullmatch(module):
            yield module
