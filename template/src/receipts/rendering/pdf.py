"""The file of one document: a PDF that is kept for years and read aloud.

A pure function of the document's view, set by typst from ``templates/receipt.typ``:
PDF/A-3a for the archive and PDF/UA-1 for assistive technology in one file, with tags,
language, title and every font inside. The same view is the same bytes on every
machine: fonts come from pinned wheels, never from the system, and the only date is
the document's own.

A character that no font here covers is printed as U+FFFD, and so are control and
right-to-left override characters; the file then says so in a note, because the data
of the document still holds them.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from receipts.rendering.qr import symbol_of

if TYPE_CHECKING:
    from typst import Compiler, PDFStandard

    from receipts.rendering.view import View


class Font(NamedTuple):
    """A font in a wheel."""

    package: str
    file: str

    @property
    def path(self) -> Path:
        """Where it is installed."""
        return Path(str(resources.files(self.package).joinpath(self.file)))


FONTS = (
    Font("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    Font("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf"),
    Font("pylopdf_fonts_jp", "NotoSansJP-Regular.otf"),
)
"""In the order in which receipt.typ looks for a character. The first has Latin, Greek,
Cyrillic and Devanagari; the last one is opened only for what the others lack."""

STANDARDS: list[PDFStandard] = ["a-3a", "ua-1"]
"""ISO 19005-3 level A and ISO 14289-1."""

UNSHOWN = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that cannot be shown; the first font has it."""

_OVERRIDES = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Bidirectional classes of characters that reorder their neighbours."""

_NO_TEXT = frozenset({"Cc", "Co", "Zl", "Zp"})
"""Categories of characters that control, mean something private, or end a line."""

_BANNED = frozenset("\N{ZERO WIDTH NO-BREAK SPACE}")
"""PDF/A allows it in no text."""

_PLAIN = re.compile("[ -~\xa0-\u017f\u2013\u202f\u20ac]*")
"""Latin letters, and the signs of our own words and amounts. The first font has them all,
so most documents are set without opening a font here (100 ms, once)."""

_compiling = threading.Lock()
"""One compiler cannot be used by two threads, and a second one would only cost memory:
there is one process a core."""


def write_pdf(view: View) -> bytes:
    """The file of a document."""
    said = msgspec.to_builtins(view)
    note = said.pop("unshown")
    shown = _shown(said)
    shown["unshown"] = "" if shown == said else note
    with _compiling:
        pdf = _compiler().compile(
            _template().read_bytes(),
            sys_inputs={"view": msgspec.json.encode(shown).decode()} | _pictures(view),
            format="pdf",
            pdf_standards=STANDARDS,
        )
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst made {type(pdf)} where one file was due.")
    return pdf


def _pictures(view: View) -> dict[str, str]:
    if view.verification is None:
        return {}
    return {"qr": symbol_of(view.verification.address).svg}


def _shown(value: Any) -> Any:
    """The same strings, each with only what can be printed."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else _shown_text(value)
    if isinstance(value, tuple):
        return tuple(map(_shown, value))
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return value


def _shown_text(text: str) -> str:
    shown: list[str] = []
    font: Font | None = FONTS[0]
    for character in text:
        if _is_ignorable(character):
            shown.append(character)
            continue
        if not unicodedata.category(character).startswith("M"):
            font = _font_of(character)
        elif font is not None and ord(character) not in _code_points(font):
            # A mark is set together with its letter, so the letter's font must have it.
            font = None
        if font is not None:
            shown.append(character)
        else:
            shown.append(" " if character.isspace() else UNSHOWN)
            font = FONTS[0]
    return "".join(shown)


@lru_cache(maxsize=20_000)
def _font_of(character: str) -> Font | None:
    """The font that shows a character; None for one that none has or that must not show."""
    if (
        unicodedata.category(character) in _NO_TEXT
        or unicodedata.bidirectional(character) in _OVERRIDES
        or character in _BANNED
    ):
        return None
    return next((font for font in FONTS if ord(character) in _code_points(font)), None)


def _is_ignorable(character: str) -> bool:
    """Whether it only chooses between shapes of the character before it."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


@cache
def _code_points(font: Font) -> frozenset[int]:
    """What a font has glyphs for."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  60 ms, only files need it

    with TTFont(font.path, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


@cache
def _compiler() -> Compiler:
    import typst  # noqa: PLC0415  40 ms, only files need it

    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(font.path.parent) for font in FONTS],
    )
    # The root is all that a template can read: a folder of the package, never the current one.
    return typst.Compiler(root=_template().parent, font_paths=fonts)


@cache
def _template() -> Path:
    return Path(str(resources.files("receipts.rendering").joinpath("templates/receipt.typ")))
