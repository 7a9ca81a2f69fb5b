"""Measure the emulator beside a server of grpcio's that returns constants: `uv run python bench/emulator.py`.

Both are asked in turn, by the official client's stubs, in the same run. What has no peer is measured alone.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from emulator_process import API_KEY, emulator_process
from official_environment import official_python

import xaiwire
from xaiwire.chat import user
from xaiwire_server.emulator.clock import Clock
from xaiwire_server.emulator.state.keys import TEAM_ID
from xaiwire_server.emulator.state.store import Store

HERE = Path(__file__).parent
ROUNDS = 7
FILES = 1_000_000
HELD = 200


def main() -> None:
    python = official_python()
    print(f"Python {sys.version.split()[0]}; medians of {ROUNDS} rounds, both in turn\n")
    print("| what | emulator | grpcio's server | ratio | goal |\n| --- | --- | --- | --- | --- |")
    with emulator_process("--memory") as emulator, peer(python) as address:
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(load(python, emulator.address))
            theirs.append(load(python, address))
    for name, what, goal in (
        ("call", "unary call", "2.5"),
        ("p50", "unary call, half of them", ""),
        ("p99", "unary call, 99 of 100", ""),
        ("chunk", "streamed chunk", "1.0"),
    ):
        one, other = (statistics.median(each[name] for each in found) for found in (ours, theirs))
        ratio = statistics.median(a[name] / b[name] for a, b in zip(ours, theirs, strict=True))
        print(f"| {what} | {one * 1e6:.0f} µs | {other * 1e6:.0f} µs | {ratio:.2f} | {goal} |")
    one, other = (statistics.median(each["rate"] for each in found) for found in (ours, theirs))
    print(f"| unary calls a second, 32 at once | {one:.0f} | {other:.0f} | {one / other:.2f} | |")
    print("\n| what | found | goal |\n| --- | --- | --- |")
    print(f"| start to first answer | {statistics.median(first_answer() for _ in range(ROUNDS)):.2f} s | 1.5 s |")
    print(f"| {HELD} streams at once, of 10 words with a pause of 0.1 s | {held():.2f} s | all complete |")
    for line in pages():
        print(line)


@contextmanager
def peer(python: Path) -> Iterator[str]:
    with subprocess.Popen([python, HERE / "emulator_peer.py"], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def load(python: Path, address: str) -> dict[str, float]:
    done = subprocess.run(
        [python, HERE / "emulator_load.py", address], capture_output=True, text=True, check=True, timeout=300
    )
    return json.loads(done.stdout)


def first_answer() -> float:
    begun = time.perf_counter()
    with emulator_process("--memory") as emulator, emulator.client() as client:
        client.chat.complete("grok-3", "Hello")
        return time.perf_counter() - begun


def held() -> float:
    async def stream(client: xaiwire.AsyncClient) -> str:
        async for response, _ in client.chat.create("grok-3", messages=[user("a b c d e f g h i j")]).stream():
            last = response
        return last.content

    async def run(address: str) -> float:
        async with xaiwire.AsyncClient(api_key=API_KEY, api_host=address) as client:
            begun = time.perf_counter()
            answers = await asyncio.gather(*(stream(client) for _ in range(HELD)))
            assert answers == ["a b c d e f g h i j"] * HELD
            return time.perf_counter() - begun

    with emulator_process("--memory", "--pace", "0.1") as emulator:
        return asyncio.run(run(emulator.address))


def pages() -> Iterator[str]:
    """Listing a million files: the first pages, those in the middle, and the last ones."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), Clock())
        with store.database.transaction():
            store.database.write_many(
                "INSERT INTO files VALUES (?, ?, ?, '', '', ?, '', ?, ?, NULL)",
                [(f"file_{n:07}", TEAM_ID, f"name {n:07}", n % 5000, f"b{n}", 10**15 + n) for n in range(FILES)],
            )
        store.close()
        with emulator_process("--data", folder) as emulator, emulator.client() as client:
            for sort_by in ("created_at", "filename", "size"):
                times, token, seen = [], None, 0
                while True:
                    begun = time.perf_counter()
                    page = client.files.list(limit=100, sort_by=sort_by, order="asc", pagination_token=token)
                    times.append(time.perf_counter() - begun)
                    seen += len(page.data)
                    token = page.pagination_token
                    if not token:
                        break
                assert seen == FILES
                part = len(times) // 10
                at = (times[:part], times[len(times) // 2 : len(times) // 2 + part], times[-part:])
                shown = ", ".join(f"{statistics.median(each) * 1e3:.2f} ms" for each in at)
                yield f"| a page of {FILES:,} files by {sort_by}: first, middle and last tenth | {shown} | flat |"


if __name__ == "__main__":
    main()
