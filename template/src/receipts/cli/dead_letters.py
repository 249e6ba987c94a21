"""``receipts dead-letters``: what could not be issued."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from receipts.cli.stores import stores_of
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.store import DeadLetterRow
from receipts.settings import load_settings


def list_dead_letters(
    *, code: str | None = None, json: Annotated[bool, Parameter(negative="")] = False
) -> int:
    """List dead letters with the place in the input and the reason, oldest first.

    Args:
        code: Only this reason's code.
        json: Print one JSON object a line, without the input.
    """
    with stores_of(load_settings()) as stores:
        for store in stores.shards:
            for letter in store.dead_letters():
                if code in (None, letter.code):
                    _print_json(letter) if json else _print_line(letter)
    return 0


def show(number: int, /) -> int:
    """Print the input of one dead letter as it arrived.

    Args:
        number: Its number in the list.
    """
    with stores_of(load_settings()) as stores:
        for store in stores.shards:
            for letter in store.dead_letters():
                if letter.dead_letter_id == number:
                    sys.stdout.buffer.write(letter.content + b"\n")
                    return 0
    raise BrokenConfiguration(
        f"There is no dead letter {number}; see `receipts dead-letters list`."
    )


def _print_json(letter: DeadLetterRow) -> None:
    fields = msgspec.to_builtins(letter)
    del fields["content"]
    print(msgspec.json.encode(fields).decode())


def _print_line(letter: DeadLetterRow) -> None:
    times = f" ({letter.times_seen} times)" if letter.times_seen > 1 else ""
    print(f"{letter.dead_letter_id}  {letter.origin}{times}  {letter.code} at {letter.path}")
    print(f"   {letter.reason}")
