"""The generated messages of health and reflection are what `proto/` says."""

import os
import subprocess
import sysconfig
from pathlib import Path

import xaiwire_server

HERE = Path(__file__).resolve().parents[1]
GENERATED = Path(xaiwire_server.__file__).parent / "_gen"


def test_they_are_what_the_generator_writes(tmp_path):
    scripts = sysconfig.get_path("scripts")
    names = sorted(str(path.relative_to(HERE / "proto")) for path in (HERE / "proto").rglob("*.proto"))
    subprocess.run(
        [Path(scripts) / "protoc", f"-I{HERE / 'proto'}", f"--py_out={tmp_path}", *names],
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        check=True,
    )
    for made in tmp_path.rglob("*_pb.py"):
        assert (GENERATED / made.relative_to(tmp_path)).read_text() == made.read_text()
    assert len(list(GENERATED.rglob("*_pb.py"))) == len(names) == 3
