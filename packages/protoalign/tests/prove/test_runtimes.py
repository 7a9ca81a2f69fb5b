"""Runtimes run apart and report; what they lack is said, never passed over."""

import shutil
from pathlib import Path

import pytest

from protoalign import runners
from protoalign.generate.engine import generate
from protoalign.prove.model import StageStatus
from protoalign.prove.processes import Processes, plain_environment
from protoalign.prove.rpcs import judge_rpcs, reference_rpcs
from protoalign.prove.runtimes import (
    GoTest,
    RuntimeRun,
    build_go_test,
    go_places,
    python_places,
    run_go_test,
    run_google,
    run_protobuf_py,
    run_runner,
)
from protoalign.prove.vectors import make_vectors, vector_files, write_vectors
from protoalign.prove.wire import VectorJudge, judge_wire
from protoalign.settings import GoTarget, PythonTarget, read_settings

SHOP = """
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
enum Color { COLOR_NONE = 0; COLOR_RED = 3; }
message Item {
  string name = 1;
  optional int32 count = 3;
  Color color = 4;
  map<string, Color> tags = 5;
  google.protobuf.Timestamp made = 6;
  Item inner = 7;
  message Part { bytes raw = 1; }
  oneof of { Part part = 8; string text = 9; }
}
service AsyncStore {
  rpc Get(Item) returns (Item);
  rpc Watch(Item) returns (stream Item);
  rpc Push(stream Item) returns (Item);
  rpc Talk(stream Item) returns (stream Item);
}
"""

PYTHON = PythonTarget(messages="src/shopwire/_gen", services="src/shopwire/_services")
SETTINGS = """
[subject]
source = "proto"
[generate.python]
messages = "src/shopwire/_gen"
services = "src/shopwire/_services"
"""


@pytest.fixture(scope="module")
def contract(compile_contract):
    return compile_contract({"shop/v1/shop.proto": SHOP})


