"""Git revisions: local and remote, friendly and hostile."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from protoalign.errors import CompileError, ProtoalignError, RemoteError, SourceReadError, UnknownSourceError
from protoalign.sources import proto_tree
from protoalign.sources.git import GitTarget, parse_target, scan
from protoalign.sources.limits import Limits
from protoalign.sources.progress import SilentProgress
from protoalign.sources.scan import FoundDescriptor, LoadOptions, Scan

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

USER = 'syntax = "proto3";\npackage acme.v1;\nmessage User { string name = 1; }\n'
CHAT = 'syntax = "proto3";\npackage acme.v1;\nimport "acme/v1/user.proto";\nmessage Chat { User user = 1; }\n'


@dataclass
class Notes(SilentProgress):
    """Keeps what is said."""

    said: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.said.append(text)


def git(folder: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": f"{who}@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def commit(folder: Path, files: Mapping[str, str], tag: str) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", tag)
    git(folder, "tag", "--annotate", tag, "--message", tag)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "api"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, {"proto/acme/v1/user.proto": USER, "README.md": "Read me."}, "v1.0.0")
    commit(folder, {"proto/acme/v1/chat.proto": CHAT}, "v1.1.0")
    return folder


def locations(found: Scan) -> list[str]:
    return sorted(each.location for each in found.found)


def test_head_is_the_default(repository: Path) -> None:
    found = scan(str(repository), LoadOptions(), proto_tree.scan)
    head = git(repository, "rev-parse", "HEAD")
    assert locations(found) == ["proto/acme/v1/chat.proto", "proto/acme/v1/user.proto"]
    assert (found.kind, found.version, found.source) == ("proto", head, f"git:{repository}#{head}")


@pytest.mark.parametrize("revision", ["v1.0.0", "main~1", "HEAD^", "v1.0.0^{commit}"])
def test_an_older_revision_of_a_folder(repository: Path, revision: str) -> None:
    found = scan(f"{repository}#{revision}:proto", LoadOptions(), proto_tree.scan)
    assert locations(found) == ["acme/v1/user.proto"]
    assert found.version == git(repository, "rev-parse", "v1.0.0^{commit}")
    assert found.source == f"git:{repository}#{found.version}:proto"
    assert locations(scan(found.source.removeprefix("git:"), LoadOptions(), proto_tree.scan)) == locations(found)


def test_what_is_not_committed_is_not_read(repository: Path) -> None:
    (repository / "proto/acme/v1/user.proto").write_text("broken")
    assert scan(f"{repository}#HEAD:proto", LoadOptions(), proto_tree.scan).found


def test_a_single_file_and_what_it_imports(repository: Path) -> None:
    notes = Notes()
    found = scan(f"{repository}#HEAD:proto/acme/v1/chat.proto", LoadOptions(progress=notes), proto_tree.scan)
    assert locations(found) == ["chat.proto"]
    assert [each.location for each in found.imports] == ["acme/v1/user.proto"]
    assert not any("protoalign-" in note for note in notes.said), "no path of a folder that is gone"


def test_a_folder_brings_the_imports_beside_it(repository: Path) -> None:
    commit(
        repository,
        {"proto/acme/v2/a.proto": CHAT.replace("v1;", "v2;").replace("User user", "acme.v1.User user")},
        "v2",
    )
    commit(repository, {"proto/acme/v2/b.proto": 'syntax = "proto3"; package acme.v2; import "acme/v2/a.proto";'}, "v3")
    found = scan(f"{repository}#v3:proto/acme/v2", LoadOptions(), proto_tree.scan)
    assert locations(found) == ["a.proto", "b.proto"]
    assert [each.location for each in found.imports] == ["acme/v1/user.proto"]


def test_imports_may_begin_with_the_name_of_the_repository(repository: Path) -> None:
    files = {"v2/a.proto": 'syntax = "proto3"; import "api/v2/b.proto";', "v2/b.proto": 'syntax = "proto3";'}
    git(repository, "rm", "-r", "--quiet", "proto")
    commit(repository, files, "v2.0.0")
    for source in (str(repository), f"file://{repository}"):
        found = scan(f"{source}#v2.0.0", LoadOptions(), proto_tree.scan)
        names = {FileDescriptorProto.FromString(each.serialized).name for each in found.found}
        assert names == {"api/v2/a.proto", "api/v2/b.proto"}


def test_errors_speak_of_the_source_and_not_of_our_folder(repository: Path) -> None:
    commit(repository, {"proto/acme/v1/bad.proto": "syntax = 3;"}, "bad")
    with pytest.raises(CompileError) as caught:
        scan(f"{repository}#bad:proto", LoadOptions(), proto_tree.scan)
    assert caught.value.diagnostics == ("acme/v1/bad.proto:1:10: Expected syntax identifier.",)
    assert caught.value.where.startswith(f"git:{repository}#")
    assert "protoalign-" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_near_names_are_offered(repository: Path, prefix: str) -> None:
    with pytest.raises(SourceReadError, match=r"v1\.1\.1 names no commit") as caught:
        scan(f"{prefix}{repository}#v1.1.1", LoadOptions(), proto_tree.scan)
    assert "v1.1.0" in caught.value.hint
    with pytest.raises(SourceReadError, match="holds no protos") as caught:
        scan(f"{prefix}{repository}#HEAD:protos", LoadOptions(), proto_tree.scan)
    assert "Near paths: proto" in caught.value.hint


@pytest.mark.parametrize("revision", ["HEAD", "v1.0.0", "main", "main~1", "COMMIT"])
def test_a_remote_repository(repository: Path, revision: str) -> None:
    wanted = git(repository, "rev-parse", f"{revision.replace('COMMIT', 'HEAD~1')}^{{commit}}")
    found = scan(f"file://{repository}#{revision.replace('COMMIT', wanted)}:proto", LoadOptions(), proto_tree.scan)
    assert found.version == wanted
    assert found.source == f"git:file://{repository}#{wanted}:proto"


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:9/api.git", "ssh://127.0.0.1:9/api.git", "file:///none", "ext::touch x", "ext::sh -c id"]
)
def test_a_remote_that_does_not_answer(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RemoteError, match="cannot fetch"):
        scan(url, LoadOptions(limits=Limits(download_seconds=2)), proto_tree.scan)
    assert not list(tmp_path.iterdir())


def test_no_secret_of_a_url_is_shown() -> None:
    notes = Notes()
    with pytest.raises(RemoteError) as caught:
        scan("https://user:secret@127.0.0.1:9/api.git", LoadOptions(progress=notes), proto_tree.scan)
    assert "secret" not in str(caught.value) + "".join(notes.said)


def test_offline_fetches_nothing() -> None:
    with pytest.raises(RemoteError, match="offline"):
        scan("https://127.0.0.1:9/api.git", LoadOptions(offline=True), proto_tree.scan)


def test_links_and_submodules_are_passed_over_and_said(repository: Path) -> None:
    (repository / "proto/evil.proto").symlink_to("/etc/passwd")
    (repository / "proto/inner.proto").symlink_to("acme/v1/user.proto")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},proto/sub")
    commit(repository, {}, "links")
    notes = Notes()
    found = scan(f"{repository}#links:proto", LoadOptions(progress=notes), proto_tree.scan)
    assert locations(found) == ["acme/v1/chat.proto", "acme/v1/user.proto"]
    (note,) = (note for note in notes.said if "not read" in note)
    assert "proto/evil.proto (symbolic link)" in note


def tree_of(repository: Path, entries: list[tuple[str, str, bytes]]) -> str:
    """A commit whose tree holds entries of names that git's own commands would refuse."""
    content = b""
    for mode, name, object_id in entries:
        content += f"{mode} {name}".encode() + b"\0" + object_id
    made = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
        cwd=repository, input=content, capture_output=True, check=True,
    )  # fmt: skip
    return git(repository, "commit-tree", made.stdout.decode().strip(), "-m", "hostile")


