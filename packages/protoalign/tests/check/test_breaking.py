"""The step breaking, with the real git and the real buf."""

import pytest

RENUMBERED = 'syntax = "proto3";\n\npackage shop.v1;\n\nmessage Money {\n  int64 units = 2;\n}\n'
RETYPED = 'syntax = "proto3";\n\npackage shop.v1;\n\nmessage Money {\n  string units = 1;\n}\n'
RENAMED = 'syntax = "proto3";\n\npackage shop.v1;\n\nmessage Money {\n  int64 amount = 1;\n}\n'
MONEY = "proto/shop/v1/money.proto"


def test_it_is_off_by_default(project):
    assert project.step("breaking").outcome == "off"


@pytest.mark.parametrize("with_buf_yaml", [False, True])
def test_what_breaks_is_named_with_its_place(project, buf_yaml, with_buf_yaml):
    if with_buf_yaml:
        project.write({"buf.yaml": buf_yaml})
    project.settings('[check]\nbreaking_against = "v1.0.0"')
    project.commit("v1.0.0")
    assert project.step("breaking").outcome == "passed"
    project.write({MONEY: RETYPED})
    result = project.step("breaking")
    assert result.outcome == "failed"
    (problem,) = result.problems
    assert (problem.path, problem.line, problem.rule[:5]) == (MONEY, 6, "FIELD")
    assert result.summary == "1 breaking change since v1.0.0"


def test_without_a_buf_yaml_names_count_only_as_far_as_json_has_them(project):
    project.commit("v1.0.0")
    project.write({MONEY: RENAMED})
    assert {problem.rule for problem in project.step("breaking", against="v1.0.0").problems} == {
        "FIELD_SAME_JSON_NAME",
        "FIELD_SAME_NAME",
    }


def test_the_category_of_a_buf_yaml_is_honoured(project, buf_yaml):
    project.write({"buf.yaml": f"{buf_yaml}breaking:\n  use: [WIRE]\n"})
    project.commit("v1.0.0")
    project.write({MONEY: RENAMED})
    assert project.step("breaking", against="v1.0.0").outcome == "passed"


def test_what_a_buf_yaml_ignores_is_ignored(project, buf_yaml):
    project.write({"buf.yaml": f"{buf_yaml}breaking:\n  ignore: [{MONEY}]\n"})
    project.commit("v1.0.0")
    project.write({MONEY: RETYPED})
    assert project.step("breaking", against="v1.0.0").outcome == "passed"


def test_a_buf_yaml_that_came_later_serves_the_old_tree_too(project, buf_yaml):
    project.commit("v1.0.0")
    project.write({"buf.yaml": buf_yaml, MONEY: RETYPED})
    assert project.step("breaking", against="v1.0.0").outcome == "failed"


def test_a_deleted_file_is_seen_with_a_buf_yaml(project, buf_yaml):
    project.write({"buf.yaml": buf_yaml, "proto/shop/v1/more.proto": RETYPED.replace("Money", "More")})
    project.commit("v1.0.0")
    (project.root / "proto/shop/v1/more.proto").unlink()
    assert [problem.rule for problem in project.step("breaking", against="v1.0.0").problems] == ["FILE_NO_DELETE"]


def test_the_last_release_is_the_newest_version(project):
    project.commit("v1.9.0", "v1.10.0rc1", "nightly")
    project.write({MONEY: RETYPED})
    project.commit("v1.10.0")
    project.write({MONEY: RENUMBERED})
    project.commit("v1.2.0", "v2.0.0-rc.1")
    project.settings('[check]\nbreaking_against = "last-release"')
    assert project.step("breaking").summary.endswith(" since v1.10.0")


def test_a_prerelease_is_the_last_release_where_there_is_no_other(project):
    project.commit("v1.0.0a1", "v1.0.0a2")
    assert project.step("breaking", against="last-release").summary.endswith(" since v1.0.0a2")


