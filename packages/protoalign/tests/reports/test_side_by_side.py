from hypothesis import given
from hypothesis import strategies as st

from protoalign.reports.side_by_side import diff_texts

LINES = st.lists(st.sampled_from(["message A {", "  string a = 1;", "  string b = 2;", "  int32 a = 3;", "}", ""])).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


def rows(subject, reference):
    return [row for block in diff_texts(subject, reference) for row in block.rows]


def text_of(line):
    return "".join(text for _, text in line.parts)


@given(LINES, LINES)
def test_both_texts_are_there_in_their_order(subject, reference):
    found = rows(subject, reference)
    if subject == reference:
        assert found == []
        return
    for side, text in (("subject", subject), ("reference", reference)):
        lines = [getattr(row, side) for row in found if getattr(row, side) is not None]
        assert "".join(f"{text_of(line)}\n" for line in lines) == text
        assert [line.number for line in lines] == list(range(1, len(lines) + 1))


@given(LINES, LINES)
def test_equal_rows_are_equal_and_others_are_not(subject, reference):
    for row in rows(subject, reference):
        if row.kind == "equal":
            assert text_of(row.subject) == text_of(row.reference)
        elif row.kind == "changed":
            assert text_of(row.subject) != text_of(row.reference)
            assert any(differs for line in (row.subject, row.reference) for differs, _ in line.parts)


def test_only_the_words_that_differ_are_marked():
    (row,) = rows("  string id = 2;\n", "  string id = 1;\n")
    assert row.subject.parts == ((False, "  string id = "), (True, "2"), (False, ";"))
    assert row.reference.parts == ((False, "  string id = "), (True, "1"), (False, ";"))


def test_declarations_of_one_name_stand_in_one_row():
    found = rows("  string a = 1;\n  bool b = 2;\n", "  int32 x = 9;\n  bytes y = 8;\n  repeated bool b = 3;\n")
    pairs = [(text_of(row.subject), text_of(row.reference)) for row in found if row.kind == "changed"]
    assert ("  bool b = 2;", "  repeated bool b = 3;") in pairs


def test_far_equal_lines_are_context():
    lines = [f"  string f{number} = {number};" for number in range(1, 41)]
    other = [*lines]
    other[20] = "  int32 f21 = 21;"
    blocks = diff_texts("\n".join(lines) + "\n", "\n".join(other) + "\n")
    assert [(block.is_context, len(block.rows)) for block in blocks] == [(True, 17), (False, 7), (True, 16)]


def test_a_few_equal_lines_are_not_folded():
    lines = [f"  string f{number} = {number};" for number in range(1, 7)]
    other = [*lines[:-1], "  int32 f6 = 6;"]
    assert [block.is_context for block in diff_texts("\n".join(lines), "\n".join(other))] == [False]


def test_odd_line_ends_are_no_line_ends():
    assert len(rows("a\x0bb\u2028c\n", "d\n")) <= 2
