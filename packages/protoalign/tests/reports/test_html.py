import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from protoalign.compare.model import FileResult, Reach
from protoalign.reports import SideBySide, html_view
from protoalign.reports.html import render
from protoalign.reports.html_view import page_view

VOID = {"meta", "input", "col", "rect"}


class Page(HTMLParser):
    """The page's elements, its texts, and a check that every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.stack = [], [], []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.stack[-1] if self.stack else "", data))

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def with_class(self, name):
        return [attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()]

    @property
    def text(self):
        return " ".join(" ".join(data for tag, data in self.texts if tag not in ("script", "style")).split())


@pytest.fixture
def texts():
    return SideBySide(
        {
            "acme/v1/shop.proto": ("message Order {\n  string id = 2;\n}\n", "message Order {\n  string id = 1;\n}\n"),
            "acme/v1/money.proto": ("message Money {}\n", "message Money {}\n"),
        }
    )


@pytest.mark.parametrize("name", ["mixed", "hostile", "aligned", "incomplete"])
def test_it_is_well_formed_and_self_contained(name, request, texts):
    page = Page(render(request.getfixturevalue(name), texts))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(page.of("script")) == len(page.of("style")) == len(page.of("h1")) == 1
    for tag, attributes in page.elements:
        assert not any(key.startswith("on") or key in ("src", "style", "action") for key in attributes), (
            tag,
            attributes,
        )
        if tag == "a":
            assert attributes["href"].startswith("#")
            assert attributes["href"][1:] in ids
        assert tag not in ("link", "img", "iframe", "object", "base")


def test_only_its_own_style_and_script_may_run(mixed):
    text = render(mixed)
    policy = Page(text).of("meta")[1]["content"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_hostile_text_stays_text(hostile):
    texts = SideBySide(
        {finding.file: (f"// {finding.file}\n", f"/* {finding.file} */\n") for finding in hostile.findings}
    )
    text = render(hostile, texts)
    page = Page(text)
    assert {tag for tag, _ in page.elements}.isdisjoint({"img", "b"})
    assert len(page.of("script")) == 1
    assert "{{ 7 * 7 }}" in page.text
    assert "<img src=x onerror=window.hit=1>" in page.text
    assert all(character.isprintable() or character in "\n\t" for character in text)
    assert r"\u202e" in page.text


def test_everything_about_a_finding_is_there_without_script(mixed, texts):
    page = Page(render(mixed, texts))
    for expected in (
        "proto held against pypi:acme==1.0",
        "Not aligned 4 findings (2 errors, 1 warning, 1 info)",
        "The server reads your id as the length of name .",
        "Give id the number 1.",
        "acme/v1/shop.proto:4:3",
        "acme/shop_pb2.py:14",
        "/acme.v1.Shop/Get request",
        "ours on purpose until 2031-01-31",
        "old.v1 acme.v1 most names are the same",
    ):
        assert expected in page.text
    findings = page.with_class("finding")
    assert len(findings) == 4
    assert not any("hidden" in attributes for attributes in findings)


def test_filters_are_labelled(mixed):
    page = Page(render(mixed))
    labelled = {attributes["for"] for attributes in page.of("label") if "for" in attributes}
    assert labelled == {"search", "file", "rpc"}
    assert labelled <= {attributes.get("id") for _, attributes in page.elements}
    assert [attributes["value"] for attributes in page.of("input") if attributes["type"] == "checkbox"] == [
        "wire",
        "presence",
        "missing",
        "cosmetic",
    ]


def test_findings_name_what_the_filters_look_at(mixed):
    page = Page(render(mixed))
    first = page.with_class("finding")[0]
    assert (first["data-impact"], first["data-file"], first["data-reach"]) == ("wire", "1", "0")
    (reach,) = [attributes for _, attributes in page.elements if attributes.get("id") == "reach-0"]
    assert reach["data-rpcs"] == "0 1"


def test_the_difference_is_marked(mixed, texts):
    text = render(mixed, texts)
    assert "string id = <del>2</del>;" in text
    assert "string id = <ins>1</ins>;" in text
    assert Page(text).with_class("diff") == [{"class": "diff", "id": "text-1"}]


def test_a_file_of_one_side_is_shown_alone(make_comparison, make_finding):
    comparison = make_comparison(make_finding())
    texts = SideBySide({"acme/v1/shop.proto": ("", "message Order {}\n")})
    page = Page(render(comparison, texts))
    assert "only in the reference" in page.text
    assert page.with_class("missing")


def test_without_texts_there_is_no_such_part(mixed):
    assert "Side by side" not in Page(render(mixed)).text


def test_aligned_is_good_news(aligned, texts):
    page = Page(render(aligned, texts))
    assert "Nothing differs. The subject speaks the reference's contract." in page.text
    assert page.with_class("verdict-aligned")
    assert not page.of("form")


def test_incomplete_is_no_good_news(incomplete):
    page = Page(render(incomplete))
    assert "This comparison is incomplete" in page.text
    assert "does not compile: line 3" in page.text
    assert page.with_class("verdict-incomplete")
    assert "speaks the reference's contract" not in page.text


def test_a_long_list_of_rpcs_is_written_once(make_comparison, make_finding):
    reaches = tuple(Reach(path=f"/acme.v1.Shop/R{number:02}", direction="both") for number in range(30))
    findings = [
        make_finding(element=f"acme.v1.Order.f{number}", reaches=reaches, direction="both") for number in range(9)
    ]
    page = Page(render(make_comparison(*findings)))
    assert page.text.count("/acme.v1.Shop/R29") == 2  # in the filter and in the list
    assert sum(attributes["href"] == "#reach-0" for attributes in page.of("a")) == 9


def test_the_same_fingerprint_twice_gives_two_anchors(make_comparison, make_finding):
    page = Page(render(make_comparison(make_finding(), make_finding())))
    assert len({attributes["id"] for attributes in page.with_class("finding")}) == 2


def test_a_page_that_would_be_too_large_says_what_it_leaves_out(monkeypatch, mixed, texts):
    monkeypatch.setattr(html_view, "MOST_ROWS", 0)
    assert "Left out, as the page would be too large." in Page(render(mixed, texts)).text
    monkeypatch.setattr(html_view, "MOST_FOLDED", -1)
    assert not page_view(mixed, texts).folds


def test_many_aligned_files_are_folded(make_comparison):
    files = tuple(
        FileResult(file=f"f{n}.proto", subject_file=f"f{n}.proto", status="aligned", elements=1, aligned=1, findings={})
        for n in range(200)
    )
    assert "200 aligned files" in Page(render(make_comparison(files=files))).text


def test_an_empty_comparison_is_survived(make_comparison):
    assert Page(render(make_comparison(files=()), SideBySide({}))).with_class("verdict-aligned")
