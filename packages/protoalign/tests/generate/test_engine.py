"""Generating from small contracts: what comes out, from which kinds of sources, and which contracts are refused."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from protoalign.errors import CompileError, GenerateError, OutputError, SettingsError
from protoalign.generate import GenerateOptions, generate
from protoalign.output import stamp
from protoalign.settings import read_settings
from protoalign.sources.compilers import compile_with_protoc, find_tool

pytestmark = pytest.mark.usefixtures("versions_asked_once")

SETTINGS = """\
[subject]
source = "{source}"
with = {others}
[generate.python]
messages = "src/acme/_gen"
"""
HELLO = """\
syntax = "proto3";
package acme.v1;

// Says hello.
message Hello {
  string name = 1;
}
"""
ASKED = 'syntax = "proto3";\npackage p;\nmessage M {}\n'


class Project:
    """A folder with settings and .proto files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings()
        (root / "src" / "acme").mkdir(parents=True)
        (root / "src" / "acme" / "__init__.py").touch()

    def settings(self, source="proto", others=()):
        (self.root / "protoalign.toml").write_text(SETTINGS.format(source=source, others=list(others)))

    def messages_in(self, folder):
        path = self.root / "protoalign.toml"
        path.write_text(path.read_text().replace("src/acme/_gen", folder))

    def write(self, protos, folder="proto"):
        for name, text in protos.items():
            path = self.root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def generate(self, **options):
        return generate(read_settings(self.root / "protoalign.toml"), GenerateOptions(**options))

    def text(self, name):
        return (self.root / "src" / "acme" / "_gen" / name).read_text()

    def state(self):
        """What changes when anything below the folder is written."""
        paths = [path for path in self.root.rglob("*") if "__pycache__" not in path.parts]
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}

    def imports(self, code):
        """Run code with the generated package importable; what it prints."""
        command = [sys.executable, "-W", "error", "-c", code]
        environment = {"PYTHONPATH": str(self.root / "src")}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def files(result):
    return sorted(name for change in result.changes for name in change.after)


# ---- where the contract comes from ----------------------------------------------------------------------------------


def test_comments_of_a_tree_reach_the_code(project):
    result = project.write({"acme/v1/hello.proto": HELLO}).generate()
    assert result.written
    assert files(result) == ["__init__.py", "acme/__init__.py", "acme/v1/__init__.py", "acme/v1/hello_pb.py"]
    assert "Says hello." in project.text("acme/v1/hello_pb.py")


def test_the_mark_of_extract_is_no_comment_of_the_contract(project, monkeypatch):
    stamped = stamp('// Kept.\n\nsyntax = "proto3";\nmessage M {}\n', "somewhere").decode()
    project.write({"m.proto": stamped})
    seen = []
    real = generate.__globals__["run_plugins"]
    monkeypatch.setitem(
        generate.__globals__, "run_plugins", lambda *given, **more: seen.append(given[2]) or real(*given, **more)
    )
    project.generate()
    assert b"Kept." in seen[0]
    assert b"Written by protoalign" not in seen[0]


def test_a_package_gives_the_same_code_as_the_tree_but_for_comments(project):
    text = HELLO.replace("// Says hello.\n", "")
    project.write({"acme/v1/hello.proto": text})
    project.generate()
    from_tree = project.text("acme/v1/hello_pb.py")
    package = project.root / "package"
    package.mkdir()
    command = [find_tool("protoc"), "--proto_path=proto", "--python_out=package", "acme/v1/hello.proto"]
    subprocess.run(command, cwd=project.root, check=True)
    project.settings("package")
    assert not project.generate().written
    assert project.text("acme/v1/hello_pb.py") == from_tree


