"""Hold generated Python (protobuf-py messages, Connect stubs, service wrappers) against wire vectors.

Started by path with the path of a job file as its only argument; it imports nothing of protoalign:

    python -I protobuf_py.py JOB.json

The job: `root`, the folder that the generated packages are imported from; `messages`, the dotted package of messages
and stubs; `services`, that of the wrappers, empty for none; `vectors`, the folders with vectors; `report`, the file to
write.
What does not import or is not there is told in the report; the exit code says only whether a report was written.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

RUNTIME = "protobuf-py"
PACKAGES = ("protobuf-py", "connectrpc")
DETAIL = 400


class Called(Exception):  # noqa: N818 - no error: it carries the method out of the stub that called it
    """Raised in place of a call, with what was called."""

    def __init__(self, rpcs: list[dict[str, object]]) -> None:
        super().__init__("called")
        self.rpcs = rpcs


def main(job_path: str) -> None:
    """Run the job and write its report."""
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    sys.path.insert(0, job["root"])
    errors: list[str] = []
    modules = list(imported(Path(job["root"]), job["messages"], ("_pb", "_connect"), errors))
    stubs = [module for module in modules if module.__name__.endswith("_connect")]
    messages, registry = classes_and_registry([module for module in modules if module not in stubs], errors)
    report: dict[str, object] = {
        "format": 1,
        "runtime": RUNTIME,
        "versions": {"python": platform.python_version(), **versions()},
        **checked(job["vectors"], messages, registry),
        "rpcs": rpcs_of(job, stubs, errors),
        "errors": errors,
    }
    Path(job["report"]).write_text(json.dumps(report), encoding="utf-8")


def versions() -> dict[str, str]:
    """The versions of the packages that the generated code runs on."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def imported(root: Path, package: str, suffixes: tuple[str, ...], errors: list[str]) -> Iterator[ModuleType]:
    """Import a package's modules whose names end so, in the order of their paths; failures go to `errors`."""
    folder = root.joinpath(*package.split("."))
    paths = sorted(path for path in folder.rglob("*.py") if path.stem.endswith(suffixes))
    if not paths:
        errors.append(f"{package} holds no generated modules")
    for path in paths:
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        try:
            yield importlib.import_module(name)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            errors.append(f"{name} does not import: {told(error)}")


def classes_and_registry(modules: Iterable[ModuleType], errors: list[str]) -> tuple[dict[str, type[Any]], Any]:
    """Full name to message class, and a registry of every generated file."""
    from protobuf import Message, Registry

    found: dict[str, type[Any]] = {}
    registry = Registry()
    for module in modules:
        try:
            registry.add(module.desc())
            pending = [value for value in vars(module).values() if is_own(value, Message, module)]
            while pending:
                message = pending.pop()
                found.setdefault(message.desc().type_name, message)
                pending += [value for value in vars(message).values() if is_own(value, Message, module)]
        except Exception as error:  # noqa: BLE001 - whatever is wrong with generated code is reported
            errors.append(f"{module.__name__} cannot be read: {told(error)}")
    return found, registry


def is_own(value: object, base: type, module: ModuleType) -> bool:
    """Whether the value is a class of that base that the module itself defines."""
    return inspect.isclass(value) and issubclass(value, base) and value.__module__ == module.__name__


# ---- vectors ----------------------------------------------------------------------------------------------------


def checked(folders: Iterable[str], messages: dict[str, type[Any]], registry: Any) -> dict[str, object]:  # noqa: ANN401
    """The part of the report on messages: how many vectors, which fail, and each one's JSON text."""
    results: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    for folder in folders:
        for name, vectors in vectors_of(Path(folder)):
            message = messages.get(name)
            if message is None:
                missing.append(name)
                continue
            result = results.setdefault(name, {"vectors": 0, "failures": [], "json": {}})
            for vector in vectors:
                result["vectors"] += 1
                check(message, vector, registry, result)
    return {"messages": results, "missing": missing}


