"""Generating Go with the real plugins: packages, file names, clashes, and what the settings must say."""

import shutil
import subprocess
from pathlib import Path

import pytest

from protoalign.errors import GenerateError, InputError, OutputError, SettingsError, ToolMissingError
from protoalign.generate import GenerateOptions, generate
from protoalign.generate.go_clashes import check_go_packages
from protoalign.settings import read_settings

TOOLS = Path(__file__).parents[4] / "go" / "tools"
SETTINGS = """\
[subject]
source = "proto"
[generate.go]
module = "sdk"
messages = "internal/gen"
tools = "tools"
"""
MESSAGE = 'syntax = "proto3";\npackage acme_shop.v1;\n// Costs something.\nmessage Item {}\n'

pytestmark = [
    pytest.mark.skipif(shutil.which("go") is None, reason="needs the Go toolchain"),
]


@pytest.fixture(scope="session")
def go_tools():
    """The folder that pins the plugins."""
    command = ["go", "-C", TOOLS, "tool", "-n", "protoc-gen-go-grpc"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"the plugins for Go cannot be built: {built.stderr.strip()}")
    return TOOLS


@pytest.fixture
def project(tmp_path, go_tools):
    (tmp_path / "protoalign.toml").write_text(SETTINGS)
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk" / "go.mod").write_text("module example.com/acme/sdk // ours\n\ngo 1.26\n")
    (tmp_path / "tools").mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copy(go_tools / name, tmp_path / "tools")
    return tmp_path


def write(project, protos):
    for name, text in protos.items():
        path = project / "proto" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(project, **options):
    return generate(read_settings(project / "protoalign.toml"), GenerateOptions(**options))


def files(result):
    return {f"{change.folder.content}/{name}" for change in result.changes for name in change.after}


def test_messages_and_stubs_land_in_the_module(project):
    service = 'import "item.proto";\nservice Shop { rpc Get(Item) returns (stream Item); }\n'
    header = 'syntax = "proto3";\npackage acme_shop.v1;\n'
    write(project, {"item.proto": MESSAGE, "shop.proto": header + service})
    result = run(project)
    assert files(result) == {f"messages/acmeshop/v1/{name}" for name in ("item.pb.go", "shop.pb.go", "shop_grpc.pb.go")}
    code = (project / "sdk/internal/gen/acmeshop/v1/item.pb.go").read_text()
    assert "package v1" in code
    assert "// Costs something." in code
    assert set(result.tools) == {"buf", "go", "protoc-gen-go", "protoc-gen-go-grpc"}
    assert run(project, check=True).is_fresh


def test_no_path_of_this_machine_is_in_the_code(project):
    write(project, {"item.proto": MESSAGE})
    everything = b"".join(content for change in run(project).changes for content in change.after.values())
    assert str(project).encode() not in everything
    assert b"/tmp" not in everything


def test_wrappers_are_written_and_formatted(project):
    text = (project / "protoalign.toml").read_text() + 'services = "services"\n'
    (project / "protoalign.toml").write_text(text)
    write(project, {"shop.proto": f"{MESSAGE}service Shop {{ rpc GetItem(Item) returns (Item); }}\n"})
    result = run(project)
    assert "services/shop.go" in files(result)
    said = subprocess.run(
        ["gofmt", "-l", "."], cwd=project / "sdk" / "services", capture_output=True, text=True, check=True
    )
    assert said.stdout == ""
    assert run(project, check=True).is_fresh


def test_a_file_that_go_would_build_for_one_system_only_gets_another_name(project):
    write(project, {"device_android.proto": MESSAGE, "x_test.proto": MESSAGE.replace("Item", "Other")})
    assert files(run(project)) == {
        "messages/acmeshop/v1/device_android_proto.pb.go",
        "messages/acmeshop/v1/x_test.pb.go",
    }


