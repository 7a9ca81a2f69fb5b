"""Programs that we did not write: where they are, which version they have, and how they are run."""

from protoalign.toolchain.go import GO_MOD, find_go, go_tool, gofmt, module_path
from protoalign.toolchain.programs import Found, Program, check_version, find_program, located, version_in
from protoalign.toolchain.running import Finished, TookTooLongError, run_bounded
from protoalign.toolchain.supported import (
    BUF,
    GO,
    PROTOC_GEN_CONNECTRPC,
    PROTOC_GEN_GO,
    PROTOC_GEN_GO_GRPC,
    PROTOC_GEN_PY,
    RUFF,
)

__all__ = [
    "BUF",
    "GO",
    "GO_MOD",
    "PROTOC_GEN_CONNECTRPC",
    "PROTOC_GEN_GO",
    "PROTOC_GEN_GO_GRPC",
    "PROTOC_GEN_PY",
    "RUFF",
    "Finished",
    "Found",
    "Program",
    "TookTooLongError",
    "check_version",
    "find_go",
    "find_program",
    "go_tool",
    "gofmt",
    "located",
    "module_path",
    "run_bounded",
    "version_in",
]
