"""Is the environment as it was wanted, seen from its commands and from a running service?"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import msgspec
from labs.attempt import PROJECT, Attempt, NotYet
from tests.service import sample_lines

if TYPE_CHECKING:
    import httpx

TRAINING = {"RECEIPTS_ENVIRONMENT": "training"}
EAST = {**TRAINING, "RECEIPTS_REGION": "east"}
WEST = {**TRAINING, "RECEIPTS_REGION": "west"}
WANTED = {"api.max_events": "200", "api.body_timeout_s": "5", "log.level": "warning"}
FILE = "config/training.toml"
LINES = {"content-type": "application/x-ndjson"}


def starts(attempt: Attempt) -> None:
    """The environment has no problem in any region."""
    for environment in (EAST, WEST):
        answer = attempt.receipts("config", "check", **environment)
        if answer.code:
            raise NotYet(answer.out.strip() or answer.err.strip())


def has_the_three_values(attempt: Attempt) -> None:
    """It has the three values, from its own file."""
    settings = _settings(attempt, EAST)
    for key, wanted in WANTED.items():
        value, source = settings[key]["value"], settings[key]["source"]
        if value.removesuffix(".0") != wanted:
            raise NotYet(f"{key} is {value} in region east; {wanted} was wanted.")
        if source != FILE:
            raise NotYet(f"{key} comes from {source}; {FILE} is where this environment's belong.")


def one_region_differs(attempt: Attempt) -> None:
    """A running service takes 50 events at once in region west, and 200 in any other."""
    for environment, most in ((WEST, 50), (EAST, 200)):
        region = environment["RECEIPTS_REGION"]
        with (
            tempfile.TemporaryDirectory() as data,
            attempt.served(**environment, RECEIPTS_STORE__URL=f"sqlite:{data}") as service,
        ):
            for count in sorted({50, 51, most, most + 1}):
                _must_answer(service, region, count, 200 if count <= most else 413)


def _must_answer(service: httpx.Client, region: str, count: int, wanted: int) -> None:
    body = b"\n".join(sample_lines(count))
    status = service.post("/events", content=body, headers=LINES).status_code
    if status != wanted:
        raise NotYet(
            f"{count} events at once in region {region} were answered with {status}, not {wanted}."
        )


def nothing_else_changed(attempt: Attempt) -> None:
    """Defaults, other environments and the code are as they were."""
    attempt.must_leave("src")
    for file in sorted((attempt.folder / "config").glob("*.toml")):
        ours = PROJECT / "config" / file.name
        before = ours.read_bytes() if ours.exists() else b""
        if not file.name.startswith("training.") and file.read_bytes() != before:
            raise NotYet(f"config/{file.name} is changed or new; it concerns other environments.")


def _settings(attempt: Attempt, environment: dict[str, str]) -> dict[str, dict[str, str]]:
    answer = attempt.receipts("config", "show", "--json", **environment)
    if answer.code:
        raise NotYet(answer.err.strip())
    return msgspec.json.decode(answer.out, type=dict[str, dict[str, str]])


CHECKS = (starts, has_the_three_values, one_region_differs, nothing_else_changed)