def test_no_release_at_all_is_incomplete(project):
    project.commit("nightly")
    result = project.step("breaking", against="last-release")
    assert result.outcome == "incomplete"
    assert "no git tag is a version" in result.summary
    assert "git fetch --tags" in result.output[-1]


@pytest.mark.parametrize("with_buf_yaml", [False, True])
def test_an_unknown_revision_names_near_ones(project, buf_yaml, with_buf_yaml):
    if with_buf_yaml:
        project.write({"buf.yaml": buf_yaml})
    project.commit("v1.0.0")
    result = project.step("breaking", against="v1.0.1")
    assert result.outcome == "incomplete"
    assert "the revision v1.0.1 names no commit" in result.summary
    assert any("v1.0.0" in line for line in result.output)


@pytest.mark.parametrize("with_buf_yaml", [False, True])
def test_a_revision_without_the_subject_is_incomplete(project, buf_yaml, with_buf_yaml):
    if with_buf_yaml:
        project.write({"buf.yaml": buf_yaml})
    project.git("mv", "proto", "elsewhere")
    project.commit("v1.0.0")
    project.git("mv", "elsewhere", "proto")
    assert project.step("breaking", against="v1.0.0").outcome == "incomplete"


@pytest.mark.parametrize("with_buf_yaml", [False, True])
def test_a_revision_that_does_not_compile_is_incomplete(project, buf_yaml, with_buf_yaml):
    if with_buf_yaml:
        project.write({"buf.yaml": buf_yaml})
    project.write({MONEY: "message"})
    project.commit("v1.0.0")
    project.git("revert", "--no-edit", "HEAD")
    project.write({"buf.yaml": buf_yaml} if with_buf_yaml else {})
    result = project.step("breaking", against="v1.0.0")
    assert result.outcome == "incomplete"
    assert not any("/tmp" in line or "protoalign-" in line for line in (result.summary, *result.output))


def test_trees_with_nothing_in_common_are_incomplete(project):
    project.commit("v1.0.0")
    for name in ("shop", "money"):
        (project.root / f"proto/shop/v1/{name}.proto").unlink()
    project.write({"proto/other.proto": 'syntax = "proto3";\n\npackage other;\n\nmessage Other {}\n'})
    result = project.step("breaking", against="v1.0.0")
    assert result.outcome == "incomplete"
    assert "nothing can be said" in result.summary


def test_imports_of_others_do_not_count(project):
    vendored = 'syntax = "proto3";\n\npackage vendored;\n\nmessage V {\n  int32 a = 1;\n}\n'
    project.write({"vendor/v.proto": vendored, MONEY: 'syntax = "proto3";\n\nimport "v.proto";\n'})
    project.write({"protoalign.toml": '[subject]\nsource = "proto"\nwith = ["vendor"]\n'})
    project.write({"proto/shop/v1/shop.proto": 'syntax = "proto3";\n\npackage shop.v1;\n\nmessage Order {}\n'})
    project.commit("v1.0.0")
    project.write({"vendor/v.proto": vendored.replace("int32", "string")})
    result = project.step("breaking", against="v1.0.0")
    assert (result.outcome, result.summary) == ("passed", "nothing breaks since v1.0.0")


def test_without_a_repository_it_is_incomplete(project):
    (project.root / ".git").rename(project.root / "git")
    result = project.step("breaking", against="v1.0.0")
    assert result.outcome == "incomplete"
    assert "is no git repository" in result.summary


def test_a_subject_that_is_no_tree_is_incomplete(project):
    project.write({"protoalign.toml": '[subject]\nsource = "pypi:shop==1.0"\n'})
    assert project.step("breaking", against="v1.0.0").outcome == "incomplete"


def test_a_subject_inside_of_a_module(project, buf_yaml):
    project.write({"buf.yaml": buf_yaml, "protoalign.toml": '[subject]\nsource = "proto/shop"\n'})
    project.commit("v1.0.0")
    assert project.step("breaking", against="v1.0.0").outcome == "passed"
    project.write({MONEY: RETYPED})
    assert project.step("breaking", against="v1.0.0").outcome == "failed"
