"""Packs from folders, failing closed: a pack is whole and sound, or refused.

What is hashed and frozen with documents is the exact text of the pack's files,
so a stored document finds the very rules that made it.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from receipts.countries.pack import Pack, Sharing, rate_of
from receipts.countries.places import member_of, place_of_problem
from receipts.countries.schema import misfits_of, pack_of, parsed_file
from receipts.domain.errors import BrokenPack
from receipts.domain.money import exponent_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from receipts.countries.pack import Row

RULE_FILES = (
    "charges.toml",
    "documents.toml",
    "issuers.toml",
    "numbering.toml",
    "pack.toml",
    "pass_through.toml",
    "phrases.toml",
    "rates.toml",
    "retention.toml",
    "rounding.toml",
)
"""Every pack has all of these; golden cases and samples are not law and not hashed."""

OPTIONAL_FILES = ("combined_offers.toml",)
"""Law as well, for packs that have need of it."""

NUMBER_PARTS = ("supplier", "country", "kind", "year", "shard", "sequence")
"""What parts one series from another, and the place in it: without one of these two documents
could bear the same number."""


class LoadedPack(msgspec.Struct, frozen=True):
    """A pack and the bytes it was read from."""

    pack: Pack
    content: bytes
    """Canonical JSON of file name → text; the form in which packs are frozen."""
    sha256: str


def shipped_packs() -> tuple[Traversable, ...]:
    """Folders of the packs inside this distribution, by name."""
    return _pack_folders(resources.files("receipts.countries"))


def team_packs(folder: Path) -> tuple[Traversable, ...]:
    """Folders of a team's own packs; none where the folder is absent."""
    return _pack_folders(folder) if folder.is_dir() else ()


def load_packs(team_folder: Path) -> tuple[LoadedPack, ...]:
    """Every shipped pack and every pack of the team, by code.

    Raises:
        BrokenPack: Packs are not sound, with every problem of each; a code exists twice, or
            there is none.
    """
    loaded: list[LoadedPack] = []
    problems: list[str] = []
    for folder in (*shipped_packs(), *team_packs(team_folder)):
        try:
            loaded.append(load_pack(folder))
        except BrokenPack as problem:
            problems.append(str(problem))
    if problems:
        raise BrokenPack("\n".join(problems))
    if not loaded:
        raise BrokenPack(f"No country pack is installed; add one under {team_folder}/.")
    codes = Counter(item.pack.identity.code for item in loaded)
    if twice := [code for code, count in codes.items() if count > 1]:
        raise BrokenPack(
            f"Pack {', '.join(twice)} exists twice; remove the one under {team_folder}/: "
            "a shipped pack cannot be replaced in place."
        )
    return tuple(sorted(loaded, key=lambda item: item.pack.identity.code))


def load_pack(folder: Traversable) -> LoadedPack:
    """Read one folder.

    Raises:
        BrokenPack: A file is missing, is not TOML, or does not fit; with file and line.
    """
    missing = [name for name in RULE_FILES if not folder.joinpath(name).is_file()]
    if missing:
        raise BrokenPack(f"Pack {folder.name} lacks {', '.join(missing)}.")
    texts = {
        name: folder.joinpath(name).read_text(encoding="utf-8") for name in rule_files_of(folder)
    }
    content = msgspec.json.encode(texts, order="sorted")
    loaded = LoadedPack(_pack_in(content, f"{folder}/"), content, sha256(content).hexdigest())
    if loaded.pack.identity.code.lower() != folder.name:
        raise BrokenPack(
            f"Pack {folder.name}/pack.toml has code {loaded.pack.identity.code}; "
            f"its folder must be named {loaded.pack.identity.code.lower()}."
        )
    return loaded


def rule_files_of(folder: Traversable) -> tuple[str, ...]:
    """The files that a pack must have, and those of the optional ones that it has."""
    optional = (name for name in OPTIONAL_FILES if folder.joinpath(name).is_file())
    return (*RULE_FILES, *optional)


def unfreeze_pack(content: bytes) -> LoadedPack:
    """The pack in bytes that were hashed and stored.

    Raises:
        BrokenPack: The content is not a sound pack.
    """
    return LoadedPack(_pack_in(content), content, sha256(content).hexdigest())


def sound_pack(members: dict[str, Any]) -> Pack:
    """The pack that parsed files make, by the name of each part.

    Raises:
        BrokenPack: It is refused.
    """
    try:
        pack = pack_of(members)
    except msgspec.ValidationError as error:
        raise BrokenPack(f"Pack refused: {error}.") from error
    if problems := problems_of(pack):
        raise BrokenPack(f"Pack refused: {'; '.join(problems)}.")
    return pack


