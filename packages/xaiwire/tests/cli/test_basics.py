"""The command as a whole: help, version, exit statuses, keys, and what reaches a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest
from reference_server import message

from xaiwire.cli import main, output
from xaiwire.cli.failures import describe

LEAVES = [
    ("chat",),
    ("models",),
    ("embed",),
    ("tokenize",),
    ("image",),
    ("auth",),
    *(("files", name) for name in ("list", "get", "upload", "download", "delete", "url")),
    *(("collections", name) for name in ("list", "get", "create", "delete", "documents", "upload", "search")),
]


@pytest.mark.parametrize("command", [(), ("files",), ("collections",), *LEAVES])
def test_every_command_has_help_with_examples(command, capsys):
    assert main([*command, "--help"]) == 0
    said = capsys.readouterr()
    assert "examples:" in said.out
    assert said.err == ""


def test_version(capsys):
    from xaiwire import __version__

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"xaiwire {__version__}\n"


def test_help_imports_nothing_of_the_client():
    code = (
        "import sys; from xaiwire.cli import main; main(['chat', '--help']); main(['--version']);"
        "print([name for name in sys.modules if name.split('.')[0] in ('protobuf', 'h2', 'ssl', 'asyncio')"
        " or name.startswith(('xaiwire._gen', 'xaiwire._calls'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["nonsense"],
        ["chat", "x", "--max-tokens", "0"],
        ["chat", "x", "--max-tokens", "many"],
        ["chat", "x", "--timeout", "-1"],
        ["chat", "x", "--timeout", "soon"],
        ["chat", "x", "--temperature", "nan"],
        ["chat", "x", "--temperature", "warm"],
        ["chat", "x", "--seed", "9999999999"],
        ["chat", "x", "--seed", "a"],
        ["chat", "x", "--tool", "hammer"],
        ["chat", "x", "--mod", "y"],
        ["chat"],
        ["embed", "x"],
        ["embed", "--model", "m"],
        ["tokenize"],
        ["image"],
        ["image", "x", "-o", "-", "-n", "2"],
        ["models", "get"],
        ["models", "list", "grok-4"],
        ["files", "download", "a", "-o", "-", "--json"],
        ["files", "upload", "/does/not/exist"],
        ["chat", "x", "--image", "/does/not/exist.png"],
        ["chat", "x", "--file", "./missing.txt"],
        ["chat", "x", "--schema", "/does/not/exist.json"],
        ["auth", "--api-key-file", "/does/not/exist"],
        ["auth", "--host", "a b"],
        ["collections", "search", "-c", "c"],
        ["collections", "upload", "c", __file__, "--field", "nothing"],
        ["embed", "--model", "m", *["x"] * 129],
        ["chat", "\udcff"],
    ],
)
def test_bad_input_is_one_line_and_status_2(argv, capsys):
    assert main(argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("xaiwire: ")


@pytest.mark.parametrize("flag", ["--api-key", "--management-key"])
@pytest.mark.parametrize("form", ["{} xai-secret", "{}=xai-secret"])
def test_a_key_is_no_argument_and_is_not_repeated(flag, form, capsys):
    assert main(["auth", *form.format(flag).split()]) == 2
    assert "secret" not in capsys.readouterr().err


def test_what_stands_behind_two_hyphens_is_no_flag(run, server):
    assert run("tokenize", "--", "--api-key").status == 0
    assert server.last.requests[0].text == "--api-key"


@pytest.mark.parametrize(("missing", "command"), [("XAI_API_KEY", "auth"), ("XAI_MANAGEMENT_KEY", "collections list")])
def test_a_missing_key_is_told_with_its_flag(missing, command, monkeypatch, capsys):
    monkeypatch.delenv(missing)
    assert main(command.split()) == 2
    said = capsys.readouterr().err
    assert missing in said
    assert "-key-file" in said


def test_keys_out_of_files(run, server, tmp_path: Path):
    (tmp_path / "key").write_text("from-a-file\n")
    assert run("auth", "--api-key-file", tmp_path / "key").status == 0
    assert server.last.metadata["authorization"] == "Bearer from-a-file"
    assert run("collections", "list", "--management-key-file", tmp_path / "key").status == 0
    assert server.last.metadata["authorization"] == "Bearer from-a-file"


@pytest.mark.parametrize("content", [b"", b"two keys", b"a\nb", b"\xff\xfe", b"x" * 20000])
def test_a_file_that_is_no_key(content, run, tmp_path: Path):
    (tmp_path / "key").write_bytes(content)
    result = run("auth", "--api-key-file", tmp_path / "key")
    assert result.status == 2
    assert "two keys" not in result.err


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, "XAI_API_KEY"),
        (grpc.StatusCode.PERMISSION_DENIED, "xaiwire auth"),
        (grpc.StatusCode.INTERNAL, "broken"),
    ],
)
def test_a_call_that_fails_is_one_line_and_status_1(code, advice, run, server):
    @server.on("/xai_api.Auth/get_api_key_info")
    def _(_request, context):
        context.abort(code, "broken\n\x1b[31mred\x9b")

    result = run("auth")
    assert result.status == 1
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert advice in result.err
    assert "\x1b" not in result.err
    assert "\x9b" not in result.err


def test_a_server_that_is_not_there(capsys):
    assert main(["auth", "--host", "127.0.0.1:1", "--timeout", "0.3"]) == 1
    assert "xaiwire: " in capsys.readouterr().err


def test_the_timeout_is_that_of_the_call(run, server):
    assert run("auth", "--timeout", "7").status == 0
    assert 5 < server.last.timeout <= 7


def test_a_defect_is_told_without_a_traceback(run, monkeypatch):
    def broken(*_):
        raise KeyError("x")

    monkeypatch.setattr("xaiwire.cli.auth.plain", broken)
    result = run("auth", "--json")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "XAIWIRE_TRACEBACK" in result.err
    monkeypatch.setenv("XAIWIRE_TRACEBACK", "1")
    with pytest.raises(KeyError):
        run("auth", "--json")


def test_os_errors_without_a_file_are_failures_of_the_call():
    assert describe(OSError("no space")) == (1, "no space")
    assert describe(UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"))[0] == 2


def test_ctrl_c_ends_with_130(server):
    @server.on("/xai_api.Auth/get_api_key_info")
    def _(_request, context):
        while context.is_active():
            time.sleep(0.02)

    command = [sys.executable, "-m", "xaiwire", "auth", "--host", server.address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 20
        while not server.calls and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")


def test_a_reader_that_leaves_is_no_failure(server):
    @server.on("/xai_api.Files/ListFiles")
    def _(_request, _context):
        page = message("xai_api.ListFilesResponse")()
        for number in range(20000):
            page.data.add(id=f"file-{number}")
        return page

    command = [sys.executable, "-m", "xaiwire", "files", "list", "--host", server.address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.read(10)
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(20) == 0
    assert err == b""


def test_a_run_in_a_process_of_its_own(spawn, server):
    @server.on("/xai_api.Auth/get_api_key_info")
    def _(_request, _context):
        return message("xai_api.ApiKey")(name="clé ☃")

    result = spawn("auth", PYTHONIOENCODING="ascii")
    assert (result.status, result.out.splitlines()[0], result.err) == (0, "name\tcl? ?", "")


@pytest.mark.parametrize("stream", [None, "closed"])
def test_streams_that_are_no_terminals(stream, tmp_path):
    if stream == "closed":
        with (tmp_path / "x").open("w") as stream:
            pass
    assert not output.is_terminal(stream)


def test_the_environment_of_the_tests_has_no_key_of_a_user():
    assert os.environ["XAI_API_KEY"] == "api-key"
