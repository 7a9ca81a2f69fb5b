"""The nasty corpus: legal files, each with one idea of how to trip a printer, judged by protoc and buf."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.contract import Contract
from protoalign.contract.canonical import canonical_descriptor
from protoalign.contract.pools import file_descriptor_class, pool_of
from protoalign.printer import print_contract
from protoalign.prove import RoundTrip, prove_round_trip
from protoalign.prove.compilation import Compilation, compile_what_compiles

NASTY = Path(__file__).parent.parent / "fixtures" / "nasty"
NAMES = sorted(path.relative_to(NASTY).as_posix() for path in NASTY.rglob("*.proto"))

# buf refuses the originals of these, with or without a printer.
BEYOND_BUF = {"option_aggregates.proto": "message set"}
# buf reads the originals of these as other descriptors than protoc does, with or without a printer.
OTHERWISE_BY_BUF = {
    "default_alias.proto": "an alias becomes the first name of its number",
    "edition_delimited_options.proto": "custom options of delimited encoding are length-prefixed",
}


@pytest.fixture(scope="session")
def descriptor_class(nasty: Contract) -> type[FileDescriptorProto]:
    (group,) = nasty.groups
    return file_descriptor_class(pool_of(nasty.by_name[name] for name in group))


@pytest.fixture(scope="session")
def proof(nasty: Contract, nasty_texts: Mapping[str, str]) -> RoundTrip:
    return prove_round_trip(nasty, nasty_texts)


@pytest.fixture(scope="session")
def printed_by_protoc(nasty: Contract, nasty_texts: Mapping[str, str]) -> Compilation:
    return compile_what_compiles("protoc", nasty_texts, {file.name: file.imports for file in nasty.files})


@pytest.fixture(scope="session")
def originals_by_buf(nasty: Contract) -> Compilation:
    texts = {name: (NASTY / name).read_text(encoding="utf-8") for name in NAMES}
    return compile_what_compiles("buf", texts, {file.name: file.imports for file in nasty.files})


def test_the_corpus_is_large_and_says_what_each_file_is_for() -> None:
    assert len(NAMES) >= 40
    for name in NAMES:
        assert (NASTY / name).read_text(encoding="utf-8").startswith("// "), name


@pytest.mark.parametrize("name", NAMES)
def test_protoc_finds_the_text_equal(name: str, proof: RoundTrip) -> None:
    verdict = proof.of("protoc")[name]
    assert verdict.status == "equal", str(verdict)


# Files with several entries of a map, or one that was set by its own path, inside of one custom option: a message keeps
# no order of them.
MAPS_IN_OPTIONS = ("option_aggregates.proto", "option_values.proto")


@pytest.mark.parametrize("name", NAMES)
def test_protoc_gives_the_very_bytes_back(
    name: str,
    nasty: Contract,
    printed_by_protoc: Compilation,
    descriptor_class: type[FileDescriptorProto],
) -> None:
    # Both sides are protoc's, so that nothing but positions may differ: not even the order of custom options.
    read = descriptor_class if name in MAPS_IN_OPTIONS else FileDescriptorProto
    original = read.FromString(nasty.by_name[name].serialized)
    printed = read.FromString(printed_by_protoc.compiled[name])
    for file in (original, printed):
        file.ClearField("source_code_info")
    deterministic = name in MAPS_IN_OPTIONS
    assert printed.SerializeToString(deterministic=deterministic) == original.SerializeToString(
        deterministic=deterministic
    )


@pytest.mark.parametrize("name", NAMES)
def test_buf_finds_the_text_equal_wherever_it_reads_the_original_as_protoc_does(
    name: str, proof: RoundTrip, originals_by_buf: Compilation
) -> None:
    verdict = proof.of("buf")[name]
    if name in BEYOND_BUF:
        assert name in originals_by_buf.refused
        assert verdict.status == "refused"
        assert BEYOND_BUF[name] in "".join(verdict.diagnostics)
    elif name not in OTHERWISE_BY_BUF:
        assert verdict.status == "equal", str(verdict)


@pytest.mark.parametrize("name", OTHERWISE_BY_BUF)
def test_where_buf_reads_otherwise_it_reads_original_and_text_alike(
    name: str,
    nasty: Contract,
    nasty_texts: Mapping[str, str],
    originals_by_buf: Compilation,
    descriptor_class: type[FileDescriptorProto],
) -> None:
    imports = {file.name: file.imports for file in nasty.files}
    printed = compile_what_compiles("buf", {name: nasty_texts[name]}, imports).compiled[name]
    forms = [
        canonical_descriptor(side, descriptor_class).SerializeToString(deterministic=True)
        for side in (printed, originals_by_buf.compiled[name])
    ]
    assert forms[0] == forms[1]
    assert forms[0] != nasty.canonical[name].SerializeToString(deterministic=True)


def test_printing_what_was_printed_changes_nothing(
    nasty_texts: Mapping[str, str], compile_texts: Callable[[Mapping[str, str]], Contract]
) -> None:
    assert print_contract(compile_texts(nasty_texts)) == nasty_texts


def test_text_has_no_trailing_blanks_and_ends_in_one_newline(nasty_texts: Mapping[str, str]) -> None:
    for name, text in nasty_texts.items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert "\n\n\n" not in text, name
        assert all(line == line.rstrip() for line in text.split("\n")), name
