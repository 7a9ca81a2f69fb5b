"""The gateways that are measured: where each comes from, how it is started, and what its processes use."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path.home() / ".cache" / "protoalign-bench"
KEY = "xai-emulator-key"

LITELLM = "1.108.7"
# Without these, it tries to import them at each request, in vain, and is a quarter slower.
LITELLM_NEEDS = ("opentelemetry-sdk==1.45.2", "opentelemetry-exporter-otlp==1.45.2")
PORTKEY = "1.15.2"
# The oldest that it allows; with newer ones each stream fails: "TypeError: immutable", known as its issue 1389.
PORTKEY_NEEDS = {"@hono/node-server": "1.3.3", "hono": "4.9.7"}
# It has no flag for where to listen, and takes all interfaces.
LOOPBACK = """
const {Server} = require("node:net");
const listen = Server.prototype.listen;
Server.prototype.listen = function (port, host, ...rest) {
  return listen.call(this, port, host ?? "127.0.0.1", ...rest);
};
"""
# What the environments have where the workspace has no version of its own.
VERSIONS = {"uvicorn": "0.54.0", "starlette": "1.10.0", "uvloop": "0.22.1", "httptools": "0.9.0", "aiohttp": "3.14.5"}
# One worker, no database, no key of its own, no telemetry, no price list from the network; logs of errors only.
LITELLM_ENVIRONMENT = {
    "LITELLM_LOG": "ERROR",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_TELEMETRY": "False",
    "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    "DISABLE_ADMIN_UI": "True",
    "NO_DOCS": "True",
}
LITELLM_SETTINGS = """
model_list:
  - model_name: grok-4
    litellm_params: {{model: openai/grok-4, api_base: "{upstream}", api_key: none}}
litellm_settings: {{telemetry: false, set_verbose: false}}
general_settings: {{}}
"""
READY_SECONDS = 120
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class UnavailableError(Exception):
    """A peer cannot be installed or started here; the message says why."""


@dataclass(frozen=True)
class Cores:
    """Which core the gateways have, and which their clients and upstreams."""

    gateway: int
    others: int


def two_cores() -> Cores:
    found = sorted(os.sched_getaffinity(0))
    if len(found) < 2:
        sys.exit("this measurement needs two cores")
    return Cores(found[0], found[1])


@dataclass(frozen=True)
class Gateway:
    """One gateway that can be started.

    Attributes:
        name: what it is called in the tables, with its version.
        speaks: its upstream's protocol, `http` or `grpc`.
        command: gives the command, of a free port and the upstream's port.
        headers: what its clients send besides the key.
        environment: variables that it gets.
    """

    name: str
    speaks: str
    command: Callable[[int, int], list[str | Path]]
    headers: Callable[[int], tuple[str, ...]] = lambda _: ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass
class Running:
    """A gateway that runs.

    Attributes:
        url: where, as `http://127.0.0.1:PORT`.
        process: its first process.
        headers: what its clients send.
        log: the file with what it printed.
    """

    url: str
    process: subprocess.Popen[str]
    headers: tuple[str, ...]
    log: Path

    def memory(self) -> float:
        """Resident memory of all its processes, in MB of a million bytes."""
        return sum(_status(each, "VmRSS") for each in family(self.process.pid)) * 1024 / 1e6

    def cpu(self) -> float:
        """Seconds of CPU that its processes have used."""
        return sum(_cpu(each) for each in family(self.process.pid))

    def descriptors(self) -> int:
        """How many files and sockets its processes have open."""
        return sum(len(list(Path(f"/proc/{each}/fd").iterdir())) for each in family(self.process.pid))


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def _status(pid: int, name: str) -> int:
    return int(re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def ours() -> Gateway:
    executable = Path(sys.executable).parent / "xaiwire-server"

    def command(_port: int, upstream: int) -> list[str | Path]:
        listening = ["--host", "127.0.0.1", "--port", "0"]
        passing_on = ["--upstream", f"127.0.0.1:{upstream}", "--plaintext"]
        return [executable, "gateway", *listening, *passing_on, "--log", "none"]

    found = subprocess.run([executable, "gateway", "--help"], capture_output=True, text=True, check=False)
    if found.returncode:
        raise UnavailableError("xaiwire-server has no gateway")
    return Gateway(f"xaiwire-server {metadata.version('xaiwire-server')}", "grpc", command)


def bare() -> Gateway:
    names = ("uvicorn", "starlette", "uvloop", "httptools", "aiohttp")
    python = python_environment("bare", *pinned(*names))
    return Gateway(
        "bare Starlette + aiohttp",
        "http",
        lambda port, upstream: [python, HERE / "gateway_bare.py", str(port), f"http://127.0.0.1:{upstream}/v1"],
    )


def litellm() -> Gateway:
    needs = (*LITELLM_NEEDS, *pinned("uvicorn", "uvloop", "httptools"))
    python = python_environment("litellm", f"litellm[proxy]=={LITELLM}", *needs)

    def command(port: int, upstream: int) -> list[str | Path]:
        settings = CACHE / "litellm.yaml"
        settings.write_text(LITELLM_SETTINGS.format(upstream=f"http://127.0.0.1:{upstream}/v1"))
        listening = ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
        return [python.parent / "litellm", "--config", settings, *listening, "--telemetry", "False"]

    return Gateway(f"LiteLLM proxy {LITELLM}", "http", command, environment=tuple(LITELLM_ENVIRONMENT.items()))


def portkey() -> Gateway:
    if not (shutil.which("npm") and shutil.which("node")):
        raise UnavailableError("there is no Node.js here")
    prefix = CACHE / "portkey"
    prefix.mkdir(parents=True, exist_ok=True)
    package = {"private": True, "dependencies": {"@portkey-ai/gateway": PORTKEY}, "overrides": PORTKEY_NEEDS}
    (prefix / "package.json").write_text(json.dumps(package))
    (prefix / "loopback.cjs").write_text(LOOPBACK)
    installed(["npm", "install", "--prefix", prefix, "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"])
    start = prefix / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"

    def headers(upstream: int) -> tuple[str, ...]:
        return "x-portkey-provider: openai", f"x-portkey-custom-host: http://127.0.0.1:{upstream}/v1"

    return Gateway(
        f"Portkey {PORTKEY}",
        "http",
        lambda port, _upstream: ["node", "--require", prefix / "loopback.cjs", start, "--headless", f"--port={port}"],
        headers,
        (("NODE_ENV", "production"),),
    )


def version(name: str) -> str:
    """The version of a package that the workspace has, so that the peers have the same one."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return VERSIONS[name]


