"""A software bill of materials in CycloneDX: what the service runs on, with hashes."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.packaging.builds import copy_source

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAMESPACE = uuid.UUID("5f0e8d2b-5f2a-5c5d-9a0e-3d1f5f1a6c10")
"""Serial numbers are made from it and the components, so equal materials have one number."""

LIST = """
from importlib.metadata import distributions
for each in distributions():
    print(each.metadata["Name"], each.version)
"""


def make_sbom(project: Path, scratch: Path, epoch: str) -> dict[str, Any]:
    """The bill of a project at its pinned versions, the same whenever it is made.

    Made from a lock in a copy: a lock holds the addresses of an index, and this project
    belongs to no index.

    Args:
        project: Folder of the project.
        scratch: Empty folder for the copy.
        epoch: Time that the bill names, in seconds since 1970.
    """
    copy_source(project, scratch)
    pinned = [
        line
        for line in (project / "constraints.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    with (scratch / "pyproject.toml").open("a", encoding="utf-8") as pyproject:
        pyproject.write(f"\n[tool.uv]\nconstraint-dependencies = {json.dumps(pinned)}\n")
    for command in (
        ["uv", "lock", "--quiet"],
        ["uv", "export", "--quiet", "--no-default-groups", *FORMAT, "--output-file=sbom.json"],
    ):
        done = subprocess.run(
            command, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
    bill: dict[str, Any] = json.loads((scratch / "sbom.json").read_text("utf-8"))
    made_at = datetime.fromtimestamp(int(epoch), UTC)
    bill["metadata"]["timestamp"] = made_at.isoformat().replace("+00:00", "Z")
    bill["serialNumber"] = uuid.uuid5(NAMESPACE, json.dumps(bill["components"])).urn
    return bill


FORMAT = ("--format=cyclonedx1.5", "--preview-features=sbom-export")


def components(bill: dict[str, Any]) -> dict[str, str]:
    """Version of every component by name, the service itself among them."""
    listed = [*bill["components"], bill["metadata"]["component"]]
    return named([each["name"], each["version"]] for each in listed)


def installed(python: Path) -> dict[str, str]:
    """Version of every distribution that this Python has, by name."""
    told = subprocess.run([python, "-c", LIST], capture_output=True, text=True, check=True)
    return named(line.split(" ") for line in told.stdout.splitlines())


def named(pairs: Iterable[list[str]]) -> dict[str, str]:
    """Versions by name, both as the index compares them."""
    # 2.012 and 2.12 are one version.
    return {normal(name): re.sub(r"(?<!\d)0+(?=\d)", "", version) for name, version in pairs}


def normal(name: str) -> str:
    """A name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def differences(bill: dict[str, Any], found: dict[str, str]) -> list[str]:
    """In what a bill and an environment differ, in words.

    What the bill says to be for other platforms need not be installed.
    """
    told = components(bill)
    elsewhere = {
        normal(each["name"])
        for each in bill["components"]
        if any(row["name"] == "uv:package:marker" for row in each.get("properties", []))
    }
    problems = [
        f"{name} {found[name]} is installed, the bill says {told.get(name, 'nothing of it')}"
        for name in sorted(found)
        if told.get(name) != found[name]
    ]
    missing = sorted(told.keys() - found.keys() - elsewhere)
    problems += [f"{name} {told[name]} is in the bill and not installed" for name in missing]
    for each in bill["components"]:
        references = each.get("externalReferences", [])
        if not any(row.get("hashes") for row in references):
            problems.append(f"{each['name']} has no hash")
    return problems
