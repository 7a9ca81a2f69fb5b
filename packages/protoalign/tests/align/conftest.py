"""Trees on disk, compared with a reference tree and aligned."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.align import Alignment, AlignOptions, carry_out, plan_alignment, prove_alignment, read_tree
from protoalign.compare import structural_diff
from protoalign.compare.structure import StructuralDiff
from protoalign.contract import Contract
from protoalign.settings import Settings
from protoalign.sources import LoadOptions, load


def load_tree(folder: Path) -> Contract:
    return load(f"proto:{folder}", LoadOptions(comments=False, offline=True))


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@dataclass
class Bench:
    """A subject's folder and a reference's, and one run of align after the other."""

    subject: Path
    reference: Path
    settings: Settings

    def diff(self) -> StructuralDiff:
        return structural_diff(load_tree(self.subject), load_tree(self.reference), self.settings.mapping)

    def plan(self, **options: object) -> Alignment:
        diff = self.diff()
        tree = read_tree(self.subject, diff.subject, diff.reference)
        alignment = plan_alignment(diff, self.settings, tree, AlignOptions(**options))  # type: ignore[arg-type]
        prove_alignment(alignment, tree, load_tree)
        return alignment

    def align(self, **options: object) -> Alignment:
        alignment = self.plan(**options)
        carry_out(alignment)
        return alignment

    def files(self) -> dict[str, str]:
        return {
            path.relative_to(self.subject).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(self.subject.rglob("*"))
            if path.is_file()
        }

    def equal_files(self) -> dict[str, bool]:
        """For each file of the reference, whether the subject has it canonically, go_package aside."""
        mine, theirs = _forms(load_tree(self.subject)), _forms(load_tree(self.reference))
        return {name: mine.get(name) == form for name, form in theirs.items()}


def _forms(contract: Contract) -> dict[str, bytes]:
    forms = {}
    for name, form in contract.canonical.items():
        copy = type(form).FromString(form.SerializeToString())
        copy.options.ClearField("go_package")
        if not copy.options.ByteSize():
            copy.ClearField("options")
        forms[name] = copy.SerializeToString(deterministic=True)
    return forms


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    def make(subject: Mapping[str, str], reference: Mapping[str, str], *, settings: Settings | None = None) -> Bench:
        return Bench(
            write_files(tmp_path / "subject", subject),
            write_files(tmp_path / "reference", reference),
            settings or Settings(),
        )

    return make


@pytest.fixture(scope="session")
def mutated() -> Callable[..., dict[str, FileDescriptorProto]]:
    spec = importlib.util.spec_from_file_location("align_mutate", Path(__file__).with_name("mutate.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mutated


@pytest.fixture(name="load_tree", scope="session")
def _load_tree() -> Callable[[Path], Contract]:
    return load_tree


@pytest.fixture(name="write_files", scope="session")
def _write_files() -> Callable[[Path, Mapping[str, str]], Path]:
    return write_files
