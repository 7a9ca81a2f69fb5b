"""The Go SDK beside the raw generated stub on which it stands, in one process, in turn, on the server of sdk.py.

python bench/go_sdk.py [ROUNDS]

Prints two Markdown tables, and ends with 1 where a goal is missed.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from sdk import official_python, serving

GO = Path(__file__).parent.parent / "go"
GOAL = 1.1
STUB, WRAPPER, CONVERSATION = "stub", "wrapper", "conversation"
WRAPPED = "`Services.Chat.Complete`"

ROWS = (
    # Task, side, what is compared with the stub's.
    ("call", WRAPPER, f"a call, {WRAPPED}"),
    ("call", CONVERSATION, "a call, `Conversation.Sample`"),
    ("64 calls at once", WRAPPER, f"a call of 64 at once, {WRAPPED}"),
    ("64 calls at once", CONVERSATION, "a call of 64 at once, `Conversation.Sample`"),
    ("long call", WRAPPER, f"a call with 100 messages, {WRAPPED}"),
    ("long call", CONVERSATION, "a call with 100 messages, `Conversation.Sample`"),
    ("chunk", WRAPPER, "a streamed chunk, `Services.Chat.Stream`"),
    ("chunk", CONVERSATION, "a streamed chunk, `Conversation.Stream`"),
)
FIGURES = (("cpu", "CPU"), ("wall", "time"))


def measured(rounds: int) -> dict:
    with tempfile.TemporaryDirectory() as folder, serving(official_python(), folder) as port:
        built = Path(folder) / "benchclient"
        subprocess.run(["go", "-C", GO, "build", "-o", built, "./internal/benchclient"], check=True)
        done = subprocess.run([built, port, str(rounds)], check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return json.loads(done.stdout)


def main(rounds: int) -> int:
    report = measured(rounds)
    sides = {(task["name"], side["name"]): side for task in report["tasks"] for side in task["sides"]}

    def middle(task: str, side: str, figure: str) -> float:
        return statistics.median(sides[task, side][figure])

    missed = []
    print(f"{report['go']}, {platform.machine()}, {report['cores']} cores; medians of {rounds} rounds, all in turn\n")
    print("| what | SDK | stub | ratio | middle half of the ratios | goal |\n| --- | --- | --- | --- | --- | --- |")
    for task, side, title in ROWS:
        for figure, what in FIGURES:
            ours, theirs = sides[task, side][figure], sides[task, STUB][figure]
            ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
            ratio = statistics.median(ratios)
            low, _, high = statistics.quantiles(ratios, n=4, method="inclusive") if rounds > 1 else ratios * 3
            own, stub = (f"{statistics.median(each) / 1000:.2f} µs" for each in (ours, theirs))
            print(f"| {what} of {title} | {own} | {stub} | {ratio:.3f} | {low:.3f} to {high:.3f} | {GOAL:g} |")
            if ratio > GOAL:
                missed.append(f"{what} of {title}: {ratio:.3f} of {GOAL:g}")
    print("\n| what | `Conversation` | `Services.Chat` | stub |\n| --- | --- | --- | --- |")
    columns = (CONVERSATION, WRAPPER, STUB)
    for title, task in (("calls a second, one at a time", "call"), ("calls a second, 64 at once", "64 calls at once")):
        print(f"| {title} | " + " | ".join(f"{1e9 / middle(task, side, 'wall'):,.0f}" for side in columns) + " |")
    for task in ("call", "chunk"):
        for figure, digits in (("bytes", 0), ("allocations", 1)):
            cells = " | ".join(f"{middle(task, side, figure):,.{digits}f}" for side in columns)
            print(f"| {figure} of a {task} | {cells} |")
    print("\nAll goals are reached." if not missed else "\nMissed: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 21))
