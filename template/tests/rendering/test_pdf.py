"""What a PDF promises: to its reader, to the archive, and to whoever compares its bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from fontTools.ttLib import TTFont
from msgspec.structs import replace
from pypdf.generic import DictionaryObject
from tests.countries.golden import documents_of, every_golden_case
from tests.rendering.reading import opened, pdf_of, written
from tests.rendering.sample_documents import DE_HIRE_CAR, DE_TAXI, NY_APP_TRIP, SAMPLES, line

from receipts.domain.parties import Customer
from receipts.rendering.canonical import canonical_json
from receipts.rendering.pdf import FONTS, write_pdf
from receipts.rendering.printed import squeezed, text_of, unprinted
from receipts.rendering.view import view_of

if TYPE_CHECKING:
    from pathlib import Path

    from receipts.domain.documents import Document
    from receipts.pipeline.golden import GoldenCase

every_case = pytest.mark.parametrize("case", every_golden_case(), ids=str)
every_sample = pytest.mark.parametrize("document", SAMPLES.values(), ids=SAMPLES)


@every_case
def test_every_golden_document_is_a_file_that_says_all_of_it(case: GoldenCase) -> None:
    """What the law demands by its row is in `receipts.pipeline.pack_proof`."""
    for document in documents_of(case):
        for language in document.languages:
            read = text_of(pdf_of(document, language))

            amounts = [each.amount_minor for each in document.pass_through]
            amounts += [each.gross_minor for each in document.lines]
            for amount_minor in (*amounts, document.totals.payable_minor):
                assert written(amount_minor, document, language) in read
            assert not [*unprinted(document, [], language, read)]
            assert "\N{REPLACEMENT CHARACTER}" not in read


@every_sample
def test_a_line_reads_from_left_to_right_as_one_row(document: Document) -> None:
    language = document.languages[0]

    read = text_of(pdf_of(document))

    for part in document.lines:
        row = [part.net_minor, part.tax_minor] if part.tax_minor else []
        amounts = [written(each, document, language) for each in (*row, part.gross_minor)]
        pattern = "(7%|19%)?".join(map(re.escape, (squeezed(part.description[language]), "")))
        assert re.search(pattern + "".join(map(re.escape, amounts)), read)


@pytest.mark.parametrize(
    ("document", "language", "facts"),
    [
        (DE_TAXI, "de", ["24. November 2026", "14:05", "7,84 km", "Karte", "12045 Berlin"]),
        (DE_TAXI, "de", ["Leistungsdatum 24. November 2026"]),
        (DE_TAXI, "de", ["USt. 7 %", "in dessen Namen ausgestellt", "Bezahlt 22,00 €"]),
        (DE_HIRE_CAR, "en", ["23 November 2026", "On account", "No destination recorded"]),
        (DE_HIRE_CAR, "en", ["Donau Design GmbH", "1020 Wien", "Austria", "ATU12345675"]),
        (NY_APP_TRIP, "en", ["November 24, 2026", "6:12 PM", "5.6 mi", "Sales tax 8.875%"]),
        (SAMPLES["ny-taxi"], "en", ["Sales tax: not applicable", "to the driver"]),
        (SAMPLES["two-rates"], "de", ["Steuer nach Sätzen", "19 %", "20,36 € 1,63 € 21,99 €"]),
    ],
)
def test_a_file_says_it_in_the_words_of_the_page(
    document: Document, language: str, facts: list[str]
) -> None:
    read = text_of(pdf_of(document, language))

    for fact in facts:
        assert squeezed(fact) in read


@every_sample
def test_a_file_claims_the_archive_and_assistive_technology_and_names_itself(
    document: Document,
) -> None:
    reader = opened(pdf_of(document))
    root: Any = reader.root_object
    xmp = root["/Metadata"].get_data().decode()

    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == document.languages[0]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/OutputIntents"]
    assert reader.metadata is not None
    assert reader.metadata.title == view_of(document).title
    # Nothing runs when it is opened, and nothing is attached.
    assert not {"/AA", "/OpenAction", "/Names", "/AF"} & set(root)


@every_sample
def test_every_font_is_inside_the_file_and_comes_from_a_wheel(document: Document) -> None:
    reader = opened(pdf_of(document))
    objects: list[Any] = [reader.get_object(number) for number in reader.xref[0]]
    described = [
        each
        for each in objects
        if isinstance(each, DictionaryObject) and each.get("/Type") == "/FontDescriptor"
    ]

    assert described
    for each in described:
        assert re.match(r"/[A-Z]{6}\+NotoSans", str(each["/FontName"]))
        assert "/FontFile2" in each or "/FontFile3" in each


def test_a_file_is_dated_with_the_document_and_not_with_a_clock() -> None:
    metadata = opened(pdf_of(DE_TAXI)).metadata

    assert metadata is not None
    assert metadata.creation_date == metadata.modification_date == DE_TAXI.issued_at


PRINT_HASH = """
import sys
from hashlib import sha256
from receipts.rendering.pdf import FONTS, write_pdf
from receipts.rendering.view import stored_view
for body in sys.stdin.buffer.read().splitlines():
    print(sha256(write_pdf(stored_view(body, None, "https://receipts.example.com"))).hexdigest())
