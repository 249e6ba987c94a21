"""Every job of the template by name: `nox --list` shows them, `nox` runs the checks."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

import nox

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
# A Python that a machine lacks is said and skipped; none is downloaded behind your back.
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

ROOT = Path(__file__).resolve().parent
BUILD = ROOT / "build"
PROJECT = nox.project.load_toml("pyproject.toml")
RUNNING_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = sorted({"3.11", "3.12", "3.13", "3.14", RUNNING_PYTHON})

SERVICES = {
    "defaults": (),
    "germany": ("countries=[DE]", "business_lines=[rides]", "ci=gitlab", "deployment=compose"),
    "everywhere": ("countries=[DE, GB, US-NY]", "ci=none", "deployment=none", "service_name=slips"),
}
"""Answers of the services that are generated and put through their own checks. The first is
checked on every Python; its code is that of the others, which are checked on one."""


def _install(session: nox.Session, *groups: str) -> None:
    wanted = nox.project.dependency_groups(PROJECT, *groups)
    session.install("--quiet", *wanted, "--constraint", "constraints.txt")


def _generate(session: nox.Session, target: Path, *answers: str) -> None:
    """Generate a service from the commit in front of you, changes included."""
    shutil.rmtree(target, ignore_errors=True)
    # HEAD, not the newest tag; that uncommitted changes are taken too is meant.
    flags = ["--quiet", "--defaults", "--vcs-ref=HEAD", *(f"--data={one}" for one in answers)]
    quiet = {"PYTHONWARNINGS": "ignore:Dirty template changes included automatically"}
    session.run("copier", "copy", *flags, str(ROOT), str(target), env=quiet)
    # A repository of its own, as a team has it; its files are not ignored with build/.
    session.run("git", "init", "--quiet", str(target), external=True)


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Generate a service into build/ and start it on sample events: open what it prints.

    nox -s demo                 until you press Ctrl+C
    nox -s demo -- --exit       look once and stop
    """
    # A copy without history can still show what it makes; it only has no releases.
    session.run("python", "hooks/release_tags.py", success_codes=[0, 1])
    _install(session, "render", "nested")
    service = BUILD / "receipt-service"
    _generate(session, service)
    with session.chdir(service):
        session.run("nox", "-s", "demo", "--", *session.posargs)


@nox.session(default=False)
def tag(session: nox.Session) -> None:
    """Make the release tags that this clone lacks, from the trailers of its commits.

    nox -s tag
    """
    session.run("python", "hooks/release_tags.py")


@nox.session
def lint(session: nox.Session) -> None:
    """Check the form of the template's own code.

    nox -s lint                 all of it
    nox -s lint -- --fix        correct what can be corrected, then check
    """
    _install(session, "lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", *([] if "--fix" in session.posargs else ["--check"]))


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the template's own code, strictly.

    nox -s types
    """
    # The figures call the service's own code, so its types are needed too.
    _installed_service(session, "types", "tests", "bench", "browser")
    session.run("mypy", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Check the template's promises on every supported Python that this machine has.

    nox -s tests                            all of them
    nox -s tests -- tests/test_pairs.py     some of them
    """
    _install(session, "tests")
    session.run("pytest", *(session.posargs or ["--numprocesses=auto"]))


@nox.session(name="first-change", default=False)
def first_change(session: nox.Session) -> None:
    """Follow the first change of CONTRIBUTING.md in a fresh clone; say how long it takes.

    nox -s first-change         takes minutes; changes that are not committed are left out
    """
    session.run("python", "-m", "tests.first_change")


@nox.session
@nox.parametrize("name", list(SERVICES), ids=list(SERVICES))
def service(session: nox.Session, name: str) -> None:
    """Generate a service and run every check that it brings.

    nox -s service                          each set of answers in this file
    nox -s "service(defaults)"              one of them
    nox -s "service(defaults)" -- lint      one of its sessions
    """
    _install(session, "render", "nested")
    target = BUILD / "services" / name
    started = time.monotonic()
    _generate(session, target, *SERVICES[name])
    generated = time.monotonic()
    with session.chdir(target):
        chosen = list(session.posargs)
        if not chosen and name != next(iter(SERVICES)):
            chosen = [*_checks_but_tests(session), "coverage"]
        session.run("nox", *(["-s", *chosen] if chosen else []))
    green = time.monotonic()
    session.log(
        f"{name}: generated in {generated - started:.1f} s, "
        f"its own checks green {green - generated:.1f} s later"
    )


def _checks_but_tests(session: nox.Session) -> list[str]:
    """The checks of the service in this folder; its tests run in the session that measures."""
    listed = session.run("nox", "--list", "--json", silent=True, log=False)
    checks = json.loads(str(listed).splitlines()[-1])
    return [each["session"] for each in checks if each["python"] is None]


