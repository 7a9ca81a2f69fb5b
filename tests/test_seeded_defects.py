"""Every mistake of `seeded_defects.toml`, put into the aligned contract alone, makes the proof fail and name it.

The comparison has to name the element; code generated from the defective tree has to fail by itself, too: its vectors
or its RPCs have to name the message or the RPC.
"""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from protoalign.generate import generate
from protoalign.prove.engine import ProveOptions, prove
from protoalign.prove.model import StageStatus
from protoalign.prove.proof import Verdict
from protoalign.settings import read_settings

ROOT = Path(__file__).parents[1]
DEFECTS = tomllib.loads((ROOT / "tests" / "seeded_defects.toml").read_text(encoding="utf-8"))["defects"]
SKIP = frozenset({"go", "official", "google-protobuf-python"})

SETTINGS = f"""
[subject]
source = "proto"

[reference]
source = "proto:{ROOT / "proto"}"

[generate]
names = "services.toml"

[generate.python]
messages = "src/wire/_gen"
services = "src/wire/_services"
"""


def seeded(root: Path, defect: dict) -> Path:
    shutil.copytree(ROOT / "proto", root / "proto")
    path = root / "proto" / "xai" / "api" / "v1" / f"{defect['file']}.proto"
    text = path.read_text(encoding="utf-8")
    for old, new in [(defect["old"], defect["new"]), *defect.get("more", [])]:
        assert text.count(old) == 1, f"{defect['name']}: the text to be replaced is there {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    (root / "protoalign.toml").write_text(SETTINGS)
    (root / "services.toml").write_text("")
    (root / "src" / "wire").mkdir(parents=True)
    (root / "src" / "wire" / "__init__.py").write_text("")
    return root / "protoalign.toml"


def failing(proof, prefix: str) -> str:
    return "\n".join(
        line
        for stage in proof.stages
        if stage.name.startswith(prefix) and stage.status is StageStatus.FAILED
        for line in (stage.reason, *stage.findings)
    )


def test_there_are_enough_and_each_has_a_name_of_its_own():
    assert len(DEFECTS) >= 25
    assert len({defect["name"] for defect in DEFECTS}) == len(DEFECTS)


@pytest.mark.slow
@pytest.mark.usefixtures("versions_asked_once")
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect["name"].replace(" ", "-"))
def test_a_seeded_defect_fails_and_is_named(defect, tmp_path):
    settings = read_settings(seeded(tmp_path, defect))
    generate(settings)
    proof = prove(settings, ProveOptions(skip=SKIP))
    assert proof.verdict is Verdict.NOT_ALIGNED
    assert defect["element"] in failing(proof, "structure")
    if "wire" in defect:
        assert defect["wire"] in failing(proof, "wire: protobuf-py")
    if "rpc" in defect:
        assert defect["rpc"] in failing(proof, "rpcs: python")
    if "wire" not in defect and "rpc" not in defect:
        assert not failing(proof, "wire: protobuf-py"), "the wire shows it after all: say so in seeded_defects.toml"