@pytest.fixture(scope="module")
def vectors(contract, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "vectors"
    write_vectors(folder, vector_files(make_vectors(contract), contract))
    return folder


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A project with generated Python."""
    root = tmp_path_factory.mktemp("project")
    (root / "proto/shop/v1").mkdir(parents=True)
    (root / "proto/shop/v1/shop.proto").write_text(SHOP)
    (root / "protoalign.toml").write_text(SETTINGS)
    generate(read_settings(root / "protoalign.toml"))
    return root


@pytest.fixture
def project(generated, tmp_path):
    """A copy of it that a test may break."""
    return Path(shutil.copytree(generated, tmp_path / "project"))


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def processes():
    with Processes() as running:
        yield running


def wire(contract, report):
    return judge_wire("wire: it", VectorJudge(contract, make_vectors(contract)), report).stage


def test_generated_python_passes_every_vector(processes, contract, vectors, generated, scratch):
    run = run_protobuf_py(processes, PYTHON, generated, vectors, scratch)
    assert run.failed == ()
    assert wire(contract, run.report).status is StageStatus.PASSED
    assert {"python", "protobuf-py", "connectrpc"} <= run.report.versions.keys()


@pytest.mark.parametrize("place", python_places(PYTHON))
def test_generated_python_makes_every_rpc_in_every_place(processes, contract, vectors, generated, scratch, place):
    report = run_protobuf_py(processes, PYTHON, generated, vectors, scratch).report
    assert judge_rpcs(place, reference_rpcs(contract), report.rpcs[place], errors=report.errors).stage.findings == ()


@pytest.mark.parametrize("pure_python", [False, True])
def test_google_passes_every_vector(processes, contract, vectors, scratch, pure_python):
    image = scratch / "image.binpb"
    image.write_bytes(contract.image())
    own = [file.name for file in contract.files]
    run = run_google(processes, image, own, vectors, scratch, pure_python=pure_python)
    assert run.failed == ()
    assert wire(contract, run.report).status is StageStatus.PASSED
    place = judge_rpcs("descriptors", reference_rpcs(contract), run.report.rpcs["descriptors"])
    assert place.stage.status is StageStatus.PASSED


def test_a_wrong_field_number_in_generated_code_is_found(processes, contract, vectors, tmp_path, scratch):
    root = tmp_path / "project"
    (root / "proto/shop/v1").mkdir(parents=True)
    (root / "proto/shop/v1/shop.proto").write_text(SHOP.replace("count = 3", "count = 2"))
    (root / "protoalign.toml").write_text(SETTINGS)
    generate(read_settings(root / "protoalign.toml"))
    stage = wire(contract, run_protobuf_py(processes, PYTHON, root, vectors, scratch).report)
    assert stage.status is StageStatus.FAILED
    assert any(finding.startswith("shop.v1.Item.count: encode of vector count/") for finding in stage.findings)


def test_a_module_that_does_not_import_is_told_and_the_messages_are_missing(
    processes, contract, vectors, project, scratch
):
    (project / "src/shopwire/_gen/shop/v1/shop_pb.py").write_text("raise RuntimeError('broken\\nhere')\n")
    report = run_protobuf_py(processes, PYTHON, project, vectors, scratch).report
    assert "shop.v1.Item" in report.missing
    assert "shopwire._gen.shop.v1.shop_pb does not import: RuntimeError: broken here" in report.errors


def test_a_module_that_leaves_is_told(processes, contract, vectors, project, scratch):
    (project / "src/shopwire/_gen/shop/v1/shop_pb.py").write_text("import sys\nsys.exit(0)\n")
    report = run_protobuf_py(processes, PYTHON, project, vectors, scratch).report
    assert "shopwire._gen.shop.v1.shop_pb does not import: SystemExit: 0" in report.errors


@pytest.mark.parametrize(
    ("module", "old", "new", "place", "said"),
    [
        (
            "_gen/shop/v1/shop_connect.py",
            "return await self.execute_unary(",
            "return await self.execute_client_stream(",
            "python async client stubs",
            "/shop.v1.AsyncStore/Get: it is client streaming, not unary",
        ),
        (
            "_gen/shop/v1/shop_connect.py",
            '"/shop.v1.AsyncStore/Talk"',
            '"/shop.v1.AsyncStore/Tell"',
            "python server stubs",
            "/shop.v1.AsyncStore/Tell is not in the reference",
        ),
        (
            "_services/async_store.py",
            'path="/shop.v1.AsyncStore/Get"',
            'path="/shop.AsyncStore/Get"',
            "python wrappers",
            "/shop.v1.AsyncStore/Get is missing; /shop.AsyncStore/Get seems to stand for it",
        ),
    ],
)
def test_a_wrong_stub_is_found(processes, contract, vectors, project, scratch, module, old, new, place, said):
    path = project / "src/shopwire" / module
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    report = run_protobuf_py(processes, PYTHON, project, vectors, scratch).report
    assert said in judge_rpcs(place, reference_rpcs(contract), report.rpcs[place]).stage.findings


def test_a_wrapper_that_makes_no_call_is_told(processes, vectors, project, scratch):
    path = project / "src/shopwire/_services/async_store.py"
    path.write_text(path.read_text().replace("return self._caller.unary(", "return str("))
    errors = run_protobuf_py(processes, PYTHON, project, vectors, scratch).report.errors
    assert any(error.startswith("python wrappers: ") and ".get " in error for error in errors)


def test_code_that_was_not_generated_is_skipped_with_what_to_do(processes, vectors, tmp_path, scratch):
    run = run_protobuf_py(processes, PYTHON, tmp_path, vectors, scratch)
    assert run.skipped == "there is no generated Python in src/shopwire/_gen. Write it with protoalign generate."


def test_wrappers_that_were_not_generated_are_skipped(processes, vectors, project, scratch):
    shutil.rmtree(project / "src/shopwire/_services")
    run = run_protobuf_py(processes, PYTHON, project, vectors, scratch)
    assert run.skipped.startswith("there are no service wrappers in src/shopwire/_services.")


# ---- runners that misbehave -------------------------------------------------------------------------------------


@pytest.fixture
def script(monkeypatch, tmp_path, processes, scratch):
    """Run a text as a runner."""
    monkeypatch.setattr(runners, "__file__", str(tmp_path / "__init__.py"))

    def run(text):
        (tmp_path / "it.py").write_text(text)
        return run_runner(processes, "it.py", {}, scratch / "it", runtime="it", environment=plain_environment())

    return run


def test_a_runner_that_crashes(script):
    run = script("raise ValueError('why')")
    assert run.report is None
    assert run.failed[0] == "it.py ended with exit code 1"
    assert "ValueError: why" in run.failed


def test_a_runner_that_writes_nothing(script):
    assert script("print('all is well')").failed == ("no report was written", "all is well")


def test_a_runner_that_writes_nonsense(script):
    run = script("import json, sys; open(json.load(open(sys.argv[1]))['report'], 'w').write('{')")
    assert run.failed[0].startswith("the report is no JSON")


def test_a_runner_that_takes_too_long(script, monkeypatch):
    monkeypatch.setattr("protoalign.prove.runtimes.RUN_SECONDS", 0.5)
    assert script("import time; time.sleep(60)").failed[0] == "it.py did not end within 0.5 s"


def test_a_runner_that_is_not_installed(processes, scratch):
    run = run_runner(processes, "none.py", {}, scratch / "it", runtime="it", environment={})
    assert "lacks its program none.py" in run.skipped


# ---- Go ---------------------------------------------------------------------------------------------------------

GO = GoTarget(module="go", messages="gen", services="services", proof="proof")


def test_places_follow_what_is_generated():
    assert "python wrappers" not in python_places(PythonTarget(messages="a"))
    assert go_places(GoTarget(module="go", messages="gen")) == ("go client stubs", "go server stubs")


def test_no_generated_go(processes, tmp_path, scratch):
    run = build_go_test(processes, GO, tmp_path, scratch, offline=True)
    assert run.skipped == "there is no generated Go test in go/proof. Write it with protoalign generate."


def go_project(root, text):
    (root / "go/proof").mkdir(parents=True)
    (root / "go/go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
    (root / "go/proof/proof_test.go").write_text(text)
    return root


def test_no_go(processes, tmp_path, scratch, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    run = build_go_test(processes, GO, go_project(tmp_path, "package proof\n"), scratch, offline=True)
    assert "go is not installed" in run.skipped
    assert "go.dev" in run.skipped


needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")


@needs_go
def test_go_that_does_not_compile_fails_with_the_compilers_words(processes, tmp_path, scratch):
    run = build_go_test(processes, GO, go_project(tmp_path, "package proof\nvar x int = oh\n"), scratch, offline=True)
    assert isinstance(run, RuntimeRun)
    assert run.failed[0] == "go test -c ended with exit code 1"
    assert any("undefined: oh" in line for line in run.failed)


@needs_go
def test_go_modules_that_cannot_be_had_are_skipped(processes, tmp_path, scratch):
    root = go_project(tmp_path, 'package proof\nimport _ "example.com/none"\n')
    mod = root / "go/go.mod"
    mod.write_text(mod.read_text() + "\nrequire example.com/none v1.0.0\n")
    run = build_go_test(processes, GO, root, scratch, offline=True)
    assert isinstance(run, RuntimeRun)
    assert "modules that it needs cannot be had" in run.skipped


REPORTING = """package proof
import ("os"; "testing")
func TestIt(t *testing.T) {
	text := `{"format": 1, "runtime": "go", "rpcs": {}, "messages": {}, "missing": []}`
	os.WriteFile(os.Getenv("PROTOALIGN_REPORT"), []byte(text), 0o600)
	%s
}
"""


@needs_go
@pytest.mark.parametrize(("end", "said"), [("", None), ('t.Fatal("unheard")', "unheard")])
def test_a_go_test_never_fails_unheard(processes, tmp_path, scratch, vectors, end, said):
    test = build_go_test(processes, GO, go_project(tmp_path, REPORTING % end), scratch, offline=True)
    assert isinstance(test, GoTest)
    report = run_go_test(processes, test, vectors, scratch).report
    assert bool(report.errors) == (said is not None)
    assert said is None or any(said in error for error in report.errors)


def test_every_runner_stands_alone():
    """They run in environments without protoalign."""
    for path in Path(runners.__file__).parent.glob("[a-z]*.py"):
        assert "protoalign" not in [
            word for line in path.read_text().splitlines() if line.strip().startswith(("import ", "from "))
            for word in line.replace(".", " ").split()
        ]  # fmt: skip


def test_the_job_of_a_runner_is_data(script):
    run = script(
        "import json, sys\n"
        "job = json.load(open(sys.argv[1]))\n"
        "report = {'format': 1, 'runtime': 'it', 'versions': {'isolated': str(sys.flags.isolated)}}\n"
        "open(job['report'], 'w').write(json.dumps(report))\n"
    )
    assert run.report.versions == {"isolated": "1"}


def test_go_gets_its_own_variables_and_no_keys(monkeypatch):
    from protoalign.prove import runtimes

    monkeypatch.setenv("GOOGLE_API_KEY", "secret")
    monkeypatch.setenv("XAI_API_KEY", "secret")
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("CGO_ENABLED", "0")
    environment = runtimes._go_environment(offline=True)
    assert "secret" not in environment.values()
    assert (environment["GOFLAGS"], environment["CGO_ENABLED"], environment["GOPROXY"]) == ("-mod=mod", "0", "off")
