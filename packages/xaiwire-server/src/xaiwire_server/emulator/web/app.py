"""All that is not gRPC, by path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from xaiwire_server.emulator.web.contents import content_routes
from xaiwire_server.emulator.web.control import control_routes
from xaiwire_server.emulator.web.pages import page_routes
from xaiwire_server.rpc.connect import ConnectApplication

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping
    from typing import Any

    from starlette.requests import Request

    from xaiwire_server.emulator.app import Emulator
    from xaiwire_server.rpc.call import CallServer
    from xaiwire_server.rpc.methods import Rpc
    from xaiwire_server.wire.model import AsgiApp

__all__ = ["web_app"]


def web_app(emulator: Emulator, calls: CallServer, rpcs: Iterable[Rpc]) -> AsgiApp:
    """An ASGI application.

    Args:
        emulator: what it shows.
        calls: serves what comes by Connect and gRPC-Web.
        rpcs: what there is to call.
    """
    connect = ConnectApplication(calls, rpcs, emulator.settings.max_message_bytes)
    paths = {rpc.path for rpc in rpcs}

    async def metrics(_request: Request) -> Response:
        return Response(emulator.metrics.text(), media_type=emulator.metrics.content_type)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    pages = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/metrics", metrics),
            *content_routes(emulator),
            *([*page_routes(), *control_routes(emulator)] if emulator.settings.control else ()),
        ],
        exception_handlers={HTTPException: _failed},
    )

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's channels
        if scope["type"] == "http" and scope["path"] in paths:
            await connect(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return app


async def _failed(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "a bug of this server"
    return JSONResponse({"error": detail}, status_code=status)
