"""What the page of the old Go tree says of its messages and RPCs is what protoalign finds.

`python tests/test_go_migration.py` writes the table of messages into the page.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

from protoalign.cli.main import main

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "how-to" / "migrate-go.md"
OLD = ROOT / "examples" / "legacy-sdk" / "proto"
TABLE = re.compile(r"(\| old message \| now \| what is different \|\n\| --- \| --- \| --- \|\n)((?:\|.*\n)*)")
GO_TYPES = {
    "google.protobuf.Timestamp": "`*timestamppb.Timestamp`",
    "collections.DocumentMetadata": "`*services.DocumentMetadata`",
    "xai.v1.Document": "`*xaiv1.Document`",
}
ORDER = ("renumbered", "of another type", "in a oneof", "a pointer", "no pointer", "called otherwise", "gone", "new")
CHANGES = {
    "field-number": "renumbered",
    "field-numbers-swapped": "renumbered",
    "field-type": "of another type",
    "field-type-integer": "of another type",
    "field-type-message": "of another type",
    "field-oneof-left": "in a oneof",
    "field-oneof-alone": "in a oneof",
    "field-presence-lost": "a pointer",
    "field-presence-added": "no pointer",
    "field-renamed": "called otherwise",
    "oneof-renamed": "called otherwise",
    "field-number-taken": "gone",
    "field-extra": "gone",
    "field-extra-reserved": "gone",
    "field-missing": "new",
}
# What Go programs do not see: other languages' options, order, comments, what is reserved, where things are declared.
UNSEEN = {"deprecation", "order", "oneof-missing", "other-difference", "reserved-range-missing", "moved-to-file"}


def _compared(folder: Path) -> list[dict]:
    """All that differs, as protoalign says."""
    into = folder / "comparison.json"
    code = main(
        ["compare", str(OLD), "--to", str(ROOT / "proto"), "--format", "json", "-q", "--offline", "-o", str(into)]
    )
    assert code == 1
    return json.loads(into.read_text())["findings"]


def _declared(kind: str) -> list[str]:
    """The old names of messages, or of RPCs with their service's name before."""
    found = []
    for file in sorted(OLD.rglob("*.proto")):
        owner = ""
        for word, name in re.findall(r"^\s*(service|message|rpc) (\w+)", file.read_text(), re.MULTILINE):
            owner = f"{name}." if word == "service" else owner
            if word == kind:
                found.append(owner + name if word == "rpc" else name)
    return found


def _rows(findings: list[dict]) -> str:
    changes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    now: dict[str, str] = {}
    for finding in findings:
        rule, subject = finding["rule"], finding["subject"]
        if rule == "message-renamed":
            now[finding["subject_value"]] = finding["reference_value"]
        elif rule == "message-extra":
            now[subject["name"].rpartition(".")[2]] = ""
        elif rule in CHANGES:
            _add(changes, finding)
        else:
            assert finding["kind"] not in ("field", "message", "oneof") or rule in UNSEEN | {"message-missing"}, finding
    rows = []
    for name in _declared("message"):
        new = now.get(name, name)
        seen = changes.pop(name, {})
        texts = [f"{change}: {', '.join(seen[change])}" for change in ORDER if change in seen]
        if new == "":
            rows.append(f"| `{name}` | gone | |\n")
        elif texts or new != name:
            rows.append(f"| `{name}` | `{new}` | {'; '.join(texts)} |\n")
    assert not changes
    return "".join(rows)


def _add(changes: dict[str, dict[str, list[str]]], finding: dict) -> None:
    change, old, new = CHANGES[finding["rule"]], finding["subject_value"], finding["reference_value"]
    if change == "new":
        message, field = finding["subject"]["name"].rpartition(".")[2], finding["element"].rpartition(".")[2]
    else:
        message, field = finding["subject"]["name"].split(".")[-2:]
    of_message = changes[message]
    text = f"`{field}`"
    if change == "of another type":
        text += f" {_go_type(old)} → {_go_type(new)}"
    elif change == "renumbered":
        text += f" {old} → {new}"
    elif change == "in a oneof":
        text += f" of `{new}`"
    elif finding["rule"] == "oneof-renamed":
        text = f"the oneof `{old}` → `{new}`"
    elif change == "called otherwise":
        text += f" → `{new}`"
    elif change == "a pointer" and _is_said(text, of_message):
        return
    if text not in of_message[change]:
        of_message[change].append(text)


def _is_said(field: str, changes: dict[str, list[str]]) -> bool:
    """Whether something else says that a field has presence: its oneof, or that it is a message."""
    said = [*changes.get("in a oneof", ()), *(text for text in changes.get("of another type", ()) if "→ `*" in text)]
    return any(text.startswith(field) for text in said)


def _go_type(name: str) -> str:
    if name in GO_TYPES:
        return GO_TYPES[name]
    return f"`services.{name.rpartition('.')[2]}`" if "." in name else f"`{name}`"


def test_the_table_of_messages_is_what_protoalign_finds(tmp_path):
    assert TABLE.search(PAGE.read_text())[2] == _rows(_compared(tmp_path))


def test_the_table_of_rpcs_has_all():
    section = PAGE.read_text().split("\n## RPCs\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+\.\w+)` \| ", section, re.MULTILINE)
    assert len(rows) == 26
    assert sorted(rows) == sorted(_declared("rpc"))


def test_the_old_tree_is_read_in_full():
    assert len(_declared("message")) == 59


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        written = _rows(_compared(Path(temporary)))
    sys.stdout.write(written)
    PAGE.write_text(TABLE.sub(lambda found: found[1] + written, PAGE.read_text()))
