"""Digests of folders."""

import shutil
import subprocess
from hashlib import sha256

import pytest

from protoalign.errors import SourceReadError
from protoalign.prove.digests import digest_of_contents, digested_folder, files_of_folder


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "gen"
    (root / "shop" / "v1").mkdir(parents=True)
    (root / "__init__.py").write_bytes(b"")
    (root / "shop" / "v1" / "order_pb.py").write_bytes(b"class Order: ...\n")
    (root / "shop" / "v1.py").write_bytes(b"x = 1\r\n")
    return root


CONTENTS = {"__init__.py": b"", "shop/v1/order_pb.py": b"class Order: ...\n", "shop/v1.py": b"x = 1\r\n"}


def test_a_folder_has_the_digest_of_its_contents(folder):
    found = digested_folder(folder, "sdk/gen")
    assert (found.path, found.files) == ("sdk/gen", 3)
    assert found.digest == digest_of_contents(CONTENTS)


def test_the_digest_is_that_of_lines_as_sha256sum_writes_them(folder):
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not installed")
    names = sorted(CONTENTS)
    listed = subprocess.run(["sha256sum", *names], cwd=folder, check=True, capture_output=True).stdout
    assert digested_folder(folder, "gen").digest == "sha256:" + sha256(listed).hexdigest()


def test_caches_and_hidden_files_are_no_part_of_it(folder):
    before = digested_folder(folder, "gen")
    (folder / "shop" / "__pycache__").mkdir()
    (folder / "shop" / "__pycache__" / "v1.cpython-311.pyc").write_bytes(b"x")
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "empty").mkdir()
    assert digested_folder(folder, "gen") == before


@pytest.mark.parametrize("change", ["rename", "edit", "add", "remove"])
def test_any_other_change_changes_it(folder, change):
    before = digested_folder(folder, "gen").digest
    path = folder / "shop" / "v1.py"
    if change == "rename":
        path.rename(folder / "shop" / "v2.py")
    elif change == "edit":
        path.write_bytes(b"x = 1\n")
    elif change == "add":
        (folder / "more.py").write_bytes(b"")
    else:
        path.unlink()
    assert digested_folder(folder, "gen").digest != before


def test_names_are_sorted_whole(folder):
    assert list(files_of_folder(folder)) == sorted(CONTENTS)


def test_a_link_is_refused(folder):
    (folder / "link").symlink_to(folder / "shop")
    with pytest.raises(SourceReadError, match="neither a file nor a folder"):
        digested_folder(folder, "gen")


def test_a_name_that_would_break_the_lines_is_refused(folder):
    (folder / "a\nb").write_bytes(b"")
    with pytest.raises(SourceReadError, match="cannot be listed"):
        digested_folder(folder, "gen")


def test_no_folder_is_told(folder, tmp_path):
    for path in (tmp_path / "none", folder / "__init__.py"):
        with pytest.raises(SourceReadError, match="is no folder"):
            digested_folder(path, "gen")
