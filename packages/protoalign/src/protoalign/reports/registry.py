"""The output formats, listed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison
    from protoalign.reports.options import RenderOptions

__all__ = ["FORMATS", "ReportFormat", "render_comparison"]


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """One output format.

    Attributes:
        summary: what it is for, one line.
        suffix: the usual ending of a file in it, with the dot.
        shows_digests: whether it shows the digests of both contracts.
        render: comparison to text; imports its module when it is called, so that no format costs the others time.
    """

    summary: str
    suffix: str
    render: Callable[[Comparison, RenderOptions], str]
    shows_digests: bool = False


def _text(comparison: Comparison, options: RenderOptions) -> str:
    from protoalign.reports.terminal import render

    return render(comparison, color=options.color, width=options.width, limit=options.limit, fail_on=options.fail_on)


def _json(comparison: Comparison, options: RenderOptions) -> str:
    from protoalign.reports.json import render

    return render(comparison, fail_on=options.fail_on)


def _markdown(comparison: Comparison, options: RenderOptions) -> str:
    from protoalign.reports.markdown import render

    return render(comparison, limit=options.limit, fail_on=options.fail_on)


def _sarif(comparison: Comparison, options: RenderOptions) -> str:
    from protoalign.reports.sarif import render

    return render(comparison, base=options.base)


def _junit(comparison: Comparison, options: RenderOptions) -> str:
    from protoalign.reports.junit import render

    return render(comparison, fail_on=options.fail_on)


def _github(comparison: Comparison, options: RenderOptions) -> str:
    from protoalign.reports.github import render

    return render(comparison, base=options.base, fail_on=options.fail_on)


def _html(comparison: Comparison, options: RenderOptions) -> str:
    from protoalign.reports.html import render

    texts = options.texts() if options.texts is not None else None
    return render(comparison, texts, fail_on=options.fail_on)


FORMATS: Mapping[str, ReportFormat] = MappingProxyType(
    {
        "text": ReportFormat("for a person at a terminal", ".txt", _text),
        "json": ReportFormat("for programs; its schema is published", ".json", _json, shows_digests=True),
        "markdown": ReportFormat("for pull requests and documents", ".md", _markdown),
        "sarif": ReportFormat("SARIF 2.1.0, for code scanning", ".sarif", _sarif, shows_digests=True),
        "junit": ReportFormat("JUnit XML, for a CI server's test view", ".xml", _junit),
        "github": ReportFormat("annotations for a GitHub Actions log", ".log", _github),
        "html": ReportFormat("one self-contained page for a browser", ".html", _html, shows_digests=True),
    }
)
"""Name to format, in the order in which a help text shows them."""


def render_comparison(format_name: str, comparison: Comparison, options: RenderOptions) -> str:
    """A comparison in one of the formats.

    Args:
        format_name: a key of `FORMATS`.
        comparison: the comparison.
        options: how to render.

    Raises:
        KeyError: there is no format of that name.
    """
    return FORMATS[format_name].render(comparison, options)
