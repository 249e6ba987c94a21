"""``receipts dead-letters replay``: issue again what could not be issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from receipts.cli.assembly import pipeline_of, start
from receipts.cli.dead_letters import find_letter, letter_number
from receipts.cli.stores import stores_of
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.clock import system_clock
from receipts.pipeline.dead_letters import Replay

if TYPE_CHECKING:
    from receipts.infrastructure.store import DeadLetterRow


def replay(
    number: str | None = None,
    /,
    *,
    code: str | None = None,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Issue dead letters again, after a pack or the configuration was put right.

    Exit code 1 when some are refused again.

    Args:
        number: One by its number in the list.
        code: Those with this reason's code.
        all_: Every open one.
        json: Print the result as JSON.
    """
    if (number is not None) + (code is not None) + all_ != 1:
        raise BrokenConfiguration("Name one dead letter, or a --code, or say --all.")
    settings = start()

    def is_chosen(shard: int, letter: DeadLetterRow) -> bool:
        return all_ or code == letter.code or number == letter_number(shard, letter)

    with stores_of(settings) as stores:
        if number is not None:
            find_letter(stores, number)
        result = Replay(stores, pipeline_of(settings, stores), system_clock).run(is_chosen)
    if json:
        print(msgspec.json.encode(result).decode())
    else:
        print(f"resolved {result.resolved:,} dead letter(s), {result.failed.total():,} stay")
        for reason, count in result.failed.most_common():
            print(f"{count:>9,}  {reason}")
    return 1 if result.failed else 0
