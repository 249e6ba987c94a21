"""Links by which a customer reads one receipt, until they expire.

``/receipts/ID.html?access=KEY.EXPIRES.SIGNATURE``. The signature, an HMAC, spans the id of the
document, the second at which the link expires and the name of the key. Nothing is stored:
what a link opens stands in it, and removing its key ends it.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from enum import Enum
from typing import TYPE_CHECKING

from pydantic import SecretStr

from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.watched_files import Watched

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

PARAMETER = "access"

SHORTEST_KEY = 32
"""Characters; 32 random bytes as text have 43."""

FEWEST_CHARACTERS = 12
"""Different ones of a key; 43 random ones have some 32."""

EXAMPLES = ("example", "changeme", "change-me", "password", "secret", "0123456789")

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_LINK = re.compile(r"([a-z0-9-]{1,32})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})", re.ASCII)


class LinkState(Enum):
    """What a link is good for."""

    OPENS = "opens"
    EXPIRED = "link_expired"
    WRONG = "link_wrong"


class LinkKeys:
    """The keys of a folder, as they are now: a file each, whose name is the key's name."""

    def __init__(self, folder: Path) -> None:
        """Read the folder.

        Raises:
            BrokenConfiguration: A key cannot be used.
        """
        self._folder = folder
        self._watched = Watched(folder, load_link_keys)

    def sign(self, document_id: str, expires: datetime) -> str:
        """The parameter that opens a document until then; the key signs whose name sorts last.

        Raises:
            BrokenConfiguration: There is no key.
        """
        keys = self._watched.content()
        if not keys:
            raise BrokenConfiguration(f"{self._folder} holds no key: put one there.")
        name = max(keys)
        second = str(int(expires.timestamp()))
        return f"{name}.{second}.{_signature(keys[name], name, second, document_id)}"

    def check(self, access: str, document_id: str, now: datetime) -> LinkState:
        """Whether a parameter opens a document now.

        Raises:
            BrokenConfiguration: The folder was changed into one that cannot be used.
        """
        parts = _LINK.fullmatch(access)
        keys = self._watched.content()
        if parts is None or parts[1] not in keys:
            return LinkState.WRONG
        name, second, signature = parts.groups()
        # Compared as text: bytes have more than one spelling in base 64.
        if not hmac.compare_digest(_signature(keys[name], name, second, document_id), signature):
            return LinkState.WRONG
        return LinkState.OPENS if now.timestamp() < int(second) else LinkState.EXPIRED


def link_to(public_url: str, document_id: str, keys: LinkKeys, expires: datetime) -> str:
    """The address at which a customer reads one receipt until then.

    Raises:
        BrokenConfiguration: There is no key.
    """
    return f"{public_url}/receipts/{document_id}.html?{PARAMETER}={keys.sign(document_id, expires)}"


def load_link_keys(folder: Path) -> dict[str, SecretStr]:
    """The keys of a folder by name.

    Raises:
        BrokenConfiguration: With every problem at once; no key is repeated.
    """
    try:
        # A secret mount keeps what its names lead to in hidden folders.
        files = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
        keys = {path.name: SecretStr(path.read_text("utf-8").strip()) for path in files}
    except OSError as error:
        raise BrokenConfiguration(
            f"api.link_keys: {error.filename} cannot be read ({error.strerror}): it is a folder "
            "with a file for each key."
        ) from error
    except UnicodeDecodeError as error:
        raise BrokenConfiguration(f"{folder} holds a key that is not text.") from error
    problems = [f"{folder / name}: {fault}" for name in keys if (fault := _fault(name, keys[name]))]
    if problems:
        raise BrokenConfiguration("\n  ".join(problems))
    return keys


def _fault(name: str, key: SecretStr) -> str | None:
    text = key.get_secret_value()
    if not _NAME.fullmatch(name):
        return "a key's name is up to 32 lower-case letters, digits and hyphens"
    if len(text) < SHORTEST_KEY:
        return f"a key of {len(text)} characters can be guessed; {SHORTEST_KEY} random ones cannot"
    if len(set(text)) < FEWEST_CHARACTERS or any(each in text.lower() for each in EXAMPLES):
        return "this key is an example; take random characters"
    return None


def _signature(key: SecretStr, name: str, second: str, document_id: str) -> str:
    # No part holds a line break, so no two links are signed alike.
    signed = f"receipts link 1\n{name}\n{second}\n{document_id}".encode()
    digest = hmac.digest(key.get_secret_value().encode(), signed, "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