def test_hostile_names_in_a_tree_write_nothing_outside(repository: Path, tmp_path: Path) -> None:
    blob = bytes.fromhex(git(repository, "rev-parse", "HEAD:proto/acme/v1/user.proto"))
    hostile = tree_of(
        repository,
        [
            ("100644", "../../../../escaped.proto", blob),
            ("100644", "..\\x.proto", blob),
            ("100644", "good.proto", blob),
        ],
    )
    found = scan(f"{repository}#{hostile}", LoadOptions(), proto_tree.scan)
    assert locations(found) == ["good.proto"]
    assert not list(tmp_path.rglob("escaped.proto"))


def test_a_file_that_is_a_folder_too(repository: Path) -> None:
    blob = bytes.fromhex(git(repository, "rev-parse", "HEAD:proto/acme/v1/user.proto"))
    folder = bytes.fromhex(git(repository, "rev-parse", "HEAD:proto"))
    hostile = tree_of(repository, [("100644", "a.proto", blob), ("40000", "a.proto", folder)])
    with pytest.raises(ProtoalignError):
        scan(f"{repository}#{hostile}", LoadOptions(), proto_tree.scan)


def test_a_repository_cannot_make_git_run_programs(repository: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "diff.external", "filter.x.smudge"):
        git(repository, "config", key, str(script))
    hooks = repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        shutil.copy(script, hooks / hook)
    commit_with_filter = repository / ".gitattributes"
    commit_with_filter.write_text("*.proto filter=x\n")
    assert scan(f"{repository}#HEAD:proto", LoadOptions(), proto_tree.scan).found
    ran.unlink(missing_ok=True)
    assert scan(f"{repository}#HEAD:proto", LoadOptions(), proto_tree.scan).found
    assert not ran.exists()


