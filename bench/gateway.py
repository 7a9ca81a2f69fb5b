"""Measure the gateway beside LiteLLM, Portkey and a bare pass-through: `uv run python bench/gateway.py [ROUNDS]`.

Each is started afresh in each round, in turn, with one worker on one core; clients and upstreams have another core. The
upstreams answer with constants: over HTTP, as OpenAI's API does, for the peers; over gRPC for ours.

With `--flat`, 100,000 requests go to ours alone, and its memory is printed as it goes.

Prints Markdown tables, and ends with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway_peers import (
    KEY,
    Cores,
    Gateway,
    Running,
    UnavailableError,
    bare,
    built_load,
    litellm,
    on_core,
    ours,
    portkey,
    running,
    two_cores,
    upstream,
    version,
)

ROUNDS = 5
# The same for all before memory is looked at; it is the warm-up, too.
REQUESTS, STREAMS = 2000, 40
AT_ONCE, STREAMS_AT_ONCE = 32, 8
LATENCY_SECONDS, REQUEST_SECONDS, STREAM_SECONDS = 2.0, 4.0, 5.0
CHUNKS = 200
FLAT_REQUESTS, FLAT_STEP = 100_000, 10_000
MOST_MEMORY, MOST_GROWTH = 100, 5
# A gateway that uses less of its core is not what limits the rate: the machine is not quiet.
LEAST_SHARE = 0.9
KINDS: tuple[tuple[str, Callable[[], Gateway]], ...] = (
    ("ours", ours),
    ("litellm", litellm),
    ("portkey", portkey),
    ("bare", bare),
)


@dataclass
class Found:
    """What was measured of one gateway, a value for each round."""

    name: str
    latency: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    streams: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    memory_at_end: list[float] = field(default_factory=list)
    cpu_request: list[float] = field(default_factory=list)
    cpu_stream: list[float] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    requests: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    asked_streams: int = 0
    stream_errors: Counter[str] = field(default_factory=Counter)

    def streams_fail(self) -> bool:
        return bool(self.stream_errors)


@dataclass(frozen=True)
class Bench:
    """The clients, their core, and the upstreams' ports."""

    load: Path
    cores: Cores
    upstreams: dict[str, int]

    @contextmanager
    def started(self, gateway: Gateway) -> Iterator[Running]:
        with running(gateway, self.upstreams[gateway.speaks], self.cores.gateway) as made:
            yield made

    def ask(self, url: str, headers: tuple[str, ...], *, connections: int, **flags: float | bool) -> dict:
        """Load a gateway, and what the clients found."""
        command = [self.load, "load", f"-url={url}/v1/chat/completions", f"-connections={connections}"]
        command += [f"-header={each}" for each in (f"Authorization: Bearer {KEY}", *headers)]
        command += [f"-{name}={value}".replace("=True", "=true") for name, value in flags.items()]
        with on_core(self.cores.others):
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=900)
        return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rounds", nargs="?", type=int, default=ROUNDS)
    parser.add_argument("--flat", action="store_true", help="the memory of ours over 100,000 requests")
    parser.add_argument("--only", help="some of ours,litellm,portkey,bare")
    options = parser.parse_args()
    with ExitStack() as stack:
        load = stack.enter_context(built_load())
        cores = two_cores()
        ports = {speaks: stack.enter_context(upstream(load, speaks, cores.others)) for speaks in ("http", "grpc")}
        bench = Bench(load, cores, ports)
        if options.flat:
            return flat(bench)
        wanted = options.only.split(",") if options.only else [kind for kind, _ in KINDS]
        return measure(bench, wanted, options.rounds)


def measure(bench: Bench, wanted: list[str], rounds: int) -> int:
    gateways: dict[str, Gateway] = {}
    missing: dict[str, str] = {}
    for kind, made in KINDS:
        if kind not in wanted:
            missing[kind] = "was not asked for"
            continue
        try:
            gateways[kind] = made()
        except UnavailableError as error:
            missing[kind] = str(error)
    found = {kind: Found(gateway.name) for kind, gateway in gateways.items()}
    for number in range(rounds):
        for kind in list(gateways):
            try:
                one_round(bench, gateways[kind], found[kind])
            except UnavailableError as error:
                missing[kind] = f"{gateways[kind].name}: {error}"
                del gateways[kind], found[kind]
            print(f"round {number + 1}: {kind}", file=sys.stderr)
    direct = bench.ask(f"http://127.0.0.1:{bench.upstreams['http']}", (), connections=AT_ONCE, seconds=REQUEST_SECONDS)
    show(found, rounds, direct["rate"])
    for kind, reason in missing.items():
        print(f"\nNot measured: {kind}: {reason}")
    missed = goals(found)
    print("\nAll goals are reached." if not missed else "\nMissed: " + "; ".join(missed))
    return 1 if missed else 0


def one_round(bench: Bench, gateway: Gateway, found: Found) -> None:
    with bench.started(gateway) as made:

        def ask(connections: int, *, stream: bool = False, **flags: float) -> dict:
            before = made.cpu()
            answer = bench.ask(made.url, made.headers, connections=connections, stream=stream, **flags)
            if made.process.poll() is not None:
                raise UnavailableError(f"it ended under load with {made.process.returncode}")
            good = max(answer["requests"] - answer["errors"], 1)
            used = made.cpu() - before
            answer["cpu"] = used / good
            answer["share"] = used / answer["seconds"]
            if stream:
                found.asked_streams += answer["requests"]
                found.stream_errors.update(answer["reasons"])
            else:
                found.requests += answer["requests"]
                found.errors.update(answer["reasons"])
            return answer

        ask(AT_ONCE, requests=REQUESTS)
        ask(STREAMS_AT_ONCE, stream=True, requests=STREAMS)
        found.memory.append(made.memory())
        found.latency.append(ask(1, seconds=LATENCY_SECONDS)["median"])
        requests = ask(AT_ONCE, seconds=REQUEST_SECONDS)
        found.rate.append(requests["rate"])
        found.cpu_request.append(requests["cpu"])
        found.share.append(requests["share"])
        streams = ask(STREAMS_AT_ONCE, stream=True, seconds=STREAM_SECONDS)
        found.streams.append(streams["rate"])
        found.cpu_stream.append(streams["cpu"])
        found.memory_at_end.append(made.memory())


