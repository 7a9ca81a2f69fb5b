"""The page for people, made from the OpenAPI document: one file, without scripts, that loads nothing."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["reference_page"]

_CODE = re.compile(r"`([^`]*)`")


def reference_page(document: Mapping[str, Any]) -> tuple[bytes, str]:
    """The page.

    Args:
        document: the OpenAPI document.

    Returns:
        The page, and the content security policy that it is to be sent with.
    """
    css = files("xaiwire_server.gateway").joinpath("page", "reference.css").read_text()
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    info = document["info"]
    groups = _by_tag(document)
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(info["title"])}: reference</title>
<link rel="icon" href="data:,">
<style>{css}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the reference</a>
<div class="layout">
<nav aria-label="Contents"><details open><summary>Contents</summary>
{"".join(_contents(tag, operations) for tag, operations in groups.items())}
<h2>More</h2>
<ul><li><a href="#schemas">Schemas</a></li></ul>
</details></nav>
<main id="content">
<h1>{escape(info["title"])} <small class="quiet">{escape(info["version"])}</small></h1>
{_paragraphs(info["description"])}
<p>For programs: <a href="openapi.json">openapi.json</a>.</p>
{"".join(_group(tag, operations, document) for tag, operations in groups.items())}
<h2 id="schemas">Schemas</h2>
{"".join(_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))}
</main>
</div>
</body>
</html>
"""
    return page.encode(), policy


def _by_tag(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, Mapping[str, Any]]]]:
    """Methods, paths and operations, by the first of their tags."""
    groups: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(next(iter(operation.get("tags", ())), "Others"), []).append((method, path, operation))
    return groups


def _contents(tag: str, operations: Iterable[tuple[str, str, Mapping[str, Any]]]) -> str:
    entries = "".join(
        f'<li><a href="#{escape(operation["operationId"])}">{_method(method)} <code>{escape(path)}</code></a></li>\n'
        for method, path, operation in operations
    )
    return f"<h2>{escape(tag)}</h2>\n<ul>\n{entries}</ul>\n"


def _group(tag: str, operations: Iterable[tuple[str, str, Mapping[str, Any]]], document: Mapping[str, Any]) -> str:
    shown = "".join(_operation(method, path, operation, document) for method, path, operation in operations)
    return f"<section><h2>{escape(tag)}</h2>\n{shown}</section>\n"


def _operation(method: str, path: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    name = escape(operation["operationId"])
    parts = [
        f'<article id="{name}">\n<h3>{_method(method)} <code>{escape(path)}</code></h3>',
        f"<p>{_text(operation['summary'])}.</p>",
        f'<p class="quiet">{_text(operation["description"])}</p>' if "description" in operation else "",
    ]
    if parameters := operation.get("parameters"):
        rows = [
            (each["name"], each["schema"], each["required"], f"In the {each['in']}. {each.get('description', '')}")
            for each in parameters
        ]
        parts.append(f"<h4>Parameters</h4>\n{_fields(rows)}")
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<h4>Request: <code>{escape(media)}</code></h4>\n{_value(content['schema'])}")
    good = {status: each for status, each in operation["responses"].items() if status < "400"}
    bad = {status: each for status, each in operation["responses"].items() if status >= "400"}
    parts.append(f"<h4>Answers</h4>\n{_answers(good, document)}")
    if bad:
        parts.append(
            f'<details class="errors"><summary>Errors of <code>{escape(path)}</code></summary>\n'
            f"{_answers(bad, document)}</details>"
        )
    return "\n".join(part for part in parts if part) + "\n</article>\n"


def _answers(answers: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    rows = []
    for status, given in answers.items():
        answer = given
        if "$ref" in given:
            answer = document["components"]["responses"][given["$ref"].rpartition("/")[2]]
        contents = "; ".join(
            f"<code>{escape(media)}</code>" + (f": {_type(content['schema'])}" if content["schema"] else "")
            for media, content in answer.get("content", {}).items()
        )
        shown = f"<p>{contents}</p>" if contents else ""
        rows.append(f"<tr><td><code>{status}</code></td><td>{_text(answer['description'])}{shown}</td></tr>")
    return _table(("Status", "Meaning and content"), rows, "answers")


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    description = f"<p>{_text(schema['description'])}</p>" if "description" in schema else ""
    shown = _value(schema) if schema.get("properties") else f"<p>{_type(schema)}</p>"
    return f'<article id="schema-{escape(name)}">\n<h3>{escape(name)}</h3>\n{description}\n{shown}\n</article>\n'


def _value(schema: Mapping[str, Any]) -> str:
    """The fields of an object, or else its type."""
    if not schema.get("properties"):
        return f"<p>{_type(schema)}</p>"
    required = schema.get("required", ())
    return _fields(
        (name, field, name in required, field.get("description", "")) for name, field in schema["properties"].items()
    )


def _fields(rows: Iterable[tuple[str, Mapping[str, Any], bool, str]]) -> str:
    return _table(
        ("Name", "Type and meaning"),
        [
            f"<tr><td><code>{escape(name)}</code>{_NEEDED if required else ''}</td>"
            f"<td>{_type(schema)}{f'<p>{_text(text)}</p>' if text else ''}</td></tr>"
            for name, schema, required, text in rows
        ],
    )


_NEEDED = ' <span class="needed">required</span>'


def _type(schema: Mapping[str, Any]) -> str:
    """A type in words, with links to those that have names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        members = [each for each in schema["anyOf"] if each != {"type": "null"}]
        return " or ".join(_type(each) for each in members)
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    kind = schema.get("type", "any JSON")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    # A format says what the bounds are, in fewer signs.
    bounds = [schema["format"]] if "format" in schema else []
    bounds = bounds or [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    default = [f"default {schema['default']}"] if schema.get("default") not in (None, "", [], {}) else []
    notes = ", ".join((*bounds, *default))
    return escape(f"{kind} ({notes})" if notes else kind)


_BOUNDS = {"minimum": "at least", "maximum": "at most", "minItems": "at least", "maxItems": "at most"}


def _table(heads: tuple[str, ...], rows: Iterable[str], kind: str = "fields") -> str:
    # A region that scrolls has to be reachable by the keyboard.
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return (
        f'<div class="wide" tabindex="0"><table class="{kind}">\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(rows)
        + "\n</tbody></table></div>\n"
    )


def _method(method: str) -> str:
    return f'<span class="method {escape(method)}">{escape(method.upper())}</span>'


def _paragraphs(text: str) -> str:
    return "\n".join(f"<p>{_text(each)}</p>" for each in text.strip().split("\n\n"))


def _text(text: str) -> str:
    """A line of Markdown, as far as descriptions use it."""
    return _CODE.sub(r"<code>\1</code>", escape(text))