def test_sizes_are_bounded(repository: Path) -> None:
    for limits in (Limits(members=1), Limits(member_size=10), Limits(total_size=100)):
        with pytest.raises(SourceReadError):
            scan(f"{repository}#HEAD:proto", LoadOptions(limits=limits), proto_tree.scan)


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for target in (str(tmp_path / "plain"), "no-such-thing"):
        with pytest.raises(SourceReadError, match="git repository"):
            scan(target, LoadOptions(), proto_tree.scan)


def test_an_empty_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(SourceReadError, match="HEAD names no commit"):
        scan(str(tmp_path), LoadOptions(), proto_tree.scan)


def test_other_kinds_of_folders_are_left_to_the_caller(repository: Path) -> None:
    commit(repository, {"sdk/a_pb2.py": "A = 1\n", "sdk/notes.txt": "n"}, "sdk")
    seen: list[str] = []

    def scan_folder(target: str, options: LoadOptions) -> Scan:
        seen.extend(sorted(path.name for path in Path(target).rglob("*")))
        return Scan(source=target, kind="python", found=(FoundDescriptor(b"", "a_pb2.py:1"),))

    assert scan(f"{repository}#sdk:sdk", LoadOptions(), scan_folder).kind == "python"
    assert seen == ["a_pb2.py"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (".", GitTarget(".")),
        (".#v1", GitTarget(".", "v1")),
        (".#v1:a/b/", GitTarget(".", "v1", "a/b")),
        (".#:a", GitTarget(".", "HEAD", "a")),
        (".#v1:.", GitTarget(".", "v1")),
        ("https://x.org/a.git#main:p", GitTarget("https://x.org/a.git", "main", "p")),
        ("git@x.org:a/b.git#main", GitTarget("git@x.org:a/b.git", "main")),
    ],
)
def test_targets(target: str, expected: GitTarget) -> None:
    assert parse_target(target) == expected


@pytest.mark.parametrize(
    "target", ["", "#v1", "--upload-pack=x", ".#--output=x", ".#-x:p", ".#v1:../x", ".#v1:-x", ".#v\n1"]
)
def test_targets_that_are_refused(target: str) -> None:
    with pytest.raises(UnknownSourceError):
        parse_target(target)


@given(st.text(max_size=40))
def test_any_target(target: str) -> None:
    with suppress(ProtoalignError):
        parse_target(target)
