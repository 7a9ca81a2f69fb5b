"""The step generated, with real commands."""

import sys
import time

import pytest
import tomli_w

from protoalign.check import generated

WRITE = "import pathlib; p = pathlib.Path('gen'); p.mkdir(exist_ok=True); (p / 'a.txt').write_text('new\\n')"


@pytest.fixture
def generate(project):
    """The project with one generator: a Python program."""

    def configure(program: str = WRITE, paths: tuple[str, ...] = ("gen",), command: tuple[str, ...] = ()):
        entry = {"command": list(command or (sys.executable, "-c", program)), "paths": list(paths)}
        project.settings(tomli_w.dumps({"check": {"generated": [entry]}}))
        return project

    return configure


def test_it_is_off_where_nothing_is_configured(project):
    assert project.step("generated").outcome == "off"


def test_fresh_files_pass(generate):
    project = generate()
    project.write({"gen/a.txt": "new\n"})
    result = project.step("generated")
    assert (result.outcome, result.summary) == ("passed", "1 file is fresh")


def test_an_old_file_fails_with_the_diff(generate):
    project = generate()
    project.write({"gen/a.txt": "old\n"})
    result = project.step("generated")
    assert result.outcome == "failed"
    assert [(problem.path, problem.message) for problem in result.problems] == [
        ("gen/a.txt", "differs from what the generator writes")
    ]
    assert result.output == ("--- gen/a.txt", "+++ gen/a.txt (generated)", "@@ -1 +1 @@", "-old", "+new")


def test_the_project_itself_is_not_touched(generate):
    project = generate(f"{WRITE}; pathlib.Path('proto/shop/v1/shop.proto').unlink()")
    project.write({"gen/a.txt": "old\n"})
    project.step("generated")
    assert (project.root / "gen/a.txt").read_text() == "old\n"
    assert (project.root / "proto/shop/v1/shop.proto").exists()


def test_a_missing_file_fails(generate):
    result = generate().step("generated")
    assert [problem.message for problem in result.problems] == ["is missing: the generator writes it"]


def test_a_file_that_the_generator_cleans_away_is_stale(generate):
    project = generate(f"import shutil; shutil.rmtree('gen'); {WRITE}")
    project.write({"gen/a.txt": "new\n", "gen/b.txt": "old\n"})
    result = project.step("generated")
    assert [(problem.path, problem.message) for problem in result.problems] == [
        ("gen/b.txt", "is stale: the generator does not write it")
    ]


def test_ignored_files_beside_generated_ones_do_not_count(generate):
    project = generate(f"import shutil; shutil.rmtree('gen'); {WRITE}")
    project.write({"gen/a.txt": "new\n", "gen/.cache/x": "", ".gitignore": ".cache\n"})
    project.commit()
    assert project.step("generated").outcome == "passed"


def test_a_folder_that_git_ignores_is_compared_all_the_same(generate):
    project = generate()
    project.write({"gen/a.txt": "new\n", ".gitignore": "gen\n"})
    assert project.step("generated").outcome == "passed"
    project.write({"gen/a.txt": "old\n"})
    assert project.step("generated").outcome == "failed"


def test_bytecode_that_a_command_leaves_behind_does_not_count(generate):
    project = generate(f"{WRITE}; q = p / '__pycache__'; q.mkdir(); (q / 'x.pyc').write_bytes(b'')")
    project.write({"gen/a.txt": "new\n"})
    assert project.step("generated").outcome == "passed"


def test_untracked_and_changed_files_are_the_generator_s_input(generate):
    program = f"{WRITE.replace(repr('new' + chr(10)), 'pathlib.Path(chr(105) + chr(110)).read_text()')}"
    project = generate(program)
    project.write({"in": "fresh input\n", "gen/a.txt": "fresh input\n"})
    assert project.step("generated").outcome == "passed"


def test_it_works_without_git(generate):
    project = generate()
    (project.root / ".git").rename(project.root.parent / "elsewhere")
    project.write({"gen/a.txt": "new\n"})
    assert project.step("generated").outcome == "passed"


def test_a_binary_file_is_named_without_a_diff(generate):
    project = generate(WRITE.replace("'new\\n'", "'\\0'"))
    project.write({"gen/a.txt": "\0\0"})
    assert project.step("generated").output == ("gen/a.txt: no text, or too long to show",)


def test_a_failing_command_is_incomplete_and_its_last_words_are_shown(generate):
    result = generate("import sys; sys.exit('cannot generate')").step("generated")
    assert result.outcome == "incomplete"
    assert "ended with exit code 1" in result.summary
    assert any("cannot generate" in line for line in (result.summary, *result.output))


def test_a_command_that_does_not_end_is_ended_with_all_it_started(generate, tmp_path, monkeypatch):
    monkeypatch.setattr(generated, "SECONDS", 0.5)
    sleeper = f"import time; time.sleep(2); open({str(tmp_path / 'late')!r}, 'w')"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {sleeper!r}])"
    result = generate(program).step("generated")
    assert result.outcome == "incomplete"
    assert "did not end within 0.5 s" in result.summary
    time.sleep(2)
    assert not (tmp_path / "late").exists()


def test_a_command_that_does_not_exist_is_incomplete(generate):
    result = generate(command=("no-such-generator",)).step("generated")
    assert result.outcome == "incomplete"
    assert "no-such-generator cannot be started: No such file or directory" in result.summary


def test_a_path_that_nobody_writes_is_incomplete(generate):
    result = generate(paths=("gen", "other")).step("generated")
    assert result.outcome == "incomplete"
    assert "names other" in result.summary


def test_a_command_is_no_shell_line(generate):
    project = generate(command=("echo", "x", ">", "gen/a.txt"))
    assert project.step("generated").outcome == "incomplete"


def test_a_link_out_of_the_project_is_not_written_through(generate, tmp_path):
    (tmp_path / "outside").mkdir()
    project = generate()
    (project.root / "gen").symlink_to(tmp_path / "outside")
    project.step("generated")
    assert list((tmp_path / "outside").iterdir()) == []


def test_buf_is_found_by_a_generator(generate):
    project = generate(command=("buf", "build", "proto", "-o", "gen/image.binpb"))
    (project.root / "gen").mkdir()
    project.write({"gen/.keep": ""})
    result = project.step("generated")
    assert [problem.path for problem in result.problems] == ["gen/image.binpb"]
