"""Go code in the documentation compiles, and the tables of the Go SDK are complete."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SDK = ROOT / "go" / "xai"
PAGE = ROOT / "docs" / "how-to" / "go-sdk.md"
PAGES = [ROOT / "go" / "README.md", PAGE, ROOT / "docs" / "how-to" / "migrate-go.md"]
BLOCK = re.compile(r"```go\n(.*?)```", re.DOTALL)

# What the code calls packages.
IMPORTS = {
    "codes": "google.golang.org/grpc/codes",
    "context": "context",
    "credentials": "google.golang.org/grpc/credentials",
    "emptypb": "google.golang.org/protobuf/types/known/emptypb",
    "errors": "errors",
    "fmt": "fmt",
    "grpc": "google.golang.org/grpc",
    "json": "encoding/json",
    "log": "log",
    "metadata": "google.golang.org/grpc/metadata",
    "os": "os",
    # No dependency of ours; what stands for it has the one function that the pages call.
    "otelgrpc": "github.com/protoalign/protoalign/examples/go/otelgrpc",
    "services": "github.com/protoalign/protoalign/go/services",
    "slog": "log/slog",
    "status": "google.golang.org/grpc/status",
    "strings": "strings",
    "time": "time",
    "xai": "github.com/protoalign/protoalign/go/xai",
}
OTELGRPC = """package otelgrpc

import "google.golang.org/grpc/stats"

func NewClientHandler() stats.Handler { return nil }
"""


@pytest.mark.network
@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
def test_all_code_compiles(tmp_path):
    module = (ROOT / "examples" / "go" / "go.mod").read_text().replace("../../go", str(ROOT / "go"))
    files = {"go.mod": module, "otelgrpc/otelgrpc.go": OTELGRPC, "text/text.go": _methods_of_the_text()}
    for page in PAGES:
        for number, block in enumerate(BLOCK.findall(page.read_text()), 1):
            files[f"{page.stem.lower()}_{number}/code.go"] = _file(block)
    assert len(files) > 20
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    shutil.copy(ROOT / "examples" / "go" / "go.sum", tmp_path)
    fetched = subprocess.run(["go", "mod", "download"], cwd=tmp_path, capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"the Go modules cannot be had: {fetched.stderr.strip()}")
    done = subprocess.run(
        ["go", "vet", "./..."], cwd=tmp_path, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr


def _file(block: str) -> str:
    """A block as a file: as it is, or as the inside of a function that has a client and a conversation."""
    if block.startswith("package "):
        return block
    imports = [path for name, path in IMPORTS.items() if re.search(rf"(?<![\w.]){name}\.", block)]
    needed = sorted({*imports, IMPORTS["context"], IMPORTS["xai"]})
    end = "" if re.search(r"^return", block.splitlines()[-1]) else "return nil"
    return (
        "package code\n\nimport (\n"
        + "".join(f'\t"{path}"\n' for path in needed)
        + ")\n\nfunc Code(ctx context.Context, client *xai.Client, conversation *xai.Conversation) error {\n\t{\n"
        + block
        + f"\t}}\n{end}\n}}\n"
    )


def _methods_of_the_text() -> str:
    """A file that names each method that the pages name beside their code."""
    text = "".join(BLOCK.sub("", page.read_text()) for page in PAGES)
    names = sorted(set(re.findall(r"`((?:client\.\w+|conversation)\.\w+|xai\.[A-Z]\w+)`", text)))
    assert len(names) > 50
    return _file("".join(f"\t_ = {name.replace('xai.Parse', 'xai.Parse[any]')}\n" for name in names))


def _rpcs() -> list[tuple[str, str]]:
    return re.findall(r"^\| `(/[\w./]+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)


def test_the_table_of_rpcs_has_all():
    paths = re.findall(r'Path = "(/[\w.]+/\w+)"', (ROOT / "go" / "services" / "methods.go").read_text())
    assert len(paths) == 40
    assert sorted(path for path, _ in _rpcs()) == sorted(paths)


@pytest.mark.parametrize(
    ("section", "pattern"),
    [
        ("Options of a client", r"^func (With\w+)\([^)]*\) Option "),
        ("Options of a call", r"^func (\w+)\([^)]*\) grpc.CallOption "),
        ("Chat", r"^func (\w+)\([^)]*\) ChatOption "),
        ("Chat", r"^func ([A-Z]\w+)\([^)]*\) \*services\.(?:Message|Content) "),
        ("Errors", r"^\t(Err\w+) +(?:error )?= "),
    ],
)
def test_the_page_has_all_options_and_errors(section, pattern):
    source = "\n".join(path.read_text() for path in SDK.glob("*.go") if not path.stem.endswith("_test"))
    names = set(re.findall(pattern, source, re.MULTILINE))
    assert len(names) > 1
    text = PAGE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    assert names - set(re.findall(r"`(\w+)`", text)) == set()
    if section.startswith("Errors"):
        assert set(re.findall(r"`(Err\w+)`", text)) == names


def test_the_page_has_all_variables():
    variables = set(re.findall(r'"(XAI_\w+)"', (SDK / "options.go").read_text()))
    assert len(variables) == 4
    assert variables == set(re.findall(r"`(XAI_\w+)`", PAGE.read_text()))
