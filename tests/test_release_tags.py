"""`nox -s tag` makes the tags that history promises, or says why it cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hooks.release_tags import Refused, read_releases, tag_missing
from tests.template import ROOT

CHANGELOG = "# Changelog\n\n## Unreleased\n\n## 0.10.0\n\n## 0.9.0 (2026-11-24)\n"


class Clone:
    """A throw-away repository."""

    def __init__(self, folder: Path) -> None:
        """Start one whose changelog knows 0.9.0 and 0.10.0."""
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.com")
        (folder / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
        self.git("add", ".")

    def git(self, *arguments: str) -> str:
        """Run git here and return what it says."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, check=True, encoding="utf-8"
        )
        return done.stdout.strip()

    def commit(self, *trailers: str) -> str:
        """Commit, with these lines at the end of the message."""
        message = "\n".join(["Change something", "", *trailers])
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def tag(self) -> list[str]:
        """Make the missing tags and name them."""
        made = tag_missing(self.folder, read_releases(self.folder))
        return [release.version for release in made]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A repository with one commit and no release."""
    made = Clone(tmp_path / "clone")
    made.commit()
    return made


def test_every_release_commit_gets_its_tag(clone: Clone) -> None:
    first = clone.commit("Release: 0.9.0")
    clone.commit("Reviewed-by: Grace")
    second = clone.commit("Reviewed-by: Grace", "Release: 0.10.0")

    assert clone.tag() == ["0.9.0", "0.10.0"]
    assert clone.git("rev-parse", "0.9.0", "0.10.0").split() == [first, second]


def test_a_tag_that_is_there_is_left_alone(clone: Clone) -> None:
    clone.commit("Release: 0.9.0")
    clone.git("tag", "--annotate", "0.9.0", "--message", "Signed by hand")
    clone.commit("Release: 0.10.0")

    assert clone.tag() == ["0.10.0"]
    assert clone.git("cat-file", "-t", "0.9.0") == "tag"


def test_a_release_on_a_side_branch_counts_where_it_is_merged(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--create", "side")
    clone.commit("Release: 0.9.0")
    clone.git("switch", "--quiet", "main")
    clone.commit()
    clone.git("merge", "--quiet", "--no-ff", "side", "--message", "Merge the side branch")

    assert clone.tag() == []


def test_a_sentence_about_a_release_is_no_release(clone: Clone) -> None:
    clone.git("commit", "--quiet", "--allow-empty", "--message", "Plan\n\nRelease: 0.9.0\n\nSoon.")

    assert clone.tag() == []


@pytest.mark.parametrize("stated", ["v0.9.0", "0.9", "0.9.0rc1", "0.09.0"])
def test_a_version_that_is_not_three_numbers_is_refused(clone: Clone, stated: str) -> None:
    clone.commit(f"Release: {stated}")

    with pytest.raises(Refused, match=f"'{stated}': write three numbers"):
        clone.tag()


@pytest.mark.parametrize("between", [[], ["Release: 0.10.0"]])
def test_a_version_that_is_released_twice_is_refused(clone: Clone, between: list[str]) -> None:
    clone.commit("Release: 0.9.0")
    clone.commit(*between)
    clone.commit("Release: 0.9.0")

    with pytest.raises(Refused, match=r"0\.9\.0 is released twice"):
        clone.tag()


def test_a_version_that_shrinks_is_refused(clone: Clone) -> None:
    clone.commit("Release: 0.10.0")
    clone.commit("Release: 0.9.0")

    with pytest.raises(Refused, match=r"0\.9\.0 .* comes after 0\.10\.0 .* versions only grow"):
        clone.tag()


def test_a_version_that_the_changelog_lacks_is_refused(clone: Clone) -> None:
    clone.commit("Release: 0.9.1")

    with pytest.raises(Refused, match=r"0\.9\.1 .* has no section in CHANGELOG\.md"):
        clone.tag()


def test_a_tag_at_another_commit_is_refused_and_nothing_is_tagged(clone: Clone) -> None:
    clone.commit("Release: 0.9.0")
    clone.commit("Release: 0.10.0")
    clone.git("tag", "0.10.0", "HEAD~2")

    with pytest.raises(Refused, match=r"The tag 0\.10\.0 stands at another commit"):
        clone.tag()
    assert clone.git("tag") == "0.10.0"


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not a git repository"):
        read_releases(tmp_path)


def test_a_shallow_clone_is_refused(clone: Clone, tmp_path: Path) -> None:
    clone.commit("Release: 0.9.0")
    clone.git("clone", "--quiet", "--depth=1", clone.folder.as_uri(), str(tmp_path / "shallow"))

    with pytest.raises(Refused, match="run `git fetch --unshallow` first"):
        read_releases(tmp_path / "shallow")


def test_a_repository_without_a_commit_has_no_release(tmp_path: Path) -> None:
    assert Clone(tmp_path / "clone").tag() == []


@pytest.mark.parametrize(
    ("trailers", "code", "said"),
    [
        ([], 0, "No commit carries a `Release: X.Y.Z` trailer yet"),
        (["Release: 0.9.0"], 0, "Tagged 0.9.0 at commit "),
        (["Release: 7.0.0"], 1, "7.0.0 (commit "),
    ],
)
def test_the_command_says_what_it_did(
    clone: Clone, trailers: list[str], code: int, said: str
) -> None:
    clone.commit(*trailers)
    hook = clone.folder / "hooks" / "release_tags.py"
    hook.parent.mkdir()
    shutil.copy(ROOT / "hooks" / "release_tags.py", hook)

    done = subprocess.run(
        [sys.executable, str(hook)], capture_output=True, check=False, encoding="utf-8"
    )

    assert done.returncode == code
    assert said in (done.stdout if code == 0 else done.stderr)


def test_the_command_says_when_nothing_is_missing(clone: Clone) -> None:
    clone.commit("Release: 0.9.0")
    clone.tag()

    assert clone.tag() == []
