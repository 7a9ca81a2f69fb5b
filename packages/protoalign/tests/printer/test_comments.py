"""Comments come back to their elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from protoalign.contract import Comment, Contract, ContractFile, Provenance, build_contract
from protoalign.printer import PrintOptions, print_contract, print_file
from protoalign.printer.comments import comment_lines


def shown(comment: Comment) -> tuple[object, ...]:
    def plain(text: str) -> str:
        return "\n".join(line.strip() for line in text.strip().splitlines())

    detached = tuple(plain(text) for text in comment.detached)
    return (comment.path, plain(comment.leading), plain(comment.trailing), detached)


def test_compiling_the_text_gives_the_comments_back(
    nasty: Contract, nasty_texts: Mapping[str, str], compile_texts: Callable[[Mapping[str, str]], Contract]
) -> None:
    name = "comments.proto"
    again = compile_texts({name: nasty_texts[name]})
    before = sorted(shown(comment) for comment in nasty.comments_of(name).values())
    after = sorted(shown(comment) for comment in again.comments_of(name).values())
    assert len(before) > 20
    assert after == before


def test_comments_can_be_left_out(nasty: Contract) -> None:
    assert "//" not in print_file(nasty, "comments.proto", PrintOptions(comments=False))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (" plain\n", ["// plain"]),
        ("no space", ["// no space"]),
        (" ends */ early /* not\n", ["// ends */ early /* not"]),
        ("one\rtwo\x0bthree\u2028four\x85five\x00six", ["// one", "// two", "// three", "// four", "// five\ufffdsix"]),
        ("right \u202e to left", ["// right \ufffd to left"]),
        (" first\n\n third \n", ["// first", "//", "// third"]),
        ("/ a third slash", ["/// a third slash"]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_no_comment_ends_before_its_text(text: str, lines: list[str]) -> None:
    assert comment_lines(text) == lines


def test_a_comment_from_elsewhere_is_printed_at_its_path(
    compile_texts: Callable[[Mapping[str, str]], Contract],
) -> None:
    plain = compile_texts({"s.proto": 'syntax = "proto3";\nmessage M {}\nservice S { rpc A(M) returns (M) {} }\n'})
    comments = (
        Comment("s.proto", (6, 0), leading="The service.\n\nIn two paragraphs.", provenance="s_pb2_grpc.py:3"),
        Comment("s.proto", (6, 0, 2, 0), leading="A call.", provenance="s_pb2_grpc.py:9"),
    )
    contract = build_contract(
        [ContractFile.of(file.descriptor) for file in plain.files], Provenance("x", "wheel"), comments=comments
    )
    assert print_contract(contract)["s.proto"] == (
        'syntax = "proto3";\n'
        "\n"
        "// The service.\n"
        "//\n"
        "// In two paragraphs.\n"
        "service S {\n"
        "  // A call.\n"
        "  rpc A(M) returns (M) {}\n"
        "}\n"
        "\n"
        "message M {}\n"
    )
