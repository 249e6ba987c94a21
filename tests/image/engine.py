"""Images are built and run without a daemon: buildah, podman and runc, in a folder of their own.

No image is pulled. The base that stands in for the official Python one is made of Debian
packages, so a build needs an index of packages and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

NEEDED = ("buildah", "podman", "runc", "mmdebstrap")
PACKAGES = (*NEEDED, "netavark", "uidmap")
RELEASE = "trixie"
"""Debian 13; its Python is the one that the template's default answer names."""

BASE = "localhost/kvitto-base:trixie"
BASE_PACKAGES = "ca-certificates,python-is-python3,python3-venv"

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
HARDENED = (
    "--read-only",
    "--read-only-tmpfs=false",
    "--tmpfs=/tmp",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
)
"""What the manifests ask of a cluster, said to podman."""

SMALL = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--pull=never")
"""A container in a container may not raise what its own limits are."""


class Missing(Exception):
    """What builds images is not here and cannot be installed."""


class Failed(Exception):
    """A command that must work did not."""

    def __init__(self, command: Sequence[str], exit_code: int, said: str) -> None:
        """Keep the end of what it said."""
        super().__init__(f"{' '.join(command)} ended with {exit_code}:\n{said.strip()[-3000:]}")


class Ended(NamedTuple):
    """How a command ended and what it wrote."""

    exit_code: int
    output: str
    errors: str


class Engine(NamedTuple):
    """Images and containers in one folder, apart from whatever else the machine runs."""

    folder: Path
    driver: str
    """How layers are stored: overlay, or vfs where the kernel does not let us."""

    def buildah(self, *arguments: str) -> str:
        """What buildah prints.

        Raises:
            Failed: It did not work.
        """
        return must(["buildah", *self._storage(), *arguments])

    def podman(self, *arguments: str, given: str | None = None) -> Ended:
        """How podman ended."""
        return call([*self.podman_command(), *arguments], given=given)

    def podman_command(self) -> list[str]:
        """The start of every command of podman."""
        return ["podman", *self._storage(), "--runtime=runc", "--cgroup-manager=cgroupfs"]

    def run(
        self, image: str, *arguments: str, options: Sequence[str] = (), given: str | None = None
    ) -> Ended:
        """Run an image to its end, hardened."""
        how = ["run", "--rm", "--interactive", "--network=host", *HARDENED, *SMALL, *options]
        return self.podman(*how, image, *arguments, given=given)

    def inspect(self, image: str) -> dict[str, Any]:
        """What is recorded of an image."""
        told = must([*self.podman_command(), "image", "inspect", image])
        (found,) = json.loads(told)
        return dict(found)

    def build(
        self, project: Path, tag: str, *options: str, arguments: Mapping[str, str]
    ) -> dict[str, Any]:
        """Build a service's image and tell what is recorded of it.

        Raises:
            Failed: The build does.
        """
        given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        how = ["--isolation=chroot", "--format=oci", "--timestamp=0", "--pull-never", *given]
        secrets = [f"--secret=id=certificates,src={CERTIFICATES}"] if CERTIFICATES.exists() else []
        file = f"--file={project / 'deploy' / 'Dockerfile'}"
        self.buildah("build", *how, *secrets, *options, file, f"--tag={tag}", str(project))
        return self.inspect(tag)

    def make_base(self, archive: Path) -> None:
        """Make the base image, from the archive if it was made before.

        Raises:
            Failed: It cannot be made.
        """
        if not archive.exists():
            half_made = archive.with_suffix(".half.tar")
            include = f"--include={BASE_PACKAGES}"
            must(["mmdebstrap", "--quiet", "--variant=minbase", include, RELEASE, str(half_made)])
            half_made.rename(archive)
        container = self.buildah("from", "scratch").strip()
        self.buildah("add", "--quiet", container, str(archive), "/")
        self.buildah("commit", "--quiet", "--rm", container, BASE)

    def _storage(self) -> tuple[str, ...]:
        root, state = self.folder / "root", self.folder / "state"
        return f"--root={root}", f"--runroot={state}", f"--storage-driver={self.driver}"


def find_engine(folder: Path) -> Engine:
    """An engine with an empty folder; a fresh machine that lets us is given what it lacks.

    Raises:
        Missing: With the reason.
    """
    if os.geteuid() != 0:
        raise Missing("only root builds images without a daemon here")
    if _lacking() and shutil.which("apt-get"):
        print(f"installing {', '.join(_lacking())}", flush=True)
        quiet = ["apt-get", "--quiet=2"]
        call([*quiet, "update"])
        call([*quiet, "install", "--yes", "--no-install-recommends", *PACKAGES])
    if _lacking():
        raise Missing(f"no {', '.join(_lacking())}; install {', '.join(PACKAGES)}")
    for driver in ("overlay", "vfs"):
        engine = Engine(folder, driver)
        clear(engine)
        if call(["buildah", *engine._storage(), "from", "scratch"]).exit_code == 0:
            engine.buildah("rm", "--all")
            return engine
    raise Missing("neither overlay nor vfs can store an image here")


def clear(engine: Engine) -> None:
    """Remove its images and containers."""
    if not engine.folder.exists():
        return
    call([*engine.podman_command(), "rm", "--all", "--force", "--time=0"])
    call(["buildah", *engine._storage(), "rm", "--all"])
    # Layers stay mounted after a run that was killed.
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for place in reversed(mounted):
        if Path(place).is_relative_to(engine.folder):
            call(["umount", place])
    shutil.rmtree(engine.folder)


def call(command: Sequence[str], *, given: str | None = None) -> Ended:
    """How a command ended."""
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, check=False, encoding="utf-8"
        )
    except FileNotFoundError as error:
        return Ended(127, "", str(error))
    return Ended(done.returncode, done.stdout, done.stderr)


def must(command: Sequence[str]) -> str:
    """What a command that must work prints.

    Raises:
        Failed: It did not work.
    """
    ended = call(command)
    if ended.exit_code != 0:
        raise Failed(command, ended.exit_code, ended.output + ended.errors)
    return ended.output


def _lacking() -> list[str]:
    return [name for name in NEEDED if shutil.which(name) is None]
