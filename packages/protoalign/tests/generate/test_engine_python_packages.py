"""The name of a folder as a Python package, and what makes it one."""

import pytest

from protoalign.errors import GenerateError, SettingsError
from protoalign.generate.python_packages import check_modules, completed_package, dotted_name


@pytest.mark.parametrize(
    ("packages", "folder", "name"),
    [
        (["src/acme"], "src/acme/_gen", "acme._gen"),
        (["src/acme", "src/acme/api"], "src/acme/api/_gen", "acme.api._gen"),
        (["src/acme"], "src/acme/new/_gen", "acme.new._gen"),
        ([], "packages/x/src/acme/_gen", "acme._gen"),
        ([], "acme/_gen", "_gen"),
        (["acme"], "acme/_gen", "acme._gen"),
        ([], "messages", "messages"),
        (["lib"], "lib/messages", "lib.messages"),
    ],
)
def test_the_dotted_name(tmp_path, packages, folder, name):
    for package in packages:
        (tmp_path / package).mkdir(parents=True, exist_ok=True)
        (tmp_path / package / "__init__.py").touch()
    assert dotted_name(tmp_path, folder) == name


@pytest.mark.parametrize("folder", ["src/my-sdk/_gen", "gen-1", "src/acme/class"])
def test_folders_that_no_import_can_name(tmp_path, folder):
    with pytest.raises(SettingsError, match="cannot be a Python package"):
        dotted_name(tmp_path, folder)


def test_each_folder_becomes_a_package():
    files = completed_package({"a/b/c.py": b"1", "a/__init__.py": b"2"}, typed=False)
    assert files == {"a/b/c.py": b"1", "a/__init__.py": b"2", "a/b/__init__.py": b"", "__init__.py": b""}


def test_no_files_are_no_package():
    assert completed_package({}, typed=True) == {}


def test_code_that_is_no_python_is_refused():
    with pytest.raises(GenerateError, match=r"a\.py: is no Python"):
        check_modules({"a.py": b"def ("}, (), "protoc-gen-x")


def test_overloads_properties_and_conditional_imports_are_no_clash():
    code = b"""
from typing import TYPE_CHECKING, overload
if TYPE_CHECKING:
    from a import X
class A:
    @overload
    def f(self) -> int: ...
    @overload
    def f(self, x: int) -> int: ...
    def f(self, *x): return 1
    @property
    def g(self) -> int: return 1
    @g.setter
    def g(self, value: int) -> None: ...
"""
    check_modules({"a.py": code}, (), "protoc-gen-x")


def test_nested_classes_are_looked_at():
    with pytest.raises(GenerateError, match=r"a\.py: class B: C, 2 times"):
        check_modules({"a.py": b"class A:\n class B:\n  class C: pass\n  class C: pass\n"}, (), "protoc-gen-x")
