"""Models: all of them, and by kind. Gateway keys with a list of models see those."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from xaiwire import CallInfo, RpcError, StatusCode
from xaiwire_server.gateway.access.keys import allow_model, may_use
from xaiwire_server.gateway.convert.models import embedding_model, image_model, language_model, model, model_list
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes import models as shapes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xaiwire import AsyncClient
    from xaiwire_server.gateway.convert.models import AnyModel
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.routing import Endpoint

__all__ = ["MODEL_ROUTES"]

_MISSING = {404: "There is no such model."}

M = TypeVar("M", bound="AnyModel")


async def list_all(exchange: Exchange, client: AsyncClient) -> None:
    """Tell the models of every kind."""
    exchange.watch()
    models = client.services.models
    # Calls at the same time have each its own note of what came beside the answer.
    try:
        async with asyncio.TaskGroup() as group:
            language = group.create_task(models.list_language_models(**exchange.options()))
            embedding = group.create_task(models.list_embedding_models(**exchange.options(call_info=CallInfo())))
            image = group.create_task(models.list_image_generation_models(**exchange.options(call_info=CallInfo())))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    found: list[AnyModel] = [*language.result().models, *embedding.result().models, *image.result().models]
    await exchange.answer(model_list(_visible(exchange, found)))


async def get_any(exchange: Exchange, client: AsyncClient) -> None:
    """Tell of a model of any kind."""
    name = _asked(exchange)
    models = client.services.models
    missing: RpcError | None = None
    for get in (models.get_language_model, models.get_embedding_model, models.get_image_generation_model):
        try:
            found = await get(name=name, **exchange.options())
        except RpcError as error:
            if error.code is not StatusCode.NOT_FOUND:
                raise
            missing = missing or error
        else:
            await exchange.answer(model(found))
            return
    assert missing is not None  # noqa: S101 - each of them said so
    raise missing


async def list_language(exchange: Exchange, client: AsyncClient) -> None:
    """Tell the models that answer."""
    exchange.watch()
    found = await client.services.models.list_language_models(**exchange.options())
    await exchange.answer(shapes.LanguageModelList([language_model(each) for each in _visible(exchange, found.models)]))


async def get_language(exchange: Exchange, client: AsyncClient) -> None:
    """Tell of a model that answers."""
    name = _asked(exchange)
    await exchange.answer(
        language_model(await client.services.models.get_language_model(name=name, **exchange.options()))
    )


async def list_embedding(exchange: Exchange, client: AsyncClient) -> None:
    """Tell the models that make vectors."""
    exchange.watch()
    found = await client.services.models.list_embedding_models(**exchange.options())
    await exchange.answer(
        shapes.EmbeddingModelList([embedding_model(each) for each in _visible(exchange, found.models)])
    )


async def get_embedding(exchange: Exchange, client: AsyncClient) -> None:
    """Tell of a model that makes vectors."""
    name = _asked(exchange)
    found = await client.services.models.get_embedding_model(name=name, **exchange.options())
    await exchange.answer(embedding_model(found))


async def list_image(exchange: Exchange, client: AsyncClient) -> None:
    """Tell the models that make images."""
    exchange.watch()
    found = await client.services.models.list_image_generation_models(**exchange.options())
    await exchange.answer(
        shapes.ImageGenerationModelList([image_model(each) for each in _visible(exchange, found.models)])
    )


async def get_image(exchange: Exchange, client: AsyncClient) -> None:
    """Tell of a model that makes images."""
    name = _asked(exchange)
    found = await client.services.models.get_image_generation_model(name=name, **exchange.options())
    await exchange.answer(image_model(found))


def _asked(exchange: Exchange) -> str:
    """The model that a path names."""
    exchange.watch()
    name = exchange.params["model"]
    allow_model(exchange, name)
    return name


def _visible(exchange: Exchange, models: Iterable[M]) -> list[M]:
    return [each for each in models if may_use(exchange.caller, each.name, *each.aliases)]


def _routes(
    kind: str, what: str, endpoints: tuple[Endpoint, Endpoint], types: tuple[type, type], rpc: str
) -> tuple[Route, Route]:
    """The two routes of a kind of model.

    Args:
        kind: what the routes' names begin with; their paths have it with hyphens.
        what: what such a model does.
        endpoints: of the list, and of one.
        types: the same.
        rpc: what the names of the RPCs end in.
    """
    listing, one = endpoints
    many, single = types
    path = f"/v1/{kind.replace('_', '-')}"
    return (
        Route(
            name=f"{kind}.list",
            method="GET",
            path=path,
            endpoint=listing,
            summary=f"Tell the models that {what}",
            tag="Models",
            rpcs=(f"xai_api.Models/List{rpc}s",),
            response=many,
        ),
        Route(
            name=f"{kind}.get",
            method="GET",
            path=f"{path}/{{model}}",
            endpoint=one,
            summary=f"Tell of a model, by its name or an alias; of those that {what}",
            tag="Models",
            rpcs=(f"xai_api.Models/Get{rpc}",),
            response=single,
            statuses=_MISSING,
        ),
    )


_KINDS = ("LanguageModel", "EmbeddingModel", "ImageGenerationModel")

MODEL_ROUTES = (
    Route(
        name="models.list",
        method="GET",
        path="/v1/models",
        endpoint=list_all,
        summary="Tell the models of every kind",
        tag="Models",
        rpcs=tuple(f"xai_api.Models/List{kind}s" for kind in _KINDS),
        response=shapes.ModelList,
    ),
    Route(
        name="models.get",
        method="GET",
        path="/v1/models/{model}",
        endpoint=get_any,
        summary="Tell of a model of any kind, by its name or an alias",
        tag="Models",
        rpcs=tuple(f"xai_api.Models/Get{kind}" for kind in _KINDS),
        response=shapes.Model,
        statuses=_MISSING,
    ),
    *_routes(
        "language_models",
        "answer",
        (list_language, get_language),
        (shapes.LanguageModelList, shapes.LanguageModel),
        "LanguageModel",
    ),
    *_routes(
        "embedding_models",
        "make vectors",
        (list_embedding, get_embedding),
        (shapes.EmbeddingModelList, shapes.EmbeddingModel),
        "EmbeddingModel",
    ),
    *_routes(
        "image_generation_models",
        "make images",
        (list_image, get_image),
        (shapes.ImageGenerationModelList, shapes.ImageGenerationModel),
        "ImageGenerationModel",
    ),
)
