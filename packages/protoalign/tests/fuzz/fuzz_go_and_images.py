"""Fuzz target for atheris: Go files, images in every form, and .proto heads.

Run it for a while with: uv run --group fuzz python packages/protoalign/tests/fuzz/fuzz_go_and_images.py CORPUS_FOLDER
The first byte of an input chooses what reads the rest. Whatever is raised and is no ProtoalignError is a finding.
"""

import sys

import atheris

with atheris.instrument_imports(include=["protoalign"]):
    from protoalign.contract import ContractFile
    from protoalign.errors import ProtoalignError
    from protoalign.sources.go_package import descriptors_in
    from protoalign.sources.image import files_of_image
    from protoalign.sources.limits import Limits
    from protoalign.sources.proto_syntax import read_head

LIMITS = Limits(member_size=1 << 20, descriptor_size=1 << 18)
GO_STARTS = (b"var file_x_rawDesc = ", b"const file_x_rawDesc = ", b"var fileDescriptor_x = []byte{\n")


def read(data: bytes) -> None:
    """Feed one input to the reader that its first byte chooses."""
    choice, rest = (data[0] if data else 0) % 8, data[1:]
    try:
        if choice < 3:
            for found in descriptors_in(b"package x\n" + GO_STARTS[choice] + rest, "x.pb.go", LIMITS):
                ContractFile.parse(found.serialized)
        elif choice == 3:
            for found in descriptors_in(rest + b"\nvar y_rawDesc = []byte{}\n", "x.pb.go", LIMITS):
                ContractFile.parse(found.serialized)
        elif choice == 7:
            read_head(rest)
        else:
            for file in files_of_image(rest, ("x.binpb", "x.json", "x.txtpb")[choice - 4], LIMITS, where="x"):
                ContractFile.parse(file.serialized)
    except ProtoalignError:
        pass


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
