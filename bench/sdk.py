"""xaiwire beside the official xai-sdk 1.4.0, on the same server in the same run, in turn.

The server is grpc-go's, since one of grpcio is slower than either client, which would be measured then.

python bench/sdk.py [ROUNDS]

Prints two Markdown tables, and ends with 1 where a goal is missed.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from protoalign.prove.environment import Package, package_environment
from protoalign.prove.processes import Processes
from protoalign.sources import LoadOptions
from protoalign.sources.package_index import fetch

HERE = Path(__file__).parent
CLIENT = HERE / "sdk_client.py"
PACKAGE = "xai-sdk==1.4.0"

MESSAGES = """
from xai_sdk.proto import chat_pb2 as pb
from xai_sdk.proto import sample_pb2, usage_pb2
usage = usage_pb2.SamplingUsage(prompt_tokens=9, completion_tokens=12, total_tokens=21)
message = pb.CompletionMessage(role=2, content="Because blue light is scattered more than red. " * 4)
whole = pb.GetChatCompletionResponse(id="r1", model="grok-4", usage=usage)
whole.outputs.append(pb.CompletionOutput(finish_reason=sample_pb2.REASON_STOP, message=message))
def chunk(content, **more):
    made = pb.GetChatCompletionChunk(id="r1", model="grok-4", system_fingerprint="fp_1", **more)
    made.created.seconds = 1_700_000_000
    made.outputs.add().delta.MergeFrom(pb.Delta(role=2, content=content))
    return made
for each in (whole, chunk(" word"), chunk("", usage=usage)):
    print(each.SerializeToString().hex())
"""

ROWS = (
    # Task, figure, what it is called, unit, the largest ratio that is a success.
    ("begin", "import", "import, client, conversation", "ms", 0.5),
    ("begin", "memory", "resident memory after the first call", "MiB", 0.65),
    ("sync", "unary cpu", "CPU of a call", "ms", 0.8),
    ("sync", "unary wall", "time of a call", "ms", 1.0),
    ("sync", "chunk cpu", "CPU of a streamed chunk", "ms", 0.7),
    ("sync", "chunk wall", "time of a streamed chunk", "ms", 0.7),
    ("async", "unary cpu", "CPU of a call, async", "ms", 0.8),
    ("async", "unary wall", "time of a call, async", "ms", 1.0),
    ("async", "chunk cpu", "CPU of a streamed chunk, async", "ms", 0.7),
    ("async", "chunk wall", "time of a streamed chunk, async", "ms", 0.7),
)
UPLOAD_MEMORY = 64


def official_python() -> Path:
    options = LoadOptions()
    archive = fetch(PACKAGE, options)
    package = Package(archive=archive.path, sha256=archive.sha256, label=f"{archive.name} {archive.version}")
    with Processes() as processes:
        return package_environment(processes, package, offline=False, progress=options.progress)


@contextmanager
def serving(official: Path, folder: str):
    made = subprocess.run([official, "-I", "-c", MESSAGES], check=True, capture_output=True, text=True)
    built = Path(folder) / "benchserver"
    subprocess.run(["go", "-C", HERE.parent / "go", "build", "-o", built, "./internal/benchserver"], check=True)
    command = [built, *made.stdout.split()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.communicate("")


def figures(python: Path, module: str, port: str, task: str) -> dict[str, float]:
    done = subprocess.run([python, "-I", CLIENT, module, port, task], check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{module} {task}: {done.stderr}")
    return json.loads(done.stdout)


def main(rounds: int) -> int:
    official = official_python()
    sides = ((Path(sys.executable), "xaiwire"), (official, "xai_sdk"))
    missed = []
    with tempfile.TemporaryDirectory() as folder, serving(official, folder) as port:
        taken = {}
        for task in dict.fromkeys(row[0] for row in ROWS):
            for side in sides:
                figures(*side, port, task)
            taken[task] = [tuple(figures(*side, port, task) for side in sides) for _ in range(rounds)]
            print(f"{task}: {rounds} rounds", file=sys.stderr)
        print(f"Python {platform.python_version()}, {platform.machine()}; medians of {rounds} rounds, both in turn\n")
        print("| what | xaiwire | xai-sdk 1.4.0 | ratio | goal |\n| --- | --- | --- | --- | --- |")
        for task, name, title, unit, goal in ROWS:
            ours, theirs = ([each[side][name] for each in taken[task]] for side in (0, 1))
            ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
            digits = 1 if statistics.median(ours) > 10 else 3
            own, official_own = (f"{statistics.median(each):.{digits}f} {unit}" for each in (ours, theirs))
            print(f"| {title} | {own} | {official_own} | {ratio:.2f} | {goal:g} |")
            if ratio > goal:
                missed.append(f"{title}: {ratio:.2f} of {goal:g}")
        print("\n| what | xaiwire | xai-sdk 1.4.0 |\n| --- | --- | --- |")
        many = [figures(*side, port, "many") for side in sides]
        upload = [figures(*side, port, "upload") for side in sides]
    for title, each, name, unit in (
        ("10,000 calls at once, async", many, "10,000 calls", "s"),
        ("memory that these take", many, "memory more", "MiB"),
        ("upload of 1 GiB", upload, "seconds", "s"),
        ("CPU of the upload", upload, "cpu", "s"),
        ("memory that the upload takes", upload, "memory more", "MiB"),
    ):
        print(f"| {title} | {each[0][name]:.1f} {unit} | {each[1][name]:.1f} {unit} |")
    if upload[0]["memory more"] > UPLOAD_MEMORY:
        missed.append(f"the upload takes more than {UPLOAD_MEMORY} MiB")
    print("\nAll goals are reached." if not missed else "\nMissed: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
