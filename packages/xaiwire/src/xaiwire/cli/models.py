"""`xaiwire models`: the models and their prices."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from xaiwire.cli.arguments import SubParsers, add_command
from xaiwire.cli.connection import connected
from xaiwire.cli.failures import InputError
from xaiwire.cli.output import date, document, pairs, plain, table

if TYPE_CHECKING:
    from xaiwire.client import Client
    from xaiwire.models import EmbeddingModel, ImageGenerationModel, LanguageModel

    Model = LanguageModel | EmbeddingModel | ImageGenerationModel

__all__ = ["add_to"]

KINDS = ("language", "embedding", "image")
# The API gives prices of tokens in hundredths of a US cent per million.
PER_DOLLAR = 10_000
PRICES = {
    "prompt_text_token_price": "input, $ per million tokens",
    "cached_prompt_token_price": "cached input, $ per million tokens",
    "prompt_image_token_price": "image input, $ per million tokens",
    "completion_text_token_price": "output, $ per million tokens",
}
# Their units are not documented for gRPC, so they are shown as they come.
RAW_PRICES = {"search_price": "search price, as the API has it", "image_price": "image price, as the API has it"}


def add_to(commands: SubParsers) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "models",
        help="list the models that the key may use, or show one",
        examples=(
            "xaiwire models",
            "xaiwire models list --kind image",
            "xaiwire models get grok-4",
            "xaiwire models --json | jq -r '.languageModels[].name'",
        ),
        description="Prices are in US dollars per million tokens.",
    )
    parser.add_argument("action", nargs="?", choices=("list", "get"), default="list", help="list (default) or get")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the model to get, by its name or an alias")
    parser.add_argument("--kind", choices=KINDS, help="only models of this kind")
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """List them, or show one."""
    if (args.action == "get") != (args.name is not None):
        raise InputError("get needs the NAME of a model" if args.action == "get" else "list takes no NAME")
    kinds = (args.kind,) if args.kind else KINDS
    with connected(args) as client:
        if args.action == "get":
            _show(_get(client, args.name, kinds), as_json=args.json)
        else:
            _list({kind: _models(client, kind) for kind in kinds}, as_json=args.json)
    return 0


def _models(client: Client, kind: str) -> list[Model]:
    match kind:
        case "language":
            return list(client.models.list_language_models())
        case "embedding":
            return list(client.models.list_embedding_models())
        case _:
            return list(client.models.list_image_generation_models())


def _get(client: Client, name: str, kinds: Iterable[str]) -> Model:
    from xaiwire.errors import NotFoundError

    getters: dict[str, Callable[[str], Model]] = {
        "language": client.models.get_language_model,
        "embedding": client.models.get_embedding_model,
        "image": client.models.get_image_generation_model,
    }
    first: NotFoundError | None = None
    for kind in kinds:
        try:
            return getters[kind](name)
        except NotFoundError as error:
            first = first or error
    raise first or InputError("there is no kind of model to look for")


def _list(found: dict[str, list[Model]], *, as_json: bool) -> None:
    if as_json:
        keys = {"language": "languageModels", "embedding": "embeddingModels", "image": "imageGenerationModels"}
        document({keys[kind]: [plain(model) for model in models] for kind, models in found.items()})
        return
    rows = [
        (
            model.name,
            kind,
            _dollars(model, "prompt_text_token_price"),
            _dollars(model, "cached_prompt_token_price"),
            _dollars(model, "completion_text_token_price"),
            getattr(model, "max_prompt_length", None) or "",
            ", ".join(model.aliases),
        )
        for kind, models in found.items()
        for model in models
    ]
    table(("NAME", "KIND", "INPUT $/M", "CACHED $/M", "OUTPUT $/M", "CONTEXT", "ALIASES"), rows)


def _show(model: Model, *, as_json: bool) -> None:
    if as_json:
        document(plain(model))
        return
    raw = [(title, getattr(model, name, None) or None) for name, title in RAW_PRICES.items()]
    pairs(
        [
            ("name", model.name),
            ("aliases", ", ".join(model.aliases)),
            ("version", model.version),
            ("takes", _names(model.input_modalities)),
            ("gives", _names(model.output_modalities)),
            ("context, tokens", getattr(model, "max_prompt_length", None) or None),
            *((title, _dollars(model, name)) for name, title in PRICES.items()),
            *raw,
            ("created", date(model.created)),
            ("fingerprint", model.system_fingerprint),
        ]
    )


def _dollars(model: Model, name: str) -> str:
    """Exact: whole hundredths of a cent, with two decimals at least."""
    price = getattr(model, name, 0)
    if price <= 0:
        return ""
    whole, rest = divmod(price, PER_DOLLAR)
    return f"{whole}.{f'{rest:04}'.rstrip('0').ljust(2, '0')}"


def _names(modalities: Iterable[object]) -> str:
    return ", ".join(str(getattr(each, "name", None) or each).lower() for each in modalities)
