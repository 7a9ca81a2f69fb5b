"""What one SDK does in the SDK's measurements, in a process of its own; the same text for both SDKs.

    python sdk_client.py MODULE PORT TASK    prints figures as JSON

MODULE is xai_sdk or xaiwire. Times are in milliseconds, memory in MiB.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import resource
import sys
import time
from pathlib import Path

CALLS = 1000
STREAMS = 5
CHUNKS = 2001
WARM = 100
UPLOAD = 1 << 30


def rss() -> float:
    """Resident memory of this process, in MiB."""
    fields = Path("/proc/self/status").read_text().split("VmRSS:")[1].split()
    return int(fields[0]) / 1024


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(function, count):
    """Wall and CPU time of one of `count` things that a function does."""
    wall, used = time.perf_counter(), cpu()
    function()
    return (time.perf_counter() - wall) / count * 1000, (cpu() - used) / count * 1000


def begin(module, port):
    """Import, make a client and a conversation; how long that takes, and what memory it needs with a call."""
    started = time.perf_counter()
    sdk = importlib.import_module(module)
    chat_module = importlib.import_module(f"{module}.chat")
    client = sdk.Client(api_key="key", api_host=f"localhost:{port}", timeout=60)
    client.chat.create("grok-4", messages=[chat_module.user("Hello")])
    took = (time.perf_counter() - started) * 1000
    client.chat.create("grok-4", messages=[chat_module.user("Hello")]).sample()
    return {"import": took, "memory": rss()}


def sync_calls(module, port):
    sdk, chat_module = importlib.import_module(module), importlib.import_module(f"{module}.chat")
    client = sdk.Client(api_key="key", api_host=f"localhost:{port}", timeout=60)

    def calls(count):
        for _ in range(count):
            response = client.chat.create("grok-4", messages=[chat_module.user("Hello")]).sample()
            assert response.content

    def streams(count):
        for _ in range(count):
            chunks = 0
            chat = client.chat.create("grok-4", messages=[chat_module.user("Hello")])
            for response, chunk in chat.stream():  # noqa: B007
                chunks += 1
                chunk.content  # noqa: B018 - what a user of a stream reads
            assert chunks == CHUNKS, chunks
            assert response.content

    calls(WARM)
    streams(1)
    unary, chunk = timed(lambda: calls(CALLS), CALLS), timed(lambda: streams(STREAMS), STREAMS * CHUNKS)
    return {"unary wall": unary[0], "unary cpu": unary[1], "chunk wall": chunk[0], "chunk cpu": chunk[1]}


def async_calls(module, port):
    sdk, chat_module = importlib.import_module(module), importlib.import_module(f"{module}.chat")

    async def run():
        client = sdk.AsyncClient(api_key="key", api_host=f"localhost:{port}", timeout=60)

        async def calls(count):
            for _ in range(count):
                response = await client.chat.create("grok-4", messages=[chat_module.user("Hello")]).sample()
                assert response.content

        async def streams(count):
            for _ in range(count):
                chunks = 0
                chat = client.chat.create("grok-4", messages=[chat_module.user("Hello")])
                async for response, chunk in chat.stream():  # noqa: B007
                    chunks += 1
                    chunk.content  # noqa: B018 - what a user of a stream reads
                assert chunks == CHUNKS, chunks
                assert response.content

        await calls(WARM)
        await streams(1)
        figures = {}
        for name, work, count in (
            ("unary", calls(CALLS), CALLS),
            ("chunk", streams(STREAMS), STREAMS * CHUNKS),
        ):
            wall, used = time.perf_counter(), cpu()
            await work
            figures[f"{name} wall"] = (time.perf_counter() - wall) / count * 1000
            figures[f"{name} cpu"] = (cpu() - used) / count * 1000
        return figures

    return asyncio.run(run())


def many(module, port):
    """10,000 calls at once."""
    sdk, chat_module = importlib.import_module(module), importlib.import_module(f"{module}.chat")

    async def run():
        client = sdk.AsyncClient(api_key="key", api_host=f"localhost:{port}", timeout=300)

        async def call():
            return await client.chat.create("grok-4", messages=[chat_module.user("Hello")]).sample()

        await call()
        before, wall = rss(), time.perf_counter()
        answers = await asyncio.gather(*(call() for _ in range(10_000)))
        assert all(answer.content for answer in answers)
        return {"10,000 calls": time.perf_counter() - wall, "memory more": rss() - before}

    return asyncio.run(run())


def upload(module, port):
    """1 GiB from a file of zeros, which takes no room on the disk."""
    import tempfile

    sdk = importlib.import_module(module)
    client = sdk.Client(api_key="key", api_host=f"localhost:{port}", timeout=600)
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.truncate(1 << 20)
        client.files.upload(file.name)
        file.truncate(UPLOAD)
        before, wall, used = rss(), time.perf_counter(), cpu()
        client.files.upload(file.name)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"seconds": time.perf_counter() - wall, "cpu": cpu() - used, "memory more": peak - before}


TASKS = {"begin": begin, "sync": sync_calls, "async": async_calls, "many": many, "upload": upload}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[3]](sys.argv[1], int(sys.argv[2]))))
