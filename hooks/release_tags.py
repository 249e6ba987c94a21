"""Make the release tags that this clone lacks, from the trailers of its commits.

A release is a commit with the trailer ``Release: X.Y.Z``. Its tag is what Copier
looks for: without tags it takes the newest commit, and the migrations of a later
update are skipped without a word. Tags do not travel with every clone, so they are
made again wherever they are needed.

    python hooks/release_tags.py
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

VERSION = re.compile(r"\A(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\Z")


class Refused(Exception):
    """The tags cannot be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release, as its commit states it."""

    version: str
    commit: str

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, so that 0.10.0 comes after 0.9.0."""
        return tuple(int(part) for part in self.version.split("."))


def read_releases(repository: Path) -> list[Release]:
    """Every release on the main line, oldest first.

    Raises:
        Refused: History, trailers and changelog contradict each other.
    """
    _refuse_incomplete_history(repository)
    releases = _stated_releases(repository)
    _refuse_repeats(releases)
    _refuse_wrong_order(releases)
    _refuse_undescribed(releases, repository / "CHANGELOG.md")
    return releases


def tag_missing(repository: Path, releases: list[Release]) -> list[Release]:
    """Tag every release that has no tag yet, and return what was tagged.

    Raises:
        Refused: A tag of that name stands at another commit; nothing was tagged.
    """
    missing = [release for release in releases if not _has_tag(repository, release)]
    for release in missing:
        _git(repository, "tag", release.version, release.commit)
    return missing


def _refuse_incomplete_history(repository: Path) -> None:
    if not (repository / ".git").exists():
        raise Refused(
            f"{repository} is not a git repository, so it has no releases to tag: "
            "clone the template instead of copying its files."
        )
    if _git(repository, "rev-parse", "--is-shallow-repository") == "true":
        raise Refused(
            "This clone is shallow, so releases may be hidden: run `git fetch --unshallow` first."
        )


def _stated_releases(repository: Path) -> list[Release]:
    if not _git(repository, "rev-list", "--all", "--max-count=1"):
        return []
    shown = "--format=%H %(trailers:key=Release,valueonly,separator=%x20)"
    log = _git(repository, "log", "--first-parent", "--reverse", shown)
    releases = []
    for line in log.splitlines():
        commit, _, stated = line.partition(" ")
        releases += [_release(version, commit) for version in stated.split()]
    return releases


def _release(version: str, commit: str) -> Release:
    if not VERSION.match(version):
        raise Refused(
            f"Commit {commit[:10]} states the release {version!r}: write three numbers, "
            "such as `Release: 1.2.0`."
        )
    return Release(version, commit)


def _refuse_repeats(releases: list[Release]) -> None:
    first: dict[str, Release] = {}
    for release in releases:
        known = first.setdefault(release.version, release)
        if known is not release:
            raise Refused(
                f"{release.version} is released twice, by commits {known.commit[:10]} and "
                f"{release.commit[:10]}: give each release a version of its own."
            )


def _refuse_wrong_order(releases: list[Release]) -> None:
    for earlier, later in pairwise(releases):
        if later.order < earlier.order:
            raise Refused(
                f"{later.version} (commit {later.commit[:10]}) comes after {earlier.version} "
                f"(commit {earlier.commit[:10]}): versions only grow."
            )


def _refuse_undescribed(releases: list[Release], changelog: Path) -> None:
    text = changelog.read_text(encoding="utf-8") if changelog.exists() else ""
    described = set(re.findall(r"^## (\d+\.\d+\.\d+)\b", text, flags=re.MULTILINE))
    for release in releases:
        if release.version not in described:
            raise Refused(
                f"{release.version} (commit {release.commit[:10]}) has no section in "
                f"{changelog.name}: add `## {release.version}` and say what changed."
            )


def _has_tag(repository: Path, release: Release) -> bool:
    # An annotated tag is an object of its own; the second name is the commit it points to.
    names = "--format=%(objectname) %(*objectname)"
    tagged = _git(repository, "for-each-ref", names, f"refs/tags/{release.version}").split()
    if tagged and release.commit not in tagged:
        raise Refused(
            f"The tag {release.version} stands at another commit than {release.commit[:10]}, "
            f"which states the release: if the tag is wrong, delete it with "
            f"`git tag --delete {release.version}`."
        )
    return bool(tagged)


def _git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    except FileNotFoundError as error:
        raise Refused("git is not installed, or not on the path: install it first.") from error
    if answer.returncode:
        raise Refused(f"`git {arguments[0]}` failed: {answer.stderr.strip()}")
    return answer.stdout.strip()


def main() -> int:
    """Tag the repository that holds this file; 0 done, 1 refused."""
    repository = Path(__file__).resolve().parent.parent
    try:
        releases = read_releases(repository)
        tagged = tag_missing(repository, releases)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    for release in tagged:
        print(f"Tagged {release.version} at commit {release.commit[:10]}.")
    if not releases:
        print("No commit carries a `Release: X.Y.Z` trailer yet, so there is nothing to tag.")
    elif not tagged:
        print(f"Every release has its tag, up to {releases[-1].version}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
