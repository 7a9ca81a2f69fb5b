"""Which folder of a project holds the .proto files that are to be aligned."""

from pathlib import Path

import pytest

from protoalign.errors import SourceReadError
from protoalign.survey import find_tree, named_tree


def found(project: Path) -> str:
    return find_tree(project, project).source


def test_the_package_says_what_the_root_is(project, proto):
    assert found(project({"api/shop/v1/a.proto": proto("shop.v1")})) == "api"


def test_the_imports_say_what_the_root_is(project, proto):
    files = {"x/y/shop/a.proto": proto("p"), "x/y/shop/b.proto": proto("p", "message B {}", imports=("shop/a.proto",))}
    assert found(project(files)) == "x/y"


def test_a_flat_folder_is_the_tree(project, proto):
    assert found(project({"proto/a.proto": proto("shop.v1"), "proto/b.proto": proto("other")})) == "proto"


def test_files_at_the_top_make_the_project_itself_the_tree(project, proto):
    assert found(project({"a.proto": proto("shop")})) == "proto:."


def test_the_largest_tree_wins_and_the_others_are_named(project, proto):
    survey = find_tree(
        root := project(
            {
                "examples/shop/v1/a.proto": proto("shop.v1"),
                "proto/shop/v1/a.proto": proto("shop.v1"),
                "proto/shop/v1/b.proto": proto("shop.v1", "message B {}"),
            }
        ),
        root,
    )
    assert (survey.source, survey.files, survey.others) == ("proto", 2, ("examples",))


@pytest.mark.parametrize("folder", ["vendor", "node_modules", "third_party", ".git", ".venv", "a/vendor"])
def test_other_people_s_files_are_passed_over(project, proto, folder):
    files = {f"{folder}/shop/v1/{name}.proto": proto("shop.v1") for name in "abc"}
    assert found(project({**files, "proto/shop/v1/a.proto": proto("shop.v1")})) == "proto"


def test_a_submodule_is_passed_over(project, proto):
    files = {f"sub/shop/v1/{name}.proto": proto("shop.v1") for name in "abc"}
    assert found(project({**files, "sub/.git": "gitdir: x", "proto/shop/v1/a.proto": proto("shop.v1")})) == "proto"


def test_the_module_of_a_buf_yaml_is_the_tree(project, proto):
    files = {
        "buf.yaml": "version: v2\nmodules:\n  - path: api/defs\n",
        "api/defs/a.proto": proto("anything"),
        **{f"more/shop/v1/{name}.proto": proto("shop.v1") for name in "abc"},
    }
    survey = find_tree(root := project(files), root)
    assert (survey.source, survey.has_buf_config) == ("api/defs", True)


def test_a_workspace_of_several_modules_is_one_tree(project, proto):
    files = {
        "buf.yaml": "version: v2\nmodules:\n  - path: a\n  - path: b\n",
        "a/one.proto": proto("one"),
        "b/two.proto": proto("two"),
    }
    assert found(project(files)) == "proto:."


def test_a_broken_buf_yaml_does_not_stop_the_search(project, proto):
    assert found(project({"buf.yaml": "version: v99", "proto/shop/v1/a.proto": proto("shop.v1")})) == "proto"


def test_beside_python_the_kind_is_said(project, proto):
    assert found(project({"proto/shop/v1/a.proto": proto("shop.v1"), "proto/shop/v1/a_pb2.py": ""})) == "proto:proto"


def test_trees_with_copies_of_each_other_are_told_apart(project, proto):
    files = {}
    for top, field in (("new", "string"), ("old", "bytes")):
        files[f"{top}/shop/a.proto"] = proto("shop", f"message A {{\n  {field} x = 1;\n}}\n")
        files[f"{top}/shop/b.proto"] = proto("shop", "message B {}", imports=("shop/a.proto",))
    assert found(project(files)) == "new"


def test_paths_are_relative_to_the_settings_file(project, proto):
    root = project({"proto/shop/v1/a.proto": proto("shop.v1")})
    assert find_tree(root, root / "conf").source == "../proto"


def test_no_proto_at_all_is_refused(project):
    with pytest.raises(SourceReadError, match="holds no"):
        find_tree(root := project({"README.md": ""}), root)


def test_a_named_folder_or_file_is_taken_as_it_is(project, proto):
    root = project({"vendor/shop/v1/a.proto": proto("shop.v1")})
    assert named_tree(Path("vendor/shop"), root).source == "vendor/shop"
    assert named_tree(Path("vendor/shop/v1/a.proto"), root).source == "vendor/shop/v1/a.proto"


@pytest.mark.parametrize("name", ["none", "README.md", "docs"])
def test_a_named_path_without_protos_is_refused(project, name):
    root = project({"README.md": "", "docs/a.md": ""})
    with pytest.raises(SourceReadError):
        named_tree(Path(name), root)
