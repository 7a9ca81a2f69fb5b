"""What a survey sees of a project beside its folder of .proto files."""

import pytest

from protoalign.sources import LoadOptions
from protoalign.survey import find_tree, survey_project

OPTIONS = LoadOptions(offline=True)


def surveyed(root):
    return survey_project(find_tree(root, root), root, OPTIONS)[0]


def test_packages_and_file_options_in_use(project, proto):
    root = project(
        {
            "proto/a.proto": proto("shop", 'option go_package = "x/y";\noption deprecated = true;\n'),
            "proto/b.proto": proto("shop.v1", 'option java_package = "x.y";\n'),
        }
    )
    survey = surveyed(root)
    assert survey.packages == ("shop", "shop.v1")
    assert survey.file_options == ("go_package", "java_package")


def test_a_tree_that_does_not_compile_is_surveyed_all_the_same(project):
    survey, contract = survey_project(find_tree(root := project({"proto/a.proto": "message {"}), root), root, OPTIONS)
    assert contract is None
    assert "a.proto:1:9" in survey.unreadable


def test_a_missing_import_that_nothing_supplies_is_told(project, proto):
    survey = surveyed(project({"proto/a.proto": proto("a", imports=("unknown/x.proto",))}))
    assert "unknown/x.proto" in survey.unreadable
    assert survey.with_sources == ()


@pytest.mark.network
def test_google_s_common_files_come_from_their_package(project, proto):
    root = project({"proto/a.proto": proto("a", imports=("google/api/annotations.proto",))})
    survey = survey_project(find_tree(root, root), root, LoadOptions())[0]
    if "cannot be reached" in survey.unreadable:
        pytest.skip(survey.unreadable)
    assert (survey.unreadable, survey.with_sources) == ("", ("pypi:googleapis-common-protos",))


def test_the_last_release_is_the_newest_tag_that_is_a_version(project, proto, tagged):
    root = project({"proto/a.proto": proto("a")})
    tagged(root, "v1.9.0", "v1.10.0", "nightly", "v2.0.0-rc.1")
    assert surveyed(root).last_release == "v1.10.0"


def test_without_git_there_is_no_release(project, proto):
    assert surveyed(project({"proto/a.proto": proto("a")})).last_release == ""


def test_the_folders_of_a_buf_gen_yaml(project, proto):
    text = """\
version: v2
plugins:
  - local: protoc-gen-go
    out: gen/go
    opt: paths=source_relative
  - remote: buf.build/x/y
    out: "./gen/py/"  # here
  - local: other
    out: /somewhere/else
  # out: not/this
"""
    root = project({"proto/a.proto": proto("a"), "buf.gen.yaml": text})
    assert surveyed(root).generated == ("gen/go", "gen/py")
