"""The reference of xaiwire's API in docs/reference/xaiwire, which is made from the docstrings.

`python tests/test_api_reference.py` writes it.
"""

import re
from functools import cache
from pathlib import Path

import griffe
import pytest
from griffe2md import default_config, render_object_docs

import xaiwire

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference" / "xaiwire"

# Each page and what is on it. What the asynchronous clients offer has the same names and parameters.
PAGES = {
    "client": ["client.Client", "client.AsyncClient", "client.ClientOptions"],
    "calls": [
        "_calls.options.CallOptions",
        "_calls.retry.RetryPolicy",
        "_calls.call_info.CallInfo",
        "_options.PollOptions",
    ],
    "errors": ["errors"],
    "auth": ["sync.auth.Client"],
    "chat": [
        "sync.chat.Client",
        "sync.chat.Chat",
        "_chat.request.ChatSettings",
        "_chat.response.Response",
        "_chat.response.Chunk",
        "_chat.response.CompletionOutputChunk",
        "_chat.tool_calls.ToolCall",
        "_chat.tool_calls.FunctionCall",
    ],
    "messages": ["_chat.messages", "_chat.history"],
    "tools": [
        "_chat.function_tools.tool_from_function",
        "_chat.function_tools.tool_from_model",
        "_chat.function_tools.FunctionTool",
        "tools",
    ],
    "search": ["search"],
    "collections": ["sync.collections.Client", "collections"],
    "deferred": ["sync.deferred.Client"],
    "documents": ["sync.documents.Client"],
    "embed": ["sync.embed.Client", "embed"],
    "files": ["sync.files.Client", "files", "progress"],
    "image": ["sync.image.Client", "sync.image.ImageResponse", "image"],
    "models": ["sync.models.Client"],
    "sample": ["sync.sample.Client"],
    "tokenize": ["sync.tokenizer.Client"],
    "telemetry": ["telemetry"],
}
# What has no underscore because other modules of the package use it.
INNER = [
    "!^request$",
    "!_request$",
    "!^fetch$",
    "!^Base",
    "!^note_uploaded$",
    "!_chunk$",
    "!^upload_chunks$",
    "!^report_form$",
    "!^begin_span$",
    "!^Span$",
    "!^(Rich|Tqdm)Progress$",
]
LINK = re.compile(r"\[([^\[\]]*)\]\(#[^)]*\)")
VARIADIC = re.compile(r"^- \*\*(\*{1,2})(\w+)\*\*", re.MULTILINE)


def page(package, name):
    """One page as Markdown."""
    options = {
        **default_config,
        "heading_level": 2,
        "separate_signature": True,
        "show_signature_annotations": True,
        "show_root_full_path": False,
        "show_object_full_path": False,
        "summary": False,
        "show_submodules": False,
        "show_if_no_docstring": False,
        "docstring_section_style": "list",
        "filters": ["!^_", *INNER],
        "line_length": 100,
    }
    parts = [f"# {name}\n\nMade from the docstrings of xaiwire {xaiwire.__version__}.\n"]
    for path in PAGES[name]:
        text = render_object_docs(package[path], options)
        text = VARIADIC.sub(r"- **\1\2**", LINK.sub(r"\1", text))
        parts.append(text.strip() + "\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts))


@cache
def pages():
    package = griffe.load("xaiwire", docstring_parser="google")
    return {name: page(package, name) for name in PAGES}


def test_the_reference_is_that_of_the_docstrings():
    written = {path.stem: path.read_text() for path in FOLDER.glob("*.md")}
    now = pages()
    assert written.keys() == now.keys()
    for name, text in now.items():
        assert written[name] == text, f"docs/reference/xaiwire/{name}.md: run python tests/test_api_reference.py"


@pytest.mark.parametrize("name", PAGES)
def test_what_is_public_has_a_text(name):
    for heading, body in re.findall(
        r"^#{2,4} `([^`]+)`\n(.*?)(?=^#{2,4} |\Z)", pages()[name], re.MULTILINE | re.DOTALL
    ):
        words = re.sub(r"```.*?```", "", body, flags=re.DOTALL).strip()
        assert words, heading


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / f"{name}.md").write_text(text)