"""


def test_two_machines_make_the_same_bytes(tmp_path: Path) -> None:
    bodies = b"\n".join(map(canonical_json, SAMPLES.values()))
    here = {"TZ": "UTC", "LANG": "C", "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": "1"}
    # Another clock and language, and a font of its own under the name of ours.
    there = {"TZ": "Asia/Tokyo", "LANG": "ar_EG", "PYTHONHASHSEED": "2", "HOME": str(tmp_path)}
    with TTFont(FONTS[1].path) as font:
        for record in font["name"].names:
            record.string = str(record).replace("Noto Sans Arabic", "Noto Sans")
        for folder in (".fonts", ".local/share/fonts"):
            (tmp_path / folder).mkdir(parents=True)
            font.save(tmp_path / folder / "font.ttf")

    hashes = [
        subprocess.run(
            [sys.executable, "-c", PRINT_HASH],
            input=bodies,
            env=os.environ | machine,
            cwd=tmp_path,
            capture_output=True,
            check=True,
        ).stdout.split()
        for machine in (here, there)
    ]

    assert hashes[0] == hashes[1]
    assert len(set(hashes[0])) == len(SAMPLES)


def test_many_readers_at_once_get_the_same_bytes_as_one() -> None:
    views = [view_of(document) for document in SAMPLES.values()] * 4

    with ThreadPoolExecutor(8) as threads:
        at_once = list(threads.map(write_pdf, views))

    assert at_once == [write_pdf(view) for view in views]


def test_many_lines_take_several_pages_each_with_heads_number_and_place() -> None:
    text = {"de": "Zusätzlicher Halt", "en": "Additional stop"}
    lines = tuple(line(text, 84, 16, "de-vat-hire-car") for _ in range(60))

    pages = [
        squeezed(page.extract_text())
        for page in opened(pdf_of(replace(DE_HIRE_CAR, lines=lines))).pages
    ]

    assert sum(page.count("Additionalstop") for page in pages) == 60
    for at, page in enumerate(pages, start=1):
        assert DE_HIRE_CAR.number in page
        assert f"{at}/{len(pages)}" in page
        assert "Additionalstop" not in page or "DescriptionNet" in page


def test_one_page_needs_no_page_number() -> None:
    assert "1/1" not in text_of(pdf_of(DE_TAXI))


@pytest.mark.parametrize(("document", "points"), [(DE_TAXI, (595, 842)), (NY_APP_TRIP, (612, 792))])
def test_the_paper_is_that_of_the_country(document: Document, points: tuple[int, int]) -> None:
    (page,) = opened(pdf_of(document)).pages

    assert (round(page.mediabox.width), round(page.mediabox.height)) == points


def test_a_language_written_from_the_right_mirrors_the_document() -> None:
    words = {"ar": "أجرة الرحلة"}
    document = replace(
        DE_TAXI,
        country="AE",
        currency="AED",
        languages=("ar",),
        lines=(line(words, 18_69, 1_31, "de-vat-taxi-local"),),
        pass_through=(),
        phrases=(),
        tax_subtotals=(replace(DE_TAXI.tax_subtotals[0], tax=words),),
    )
    reader = opened(pdf_of(document))
    starts: dict[str, float] = {}

    def note(text: str, matrix: list[float], *_: Any) -> None:
        starts.setdefault(text.strip(), matrix[4])

    reader.pages[0].extract_text(visitor_text=note)

    assert str(reader.root_object["/Lang"]) == "ar"
    assert starts["Description"] > starts["Net"] > starts["Gross"]


def test_a_document_without_route_customer_payment_or_lines_is_still_a_file() -> None:
    bare = replace(
        DE_TAXI,
        customer=Customer(),
        lines=(),
        number="",
        payment=None,
        phrases=(),
        supply=replace(DE_TAXI.supply, route=None),
        tax_subtotals=(),
    )

    read = text_of(pdf_of(bare))

    assert squeezed("24. November 2026, 14:05 \N{EN DASH} 14:29") in read
    assert "Nummer" not in read


def test_the_template_reads_and_fetches_nothing() -> None:
    source = (resources.files("receipts.rendering") / "templates" / "receipt.typ").read_text(
        "utf-8"
    )

    assert not re.search(r"#?\b(import|include|read|plugin|eval)\b|@\w", source)
    # Its one picture comes with the view.
    assert re.findall(r"\bimage\([^,]*", source) == ["image(bytes(sys.inputs.qr)"]


def test_nothing_that_sets_type_is_loaded_before_it_is_needed() -> None:
    heavy = "{'babel', 'fontTools', 'jinja2', 'segno', 'typst'}"
    code = f"import sys, receipts.rendering.pdf; print({heavy} & {{*sys.modules}})"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
