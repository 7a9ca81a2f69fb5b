"""The commands as a user meets them: results, exit codes, and what is left on disk."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from protoalign import __version__
from protoalign.cli.main import COMMANDS, build_parser, main


def files_below(root):
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_version(run):
    assert run("--version").out == f"protoalign {__version__}\n"


@pytest.mark.parametrize("command", ["", *(module.__name__.rsplit(".", 1)[1] for module in COMMANDS)])
def test_help_has_examples(run, command):
    outcome = run(*([command] if command else []), "--help")
    assert outcome.code == 0
    assert "examples:" in outcome.out
    assert f"protoalign {command}".strip() in outcome.out


def test_help_fits_a_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for command in ("", "show", "extract", "lock", "verify"):
        lines = run(*([command] if command else []), "--help").out.splitlines()
        assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["show"], ["extract", "x"], ["show", "x", "--frmat", "json"]])
def test_wrong_words_exit_2_with_usage(run, arguments):
    outcome = run(*arguments)
    assert outcome.code == 2
    assert "usage:" in outcome.err
    assert outcome.out == ""


def test_show(run, wheel):
    outcome = run("show", wheel)
    assert outcome.code == 0
    assert "2 files, 2 messages, 1 enum, 1 service, 2 RPCs, 8 fields, 2 enum values" in outcome.out
    assert "google/protobuf/timestamp.proto  (well-known)" in outcome.out


def test_show_json(run, wheel):
    data = json.loads(run("show", wheel, "--format", "json").out)
    counted = ("files", "messages", "enums", "services", "rpcs", "fields", "enum_values")
    assert [data[key] for key in counted] == [2, 2, 1, 1, 2, 8, 2]
    assert data["digest"].startswith("sha256:")
    assert data["provenance"]["version"] == "1.0"
    assert data["provenance"]["copies"]["shop/v1/money.proto"][0].startswith("shop/v1/money_pb2.py")


def test_every_form_of_one_contract_has_one_digest(run, wheel, tmp_path):
    """The wheel, its unpacked folder, the extracted tree, the image and its gzip are the same contract."""
    import gzip

    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert run("extract", wheel, "-o", tmp_path / "tree", "--image", tmp_path / "shop.binpb").code == 0
    (tmp_path / "shop.binpb.gz").write_bytes(gzip.compress((tmp_path / "shop.binpb").read_bytes()))
    digests = {
        str(source): json.loads(run("show", source, "--format", "json").out)["digest"]
        for source in (
            wheel,
            f"python:{wheel}",
            tmp_path / "unpacked",
            tmp_path / "tree",
            f"proto:{tmp_path / 'tree'}",
            tmp_path / "shop.binpb",
            tmp_path / "shop.binpb.gz",
        )
    }
    assert len(set(digests.values())) == 1, digests


def test_extract_writes_proves_and_repeats(run, wheel, tmp_path, protos):
    out = tmp_path / "out"
    first = run("extract", wheel, "-o", out)
    assert first.code == 0, first.err
    assert "2 of 2 files" in first.out
    assert files_below(out) == set(protos)
    assert "2 unchanged" in run("extract", wheel, "-o", out).out
    assert run("extract", wheel, "-o", out, "--check").code == 0


def test_extract_keeps_edited_files_unless_forced(run, wheel, tmp_path):
    out = tmp_path / "out"
    run("extract", wheel, "-o", out)
    edited = out / "shop/v1/money.proto"
    edited.write_text(edited.read_text() + "// mine\n")
    refused = run("extract", wheel, "-o", out)
    assert refused.code == 2
    assert "shop/v1/money.proto" in refused.err
    assert edited.read_text().endswith("// mine\n")
    assert run("extract", wheel, "-o", out, "--check").code == 1
    assert run("extract", wheel, "-o", out, "--force").code == 0
    assert not edited.read_text().endswith("// mine\n")


def test_extract_sets_file_options(run, wheel, tmp_path):
    option = "go_package=example.com/gen/{dir};{stem}pb"
    outcome = run("extract", wheel, "-o", tmp_path / "out", "--file-option", option)
    assert outcome.code == 0, outcome.err
    for stem in ("shop", "money"):
        text = (tmp_path / f"out/shop/v1/{stem}.proto").read_text()
        assert f'option go_package = "example.com/gen/shop/v1;{stem}pb";' in text


@pytest.mark.parametrize(
    ("option", "message"), [("go_pakage=x", "go_package"), ("java_multiple_files=3", "true or false")]
)
def test_extract_refuses_unknown_file_options(run, wheel, tmp_path, option, message):
    outcome = run("extract", wheel, "-o", tmp_path / "out", "--file-option", option)
    assert outcome.code == 2
    assert message in outcome.err
    assert not (tmp_path / "out").exists()


def test_extract_json_and_no_prove(run, wheel, tmp_path, protos):
    data = json.loads(run("extract", wheel, "-o", tmp_path / "a", "--format", "json").out)
    assert data["written"]["created"] == sorted(protos)
    assert data["proof"] is not None
    data = json.loads(run("extract", wheel, "-o", tmp_path / "b", "--format", "json", "--no-prove").out)
    assert data["proof"] is None


def test_comments_of_a_tree_survive_and_can_be_left_out(run, tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.proto").write_text('syntax = "proto3";\n\n// Said of A.\nmessage A {\n  int32 b = 1; // Said of b.\n}\n')
    run("extract", tree, "-o", tmp_path / "with")
    run("extract", tree, "-o", tmp_path / "without", "--no-comments")
    text = (tmp_path / "with/a.proto").read_text()
    assert "// Said of A." in text
    assert "// Said of b." in text
    assert "Said" not in (tmp_path / "without/a.proto").read_text()


def test_lock_and_verify(run, wheel, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "written" in run("lock", wheel).out
    lock = tmp_path / "contracts/shop-1.0.lock"
    assert lock.is_file()
    assert run("lock", wheel, "--check").code == 0
    assert run("extract", wheel, "-o", "tree").code == 0
    assert run("verify", "tree", "--lock", lock).code == 0
    shown = json.loads(run("show", f"lock:{lock}", "--format", "json").out)
    assert (shown["files"], shown["rpcs"]) == (2, 2)
    assert run("show", f"lock:{lock}").out.startswith("locked:")

    money = tmp_path / "tree/shop/v1/money.proto"
    money.write_text(money.read_text().replace("int64 units = 1", "int64 units = 7"))
    outcome = run("verify", "tree", "--lock", lock, "--format", "json")
    assert outcome.code == 1
    assert {(found["kind"], found["name"]) for found in json.loads(outcome.out)["differences"]} == {
        ("files", "shop/v1/money.proto"),
        ("messages", "shop.v1.Money"),
    }


def test_a_lock_as_source_refuses_a_replaced_archive(run, wheel, tmp_path):
    copy = shutil.copy(wheel, tmp_path / "shop.whl")
    lock = tmp_path / "shop.lock"
    assert run("lock", copy, "-o", lock).code == 0
    assert run("extract", f"lock:{lock}", "-o", tmp_path / "out").code == 0
    with zipfile.ZipFile(copy, "a") as archive:
        archive.writestr("extra.txt", "x")
    outcome = run("extract", f"lock:{lock}", "-o", tmp_path / "other")
    assert outcome.code == 2
    assert "archive SHA-256" in outcome.err
    assert not (tmp_path / "other").exists()


def test_copies_equal_ones_are_one_and_different_ones_need_a_choice(run, tmp_path, generate, pack):
    old = generate(tmp_path / "old", {"a.proto": 'syntax = "proto3";\nmessage A { int32 x = 1; }\n'})
    new = generate(tmp_path / "new", {"a.proto": 'syntax = "proto3";\nmessage A { int32 x = 2; }\n'})
    equal, different = tmp_path / "equal.whl", tmp_path / "different.whl"
    for wheel, second in ((equal, old), (different, new)):
        pack(old, wheel, prefix="sdk/v5/")
        with zipfile.ZipFile(wheel, "a") as archive:
            archive.write(second / "a_pb2.py", "sdk/v6/a_pb2.py")
    assert run("show", equal).code == 0
    refused = run("show", different)
    assert refused.code == 2
    assert "sdk/v5/a_pb2.py" in refused.err
    assert "--copy sdk/v6" in refused.err
    digests = {copy: run("show", different, "--copy", copy).out for copy in ("sdk/v5", "sdk/v6")}
    assert digests["sdk/v5"] != digests["sdk/v6"]
    assert run("show", different, "--copy", "sdk/v7").code == 2


def test_of_two_variants_in_one_module_a_place_picks_one(run, tmp_path, generate):
    """As in packages whose modules choose by the runtime's version."""
    module = ""
    for name, number in (("old", 1), ("new", 2)):
        proto = {"a.proto": f'syntax = "proto3";\nmessage A {{ int32 x = {number}; }}\n'}
        text = (generate(tmp_path / name, proto) / "a_pb2.py").read_text()
        module += f"if runtime_is({name!r}):\n" + "".join(f"  {line}\n" for line in text.splitlines())
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk/a_pb2.py").write_text(module)
    refused = run("show", tmp_path / "sdk")
    assert refused.code == 2
    places = re.findall(r"--copy (a_pb2\.py:\d+)", refused.err)
    assert len(places) == 2
    assert len({run("show", tmp_path / "sdk", "--copy", place).out for place in places}) == 2


