"""Plugins that fail: one readable error, whatever they do."""

import sys

import pytest

from protoalign.errors import GenerateError, ToolMissingError
from protoalign.generate.buf import PluginRun, readable, run_plugins
from protoalign.sources.compilers import compile_with_protoc
from protoalign.toolchain import BUF, located

REFUSES = """
from protobuf.plugin import run
def generate(schema):
    {}
run("x", "1", generate)
"""


@pytest.fixture
def image(tmp_path):
    (tmp_path / "proto").mkdir()
    (tmp_path / "proto" / "m.proto").write_text('syntax = "proto3";\nmessage M {}\n')
    return compile_with_protoc(tmp_path / "proto", ["m.proto"])


@pytest.fixture
def run(tmp_path, image):
    def call(*codes, files=("m.proto",)):
        plugins = [
            PluginRun(name=f"protoc-gen-{number}", command=(sys.executable, "-c", code), folder=f"out{number}")
            for number, code in enumerate(codes)
        ]
        scratch, folder = tmp_path / "scratch", tmp_path / "scratch" / "plugins"
        folder.mkdir(parents=True)
        return run_plugins(located(BUF), plugins, image, files, scratch=scratch, folder=folder)

    return call


def test_what_plugins_write(run):
    writes = REFUSES.format("schema.generate_file('a/b.txt').print('hello')")
    assert (run(writes, writes) / "out1" / "a" / "b.txt").read_text().endswith("hello\n")


def test_a_traceback_becomes_its_last_line(run):
    with pytest.raises(GenerateError) as caught:
        run(REFUSES.format("raise ValueError('the field x is odd')"))
    assert caught.value.what == "protoc-gen-0: ValueError: the field x is odd"


def test_an_error_of_ours_stands_without_its_type(run):
    code = "from protoalign.errors import InputError\n" + REFUSES.format(
        "raise InputError('is odd', where='a', hint='Do.')"
    )
    with pytest.raises(GenerateError) as caught:
        run(code)
    assert caught.value.what == "protoc-gen-0:\n  a: is odd\n  Do."


def test_a_plugin_that_leaves_with_a_message(run):
    with pytest.raises(GenerateError) as caught:
        run("raise SystemExit('no can do')")
    assert caught.value.what == "protoc-gen-0: no can do"


def test_a_plugin_that_leaves_without_a_word(run):
    with pytest.raises(GenerateError, match="protoc-gen-0: exit status 3"):
        run("raise SystemExit(3)")


def test_a_plugin_that_answers_nonsense(run):
    with pytest.raises(GenerateError, match=r"protoc-gen-0: .*cannot parse"):
        run("print('nonsense')")


def test_the_plugin_that_failed_is_named_and_not_one_that_was_ended_for_it(run):
    with pytest.raises(GenerateError) as caught:
        run("import time; time.sleep(20)", REFUSES.format("raise ValueError('odd')"), "import time; time.sleep(20)")
    assert caught.value.what == "protoc-gen-1: ValueError: odd"


def test_a_plugin_that_lacks_a_module(run):
    with pytest.raises(ToolMissingError) as caught:
        run("import no_such_module")
    assert caught.value.what == "protoc-gen-0 needs the Python module no_such_module, which is not installed"
    assert "protoalign[generate]" in caught.value.hint


def test_a_plugin_that_is_gone(run, tmp_path, image):
    plugin = PluginRun(name="protoc-gen-x", command=(str(tmp_path / "gone"),), folder="out")
    (tmp_path / "s" / "plugins").mkdir(parents=True)
    with pytest.raises(GenerateError, match=r"protoc-gen-x: .*no such file"):
        run_plugins(
            located(BUF), [plugin], image, ["m.proto"], scratch=tmp_path / "s", folder=tmp_path / "s" / "plugins"
        )


def test_very_long_errors_are_cut(run):
    with pytest.raises(GenerateError) as caught:
        run(REFUSES.format("raise ValueError('\\n'.join(map(str, range(1000))))"))
    assert len(caught.value.what.splitlines()) == 22
    assert caught.value.what.endswith("… and 980 more lines")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("just this\n", "just this"),
        ("Traceback (most recent call last):\n  File x\n    y\nKeyError: 'a'\n", "KeyError: 'a'"),
        ("Traceback (most recent call last):\n  File x\nAssertionError\n", "AssertionError"),
        (
            "Traceback (most recent call last):\n  File x\nKeyError: 1\n\nDuring it:\n\n"
            "Traceback (most recent call last):\n  File y\nprotoalign.errors.InputError: a: b\nc\n",
            "a: b\nc",
        ),
        ("Traceback (most recent call last):\n  File x\nfoo.bar.BazError: odd\n", "BazError: odd"),
        ("Traceback (most recent call last):\n", "Traceback (most recent call last):"),
    ],
)
def test_readable(said, shown):
    assert readable(said) == shown
