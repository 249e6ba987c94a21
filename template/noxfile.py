"""Every job of this service by name: `nox --list` shows them, `nox` runs the checks."""

from __future__ import annotations

import sys
from pathlib import Path

import nox

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
# A Python that a machine lacks is said and skipped; none is downloaded behind your back.
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

PROJECT = nox.project.load_toml("pyproject.toml")
RUNNING_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
NOT_THE_PAGES = "--ignore=tests/docs"
"""What holds the documentation runs with it, on one Python."""
PYTHONS = sorted({"3.11", "3.12", "3.13", "3.14", RUNNING_PYTHON})


def _install(session: nox.Session, *groups: str, service: bool = False) -> None:
    """Install dependency groups, and the service itself, at the pinned versions."""
    wanted = nox.project.dependency_groups(PROJECT, *groups) if groups else ()
    editable = ("--editable", ".") if service else ()
    session.install("--quiet", *wanted, *editable, "--constraint", "constraints.txt")


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Issue receipts for sample events and serve them: open the address it prints.

    nox -s demo                 until you press Ctrl+C
    nox -s demo -- --exit       look once and stop
    """
    # The docs put this session's command on the path; `receipts pack check` reads files back.
    _install(session, "packs", service=True)
    session.run("receipts", "demo", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the code's form and that every room imports only from lower floors.

    nox -s lint                 all of it
    nox -s lint -- --fix        correct what can be corrected, then check
    """
    _install(session, "lint", service=True)
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", *([] if "--fix" in session.posargs else ["--check"]))
    session.run("lint-imports", "--no-cache")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly.

    nox -s types
    """
    _install(session, "types", "tests", "debug", service=True)
    session.run("mypy", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on every supported Python that this machine has.

    nox -s tests                            all of them
    nox -s tests-3.13                       on one Python
    nox -s tests -- tests/domain -k money   some of them
    """
    _install(session, "tests", service=True)
    session.run("pytest", *(session.posargs or ["--numprocesses=auto", NOT_THE_PAGES]))


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Run the tests and measure which branches they take; less than 95 % fails.

    nox -s coverage
    """
    _install(session, "tests", service=True)
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()).resolve() / "coverage")
    measured = ("--cov", "--cov-report=term-missing")
    session.run("pytest", "--numprocesses=auto", NOT_THE_PAGES, *measured, *session.posargs)


@nox.session(default=False)
def debug(session: nox.Session) -> None:
    """Prove the debugger's entries in .vscode/launch.json and the profilers, on real processes.

    nox -s debug
    """
    _install(session, "debug", "profile", service=True)
    session.run("pytest", "tests/debug", "tests/profile", *session.posargs)


@nox.session(default=False)
def profile(session: nox.Session) -> None:
    """Show where the time goes: five hottest functions, and a flame graph to open.

    nox -s profile                      the service under load, for ten seconds
    nox -s profile -- --seconds 30      for longer
    nox -s profile -- --pid 4711        a running process
    nox -s profile -- --run issue f.ndjson   a command, from start to end
    """
    _install(session, "profile", service=True)
    session.run("python", "-m", "tests.profile", "cpu", *session.posargs)


@nox.session(name="profile-memory", default=False)
def profile_memory(session: nox.Session) -> None:
    """Show who holds memory at the peak, and what is never freed, in the service under load.

    nox -s profile-memory
    nox -s profile-memory -- --seconds 30
    """
    _install(session, "profile", service=True)
    session.run("python", "-m", "tests.profile", "memory", *session.posargs)


@nox.session(default=False)
def lab(session: nox.Session) -> None:
    """Learn this service by mending it, in a copy that nothing can harm.

    nox -s lab                       list the labs
    nox -s lab -- start configure    begin one; check, hint, solution and progress follow
    nox -s lab -- --help             all that it can do
    """
    _install(session, "debug", "profile", "build", service=True)
    session.run("python", "-m", "labs", *session.posargs)


@nox.session(name="lab-proof", default=False)
def lab_proof(session: nox.Session) -> None:
    """Prove every lab: its start is red, its solution green, and wrong answers are red.

    nox -s lab-proof                    all of them
    nox -s lab-proof -- -k configure    one
    """
    _install(session, "debug", "profile", "build", service=True)
    session.run("pytest", "--numprocesses=auto", "labs", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a dead link or a command that does not answer as shown fails.

    nox -s docs                     into site/
    nox -s docs -- -k configure     and run the commands of one page
    """
    _install(session, "docs", "tests", service=True)
    session.run("zensical", "build", "--clean", "--strict")
    session.run("pytest", "--numprocesses=auto", "tests/docs", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build sdist and wheel into dist/, twice the same bytes, and issue a receipt with the wheel.

    nox -s build
    """
    _install(session, "build")
    scratch = Path(session.create_tmp()).resolve() / "packaging"
    session.run("python", "-m", "tests.packaging", str(scratch))


@nox.session(default=False)
def sbom(session: nox.Session) -> None:
    """Write dist/sbom.cdx.json: all that the service runs on, with hashes, in CycloneDX.

    nox -s sbom
    """
    _install(session, "build")
    scratch = Path(session.create_tmp()).resolve() / "sbom"
    session.run("python", "-m", "tests.sbom", str(scratch))


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Write requirements.lock: what the service runs on, with hashes from your own index.

    nox -s lock
    """
    _install(session, "build")
    exact = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate")
    wanted = ("pyproject.toml", "--constraint", "constraints.txt")
    target = ("--quiet", "--output-file", "requirements.lock")
    session.run("uv", "pip", "compile", *exact, *wanted, *target, *session.posargs)


@nox.session(default=False)
def hooks(session: nox.Session) -> None:
    """Run lint and types before every commit.

    nox -s hooks                        turn them on
    nox -s hooks -- run --all-files     run them now
    """
    _install(session, "hooks")
    session.run("pre-commit", *(session.posargs or ["install"]))