def vectors_of(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Full name and vectors of every message of a folder."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    for entry in index["files"]:
        yield from json.loads((folder / entry["path"]).read_text(encoding="utf-8"))["messages"].items()


def check(message: type[Any], vector: dict[str, Any], registry: Any, result: dict[str, Any]) -> None:  # noqa: ANN401
    """Run one vector's checks; what fails goes into the result, as does the JSON text."""

    def failed(check: str, detail: str, **more: str) -> None:
        result["failures"].append({"vector": vector["name"], "check": check, "detail": detail[:DETAIL], **more})

    output = vector.get("output", vector["input"])
    text = vector.get("json")
    try:
        decoded = message.from_binary(bytes.fromhex(vector["input"]))
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        failed("decode", told(error))
        return
    expected = {output}
    try:
        encoded = decoded.to_binary().hex()
    except Exception as error:  # noqa: BLE001
        failed("encode", told(error))
    else:
        if encoded != output:
            # All of the bytes, for a driver that accepts other orders of fields.
            failed("encode", f"{encoded or 'no bytes'}, not {output or 'no bytes'}", bytes=encoded)
            expected.add(encoded)
    if text is None:
        return
    try:
        result["json"][vector["name"]] = decoded.to_json(registry=registry)
    except Exception as error:  # noqa: BLE001
        failed("to-json", told(error))
    if vector.get("lossy_json"):
        return
    try:
        encoded = message.from_json(text, registry=registry).to_binary().hex()
    except Exception as error:  # noqa: BLE001
        failed("from-json", told(error))
    else:
        if encoded not in expected:
            failed("from-json", f"{encoded or 'no bytes'}, not {output or 'no bytes'}")


def told(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:DETAIL] if text else type(error).__name__


# ---- RPCs -------------------------------------------------------------------------------------------------------


def rpcs_of(job: dict[str, Any], stubs: list[ModuleType], errors: list[str]) -> dict[str, list[dict[str, object]]]:
    """Place to the RPCs that the code there makes or serves."""
    places: dict[str, list[dict[str, object]]] = {}
    try:
        import connectrpc  # noqa: F401 - told apart from a stub that does not import
    except ImportError as error:
        errors.append(f"the stubs cannot be looked at: {told(error)}")
    else:
        places |= client_rpcs(stubs, errors)
        places |= server_rpcs(stubs, errors)
    if job["services"]:
        places |= wrapper_rpcs(Path(job["root"]), job["services"], errors)
    return {place: distinct(rpcs) for place, rpcs in places.items()}


def distinct(rpcs: list[dict[str, object]]) -> list[dict[str, object]]:
    """Each RPC once, sorted."""
    return [json.loads(text) for text in sorted({json.dumps(rpc, sort_keys=True) for rpc in rpcs})]


def rpc(path: str, request: type[Any], response: type[Any], kind: str) -> dict[str, object]:
    """One RPC as the report has it; the kind is `unary`, `client_stream`, `server_stream` or `bidi_stream`."""
    return {
        "path": path,
        "input": request.desc().type_name,
        "output": response.desc().type_name,
        "client_streaming": kind in ("client_stream", "bidi_stream"),
        "server_streaming": kind in ("server_stream", "bidi_stream"),
    }


def of_method_info(method: Any, kind: str, path: str | None = None) -> list[dict[str, object]]:  # noqa: ANN401
    """The RPC that a Connect method stands for; a second one where what it says of itself is not how it is used."""
    own_path = f"/{method.service_name}/{method.name}"
    own_kind = method.stream_type.name.lower()
    return [
        rpc(path or own_path, method.input, method.output, kind),
        rpc(own_path, method.input, method.output, own_kind),
    ]


KINDS = ("unary", "client_stream", "server_stream", "bidi_stream")


def client_rpcs(stubs: Iterable[ModuleType], errors: list[str]) -> dict[str, list[dict[str, object]]]:
    """What the methods of generated clients call."""
    from connectrpc.client import ConnectClient, ConnectClientSync

    def recording(kind: str) -> Callable[..., None]:
        def execute(_self: object, *, method: Any, **_rest: object) -> None:  # noqa: ANN401
            raise Called(of_method_info(method, kind))

        return execute

    overridden = {f"execute_{kind}": recording(kind) for kind in KINDS}
    places: dict[str, list[dict[str, object]]] = {}
    for place, base in (("python client stubs", ConnectClientSync), ("python async client stubs", ConnectClient)):
        found = places.setdefault(place, [])
        for module in stubs:
            for client in (value for value in vars(module).values() if is_own(value, base, module)):
                recorder = type(client.__name__, (client,), dict(overridden))
                # Without __init__, which wants an address.
                found += calls_of(client, object.__new__(recorder), place, errors, request=None)
    return places


def server_rpcs(stubs: Iterable[ModuleType], errors: list[str]) -> dict[str, list[dict[str, object]]]:
    """What generated server applications serve."""
    from connectrpc.server import ConnectASGIApplication, ConnectWSGIApplication

    def recording(_self: object, *, endpoints: Any, **_rest: object) -> None:  # noqa: ANN401
        listed = endpoints(AnyService()) if callable(endpoints) else endpoints
        raise Called(
            [
                each
                for path, endpoint in listed.items()
                for each in of_method_info(endpoint.method, kind(endpoint), path)
            ]
        )

    def kind(endpoint: object) -> str:
        words = type(endpoint).__name__
        return next(kind for kind in KINDS if f"endpoint{kind.replace('_', '')}" in words.lower())

    places: dict[str, list[dict[str, object]]] = {}
    sides = (("python server stubs", ConnectWSGIApplication), ("python async server stubs", ConnectASGIApplication))
    for place, base in sides:
        found = places.setdefault(place, [])
        setattr(base, "__init__", recording)  # noqa: B010 - in this process nothing else makes one
        for module in stubs:
            for application in (value for value in vars(module).values() if is_own(value, base, module)):
                try:
                    application(AnyService())
                except Called as called:
                    found += called.rpcs
                except Exception as error:  # noqa: BLE001
                    errors.append(f"{place}: {application.__name__} cannot be made: {told(error)}")
                else:
                    errors.append(f"{place}: {application.__name__} names no endpoints")
    return places


class AnyService:
    """Has every method."""

    def __getattr__(self, name: str) -> object:
        return lambda *_arguments, **_keywords: name


def wrapper_rpcs(root: Path, package: str, errors: list[str]) -> dict[str, list[dict[str, object]]]:
    """What the methods of service wrappers call."""
    found: dict[str, list[dict[str, object]]] = {"python wrappers": [], "python async wrappers": []}
    folder = root.joinpath(*package.split("."))
    modules = list(imported(root, package, ("",), errors))
    for module in modules:
        if Path(str(module.__file__)).parent != folder:
            continue
        for wrapper in [value for value in vars(module).values() if is_own(value, object, module)]:
            if not is_wrapper(wrapper):
                continue
            place = "python async wrappers" if is_async(wrapper) else "python wrappers"
            try:
                instance = wrapper(RecordingCaller())
            except Exception as error:  # noqa: BLE001
                errors.append(f"{place}: {wrapper.__name__} cannot be made: {told(error)}")
                continue
            found[place] += calls_of(wrapper, instance, place, errors, request=())
    return found


def is_wrapper(value: type[Any]) -> bool:
    """Whether a class of the services package is a service's wrapper: it says which service it calls."""
    return isinstance(vars(value).get("SERVICE"), str)


def is_async(wrapper: type[Any]) -> bool:
    """Whether a wrapper takes a caller for event loops; its name does not tell, a service may begin with `Async`."""
    annotations = [parameter.annotation for parameter in inspect.signature(wrapper.__init__).parameters.values()]
    return any(str(each).rpartition(".")[2].startswith("AsyncCaller") for each in annotations)


class RecordingCaller:
    """Takes the calls of wrappers, sync and async alike, and says what was called."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name not in KINDS:
            raise AttributeError(name)

        def call(method: Any, request: Any, *_options: object) -> None:  # noqa: ANN401
            # Further ones where what the method says of itself is not how the wrapper calls it.
            sent = type(request) if name in ("unary", "server_stream") else method.input
            own = method.streaming.value.replace("-", "_")
            raise Called(
                [rpc(method.path, each, method.output, kind) for each in (sent, method.input) for kind in (name, own)]
            )

        return call


def calls_of(
    declared: type[Any], instance: object, place: str, errors: list[str], *, request: object
) -> list[dict[str, object]]:
    """Call every public method that a class itself declares, and collect what was called."""
    found: list[dict[str, object]] = []
    for name, function in vars(declared).items():
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        positional = [
            request
            for parameter in list(inspect.signature(function).parameters.values())[1:]
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            and parameter.default is parameter.empty
        ]
        try:
            finish(getattr(instance, name)(*positional))
        except Called as called:
            found += called.rpcs
        except Exception as error:  # noqa: BLE001
            errors.append(f"{place}: {declared.__name__}.{name} cannot be called: {told(error)}")
        else:
            errors.append(f"{place}: {declared.__name__}.{name} makes no call")
    return found


def finish(result: Any) -> None:  # noqa: ANN401
    """Run what a method returned up to the call that it makes."""

    async def first(stream: Any) -> None:  # noqa: ANN401
        async for _ in stream:
            return

    if inspect.iscoroutine(result):
        asyncio.run(result)
    elif hasattr(result, "__aiter__"):
        asyncio.run(first(result))
    elif hasattr(result, "__next__"):
        next(result, None)


if __name__ == "__main__":
    main(sys.argv[1])
