"""The gateways' bare peer: passes a request on with aiohttp and its answer back with Starlette, and does nothing else.

python gateway_bare.py PORT UPSTREAM    on the Python of an environment of its own
"""

import sys
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

UPSTREAM = sys.argv[2] + "/chat/completions"
PASSED_ON = ("content-type", "authorization")


@asynccontextmanager
async def lifespan(app):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as app.state.session:
        yield


async def complete(request):
    body = await request.body()
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    answer = await request.app.state.session.post(UPSTREAM, data=body, headers=headers)
    media_type = answer.headers["content-type"]
    if media_type != "text/event-stream":
        return Response(await answer.read(), answer.status, media_type=media_type)
    return StreamingResponse(passed(answer), answer.status, media_type=media_type)


async def passed(answer):
    async with answer:
        async for part in answer.content.iter_any():
            yield part


app = Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])], lifespan=lifespan)
uvicorn.run(
    app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", access_log=False
)
