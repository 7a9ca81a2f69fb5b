import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from protoalign.reports.markdown import code, prose, render

PARSER = MarkdownIt("commonmark").enable("table")


def test_everything_is_there(mixed):
    text = render(mixed)
    for expected in (
        "## ❌ Contract: not aligned",
        "`proto` held against `pypi:acme==1.0`:",
        "| `acme/v1/shop.proto` | needs update | 17/20 | 85% | 1 wire, 1 presence, 1 missing |",
        "#### `acme.v1.Order.id`",
        "- **error**, wire: `id` has the number 2, the reference's has 1 (`field-number`)",
        "**Fix:** Give `id` the number 1.",
        "reaches 2 RPCs, request: `/acme.v1.Shop/Get` and 1 more",
        "- `acme.v1.Order.ours` (`field-extra`): ours on purpose (until 2031-01-31)",
        "<summary>1 match by guess</summary>",
    ):
        assert expected in text


def test_aligned_and_incomplete(aligned, incomplete):
    assert render(aligned).startswith("## ✅ Contract: aligned")
    text = render(incomplete)
    assert text.startswith("## ⚠️ Contract: incomplete")
    assert "> - subject: `acme/v1/broken.proto`: does not compile: line 3" in text


def test_a_limit_says_what_it_hides(mixed):
    assert "3 more are not shown." in render(mixed, limit=1)


def test_foreign_text_is_neither_html_nor_a_link_nor_a_mention(hostile):
    tokens = [inner for token in PARSER.parse(render(hostile)) for inner in (token, *(token.children or ()))]
    html = {line for token in tokens if token.type.startswith("html") for line in token.content.splitlines()}
    assert {re.sub("<summary>.*</summary>", "<summary>", line) for line in html} == {
        "<br>",
        "<details>",
        "</details>",
        "<summary>",
    }
    assert not any(token.type in ("link_open", "image") for token in tokens)
    assert not any("@everyone" in token.content for token in tokens if token.type == "text")


def test_a_table_keeps_its_columns(hostile):
    rows = [line for line in render(hostile).splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


@given(st.text(st.sampled_from("`a| \n<"), min_size=1))
def test_a_code_span_cannot_be_left(text):
    span = code(text)
    if text.strip():
        fence = re.match("`+", span).group()
        assert span.endswith(fence)
        assert fence not in re.findall("`+", span[len(fence) : -len(fence)])
        assert "\n" not in span


def test_code_in_a_sentence_stays_code():
    assert prose("set `a_b` to *1* <now>") == r"set `a_b` to \*1\* \<now\>"
