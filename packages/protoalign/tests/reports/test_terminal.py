import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.compare.model import FileResult
from protoalign.reports.flow import Flow
from protoalign.reports.terminal import render

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [40, 80, 140])
def test_no_line_is_wider_than_the_terminal(mixed, hostile, width):
    for comparison in (mixed, hostile):
        text = render(comparison, color=False, width=width)
        assert max(map(len, text.splitlines())) <= width


def test_a_terminal_of_nearly_no_width_is_survived(mixed):
    assert "acme" in render(mixed, color=False, width=1)


def test_colour_only_adds_codes(mixed, hostile):
    for comparison in (mixed, hostile):
        plain = render(comparison, color=False, width=100)
        colored = render(comparison, color=True, width=100)
        assert "\x1b" not in plain
        assert ANSI.sub("", colored) == plain
        assert colored != plain


def test_foreign_text_cannot_steer_the_terminal(hostile):
    plain = render(hostile, color=False, width=100)
    assert all(character.isprintable() or character == "\n" for character in plain)
    assert r"\x1b[31mred" in plain


def test_everything_about_a_finding_is_there(mixed):
    text = " ".join(render(mixed, color=False, width=100).split())
    for expected in (
        "acme.v1.Order.id (field in acme/v1/shop.proto)",
        "error wire: `id` has the number 2, the reference's has 1 [field-number]",
        "subject acme/v1/shop.proto:4:3 string id = 2;",
        "reference acme/shop_pb2.py:14 string id = 1;",
        "reaches 2 RPCs, request: `/acme.v1.Shop/Get` and 1 more",
        "The server reads your `id` as the length of `name`.",
        "fix: Give `id` the number 1.",
        "subject implicit, reference explicit",
        "package old.v1 → acme.v1: most names are the same",
        "1 finding: ours on purpose (until 2031-01-31)",
    ):
        assert expected in text
    assert text.endswith(
        "4 findings (2 errors, 1 warning, 1 info); 36 of 40 elements in 2 files aligned (90%); 1 waived"
    )


def test_findings_of_one_element_share_its_places(mixed):
    assert render(mixed, color=False, width=100).count("acme/v1/shop.proto:4:3") == 2  # the field's and the RPC's


def test_a_limit_says_what_it_hides(mixed):
    text = render(mixed, color=False, width=100, limit=1)
    assert "3 more findings are not shown" in text
    assert "rpc-missing" not in text
    assert "4 findings are not shown" in render(mixed, color=False, width=100, limit=0)


def test_aligned_is_said_plainly(aligned):
    last = render(aligned, color=False, width=100).splitlines()[-1]
    assert last == "aligned: no findings; 40 of 40 elements in 2 files aligned (100%)"


def test_incomplete_stands_out(incomplete):
    text = render(incomplete, color=False, width=140)
    assert "INCOMPLETE" in text
    assert "subject: acme/v1/broken.proto: does not compile: line 3" in text
    assert text.splitlines()[-1].startswith("incomplete: 1 part could not be read")


def test_nothing_at_all_is_survived(make_comparison):
    assert "aligned" in render(make_comparison(files=()), color=False, width=80)


def test_aligned_files_are_counted_where_there_are_many(make_comparison):
    files = tuple(
        FileResult(
            file=f"f{number}.proto",
            subject_file=f"f{number}.proto",
            status="aligned",
            elements=1,
            aligned=1,
            findings={},
        )
        for number in range(500)
    )
    text = render(make_comparison(files=files), color=False, width=80)
    assert "500 files, all of them aligned" in text
    assert len(text.splitlines()) < 10


def test_many_guesses_about_elements_are_counted(make_comparison):
    from protoalign.compare.model import Guess

    guesses = [Guess(kind="field", subject=f"a{n}", reference=f"b{n}", reason="same number") for n in range(40)]
    text = render(make_comparison(guesses=guesses), color=False, width=80)
    assert "40 elements" in text
    assert "a1 " not in text


def test_it_imports_nothing_heavy():
    program = (
        "import sys; import protoalign.compare; before = set(sys.modules); import protoalign.reports.terminal;"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('protoalign')))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@given(
    st.lists(st.tuples(st.text("ab ", max_size=60), st.sampled_from(["", "red"]))),
    st.integers(20, 60),
    st.integers(0, 8),
    st.integers(0, 8),
)
def test_wrapping_loses_no_word(parts, width, first, rest):
    lines = list(Flow(width, color=False).lines(parts, first=first, rest=rest))
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join("".join(text for text, _ in parts).split())