def test_a_descriptor_set_without_source_info(project):
    project.write({"acme/v1/hello.proto": HELLO})
    (project.root / "set.binpb").write_bytes(compile_with_protoc(project.root / "proto", ["acme/v1/hello.proto"]))
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    bare = FileDescriptorSet.FromString((project.root / "set.binpb").read_bytes())
    for file in bare.file:
        file.ClearField("source_code_info")
    (project.root / "set.binpb").write_bytes(bare.SerializeToString())
    project.settings("set.binpb")
    project.generate()
    assert project.imports("from acme._gen.acme.v1.hello_pb import Hello; print(Hello(name='x').to_json())") == (
        '{"name":"x"}\n'
    )


@pytest.mark.parametrize("kind", ["tree", "set"])
def test_imports_from_another_source_get_code_too(project, kind):
    project.write({"other/money.proto": 'syntax = "proto3";\npackage other;\nmessage Money {}\n'}, "others")
    project.write(
        {"shop.proto": 'syntax = "proto3";\nimport "other/money.proto";\nmessage Shop { other.Money m = 1; }\n'}
    )
    project.settings(others=["others"])
    if kind == "set":
        # Without source info, so that the contract is printed, imports too.
        from google.protobuf.descriptor_pb2 import FileDescriptorSet

        (project.root / "proto" / "other").symlink_to(project.root / "others" / "other")
        every = FileDescriptorSet.FromString(
            compile_with_protoc(project.root / "proto", ["shop.proto", "other/money.proto"])
        )
        only = FileDescriptorSet(file=[file for file in every.file if file.name == "shop.proto"])
        only.file[0].ClearField("source_code_info")
        (project.root / "set.binpb").write_bytes(only.SerializeToString())
        project.settings("set.binpb", others=["others"])
    result = project.generate()
    assert "other/money_pb.py" in files(result)
    project.imports("from acme._gen.shop_pb import Shop; from acme._gen.other.money_pb import Money; Shop(m=Money())")


def test_a_tree_that_does_not_compile(project):
    project.write({"m.proto": 'syntax = "proto3";\nmessage M { strin a = 1; }\n'})
    with pytest.raises(CompileError, match=r'm\.proto:2:13: "strin" is not defined'):
        project.generate()
    assert not (project.root / "src" / "acme" / "_gen").exists()


# ---- contracts of odd shapes ----------------------------------------------------------------------------------------


def test_a_thousand_fields_empty_services_recursion_and_shared_method_names(project):
    fields = "".join(f"  string f{number} = {number};\n" for number in range(1, 1001))
    project.write(
        {
            "big.proto": f"""\
syntax = "proto3";
package big;
message Big {{
{fields}  Big next = 1001;
  map<string, Other> others = 1002;
}}
message Other {{ Big big = 1; }}
service One {{ rpc Get(Big) returns (Big); }}
service Two {{ rpc Get(Big) returns (stream Other); }}
service Empty {{}}
"""
        }
    )
    project.generate()
    code = """
from acme._gen.big_pb import Big, Other
from acme._gen.big_connect import OneClient, TwoClient, EmptyClient
big = Big(f1="a", f1000="b", next=Big(f2="c"), others={"x": Other(big=Big())})
assert Big.from_binary(big.to_binary()) == big
print(len(Big.desc().fields))
"""
    assert project.imports(code) == "1002\n"


def test_names_that_are_keywords(project):
    project.write(
        {
            "class/def.proto": """\
syntax = "proto3";
package class.import;
message None { string class = 1; None self = 2; oneof lambda { string if = 3; bool True = 4; } }
enum pass { import = 0; }
service yield { rpc import(None) returns (None); rpc from(None) returns (stream None); }
"""
        }
    )
    project.generate()
    project.imports("from acme._gen.class_.def__pb import None_; None_(class_='a', self_=None_())")
    project.imports("import acme._gen.class_.def__connect")