def pinned(*names: str) -> list[str]:
    return [f"{name}=={version(name)}" for name in names]


def python_environment(name: str, *requirements: str) -> Path:
    """The Python of an environment that has these packages; it is made where it is not there."""
    folder = CACHE / name
    python = folder / "bin" / "python"
    if not python.exists():
        installed(["uv", "venv", "-q", "--clear", "--python", sys.executable, folder])
    installed(["uv", "pip", "install", "-q", "--compile-bytecode", "--python", python, *requirements])
    return python


def installed(command: list[str | Path]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise UnavailableError(f"{command[0]}: {done.stderr.strip()[-300:]}")


@contextmanager
def built_load() -> Iterator[Path]:
    """The program that is the clients and the upstreams."""
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "gateway_load"
        subprocess.run(["go", "-C", HERE / "gateway_load", "build", "-o", built, "."], check=True)
        yield built


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started in here has this core alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def upstream(load: Path, speaks: str, core: int) -> Iterator[int]:
    """An upstream that answers with constants; its port."""
    with on_core(core):
        process = subprocess.Popen([load, "upstream", speaks], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(10)


@contextmanager
def running(gateway: Gateway, upstream_port: int, core: int) -> Iterator[Running]:
    """A gateway that is ready; it is ended by SIGTERM, or killed where it does not heed that."""
    port = free_port()
    environment = {
        name: text
        for name, text in os.environ.items()
        if "proxy" not in name.lower() and name != "PYTHONDONTWRITEBYTECODE"
    }
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as output, on_core(core):
            process = subprocess.Popen(
                gateway.command(port, upstream_port),
                env=environment | dict(gateway.environment),
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            url = ready(process, log, f"http://127.0.0.1:{port}", announces=gateway.speaks == "grpc")
            yield Running(url, process, gateway.headers(upstream_port), log)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def ready(process: subprocess.Popen[str], log: Path, url: str, *, announces: bool) -> str:
    """Wait until a gateway says where it is, or answers."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise UnavailableError(f"it ended with {process.returncode}: {log.read_text()[-500:]}")
        if announces:
            if found := re.search(r"ready on (http://\S+?)[:;,]?\s", log.read_text()):
                return found[1]
        elif answers(url):
            return url
        time.sleep(0.05)
    raise UnavailableError(f"it was not ready after {READY_SECONDS} s: {log.read_text()[-500:]}")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
