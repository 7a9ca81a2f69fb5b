"""Go modules and the tools that they pin, with a stand-in for the Go toolchain: no build, no network."""

import shutil

import pytest

from protoalign.errors import InputError, ToolMissingError
from protoalign.toolchain import PROTOC_GEN_GO, Found, find_go, go_tool, gofmt, module_path

# Answers as Go 1.26 does, see `go help tool`.
FAKE_GO = """
import pathlib, sys
arguments = sys.argv[1:]
if arguments == ["env", "GOVERSION"]:
    print("go{version}")
elif arguments[0] == "-C":
    pinned = pathlib.Path(arguments[1], "go.mod").read_text()
    if arguments[4] not in pinned:
        sys.exit(f'go: no such tool "{{arguments[4]}}"')
    if "broken" in pinned:
        sys.exit("go: example.com/x@v1: missing go.sum entry")
    print(pathlib.Path(__file__).with_name(arguments[4]))
"""


@pytest.fixture
def tools(tmp_path):
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "go.mod").write_text("module tools\n\ntool google.golang.org/protobuf/cmd/protoc-gen-go\n")
    return folder


@pytest.fixture
def go(program):
    program("protoc-gen-go", "print('protoc-gen-go v1.36.12')")
    return Found(program("go", FAKE_GO.format(version="1.26.8")), "1.26.8")


def test_go_is_found(go):
    assert find_go() == go


def test_go_that_is_too_old(program):
    program("go", FAKE_GO.format(version="1.23.4"))
    with pytest.raises(
        ToolMissingError, match=r"the Go toolchain go is version 1\.23\.4, and 1\.25 or newer is needed"
    ):
        find_go()


def test_no_go(program):
    with pytest.raises(ToolMissingError, match=r"the Go toolchain go is not installed"):
        find_go()


def test_a_pinned_tool(go, tools):
    found = go_tool(go, tools, PROTOC_GEN_GO)
    assert (found.path.name, found.version) == ("protoc-gen-go", "1.36.12")


def test_a_module_without_the_tool_line_says_how_to_add_it(go, tools):
    (tools / "go.mod").write_text("module tools\n")
    with pytest.raises(ToolMissingError) as caught:
        go_tool(go, tools, PROTOC_GEN_GO)
    assert caught.value.what == "no tool line pins the plugin protoc-gen-go, and version 1.36.x is needed"
    assert caught.value.where == str(tools / "go.mod")
    assert caught.value.hint == (
        f"Pin it there: go -C {tools} get -tool google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12"
    )


def test_another_pinned_version(go, tools, program):
    program("protoc-gen-go", "print('protoc-gen-go v1.35.2')")
    with pytest.raises(ToolMissingError, match=r"the plugin protoc-gen-go is version 1\.35\.2, and 1\.36\.x is needed"):
        go_tool(go, tools, PROTOC_GEN_GO)


def test_a_tool_that_cannot_be_built(go, tools):
    (tools / "go.mod").write_text("module tools // broken\ntool x/protoc-gen-go\n")
    with pytest.raises(ToolMissingError, match=r"cannot build the plugin protoc-gen-go: .*missing go\.sum entry"):
        go_tool(go, tools, PROTOC_GEN_GO)


def test_a_folder_without_go_mod(go, tmp_path):
    with pytest.raises(ToolMissingError, match=r"there is no go\.mod that pins protoc-gen-go"):
        go_tool(go, tmp_path, PROTOC_GEN_GO)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("module example.com/a/b\n", "example.com/a/b"),
        ('// A comment.\n\nmodule "example.com/a"\n', "example.com/a"),
        ("module `example.com/a` // why\ngo 1.26\n", "example.com/a"),
        ("go 1.26\nmodule\texample.com/a//b\n", "example.com/a//b"),
        ("module example.com/a\r\ngo 1.26\r\n", "example.com/a"),
        ("module ( \n example.com/a \n)\n", "example.com/a"),
    ],
)
def test_the_module_line(tmp_path, text, path):
    (tmp_path / "go.mod").write_bytes(text.encode())
    assert module_path(tmp_path) == path


@pytest.mark.parametrize("text", ["", "modules x\n", "// module x\n", "module\n", "module a b\n"])
def test_no_module_line(tmp_path, text):
    (tmp_path / "go.mod").write_text(text)
    with pytest.raises(InputError, match="has no module line"):
        module_path(tmp_path)


def test_no_go_mod(tmp_path):
    with pytest.raises(InputError, match=r"has no go\.mod"):
        module_path(tmp_path)


def test_a_go_mod_that_is_no_text(tmp_path):
    (tmp_path / "go.mod").write_bytes(b"module \xff\n")
    with pytest.raises(InputError, match="cannot be read"):
        module_path(tmp_path)


@pytest.mark.skipif(shutil.which("go") is None, reason="needs the Go toolchain")
def test_gofmt_formats_and_refuses(tmp_path):
    go = find_go()
    (tmp_path / "a.go").write_text("package a\nvar  x=1\n")
    gofmt(go, tmp_path)
    assert (tmp_path / "a.go").read_text() == "package a\n\nvar x = 1\n"
    (tmp_path / "b.go").write_text("package a\nvar\n")
    with pytest.raises(InputError, match=r"gofmt refuses the files:\nb\.go:"):
        gofmt(go, tmp_path)
