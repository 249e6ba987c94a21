"""Names of files that every system can hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

LONGEST_PATH = 140
"""Windows stops at 260 characters; the folder of the project needs its share."""

_DEVICES = re.compile(r"\A(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)", flags=re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[ .]\Z')


def windows_problems(paths: Iterable[str]) -> list[str]:
    """What Windows would refuse or fold together, in words; empty when all is well."""
    paths = list(paths)
    problems = [f"{path}: {len(path)} characters" for path in paths if len(path) > LONGEST_PATH]
    for path in paths:
        for part in PurePosixPath(path).parts:
            if _DEVICES.search(part):
                problems.append(f"{path}: {part} names a device")
            if _FORBIDDEN.search(part):
                problems.append(f"{path}: {part!r} holds a character that cannot stand there")
    folded = Counter(path.lower() for path in set(paths))
    problems += [f"{path}: differs by case only" for path, count in folded.items() if count > 1]
    return problems
