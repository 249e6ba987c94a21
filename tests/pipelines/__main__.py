"""Run every command of both pipelines in freshly generated services.

python -m tests.pipelines GITHUB GITLAB      two services, one for each host
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.pipelines.reading import GITHUB, GITLAB, Job, github_jobs, gitlab_jobs
from tests.pipelines.running import find_python, make_python, run_job
from tests.real.checks import Checks

Read = Callable[[str, Path], Iterator[Job]]


def main(github: Path, gitlab: Path) -> int:
    """Run; exit code 1 when a command fails."""
    checks = Checks()
    services: list[tuple[str, Path, Path, Read]] = [
        ("GitHub", github, GITHUB, github_jobs),
        ("GitLab", gitlab, GITLAB, gitlab_jobs),
    ]
    with tempfile.TemporaryDirectory() as scratch:
        for host, service, file, read in services:
            text = (service / file).read_text(encoding="utf-8")
            for job in read(text, service):
                _run(host, job, service, Path(scratch), checks)
    print(checks.verdict)
    return 1 if checks.failed else 0


def _run(host: str, job: Job, service: Path, scratch: Path, checks: Checks) -> None:
    python = find_python(job.python)
    if python is None:
        print(f"  none    {host}, {job.name}: this machine has no Python {job.python}")
        return
    began = time.monotonic()
    commands = make_python(python, scratch / "python")
    failure = run_job(job, service, commands)
    seconds = time.monotonic() - began
    checks.that(
        f"{host} runs {job.name} on Python {job.python} in {seconds:.0f} s",
        None if failure is None else str(failure),
    )


if __name__ == "__main__":
    sys.exit(main(*(Path(argument).resolve() for argument in sys.argv[1:])))
