"""veraPDF, as a Java archive; a fresh machine that lets us is given a Java and a Maven."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from tests.real.service import BUILD

JAR = "KVITTO_VERAPDF"
ARTIFACT = "org.verapdf.apps:greenfield-apps:1.28.2"
SHA256 = "687d4d8bcfec48c9f7e931cf78ed061f1eeccfba55d4cdc000ba9b4d8aa46ce6"
"""Of that archive: what judges the files is itself known to the byte."""

MAIN = "org.verapdf.apps.GreenfieldCliWrapper"
PROFILES = {"3a": "PDF/A-3a", "ua1": "PDF/UA-1"}
"""What a file claims to be, by veraPDF's name of it."""


class Missing(Exception):
    """This machine lacks something, and cannot be given it."""


class Verdict(NamedTuple):
    """What veraPDF says of one file."""

    name: str
    passed_rules: int
    passed_checks: int
    problem: str | None
    """The first rules that it breaks; None where it breaks none."""


def find_validator() -> list[str]:
    """The command that validates.

    Raises:
        Missing: There is no Java, no archive, or another archive than the one we know.
    """
    java = _installed("java", "default-jre-headless")
    chosen = os.environ.get(JAR)
    jar = Path(chosen) if chosen else _downloaded()
    if not jar.is_file():
        raise Missing(f"{jar} is not there; Maven could not bring {ARTIFACT}")
    if not chosen and (found := sha256(jar.read_bytes()).hexdigest()) != SHA256:
        raise Missing(f"{jar} is not the {ARTIFACT} that we know: its SHA-256 is {found}")
    return [java, "-classpath", str(jar), MAIN]


def _installed(program: str, package: str) -> str:
    found = shutil.which(program)
    if found is None and shutil.which("apt-get") is not None and os.geteuid() == 0:
        print(f"installing {package}", flush=True)
        for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
            subprocess.run(["apt-get", "--quiet=2", *command], check=False, capture_output=True)
        found = shutil.which(program)
    if found is None:
        raise Missing(f"no {program} on the path; install one")
    return found


def _downloaded() -> Path:
    _, name, version = ARTIFACT.split(":")
    folder = BUILD / "verapdf-archive"
    jar = folder / f"{name}-{version}.jar"
    if not jar.is_file():
        wanted = [f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
        maven = _installed("mvn", "maven")
        command = [maven, "--batch-mode", "--quiet", "dependency:copy", *wanted]
        subprocess.run(command, check=False, capture_output=True)
    return jar


def validate(validator: list[str], folder: Path, profile: str) -> list[Verdict]:
    """What veraPDF says of every PDF in a folder, held to one profile."""
    command = [*validator, "--flavour", profile, "--format", "json", "--recurse", str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    # Its exit code is not 0 where a file fails; then the report says why.
    if not done.stdout.startswith("{"):
        raise SystemExit(f"veraPDF ended with {done.returncode}: {done.stderr[-2000:]}")
    return sorted(map(_verdict, json.loads(done.stdout)["report"]["jobs"]))


def _verdict(job: dict[str, Any]) -> Verdict:
    name = Path(job["itemDetails"]["name"]).stem
    if not (results := job.get("validationResult")):
        reason = job.get("taskException", {}).get("exceptionMessage")
        return Verdict(name, 0, 0, f"it cannot be read: {reason}")
    (result,) = results
    details = result["details"]
    broken = [
        f"{rule['clause']}-{rule['testNumber']} {rule['description']}"
        for rule in details["ruleSummaries"]
    ]
    problem = None if result["compliant"] else "; ".join(broken[:3]) or "it does not conform"
    return Verdict(name, details["passedRules"], details["passedChecks"], problem)
