"""Contents by address: pictures that were made, and files whose address was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from xaiwire_server.rpc.refusal import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from xaiwire_server.emulator.app import Emulator

__all__ = ["content_routes"]

# Whatever somebody uploads, no browser takes it for a page of ours.
_HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox; default-src 'none'"}


def content_routes(emulator: Emulator) -> list[BaseRoute]:
    """The routes."""

    async def picture(request: Request) -> Response:
        found = emulator.store.pictures.get(request.path_params["identity"])
        if found is None:
            raise HTTPException(404, "there is no such picture")
        kind, content = found
        return Response(content, media_type=f"image/{kind}", headers=_HEADERS)

    async def file(request: Request) -> Response:
        identity, query = request.path_params["identity"], request.query_params
        team = query.get("team", "")
        if not emulator.links.allows(team, identity, query.get("expires", ""), query.get("signature", "")):
            raise HTTPException(403, "this address was not made here, or is over")
        try:
            found = emulator.store.files.get(team, identity)
        except Refusal as refusal:
            raise HTTPException(404, refusal.message) from refusal
        disposition = f"attachment; filename*=UTF-8''{quote(found.name)}"
        headers = _HEADERS | {"content-length": str(found.size), "content-disposition": disposition}
        return StreamingResponse(
            emulator.store.files.pieces(found), media_type="application/octet-stream", headers=headers
        )

    return [Route("/pictures/{identity}.jpg", picture), Route("/files/{identity}", file)]
