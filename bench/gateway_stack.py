"""Measure what the gateway stands on: `uv run python bench/gateway_stack.py [ROUNDS]`.

The same requests and the same calls upstream, on other stacks, in turn in the same run; see bench/gateway.py.

    python gateway_stack.py serve STACK PORT UPSTREAM    serves one of them
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop
from gateway_peers import Gateway, Running, built_load, on_core, running, two_cores, upstream
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xaiwire import AsyncClient
from xaiwire_server.gateway.app import Gateway as Application
from xaiwire_server.gateway.convert.chat_request import chat_fields
from xaiwire_server.gateway.convert.chat_response import chat_completion
from xaiwire_server.gateway.http.decoding import decode_json
from xaiwire_server.gateway.settings import Settings
from xaiwire_server.gateway.shapes.chat import ChatRequest
from xaiwire_server.wire.model import Served
from xaiwire_server.wire.port import Port

ROUNDS = 5
REQUESTS = 3000
AT_ONCE = 32


def settings(upstream_port: int) -> Settings:
    host = f"127.0.0.1:{upstream_port}"
    return Settings(api_host=host, management_host=host, plaintext=True)


async def on_own_port(port: int, upstream_port: int) -> None:
    served = Port(Served(None, Application(settings(upstream_port))))
    await served.listen("127.0.0.1", port)
    print(f"ready on http://{served.authority} ", flush=True)
    await asyncio.Event().wait()


async def on_uvicorn(app: Any, port: int) -> None:
    config = uvicorn.Config(app, port=port, http="httptools", ws="none", log_level="error", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(f"ready on http://127.0.0.1:{port} ", flush=True)
    await serving


def starlette(upstream_port: int) -> Starlette:
    """Starlette with the same conversions and calls; without limits, figures, and the watch over the client."""
    client = AsyncClient(api_key="none", api_host=f"127.0.0.1:{upstream_port}")

    async def complete(request: Request) -> Response:
        asked, _ = decode_json(await request.body(), ChatRequest)
        metadata = {"authorization": request.headers["authorization"]}
        found = await client.services.chat.complete(**chat_fields(asked, lambda *_: None), metadata=metadata)
        return Response(msgspec.json.encode(chat_completion(found)), media_type="application/json")

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


STACKS: dict[str, tuple[str, Callable[[int, int], Awaitable[None]], bool]] = {
    "ours": ("ours: plain ASGI, own port, asyncio's loop", on_own_port, False),
    "uvloop": ("the same on uvloop", on_own_port, True),
    "uvicorn": (
        "the same application on uvicorn's server",
        lambda port, upstream_port: on_uvicorn(Application(settings(upstream_port)), port),
        False,
    ),
    "starlette": (
        "Starlette on uvicorn's server, doing less",
        lambda port, upstream_port: on_uvicorn(starlette(upstream_port), port),
        False,
    ),
}


def serve(stack: str, port: int, upstream_port: int) -> None:
    _, serving, fast = STACKS[stack]
    (uvloop.run if fast else asyncio.run)(serving(port, upstream_port))


def load(program: Path, gateway: Running, core: int, requests: int) -> dict[str, Any]:
    command = [program, "load", "-url", f"{gateway.url}/v1/chat/completions", "-connections", str(AT_ONCE)]
    command += ["-requests", str(requests), "-header", "authorization: Bearer none"]
    with on_core(core):
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(done.stdout)
    assert found["errors"] == 0, found
    return found


def main(rounds: int) -> None:
    cores = two_cores()
    rates: dict[str, list[float]] = {name: [] for name in STACKS}
    with built_load() as program, upstream(program, "grpc", cores.others) as upstream_port:
        for _ in range(rounds):
            for name in STACKS:
                command = [sys.executable, __file__, "serve", name]
                gateway = Gateway(name, "grpc", lambda port, up, start=command: [*start, str(port), str(up)])
                with running(gateway, upstream_port, cores.gateway) as started:
                    load(program, started, cores.others, REQUESTS // 3)
                    rates[name].append(load(program, started, cores.others, REQUESTS)["rate"])
    print(f"Python {sys.version.split()[0]}; medians of {rounds} rounds, in turn; {AT_ONCE} at once on one core\n")
    print("| stack | requests/s | to ours |\n| --- | --- | --- |")
    for name, (what, _, _) in STACKS.items():
        ratio = statistics.median(other / own for other, own in zip(rates[name], rates["ours"], strict=True))
        print(f"| {what} | {statistics.median(rates[name]):,.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