@nox.session
def docs(session: nox.Session) -> None:
    """Build the template's site; a dead link inside it fails.

    nox -s docs                 into site/
    """
    _install(session, "docs")
    session.run("zensical", "build", "--clean", "--strict", *session.posargs)


@nox.session(default=False)
def real(session: nox.Session) -> None:
    """Put real rides and orders through a freshly generated service; account for every one.

    nox -s real                 data from KVITTO_REAL_DATA, by default ../shared/data
    """
    target = _installed_service(session, "render")
    session.run("python", "-m", "tests.real", str(target), *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Print the figures of the template and its service beside the usual way.

    nox -s bench
    """
    target = _installed_service(session, "bench", "nested", answers=SERVICES["everywhere"])
    session.run("python", "-m", "tests.bench", str(target), *session.posargs)


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """Open every golden document in a real browser; axe must find nothing. Makes pictures.

    nox -s browser              Chromium from KVITTO_CHROMIUM, else from the path
    """
    target = _installed_service(session, "browser", "render", answers=SERVICES["everywhere"])
    session.run("python", "-m", "tests.browser", str(target), *session.posargs)


@nox.session(default=False)
def verapdf(session: nox.Session) -> None:
    """Validate PDFs of every kind, language and script: PDF/A-3a and PDF/UA-1, by veraPDF.

    nox -s verapdf              its archive from KVITTO_VERAPDF, else from Maven
    """
    target = _installed_service(session, "render", answers=SERVICES["everywhere"])
    session.run("python", "-m", "tests.verapdf", str(target), *session.posargs)


@nox.session(default=False)
def image(session: nox.Session) -> None:
    """Build a service's image without a daemon, look into it and run it as in production.

    nox -s image                takes minutes; installs buildah and podman where it may
    """
    _install(session, "render", "manifests")
    target = BUILD / "services" / session.name
    _generate(session, target)
    session.run("python", "-m", "tests.image", str(target))


@nox.session(default=False)
def pipelines(session: nox.Session) -> None:
    """Run every command of both pipelines in services generated for their hosts.

    nox -s pipelines            takes minutes; a Python that this machine lacks is named
    """
    _install(session, "render", "manifests")
    targets = []
    for host in ("github", "gitlab"):
        targets.append(BUILD / "services" / f"{session.name}-{host}")
        _generate(session, targets[-1], f"ci={host}")
    session.run("python", "-m", "tests.pipelines", *map(str, targets))


def _installed_service(session: nox.Session, *groups: str, answers: tuple[str, ...] = ()) -> Path:
    """A fresh service, installed beside the given groups in this session's environment."""
    _install(session, *groups)
    target = BUILD / "services" / session.name
    _generate(session, target, *answers)
    pinned = ("--constraint", str(target / "constraints.txt"))
    # What reads PDFs back is no part of a service in production, but of its checks.
    reads_files = nox.project.load_toml(target / "pyproject.toml")["dependency-groups"]["packs"]
    session.install("--quiet", *reads_files, "--editable", str(target), *pinned)
    return target


@nox.session(default=False)
def pin(session: nox.Session) -> None:
    """Write both constraints.txt anew from the exact pins of both pyproject.toml.

    nox -s pin                  what is pinned already stays
    nox -s pin -- --upgrade     newest versions of what the pins leave open
    """
    _install(session, "pin", "render")
    target = BUILD / "services" / session.name
    _generate(session, target)
    _compile(session, ROOT, ROOT / "constraints.txt")
    _compile(session, target, ROOT / "template" / "constraints.txt")


def _compile(session: nox.Session, project: Path, constraints: Path) -> None:
    pyproject = nox.project.load_toml(project / "pyproject.toml")
    groups = [f"--group={name}" for name in pyproject["dependency-groups"]]
    sources = ["pyproject.toml"] if "project" in pyproject else []
    exact = ["--universal", "--python-version=3.11", "--quiet"]
    # Versions only: an address would tie every team to one index.
    form = ["--no-emit-index-url", "--no-header", "--no-annotate", "--output-file"]
    with session.chdir(project):
        command = [*exact, *sources, *groups, *form, str(constraints), *session.posargs]
        session.run("uv", "pip", "compile", *command)


@nox.session(default=False)
def hooks(session: nox.Session) -> None:
    """Run lint and types before every commit.

    nox -s hooks                        turn them on
    nox -s hooks -- run --all-files     run them now
    """
    _install(session, "hooks")
    session.run("pre-commit", *(session.posargs or ["install"]))