def test_missing_imports_are_named_and_with_supplies_them(run, tmp_path, protos, generate, pack):
    generated = generate(tmp_path / "all", protos)
    (generated / "shop/v1/money_pb2.py").rename(tmp_path / "money_pb2.py")
    lacking = pack(generated, tmp_path / "lacking.whl")
    (tmp_path / "rest").mkdir()
    (tmp_path / "money_pb2.py").rename(tmp_path / "rest/money_pb2.py")
    refused = run("show", lacking)
    assert refused.code == 2
    assert "shop/v1/money.proto, wanted by shop/v1/shop.proto" in refused.err
    assert "--with" in refused.err
    outcome = run("extract", lacking, "--with", tmp_path / "rest", "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert files_below(tmp_path / "out") == {"shop/v1/shop.proto"}
    assert run("extract", lacking, "--with", tmp_path / "rest", "-o", tmp_path / "full", "--include-imports").code == 0
    assert files_below(tmp_path / "full") == set(protos)


def test_a_tree_takes_its_imports_from_other_sources(run, tmp_path, protos, generate):
    """With and without a choice of copies, which is meant for the tree alone."""
    generated = generate(tmp_path / "all", protos)
    tree = tmp_path / "tree/shop/v1"
    tree.mkdir(parents=True)
    (tree / "shop.proto").write_text(protos["shop/v1/shop.proto"])
    assert "wanted by shop/v1/shop.proto" in run("show", tmp_path / "tree").err
    for more in ([], ["--copy", "shop"]):
        outcome = run("show", tmp_path / "tree", "--with", generated, *more)
        assert outcome.code == 0, outcome.err
        assert "1 file, 1 message" in outcome.out


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.whl", "does not exist"),
        ("pipy:xai-sdk", "no kind of source is called 'pipy'"),
        ("pypi:", "nothing stands behind"),
        ("lock:nowhere.lock", "does not exist"),
        ("x" * 5000, "cannot be read"),
        ("", "no source is named"),
    ],
)
def test_unusable_sources(run, tmp_path, monkeypatch, source, message):
    monkeypatch.chdir(tmp_path)
    outcome = run("show", source)
    assert outcome.code == 2
    assert message in outcome.err
    assert "Traceback" not in outcome.err


