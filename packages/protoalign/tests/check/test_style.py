"""The steps lint and format, with the real buf."""

BAD_NAME = 'syntax = "proto3";\n\npackage shop.v1;\n\nmessage Bad {\n  string Id = 1;\n}\n'
UNFORMATTED = 'syntax = "proto3";\npackage shop.v1;\n\nmessage Bad {\n    string id = 1;\n}\n'


def test_lint_passes(project, buf_yaml):
    project.write({"buf.yaml": buf_yaml})
    assert project.step("lint").outcome == "passed"


def test_lint_without_a_buf_yaml_is_off_and_says_so(project):
    result = project.step("lint")
    assert (result.outcome, result.summary) == ("off", "not configured: no buf.yaml says what to look for")


def test_lint_can_be_switched_off(project, buf_yaml):
    project.write({"buf.yaml": buf_yaml})
    project.settings("[check]\nlint = false")
    assert project.step("lint").outcome == "off"


def test_lint_names_rule_file_line_and_column(project, buf_yaml):
    project.write({"buf.yaml": buf_yaml, "proto/shop/v1/bad.proto": BAD_NAME})
    result = project.step("lint")
    assert result.outcome == "failed"
    (problem,) = result.problems
    assert (problem.rule, problem.path, problem.line, problem.column) == (
        "FIELD_LOWER_SNAKE_CASE",
        "proto/shop/v1/bad.proto",
        6,
        10,
    )


def test_a_buf_yaml_in_the_subject_is_honoured(project):
    project.write(
        {
            "proto/buf.yaml": "version: v1\nlint:\n  except: [FIELD_LOWER_SNAKE_CASE]\n",
            "proto/shop/v1/b.proto": BAD_NAME,
        }
    )
    assert project.step("lint").outcome == "passed"


def test_a_subject_inside_of_a_module_is_linted_alone(project, buf_yaml):
    project.write({"buf.yaml": buf_yaml, "proto/other/v1/other.proto": BAD_NAME.replace("shop.v1", "other.v1")})
    project.write({"protoalign.toml": '[subject]\nsource = "proto/shop"\n'})
    assert project.step("lint").outcome == "passed"
    project.write({"proto/shop/v1/bad.proto": BAD_NAME})
    assert [problem.path for problem in project.step("lint").problems] == ["proto/shop/v1/bad.proto"]


def test_a_folder_of_modules_is_linted_whole(project):
    project.write(
        {
            "buf.yaml": "version: v2\nmodules:\n  - path: api/a\n  - path: api/b\n",
            "api/a/shop/v1/bad.proto": BAD_NAME,
            "api/b/other/v1/bad.proto": BAD_NAME.replace("shop.v1", "other.v1"),
            "protoalign.toml": '[subject]\nsource = "proto:api"\n',
        }
    )
    assert {problem.path for problem in project.step("lint").problems} == {
        "api/a/shop/v1/bad.proto",
        "api/b/other/v1/bad.proto",
    }


def test_paths_are_those_of_the_current_folder(project, buf_yaml, monkeypatch):
    project.write({"buf.yaml": buf_yaml, "proto/shop/v1/bad.proto": BAD_NAME})
    monkeypatch.chdir(project.root / "proto")
    assert [problem.path for problem in project.step("lint").problems] == ["shop/v1/bad.proto"]
    monkeypatch.chdir(project.root / "reference")
    assert [problem.path for problem in project.step("lint").problems] == [
        str(project.root / "proto/shop/v1/bad.proto")
    ]


def test_files_that_do_not_compile_leave_lint_incomplete(project, buf_yaml):
    project.write({"buf.yaml": buf_yaml, "proto/shop/v1/bad.proto": 'syntax = "proto3";\nmessage {'})
    result = project.step("lint")
    assert result.outcome == "incomplete"
    assert any(line.startswith("proto/shop/v1/bad.proto:2:9: ") for line in result.output)


def test_a_missing_import_is_told_with_what_to_do(project, buf_yaml):
    project.write({"buf.yaml": buf_yaml, "proto/shop/v1/bad.proto": 'syntax = "proto3";\nimport "a/b.proto";\n'})
    result = project.step("lint")
    assert result.outcome == "incomplete"
    assert "buf dep update" in result.output[-1]


def test_a_dependency_that_is_not_in_buf_s_cache_is_told(project, buf_yaml, tmp_path, monkeypatch):
    monkeypatch.setenv("BUF_CACHE_DIR", str(tmp_path / "cache"))
    name, commit = "buf.build/googleapis/googleapis", "61b203b9a9164be9a834f58c37be6f62"
    lock = f"version: v2\ndeps:\n  - name: {name}\n    commit: {commit}\n    digest: b5:{'7' * 128}\n"
    project.write({"buf.yaml": f"{buf_yaml}deps: [{name}]\n", "buf.lock": lock})
    result = project.step("lint")
    assert result.outcome == "incomplete"
    assert "buf dep update" in result.output[-1]


def test_a_broken_buf_yaml_is_told(project):
    project.write({"buf.yaml": "version: v99\n"})
    for step in ("lint", "format"):
        result = project.step(step)
        assert result.outcome == "incomplete"
        assert any("v99" in line for line in (result.summary, *result.output))


def test_format_passes_without_any_configuration(project):
    assert project.step("format").outcome == "passed"


def test_format_shows_the_diff_and_names_the_file(project):
    project.write({"proto/shop/v1/bad.proto": UNFORMATTED})
    result = project.step("format")
    assert result.outcome == "failed"
    assert [problem.path for problem in result.problems] == ["proto/shop/v1/bad.proto"]
    assert result.output[:2] == ("--- proto/shop/v1/bad.proto", "+++ proto/shop/v1/bad.proto (formatted)")
    assert result.summary == "1 file to format: buf format -w proto"
    assert "-    string id = 1;" in result.output
    assert "+  string id = 1;" in result.output


def test_format_says_the_same_each_time(project):
    project.write({"proto/shop/v1/bad.proto": UNFORMATTED, "proto/shop/v1/c.proto": UNFORMATTED.replace("Bad", "C")})
    assert project.step("format") == project.step("format")


def test_format_does_not_need_imports(project):
    project.write({"proto/shop/v1/bad.proto": 'syntax = "proto3";\n\nimport "a/b.proto";\n'})
    assert project.step("format").outcome == "passed"


def test_format_can_be_switched_off(project):
    project.settings("[check]\nformat = false")
    assert project.step("format").outcome == "off"


def test_a_single_file_is_formatted_alone(project):
    project.write({"protoalign.toml": '[subject]\nsource = "proto/shop/v1/money.proto"\n'})
    project.write({"proto/shop/v1/bad.proto": UNFORMATTED})
    assert project.step("format").outcome == "passed"


def test_a_long_diff_is_trimmed(project):
    fields = "".join(f"    string f{number} = {number};\n" for number in range(1, 200))
    project.write({"proto/shop/v1/bad.proto": f'syntax = "proto3";\npackage shop.v1;\nmessage Bad {{\n{fields}}}\n'})
    result = project.step("format")
    assert len(result.output) == 61
    assert result.output[-1].startswith("… and ")


def test_a_subject_that_is_no_tree_has_no_style(project):
    project.write({"protoalign.toml": '[subject]\nsource = "pypi:shop==1.0"\n'})
    assert {project.step(step).outcome for step in ("lint", "format")} == {"off"}