CLASHES = {
    "files": (
        {"foo-bar.proto": ASKED, "foo_bar.proto": ASKED.replace("M", "N")},
        r"make one module .*: foo-bar\.proto",
    ),
    "methods": (
        {"a.proto": f"{ASKED}service S {{ rpc GetIt(M) returns (M); rpc get_it(M) returns (M); }}\n"},
        r"class SClient: get_it, 2 times",
    ),
    "message and client": (
        {"a.proto": f"{ASKED}message SClient {{}}\nservice S {{ rpc A(SClient) returns (M); }}\n"},
        r"a_connect\.py: SClient, 2 times",
    ),
    "service and base class": (
        {"a.proto": f"{ASKED}service Protocol {{ rpc A(M) returns (M); }}\n"},
        r"a_connect\.py: Protocol, 2 times",
    ),
}


@pytest.mark.parametrize("case", CLASHES)
def test_names_that_clash_in_python_are_refused(project, case):
    protos, message = CLASHES[case]
    project.write(protos)
    with pytest.raises(GenerateError, match=message) as caught:
        project.generate()
    assert "Rename" in caught.value.hint
    assert not (project.root / "src" / "acme" / "_gen").exists()


# ---- what is written ------------------------------------------------------------------------------------------------


def test_nothing_is_written_where_all_is_fresh(project):
    project.write({"acme/v1/hello.proto": HELLO}).generate()
    before = project.state()
    result = project.generate()
    assert (result.written, result.is_fresh) == (False, True)
    assert project.state() == before


def test_no_path_of_this_machine_is_in_the_code(project):
    project.write({"acme/v1/hello.proto": HELLO})
    result = project.generate()
    everything = b"".join(content for change in result.changes for content in change.after.values())
    assert str(project.root).encode() not in everything
    assert sys.prefix.encode() not in everything
    assert b"/tmp" not in everything


def test_a_file_that_left_the_contract_leaves_the_code(project):
    project.write({"a.proto": ASKED, "b.proto": ASKED.replace("M", "N")}).generate()
    (project.root / "proto" / "b.proto").unlink()
    result = project.generate()
    assert [change.extra for change in result.changes] == [("b_pb.py",)]
    assert not (project.root / "src" / "acme" / "_gen" / "b_pb.py").exists()


def test_a_package_of_its_own_is_marked_as_typed(project):
    project.messages_in("src/acme_messages")
    assert files(project.write({"m.proto": ASKED}).generate()) == ["__init__.py", "m_pb.py", "py.typed"]


def test_all_modules_are_python_and_have_a_banner_or_nothing_to_say(project):
    result = project.write({"acme/v1/hello.proto": HELLO}).generate()
    for change in result.changes:
        for name, content in change.after.items():
            ast.parse(content)
            assert name.endswith("__init__.py") or b"DO NOT EDIT" in content


# ---- settings -------------------------------------------------------------------------------------------------------


def test_a_folder_with_the_contract_in_it_is_refused_even_by_force(project):
    project.write({"acme/v1/hello.proto": HELLO})
    project.messages_in("proto")
    before = project.state()
    with pytest.raises(SettingsError, match='"proto" is replaced as a whole, and the contract is in it'):
        project.generate(force=True)
    assert project.state() == before


@pytest.mark.parametrize("folder", ["src", "proto/acme"])
def test_a_folder_with_files_of_others_is_refused(project, folder):
    project.write({"acme/v1/hello.proto": HELLO})
    project.messages_in(folder)
    (project.root / "src" / "acme" / "mine.py").write_text("mine = 1\n")
    before = project.state()
    with pytest.raises(OutputError, match=r"mine\.py|hello\.proto"):
        project.generate()
    assert project.state() == before


def test_no_subject(project):
    (project.root / "protoalign.toml").write_text('[generate.python]\nmessages = "gen"\n')
    with pytest.raises(SettingsError, match=r"names no \[subject\]"):
        project.generate()


def test_a_file_with_names_that_is_not_there(project):
    text = (project.root / "protoalign.toml").read_text()
    (project.root / "protoalign.toml").write_text(
        text.replace("[generate.python]", '[generate]\nnames = "n.toml"\n[generate.python]')
    )
    project.write({"m.proto": ASKED})
    with pytest.raises(SettingsError, match=r"cannot be read: No such file") as caught:
        project.generate()
    assert caught.value.where.endswith("n.toml")
