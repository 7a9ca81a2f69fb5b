import subprocess
import sys

import pytest

import protoalign.reports
from protoalign.reports import FORMATS, RenderOptions, SideBySide, render_comparison

TEXTS = SideBySide({"acme/v1/shop.proto": ("a\n", "b\n")})


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("comparison", ["mixed", "hostile", "aligned", "incomplete"])
def test_every_format_renders_everything_as_utf_8(name, comparison, request):
    text = render_comparison(name, request.getfixturevalue(comparison), RenderOptions(texts=lambda: TEXTS))
    assert text.endswith("\n")
    text.encode()


def test_formats_have_a_summary_and_a_suffix_of_their_own():
    assert list(FORMATS) == ["text", "json", "markdown", "sarif", "junit", "github", "html"]
    assert len({chosen.suffix for chosen in FORMATS.values()}) == len(FORMATS)
    assert all(chosen.summary and chosen.suffix.startswith(".") for chosen in FORMATS.values())


def test_an_unknown_format_is_a_key_error(aligned):
    with pytest.raises(KeyError):
        render_comparison("pdf", aligned, RenderOptions())


def test_texts_are_made_for_the_page_alone(aligned):
    def unwanted():
        raise AssertionError

    for name in FORMATS:
        if name != "html":
            render_comparison(name, aligned, RenderOptions(texts=unwanted))


def test_naming_the_formats_imports_none_of_them():
    program = (
        "import sys, protoalign.reports;"
        "print([name for name in ('jinja2', 'json', 'xml', 'difflib', 'protoalign.reports.html', 'google.protobuf')"
        " if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_exports_are_there_and_documented():
    for name in protoalign.reports.__all__:
        exported = getattr(protoalign.reports, name)
        assert exported is FORMATS or exported.__doc__
