"""Which programs `generate` and `prove` start, and the versions that they were tried with.

The plugins are held to one minor version: what they write is compared byte for byte in CI and is proved, and a new
minor version may write other code.
"""

from __future__ import annotations

from protoalign.toolchain.programs import Program

__all__ = ["BUF", "GO", "PROTOC_GEN_CONNECTRPC", "PROTOC_GEN_GO", "PROTOC_GEN_GO_GRPC", "PROTOC_GEN_PY", "RUFF"]

EXTRA = "It comes with protoalign's extra: pip install 'protoalign[generate]'"

# Reads templates of version v2 with inputs that are descriptor sets, limited to paths.
BUF = Program(name="buf", needed=(1, 70), or_newer=True, remedy="protoalign depends on it: pip install buf-bin")

# Before 1.0, and its generated code uses private modules of protobuf-py 0.7 (`protobuf._codegen`).
PROTOC_GEN_PY = Program(name="protoc-gen-py", needed=(0, 7), what="plugin", remedy=EXTRA)

# Before 1.0; from 0.13 on its stubs are made for the messages of protobuf-py.
PROTOC_GEN_CONNECTRPC = Program(name="protoc-gen-connectrpc", needed=(0, 13), what="plugin", remedy=EXTRA)

# Orders imports and formats as of 0.15 (the style of the year 2026); later styles differ little, and --check tells.
RUFF = Program(name="ruff", needed=(0, 15), or_newer=True, remedy=EXTRA)

# `tool` lines in go.mod and `go tool` came with Go 1.24; google.golang.org/grpc 1.85 needs Go 1.25.
GO = Program(
    name="go",
    needed=(1, 25),
    or_newer=True,
    what="Go toolchain",
    remedy="Install it as https://go.dev/doc/install says.",
    version_arguments=("env", "GOVERSION"),
)

# What it writes names its own version, and needs the runtime of that version or a newer one.
PROTOC_GEN_GO = Program(
    name="protoc-gen-go",
    needed=(1, 36),
    what="plugin",
    remedy="go get -tool google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12",
)

# Since 1.6 its stubs use the generic stream types that our wrappers return.
PROTOC_GEN_GO_GRPC = Program(
    name="protoc-gen-go-grpc",
    needed=(1, 6),
    what="plugin",
    remedy="go get -tool google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2",
)
