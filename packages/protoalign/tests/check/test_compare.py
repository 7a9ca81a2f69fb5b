"""The step compare, and what the steps make together."""

import pytest

from protoalign.check import STEPS
from protoalign.errors import SettingsError
from protoalign.settings import Settings

RENUMBERED = 'syntax = "proto3";\n\npackage shop.v1;\n\nmessage Money {\n  int64 units = 2;\n}\n'
MONEY = "proto/shop/v1/money.proto"


def test_equal_trees_pass(project):
    result = project.step("compare")
    assert (result.outcome, result.problems) == ("passed", ())
    assert "100" in result.summary


def test_findings_fail_with_their_place(project):
    project.write({MONEY: RENUMBERED})
    result = project.step("compare")
    assert result.outcome == "failed"
    (problem,) = [problem for problem in result.problems if problem.rule == "field-number"]
    assert (problem.path, problem.line, problem.column, problem.severity) == (MONEY, 6, 17, "error")


def test_fail_on_is_honoured(project):
    project.write({MONEY: RENUMBERED, "protoalign.toml": 'fail_on = "never"\n[subject]\nsource = "proto"\n'})
    with (project.root / "protoalign.toml").open("a") as file:
        file.write('[reference]\nsource = "reference"\n')
    assert project.step("compare").outcome == "passed"


def test_a_waived_finding_passes(project):
    project.write({MONEY: RENUMBERED})
    project.settings('[[waivers]]\nelement = "shop.v1.Money*"\nreason = "so"\n')
    assert project.step("compare").outcome == "passed"


@pytest.mark.parametrize("side", ["subject", "reference"])
def test_a_side_that_is_not_named_is_incomplete(project, side):
    other = {"subject": "reference", "reference": "subject"}[side]
    project.write({"protoalign.toml": f'[{other}]\nsource = "proto"\n'})
    result = project.step("compare")
    assert result.outcome == "incomplete"
    assert f"names no [{side}]" in result.summary


def test_a_file_that_does_not_compile_is_incomplete_and_named(project):
    project.write({"proto/shop/v1/bad.proto": 'syntax = "proto3";\nmessage {'})
    result = project.step("compare")
    assert result.outcome == "incomplete"
    assert any("bad.proto" in line for line in result.output)


def test_a_reference_that_is_not_there_is_incomplete(project):
    project.write({"protoalign.toml": '[subject]\nsource = "proto"\n[reference]\nsource = "nowhere"\n'})
    assert project.step("compare").outcome == "incomplete"


def test_a_broken_buf_yaml_does_not_stop_the_comparison(project):
    project.write({"buf.yaml": "version: v99\n", MONEY: RENUMBERED})
    assert project.step("compare").outcome == "failed"


def test_paths_of_the_settings_are_relative_to_their_file(project, monkeypatch):
    project.write({MONEY: RENUMBERED})
    monkeypatch.chdir(project.root / "proto" / "shop")
    assert {problem.path for problem in project.step("compare").problems} == {"v1/money.proto"}


def test_every_step_has_a_result_in_order(project):
    report = project.check()
    assert tuple(report.steps) == STEPS
    assert tuple(report.seconds) == STEPS


def test_the_exit_code_is_the_worst_of_all_steps(project):
    assert project.check().exit_code == 0
    project.write({MONEY: RENUMBERED})
    assert project.check().exit_code == 1
    assert project.check(against="v9").exit_code == 2


def test_a_step_that_cannot_be_completed_does_not_stop_the_others(project):
    report = project.check(against="v9")
    assert report.having("incomplete") == ("breaking",)
    assert report.having("passed") == ("compare", "format")


def test_a_run_in_which_nothing_ran_is_not_green(project):
    project.settings("[check]\nformat = false\n")
    assert project.check(only="format").exit_code == 2


def test_settings_that_come_from_no_file_are_refused():
    from protoalign.check import run_checks

    with pytest.raises(SettingsError, match="needs a settings file"):
        run_checks(Settings())
