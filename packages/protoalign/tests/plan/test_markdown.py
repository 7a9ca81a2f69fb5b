"""The Markdown document: it reads well, and keeps what belongs to a person."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from protoalign.compare import judge, structural_diff
from protoalign.contract import ContractFile, Provenance, build_contract
from protoalign.errors import InputError
from protoalign.plan import build_plan
from protoalign.reports.plan_document import ELSEWHERE, Kept, read_document
from protoalign.reports.plan_markdown import render_plan_markdown
from protoalign.settings import Settings

MONEY = "file:money.proto"


def read(text):
    return read_document(text.encode(), where="PLAN.md")


def with_notes(text, notes, place=MONEY):
    opening = f"<!-- notes:{place} -->\n"
    assert text.count(opening) == 1
    return text.replace(opening, opening + notes)


@pytest.fixture(scope="module")
def document(plan_of):
    return render_plan_markdown(plan_of())


def updated(plan_of, text, *texts):
    record, kept = read(text)
    return render_plan_markdown(plan_of(*texts, before=record), kept)


def test_the_document(document):
    assert document.startswith("# Alignment plan: `tree` to `tree`\n")
    for line in (
        "**Progress:** 0 of 8 actions done. Aligned elements: 33.3% when the plan was started, 33.3% now."
        " Aligned files: 0 of 4.",
        "### 1.1 `money.proto`",
        "- [ ] Change the number of field `Money.units` from `2` to `1` (wire, 3 RPCs)",
        "- Needed by `basket.proto`, `shop.proto`",
        "- Service `Audit` is the subject's own, with 1 RPC that the reference lacks: `Log`",
        "- [ ] Add RPC `Shop.Watch`: `rpc Watch(GetOrder) returns (stream Order)`",
        "- [ ] Generate the code again and build the SDK (0.5–1 h) <!-- check:generate -->",
        "## Risks: what breaks for the SDK's own users",
    ):
        assert f"{line}\n" in document or line in document.splitlines(), line


def test_tables_have_as_many_cells_as_their_heads(document):
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(document)
    for table in html.split("<table>")[1:]:
        rows = table.split("</table>")[0].split("<tr>")[1:]
        assert len({row.count("<td") + row.count("<th>") + row.count("<th ") for row in rows}) == 1
    assert "notes:" not in html.replace("<!-- notes:", "").replace("<!-- /notes:", "").partition("<!-- protoalign")[0]


def test_a_plan_without_work_says_so(plan_of, reference):
    text = render_plan_markdown(plan_of(reference, reference))
    assert "**Nothing is left to do**" in text
    assert "## Phase" not in text


def test_updating_changes_nothing_without_work(plan_of, document):
    assert updated(plan_of, document) == document


def test_updating_twice_is_updating_once(plan_of, document, subject, reference):
    subject["money.proto"] = reference["money.proto"]
    once = updated(plan_of, with_notes(document, "mine\n"), subject, reference)
    assert "- [x] Change the number of field `Money.units` from `2` to `1`\n" in once
    assert "**Progress:** 2 of 8" in once
    assert updated(plan_of, once, subject, reference) == once


NOTES = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: f"{text}\n")
LOOKALIKES = st.lists(
    st.sampled_from(
        [
            "<!-- notes:file:money.proto -->",
            "<!-- notes:file:shop.proto -->",
            "<!-- /notes:file:shop.proto -->",
            " <!-- /notes:file:money.proto -->",
            "<!-- /notes:file:money.proto --> ",
            "<!-- /notes -->",
            "<!-- notes:elsewhere -->",
            "<!-- protoalign plan 1, kept for the next update",
            "-->",
            "- [x] Generate the code again <!-- check:generate -->",
            "",
            "\r",
            "```",
            '{"notes": []}',
        ]
    )
).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(st.one_of(NOTES, LOOKALIKES))
@example("no line feed but\rothers\x0b\x0c\x85\u2028 in here\r\n")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_notes_survive_byte_for_byte(document, notes):
    text = with_notes(document, notes)
    record, kept = read(text)
    assert kept.notes[MONEY] == notes
    assert not kept.ticks
    assert ELSEWHERE not in kept.notes
    again = read(text)
    assert again == (record, kept)


@given(st.one_of(NOTES, LOOKALIKES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_notes_survive_an_update(document, plan_of, subject, reference, notes):
    text = with_notes(document, notes)
    subject["money.proto"] = reference["money.proto"]
    for _ in range(2):
        text = updated(plan_of, text, subject, reference)
        assert f"<!-- notes:{MONEY} -->\n{notes}<!-- /notes:{MONEY} -->\n" in text


def test_notes_with_windows_line_ends(plan_of, document):
    text = with_notes(document, "one\ntwo\n").replace("\n", "\r\n")
    _, kept = read(text)
    assert kept.notes[MONEY] == "one\r\ntwo\r\n"
    assert ELSEWHERE not in kept.notes


def test_notes_on_what_is_gone_move_to_the_end(plan_of, document, subject, reference):
    text = with_notes(document, "think of the basket\n", "file:basket.proto")
    del reference["basket.proto"]
    text = updated(plan_of, text, subject, reference)
    assert (
        "## Notes on `basket.proto`, which the plan no longer holds\n\n"
        "<!-- notes:file:basket.proto -->\nthink of the basket\n<!-- /notes:file:basket.proto -->\n"
    ) in text
    back = updated(plan_of, text)
    assert "think of the basket" in back
    assert "no longer holds" not in back


def test_empty_notes_on_what_is_gone_go_with_it(plan_of, document, subject, reference):
    del reference["basket.proto"]
    assert "notes:file:basket.proto" not in updated(plan_of, document, subject, reference)


def test_lines_written_in_other_places_are_kept(plan_of, document):
    first = "- [ ] Change the number of field `Money.units`"
    text = document.replace(first, f"my own thought\n\n👍\n{first}").replace("## Files\n", "## Files\nanother one\n")
    text += "behind the end"
    text = updated(plan_of, text)
    assert "## Written outside of the notes, and moved here\n" in text
    assert read(text)[1].notes[ELSEWHERE] == "another one\n\nmy own thought\n\n👍\n\nbehind the end\n"
    assert updated(plan_of, text) == text
    more = updated(plan_of, text.replace("## Files\n", "## Files\nlate\n"))
    assert read(more)[1].notes[ELSEWHERE].endswith("behind the end\nlate\n")


def test_a_formatter_may_go_over_the_document(plan_of, document):
    formatted = document.replace("- [ ]", "*   [ ]").replace("| --- |", "| :-------- |").replace(" | ", "   |  ")
    _, kept = read(formatted)
    assert ELSEWHERE not in kept.notes


def test_boxes_ticked_by_hand_do_not_count_but_those_of_checks_stay(plan_of, document):
    text = document.replace("- [ ] ", "- [x] ")
    assert read(text)[1].ticks == {"compile", "generate", "test", "document", "release"}
    again = updated(plan_of, text)
    assert "- [ ] Change the number" in again
    assert "- [x] Generate the code again" in again
    assert "**Progress:** 0 of 8" in again


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: "# Something else\n", "is not there"),
        (lambda text: "", "is not there"),
        (lambda text: text.replace("protoalign plan 1,", "protoalign plan 2,"), "format 2"),
        (lambda text: text.replace("<!-- notes:file:money.proto -->\n", ""), "closes notes that are not open"),
        (lambda text: text.replace("<!-- /notes:file:money.proto -->\n", ""), "is missing"),
        (lambda text: text.replace("<!-- notes:plan -->\n<!-- /notes:plan -->\n", ""), "notes:plan --> is missing"),
        (lambda text: text.replace("<!-- /notes:plan -->\n", "<!-- /notes:plan -->\n" * 2), "not open"),
        (
            lambda text: text.replace("<!-- /notes:plan -->\n", "<!-- /notes:plan -->\n<!-- notes:plan -->\n"),
            "there twice",
        ),
        (lambda text: text.rstrip().removesuffix("-->"), "is not closed"),
        (lambda text: text.replace('"items": [', '"items": [['), "cannot be read"),
        (lambda text: text.replace('"started": ""', '"started": 1'), "damaged"),
        (lambda text: text.replace('"notes": [', '"notes": [1,'), "no list of texts"),
        (lambda text: text[: text.rindex("{\n")] + "[" * 100_000 + "\n-->\n", "cannot be read"),
        (
            lambda text: (
                text[: text.index("<!-- protoalign")] + "<!-- protoalign plan 1, kept for the next update\n[]\n-->"
            ),
            "no object",
        ),
    ],
)
def test_a_damaged_document_is_refused(document, damage, said):
    with pytest.raises(InputError, match=said) as raised:
        read(damage(document))
    assert "PLAN.md" in raised.value.where
    assert raised.value.hint


def test_what_is_no_text_is_refused():
    with pytest.raises(InputError, match="not UTF-8"):
        read_document(b"\xff\xfe", where="PLAN.md")


@given(st.binary(max_size=200), st.integers(0, 20_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_of_any_kind_is_an_input_error_or_harmless(document, junk, position):
    content = document.encode()
    damaged = content[: position % len(content)] + junk + content[position % len(content) + len(junk) :]
    try:
        record, kept = read_document(damaged, where="PLAN.md")
    except InputError:
        return
    assert isinstance(kept, Kept)
    assert record.items is not None


def hostile(name):
    """A contract whose file has such a name."""
    file = ContractFile.parse(b"\n" + bytes([len(name.encode())]) + name.encode() + b'"\x03\n\x01M')
    return build_contract([file], Provenance("hostile", "tree"))


@pytest.mark.parametrize("name", ["a --> b.proto", "a`b|c.proto", "<script>.proto", "a--b--.proto", "ä @me *b*.proto"])
def test_hostile_file_names_stay_names(name, compile_contract):
    other = {"m.proto": 'syntax = "proto3";\nmessage M {}\nmessage N {}\n'}
    diff = structural_diff(hostile(name), compile_contract(other))
    plan = build_plan(diff, judge(diff, Settings()), Settings())
    text = render_plan_markdown(plan)
    record, kept = read(text)
    assert record == plan.record
    assert render_plan_markdown(plan, kept) == text
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<script>" not in html