def test_an_error_inside_of_a_source_names_the_source_too(run, tmp_path):
    (tmp_path / "a_pb2.py").write_text("DESCRIPTOR = pool.AddSerializedFile(b'")
    outcome = run("show", tmp_path)
    assert outcome.code == 2
    assert f"{tmp_path}: a_pb2.py:1: the module has a descriptor and does not parse" in outcome.err


def test_a_bug_is_told_as_a_bug_without_traceback(run, wheel, monkeypatch):
    def broken(*_arguments, **_keywords):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("protoalign.sources.registry.assemble", broken)
    outcome = run("show", wheel)
    assert outcome.code == 3
    assert "bug in protoalign" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_closed_pipe_is_no_error(wheel):
    command = f"{sys.executable} -m protoalign show {wheel} | head -1"
    completed = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert completed.returncode == 0
    assert completed.stderr == ""


def test_an_interrupt_leaves_nothing_half_written(tmp_path):
    """Ctrl-C while a server keeps the reflection source waiting."""
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        source = f"grpc://127.0.0.1:{server.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "protoalign", "extract", source, "-o", str(tmp_path / "out")],
            stderr=subprocess.PIPE,
            text=True,
        )
        server.settimeout(20)
        connection, _ = server.accept()
        with connection:
            time.sleep(0.3)
            os.kill(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_no_colour_and_no_control_characters_off_a_terminal(wheel, tmp_path):
    completed = subprocess.run(
        [sys.executable, "-m", "protoalign", "show", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 2
    assert "\x1b" not in completed.stderr


def test_the_parser_is_built_without_heavy_imports():
    """`--version` has to stay cheap: nothing of protobuf, rich or the network may be imported for it."""
    code = "import sys, protoalign.cli.main as m; m.build_parser(); print('\\n'.join(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"google.protobuf", "rich", "httpx", "unearth", "packaging", "tomli_w", "grpc"} & set(modules)


def test_main_takes_the_process_s_arguments(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["protoalign", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert build_parser().prog in capsys.readouterr().out