@pytest.mark.parametrize("own_package", [True, False])
def test_imports_with_a_go_package_are_left_to_it_and_others_get_code(project, own_package):
    option = 'option go_package = "example.com/money";\n' if own_package else ""
    (project / "others").mkdir()
    (project / "others" / "money.proto").write_text(f'syntax = "proto3";\npackage money;\n{option}message Money {{}}\n')
    text = (project / "protoalign.toml").read_text().replace('"proto"\n', '"proto"\nwith = ["others"]\n')
    (project / "protoalign.toml").write_text(text)
    shop = 'syntax = "proto3";\nimport "money.proto";\nmessage Shop { money.Money m = 1; }\n'
    write(project, {"shop.proto": shop})
    result = run(project)
    assert ("messages/money/money.pb.go" in files(result)) is not own_package
    code = (project / "sdk/internal/gen/root/shop.pb.go").read_text()
    assert ("example.com/money" if own_package else "example.com/acme/sdk/internal/gen/money") in code


CLASHES = {
    "message and client": (
        f"{MESSAGE}message ShopClient {{}}\nservice Shop {{ rpc Get(Item) returns (Item); }}\n",
        r"ShopClient, 2 times: .*/a\.pb\.go, .*/a_grpc\.pb\.go",
    ),
    "methods": (
        f"{MESSAGE}service Shop {{ rpc GetIt(Item) returns (Item); rpc get_it(Item) returns (Item); }}\n",
        r"shopClient\.GetIt, 2 times",
    ),
}


@pytest.mark.parametrize("case", CLASHES)
def test_names_that_clash_in_go_are_refused(project, case):
    text, message = CLASHES[case]
    write(project, {"a.proto": text})
    with pytest.raises(GenerateError, match=message):
        run(project)
    assert not (project / "sdk" / "internal").exists()


def test_packages_that_clash_in_go_are_refused(project):
    write(project, {"a.proto": MESSAGE, "b.proto": MESSAGE.replace("acme_shop", "acmeshop").replace("Item", "B")})
    with pytest.raises(InputError, match="would both be the Go package"):
        run(project)


def test_a_tools_module_without_the_tool_line(project):
    (project / "tools" / "go.mod").write_text("module tools\n\ngo 1.26\n")
    write(project, {"a.proto": MESSAGE})
    with pytest.raises(ToolMissingError, match="no tool line pins the plugin protoc-gen-go"):
        run(project)


def test_no_go_mod(project):
    (project / "sdk" / "go.mod").unlink()
    write(project, {"a.proto": MESSAGE})
    with pytest.raises(InputError, match=r"has no go\.mod"):
        run(project)


def test_no_go_on_path(project, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    write(project, {"a.proto": MESSAGE})
    with pytest.raises(ToolMissingError, match="the Go toolchain go is not installed"):
        run(project)


def test_a_folder_that_is_no_package_name(project):
    text = (project / "protoalign.toml").read_text() + 'services = "my-services"\n'
    (project / "protoalign.toml").write_text(text)
    write(project, {"a.proto": MESSAGE})
    with pytest.raises(SettingsError, match="cannot be the folder of a Go package"):
        run(project)


def test_the_module_itself_is_never_replaced(project):
    text = (project / "protoalign.toml").read_text().replace('"internal/gen"', '"."')
    (project / "protoalign.toml").write_text(text)
    write(project, {"a.proto": MESSAGE})
    with pytest.raises(SettingsError, match=r"the module's go\.mod is in it"):
        run(project, force=True)


def test_a_file_of_others_keeps_every_folder_as_it_was(project):
    text = (project / "protoalign.toml").read_text() + 'services = "services"\n'
    (project / "protoalign.toml").write_text(text)
    write(project, {"a.proto": MESSAGE})
    (project / "sdk" / "services").mkdir()
    (project / "sdk" / "services" / "mine.go").write_text("package services\n")
    with pytest.raises(OutputError, match=r"mine\.go"):
        run(project)
    assert not (project / "sdk" / "internal").exists()


def test_methods_of_different_types_do_not_clash():
    types, methods = b"type A struct{}\ntype B struct{}\n", b"func (A) F() {}\nfunc (b *B) F() {}\n"
    code = b"package a\n" + types + methods + b"func F() {}\nvar _ = 1\nvar _ = 2\n"
    check_go_packages({"a/a.go": code, "b/b.go": code}, "x")
    with pytest.raises(GenerateError, match=r"  A\.F, 2 times: a/a\.go, a/c\.go"):
        check_go_packages({"a/a.go": code, "a/c.go": b"package a\nfunc (*A) F() {}\n"}, "x")