# The same bytes are the same rules: a service, a proof and a verification read each pack once.
@lru_cache(maxsize=64)
def _pack_in(content: bytes, folder: str = "") -> Pack:
    texts: dict[str, str] = msgspec.json.decode(content, type=dict[str, str])
    try:
        pack = pack_of({member_of(name): parsed_file(name, text) for name, text in texts.items()})
    except (BrokenPack, msgspec.ValidationError) as error:
        misfits = [f"{place}: {words}" for place, words in misfits_of(texts)]
        raise _refused(misfits or [str(error)], folder) from error
    if problems := problems_of(pack):
        raise _refused([f"{place_of_problem(each, texts)}: {each}" for each in problems], folder)
    return pack


def _refused(problems: list[str], folder: str) -> BrokenPack:
    return BrokenPack("\n  ".join(["Pack refused:", *(f"{folder}{each}" for each in problems)]))


def _pack_folders(parent: Traversable) -> tuple[Traversable, ...]:
    folders = (entry for entry in parent.iterdir() if entry.joinpath("pack.toml").is_file())
    return tuple(sorted(folders, key=lambda folder: folder.name))


def problems_of(pack: Pack) -> list[str]:
    """What is wrong with a pack that fits the schema, each opening with what it is about."""
    return [
        *_identity_problems(pack),
        *_id_problems(pack.rows()),
        *_text_problems(pack),
        *_charge_problems(pack),
        *_pass_through_problems(pack),
        *_combined_offer_problems(pack),
        *_phrase_problems(pack),
        *_numbering_problems(pack),
    ]


def _identity_problems(pack: Pack) -> Iterable[str]:
    try:
        ZoneInfo(pack.identity.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"field time_zone: {pack.identity.time_zone!r} is not a time zone"
    try:
        exponent_of(pack.identity.currency)
    except ValueError as error:
        yield f"field currency: {error}"


def _id_problems(rows: tuple[Row, ...]) -> Iterable[str]:
    for row_id, count in Counter(row.id for row in rows).items():
        if count > 1:
            yield f"row id {row_id!r} is used {count} times"
    for row in rows:
        if row.valid_to is not None and row.valid_to < row.valid_from:
            yield f"row {row.id} ends before it begins"


def _text_problems(pack: Pack) -> Iterable[str]:
    languages = set(pack.identity.languages)
    texts = {f"charge {code}": text for code, text in pack.charges.items()}
    texts |= {f"tax {code}": text for code, text in pack.identity.taxes.items()}
    texts |= {f"row {row.id}": row.text for row in pack.phrases}
    for owner, text in texts.items():
        if set(text) != languages:
            yield f"{owner} has texts in {sorted(text)}, the pack speaks {sorted(languages)}"


def _charge_problems(pack: Pack) -> Iterable[str]:
    for rate in pack.rates:
        if rate.tax not in pack.identity.taxes:
            yield f"row {rate.id} names tax {rate.tax!r}, which pack.toml lacks"
    for row in (*pack.issuers, *pack.charge_rows()):
        for charge in row.charge:
            if charge not in pack.charges:
                yield f"row {row.id} names charge {charge!r}, which charges.toml lacks"


def _pass_through_problems(pack: Pack) -> Iterable[str]:
    for row in pack.pass_through:
        if row.amount_minor is not None and row.percent is not None:
            yield f"row {row.id} has both amount_minor and percent"
        if (row.percent is None) != (not row.percent_of):
            yield f"row {row.id} needs percent and percent_of together"
        for charge in row.percent_of:
            if charge not in pack.charges:
                yield f"row {row.id} takes a percentage of {charge!r}, which charges.toml lacks"


def _combined_offer_problems(pack: Pack) -> Iterable[str]:
    for row in pack.combined_offers:
        if (row.sharing is Sharing.FIXED_SHARES) != bool(row.shares):
            yield f"row {row.id} needs shares and sharing = 'fixed_shares' together"
        elif row.shares and (total := sum(map(rate_of, row.shares.values()))) != 100:
            yield f"row {row.id} shares out {total} % of a price, not 100 %"
        for charge in row.shares:
            if charge not in pack.charges:
                yield f"row {row.id} gives a share to {charge!r}, which charges.toml lacks"


def _phrase_problems(pack: Pack) -> Iterable[str]:
    known = {row.id for row in pack.rows()}
    for phrase in pack.phrases:
        for rule in phrase.rules:
            if rule not in known:
                yield f"row {phrase.id} names row {rule!r}, which does not exist"


def _numbering_problems(pack: Pack) -> Iterable[str]:
    for row in pack.numbering:
        found = sorted(re.findall(r"\{(.*?)\}", row.format))
        if found != sorted(NUMBER_PARTS) or len(re.findall("[{}]", row.format)) != 2 * len(found):
            parts = " ".join(f"{{{part}}}" for part in NUMBER_PARTS)
            yield f"row {row.id} must name {parts} once each in its format, not {row.format!r}"
        elif "}{" in row.format.replace("{kind}{year}", ""):
            yield f"row {row.id} must part what it names in {row.format!r}, with a hyphen for one"