def show(found: dict[str, Found], rounds: int, direct: float) -> None:
    versions = ", ".join(f"{name} {version(name)}" for name in ("uvicorn", "uvloop", "httptools"))
    machine = f"Python {platform.python_version()}, {platform.machine()}"
    print(f"{machine}; {versions}; medians of {rounds} rounds, all in turn\n")
    print(
        f"| gateway | latency at 1 connection | requests/s at {AT_ONCE} | streams of {CHUNKS} chunks/s at "
        f"{STREAMS_AT_ONCE} | memory |\n| --- | --- | --- | --- | --- |"
    )
    for each in found.values():
        streams = "fails" if each.streams_fail() else f"{statistics.median(each.streams):,.1f}"
        print(
            f"| {each.name} | {statistics.median(each.latency) / 1e3:.2f} ms | {statistics.median(each.rate):,.0f} | "
            f"{streams} | {statistics.median(each.memory):.0f} MB |"
        )
    print(
        f"\nMemory is that after {REQUESTS:,} requests and {STREAMS} streams. The HTTP upstream by itself answers "
        f"{direct:,.0f} requests/s.\n"
    )
    print(
        "| gateway | CPU of a request | CPU of a streamed chunk | memory at a round's end | requests, errors | "
        "streams, errors |\n| --- | --- | --- | --- | --- | --- |"
    )
    for each in found.values():
        chunk = "" if each.streams_fail() else f"{statistics.median(each.cpu_stream) / CHUNKS * 1e6:.1f} µs"
        print(
            f"| {each.name} | {statistics.median(each.cpu_request) * 1e3:.3f} ms | {chunk} | "
            f"{statistics.median(each.memory_at_end):.0f} MB | {each.requests:,}, {each.errors.total():,} | "
            f"{each.asked_streams:,}, {each.stream_errors.total():,} |"
        )
    for each in found.values():
        if (share := statistics.median(each.share)) < LEAST_SHARE:
            print(f"\n{each.name} had {share:.2f} of its core at {AT_ONCE} connections: something else was the limit.")
        for what, reasons in (("requests", each.errors), ("streams", each.stream_errors)):
            for reason, count in reasons.most_common(3):
                print(f"\n{each.name}, {what}: {count:,} times {reason!r}")


def goals(found: dict[str, Found]) -> list[str]:
    """Print what ours reaches beside the others; what it misses."""
    if "ours" not in found:
        return ["ours is not there"]
    own = found["ours"]
    rows: list[tuple[str, float | None, float]] = []
    for what, kind, figure, goal in (
        ("requests/s to LiteLLM's", "litellm", "rate", 20.0),
        ("requests/s to Portkey's", "portkey", "rate", 2.0),
        ("requests/s to the bare one's", "bare", "rate", 0.4),
        ("streams/s to LiteLLM's", "litellm", "streams", 10.0),
    ):
        rows.append((what, ratio(own, found.get(kind), figure), goal))
    missed = []
    print("\n| ours | found | goal |\n| --- | --- | --- |")
    for what, value, goal in rows:
        print(f"| {what} | {'not measured' if value is None else f'{value:.2f}'} | at least {goal:g} |")
        if value is None or value < goal:
            missed.append(what)
    for what, values in (("memory", own.memory), ("memory at a round's end", own.memory_at_end)):
        print(f"| {what} | {max(values):.0f} MB | at most {MOST_MEMORY} MB |")
        if max(values) > MOST_MEMORY:
            missed.append(what)
    if own.errors or own.stream_errors:
        missed.append(f"{own.errors.total() + own.stream_errors.total()} errors")
    return missed


def ratio(own: Found, other: Found | None, figure: str) -> float | None:
    """The median of the rounds' ratios; None where the other has no such figure."""
    if other is None or (figure == "streams" and other.streams_fail()):
        return None
    pairs = zip(getattr(own, figure), getattr(other, figure), strict=True)
    return statistics.median(one / max(two, 1e-9) for one, two in pairs)


def flat(bench: Bench) -> int:
    """The memory of ours, as it goes."""
    with bench.started(ours()) as made:
        print("| requests | memory | open files |\n| --- | --- | --- |")
        memory = []
        for done in range(0, FLAT_REQUESTS, FLAT_STEP):
            answer = bench.ask(made.url, made.headers, connections=AT_ONCE, requests=FLAT_STEP)
            if answer["errors"]:
                sys.exit(f"errors: {answer['reasons']}")
            memory.append(made.memory())
            print(f"| {done + FLAT_STEP:,} | {memory[-1]:.1f} MB | {made.descriptors()} |", flush=True)
    grown = memory[-1] - memory[0]
    print(f"\nFrom the first line to the last one: {grown:+.1f} MB; the goal is at most {MOST_GROWTH} MB.")
    return 1 if grown > MOST_GROWTH else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UnavailableError as error:
        sys.exit(str(error))
