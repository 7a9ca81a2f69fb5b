"""One self-contained HTML page: it works from a file, without network and without JavaScript."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files as resource_files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from protoalign import __version__
from protoalign.compare.model import IMPACTS
from protoalign.reports.html_view import PageView, page_view
from protoalign.reports.impacts import IMPACT_MEANINGS
from protoalign.reports.options import SideBySide
from protoalign.reports.verdict import verdict_of
from protoalign.reports.wording import (
    counted,
    direction_words,
    impact_counts,
    percent,
    position,
    prose_parts,
    values_words,
    visible,
)

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison
    from protoalign.settings import FailOn

__all__ = ["render"]


def render(comparison: Comparison, texts: SideBySide | None = None, *, fail_on: FailOn = "warning") -> str:
    """The comparison as an HTML page.

    Args:
        comparison: the comparison.
        texts: the .proto texts to show side by side; None to leave that part out.
        fail_on: the lowest severity that makes the comparison fail.
    """
    style, script = _resource("page.css"), _resource("page.js")
    view: PageView = page_view(comparison, texts)
    return (
        _environment()
        .from_string(_resource("page.html"))
        .render(
            comparison=comparison,
            view=view,
            verdict=verdict_of(comparison, fail_on),
            style=Markup(style),  # noqa: S704 - a file of this package
            script=Markup(script),  # noqa: S704 - a file of this package
            policy="; ".join(
                (
                    "default-src 'none'",
                    f"style-src 'sha256-{_hash(style)}'",
                    f"script-src 'sha256-{_hash(script)}'",
                    "base-uri 'none'",
                    "form-action 'none'",
                )
            ),
            impacts=IMPACTS,
            meanings=IMPACT_MEANINGS,
            version=__version__,
        )
    )


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        counted=lambda number, noun, plural="": counted(number, noun, plural),
        direction=direction_words,
        impact_counts=impact_counts,
        percent=percent,
        position=position,
        prose=_prose,
        values=values_words,
    )
    return environment


def _resource(name: str) -> str:
    return (resource_files("protoalign.reports") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _finalized(value: object) -> object:
    """Every value on its way into the page: what is not meant as HTML loses its invisible characters here."""
    return visible(value, keep="\n\t") if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    """A sentence with what stands between backticks as code."""
    return Markup().join(
        Markup("<code>{}</code>").format(visible(part)) if is_code else escape(visible(part, keep="\n"))
        for is_code, part in prose_parts(text)
    )
