"""Coverage-guided fuzzing of the printer: `python fuzz_printer.py [libFuzzer options] CORPUS...`.

Needs atheris (the dependency group `fuzz`). The input is a serialized FileDescriptorProto; `--seeds FOLDER` writes
those of the nasty fixtures into a folder to start from. Whatever the input, nothing but a ProtoalignError may come out.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["protoalign"]):
    from protoalign.contract import ContractFile, Provenance, build_contract, well_known_files
    from protoalign.errors import ProtoalignError
    from protoalign.printer import print_contract
    from protoalign.sources import load
    from protoalign.sources.compilers import compile_with_protoc  # noqa: F401 - imported late by the sources

WELL_KNOWN = well_known_files()
FIXTURES = Path(__file__).parent.parent / "fixtures" / "nasty"


def one_input(data: bytes) -> None:
    with suppress(ProtoalignError):
        contract = build_contract([ContractFile.parse(data)], Provenance("fuzz", "fuzz"), available=WELL_KNOWN)
        for text in print_contract(contract).values():
            text.encode()
        _ = contract.digest, contract.counts, contract.elements


def write_seeds(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in load(str(FIXTURES)).files:
        (folder / file.name.replace("/", "_")).write_bytes(file.serialized)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--seeds"]:
        write_seeds(Path(sys.argv[2]))
    else:
        atheris.Setup(sys.argv, one_input)
        atheris.Fuzz()
