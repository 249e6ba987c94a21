"""``receipts dead-letters``: what could not be issued."""

from __future__ import annotations

import sys
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from receipts.cli.stores import stores_of
from receipts.domain.errors import BrokenConfiguration
from receipts.domain.masking import masked
from receipts.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from receipts.infrastructure.store import DeadLetterRow
    from receipts.infrastructure.stores import Stores


def list_dead_letters(
    *,
    code: str | None = None,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    counts: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """List dead letters with the place in the input and the reason, oldest first.

    Args:
        code: Only this reason's code.
        all_: Those that were resolved, too.
        counts: Only how many there are of each reason.
        json: Print one JSON object a line, without the input; with --counts one object.
    """
    with stores_of(load_settings()) as stores:
        found = (
            (number, letter)
            for number, letter in numbered_letters(stores)
            if code in (None, letter.code) and (all_ or letter.resolved_at is None)
        )
        if counts:
            _print_counts(Counter(letter.code for _, letter in found), json=json)
            return 0
        for number, letter in found:
            if json:
                print(msgspec.json.encode(_facts(number, letter)).decode())
            else:
                _print_line(number, letter)
    return 0


def show(
    number: str,
    /,
    *,
    raw: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show one dead letter: the reason, the place, and the input without personal data.

    Args:
        number: Its number in the list.
        raw: Print the input as it arrived, and nothing else.
        json: Print one JSON object.
    """
    with stores_of(load_settings()) as stores:
        name, letter = find_letter(stores, number)
    if raw:
        sys.stdout.buffer.write(letter.content + b"\n")
        return 0
    event = _masked_input(letter.content)
    if json:
        print(msgspec.json.encode(_facts(name, letter) | {"input": event}).decode())
        return 0
    _print_line(name, letter)
    print(f"   first seen {letter.first_seen_at}, last seen {letter.last_seen_at}")
    if event is None:
        digest = sha256(letter.content).hexdigest()
        print(f"   The input is not JSON: {len(letter.content):,} bytes, SHA-256 {digest}.")
    else:
        print(msgspec.json.format(msgspec.json.encode(event), indent=2).decode())
    print(f"As it arrived, with personal data: receipts dead-letters show {name} --raw")
    return 0


def numbered_letters(stores: Stores) -> Iterator[tuple[str, DeadLetterRow]]:
    """Every dead letter with the number that people call it by."""
    for shard, store in enumerate(stores.shards):
        for letter in store.dead_letters():
            yield letter_number(shard, letter), letter


def letter_number(shard: int, letter: DeadLetterRow) -> str:
    """What people call a dead letter: ``SHARD-NUMBER``, so it names one of all shards."""
    return f"{shard:02x}-{letter.dead_letter_id}"


def find_letter(stores: Stores, number: str) -> tuple[str, DeadLetterRow]:
    """The dead letter of that number.

    Raises:
        BrokenConfiguration: There is none.
    """
    for name, letter in numbered_letters(stores):
        if name == number:
            return name, letter
    raise BrokenConfiguration(
        f"There is no dead letter {number}; see `receipts dead-letters list --all`."
    )


def _facts(number: str, letter: DeadLetterRow) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(letter)
    del fields["content"], fields["dead_letter_id"]
    return {"number": number, **fields}


def _masked_input(content: bytes) -> Any:
    try:
        return masked(msgspec.json.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _print_line(number: str, letter: DeadLetterRow) -> None:
    times = f" ({letter.times_seen} times)" if letter.times_seen > 1 else ""
    print(f"{number}  {letter.origin}{times}  {letter.code} at {letter.path}")
    print(f"   {letter.reason}")
    if letter.resolved_at is not None:
        print(f"   resolved {letter.resolved_at} by {', '.join(letter.resolved_by)}")


def _print_counts(counts: Counter[str], *, json: bool) -> None:
    if json:
        print(msgspec.json.encode(counts, order="sorted").decode())
        return
    for code, count in counts.most_common():
        print(f"{count:>9,}  {code}")
