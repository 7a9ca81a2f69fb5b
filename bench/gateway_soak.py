"""Soak the gateway in front of an upstream that fails: `uv run python bench/gateway_soak.py [MINUTES]`.

The emulator is the upstream: some of its calls are refused, late, or cut off, as streams or with their connections.
Clients ask for answers and streams, and some leave before these are complete. Each one that stays has to get an answer
or an error: none may hang, and none may get something cut short that is called complete.

At the end, the gateway's open files, memory, requests and tasks have to be near what they were after the warm-up.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from emulator_process import API_KEY, EmulatorProcess, emulator_process
from gateway_peers import Running, UnavailableError, built_load, on_core, ours, running, two_cores

MINUTES = 15.0
CLIENTS = 16
WARM_UP_SECONDS = 30
SLICE_SECONDS = 60
HANG_SECONDS = 30
SETTLE_SECONDS = 30
PACE = "0.004"
# What may be more at the end than after the warm-up.
MORE_FILES, MORE_TASKS, MORE_MEMORY = 8, 4, 15
# A stream's last words may be on their way when its client leaves; the others' calls are to be cancelled.
LEAST_CANCELLED = 0.7
OPEN, TASKS = "xaiwire_gateway_open_requests", "xaiwire_gateway_tasks"
FAULTS = (
    {"status": "UNAVAILABLE", "message": "down for a while", "one_in": 11},
    {"status": "RESOURCE_EXHAUSTED", "message": "slow down", "retry_after": 0.2, "one_in": 17},
    {"status": "RESOURCE_EXHAUSTED", "message": "none left", "one_in": 19},
    {"status": "INTERNAL", "message": "it broke", "one_in": 23},
    {"status": "UNAUTHENTICATED", "message": "who is this", "one_in": 29},
    {"delay": 0.7, "one_in": 13},
    {"delay": 0.3, "status": "DEADLINE_EXCEEDED", "message": "too late", "one_in": 31},
    {"rpc": "*/GetCompletionChunk", "cut_after": 4, "cut": "stream", "one_in": 7},
    {"rpc": "*/GetCompletionChunk", "cut_after": 0, "cut": "stream", "one_in": 19},
    {"rpc": "*/GetCompletionChunk", "cut_after": 6, "cut": "connection", "one_in": 211},
    {"rpc": "*/GetCompletion", "cut_after": 0, "cut": "connection", "one_in": 307},
)


@dataclass
class Came:
    """The outcomes of all requests, and an example of each that must not be."""

    outcomes: Counter[str] = field(default_factory=Counter)
    bad: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Held:
    """What the gateway holds while nobody asks."""

    files: int
    memory: float
    open: float
    tasks: float

    def __str__(self) -> str:
        return f"{self.files} open files, {self.memory:.1f} MB, {self.open:g} open requests, {self.tasks:g} tasks"


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    came = Came()
    cores = two_cores()
    with built_load() as load, on_core(cores.others), emulator_process("--memory", "--pace", PACE) as emulator:
        for fault in FAULTS:
            emulator.control("POST", "/faults", fault)
        with running(ours(), int(emulator.address.rpartition(":")[2]), cores.gateway) as gateway:
            soak(load, gateway, WARM_UP_SECONDS, 0, came)
            before = settled(gateway, None)
            print(f"after a warm-up of {WARM_UP_SECONDS} s: {before}", flush=True)
            begun = upstream_calls(emulator)
            came.outcomes.clear()
            end = time.monotonic() + minutes * 60
            slices = 0
            while (left := end - time.monotonic()) > 0:
                slices += 1
                soak(load, gateway, min(left, SLICE_SECONDS), slices, came)
                print(f"slice {slices}: {held(gateway)}; {came.outcomes.total():,} requests", file=sys.stderr)
            after = settled(gateway, before)
            printed = gateway.log.read_text().splitlines()[1:]
            wrong = upstream_wrong(
                emulator, upstream_calls(emulator) - begun, came.outcomes["stream, client leaves: left"]
            )
    print(f"after {minutes:g} minutes, at rest: {after}\n\n| outcome | requests |\n| --- | --- |")
    for outcome, count in sorted(came.outcomes.items()):
        print(f"| {outcome} | {count:,} |")
    wrong += [f"{outcome}: {example}" for outcome, example in came.bad.items()] + leaks(before, after)
    if printed:
        wrong.append(f"the gateway printed {len(printed)} lines, the first of which: {' / '.join(printed[:5])}")
    if gateway.process.returncode:
        wrong.append(f"the gateway ended with {gateway.process.returncode}")
    print("\nNothing hangs, and nothing leaks." if not wrong else "\nWrong:\n\n- " + "\n- ".join(wrong))
    return 1 if wrong else 0


def soak(load: Path, gateway: Running, seconds: float, seed: int, came: Came) -> None:
    """Ask for so many seconds; the outcomes are added."""
    flags = [f"-connections={CLIENTS}", f"-seconds={seconds}", f"-timeout={HANG_SECONDS}s", f"-seed={seed}"]
    command = [load, "soak", f"-url={gateway.url}/v1/chat/completions", f"-header=Authorization: Bearer {API_KEY}"]
    done = subprocess.run(
        [*command, *flags], capture_output=True, text=True, check=True, timeout=seconds + 3 * HANG_SECONDS
    )
    found = json.loads(done.stdout)
    came.outcomes.update(found["outcomes"])
    came.bad |= found["bad"]


def held(gateway: Running) -> Held:
    try:
        metrics = metrics_of(gateway.url.removeprefix("http://"))
    except urllib.error.HTTPError as error:
        error.close()
        metrics = ""
    return Held(gateway.descriptors(), gateway.memory(), gauge(metrics, OPEN), gauge(metrics, TASKS))


def gauge(metrics: str, name: str) -> float:
    """The value of a gauge, all its labels together; not a number where it is not there."""
    found = re.findall(rf"^{name}(?:{{.*}})? (\S+)", metrics, re.MULTILINE)
    return sum(map(float, found)) if found else math.nan


def settled(gateway: Running, before: Held | None) -> Held:
    """What the gateway holds at rest: it has some time to notice who left, and to close what nobody uses."""
    end = time.monotonic() + SETTLE_SECONDS
    time.sleep(SETTLE_SECONDS / 3)
    while (found := held(gateway)) and time.monotonic() < end:
        if not leaks(before or found, found):
            break
        time.sleep(1)
    return found


def leaks(before: Held, after: Held) -> list[str]:
    wrong = [
        f"there is no {name} on /metrics"
        for name, value in ((OPEN, after.open), (TASKS, after.tasks))
        if math.isnan(value)
    ]
    if after.open > 1:
        wrong.append(f"{after.open:g} requests are open, though nobody asks")
    for what, one, other, more in (
        ("open files", before.files, after.files, MORE_FILES),
        ("tasks", before.tasks, after.tasks, MORE_TASKS),
        ("MB of memory", before.memory, after.memory, MORE_MEMORY),
    ):
        if other > one + more:
            wrong.append(f"{what}: {one:g} after the warm-up, {other:g} at the end; {more} more may be")
    return wrong


def metrics_of(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        return answer.read().decode()


def upstream_calls(emulator: EmulatorProcess) -> Counter[tuple[str, str]]:
    """The calls that ended at the upstream, by method and status."""
    sample = re.compile(r'^xaiwire_emulator_calls_total{method="(\w+)",.*status="(\w+)"} (\S+)', re.MULTILINE)
    found = sample.findall(metrics_of(emulator.address))
    return Counter({(method, status): int(float(count)) for method, status, count in found})


def upstream_wrong(emulator: EmulatorProcess, ended: Counter[tuple[str, str]], left: int) -> list[str]:
    """What is wrong with what the upstream saw: a call whose client leaves is to be cancelled, not carried on."""
    hits = sum(each["hits"] for each in emulator.control("GET", "/faults")["faults"])
    print(f"the upstream failed on purpose {hits:,} times\n\n| its calls | ended | |\n| --- | --- | --- |")
    for (method, status), count in sorted(ended.items()):
        print(f"| {method} | {status} | {count:,} |")
    print()
    wrong = []
    if still := gauge(metrics_of(emulator.address), "xaiwire_emulator_open_calls"):
        wrong.append(f"{still:g} calls go on at the upstream")
    cancelled = ended["GetCompletionChunk", "CANCELLED"]
    if cancelled < left * LEAST_CANCELLED:
        wrong.append(f"{left:,} clients left their streams, and {cancelled:,} of the upstream's were cancelled")
    return wrong


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UnavailableError as error:
        sys.exit(str(error))
