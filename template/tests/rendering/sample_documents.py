"""Documents as the engine would issue them, one for each look of a page.

Totals are worked out by hand, not by the engine, so a page is not judged by the
code that feeds it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec

from receipts.domain.documents import (
    Document,
    DocumentKind,
    EventReference,
    Line,
    PassThroughCharge,
    PassThroughKind,
    Phrase,
    Route,
    Supply,
    TaxSubtotal,
    Totals,
)
from receipts.domain.events import Payment, PaymentMethod
from receipts.domain.parties import Address, Customer, IssuerRole, Supplier
from receipts.domain.taxes import TaxCategory

BERLIN = timezone(timedelta(hours=1))
NEW_YORK = timezone(timedelta(hours=-5))
VAT = {"de": "USt.", "en": "VAT"}


def both(de: str, en: str) -> dict[str, str]:
    return {"de": de, "en": en}


def english(text: str) -> dict[str, str]:
    return {"en": text}


def line(
    text: dict[str, str], net_minor: int, tax_minor: int, rate_id: str, tax_subtotal: int = 0
) -> Line:
    gross_minor = net_minor + tax_minor
    return Line("fare", text, gross_minor, None, net_minor, rate_id, tax_minor, tax_subtotal)


def passed(
    text: dict[str, str], amount_minor: int, kind: PassThroughKind, receiver: str
) -> PassThroughCharge:
    return PassThroughCharge(amount_minor, kind.value, text, kind, receiver, "row")


def levy(text: str, amount_minor: int) -> PassThroughCharge:
    return passed(english(text), amount_minor, PassThroughKind.LEVY, "authority")


DE_TAXI = Document(
    business_line="rides",
    country="DE",
    currency="EUR",
    customer=None,
    document_id="20261124-00-9f2c51d07ab34e6d8810",
    event=EventReference("trip-4711", "https://dispatch.example", "trip.completed.v1"),
    issued_at=datetime(2026, 11, 24, 13, 31, 7, tzinfo=UTC),
    issuer_role=IssuerRole.AGENT,
    kind=DocumentKind.SIMPLIFIED_INVOICE,
    languages=("de", "en"),
    lines=(
        line(both("Fahrpreis", "Fare"), 17_20, 1_20, "de-vat-taxi-local"),
        line(both("Wartezeit", "Waiting time"), 1_49, 11, "de-vat-taxi-local"),
    ),
    number="OZTURK-DE-S2026-0-0000042",
    pack_sha256="5d1f0c9ab7e24c3388d6f2a4110b9e7c5d1f0c9ab7e24c3388d6f2a4110b9e7c",
    pass_through=(passed(both("Trinkgeld", "Tip"), 2_00, PassThroughKind.TIP, "driver"),),
    payment=Payment(PaymentMethod.CARD),
    phrases=(
        Phrase(
            "de-phrase-agent",
            both(
                "Ausgestellt im Namen und für Rechnung des oben genannten Unternehmers.",
                "Issued in the name and for the account of the supplier named above.",
            ),
        ),
        Phrase(
            "de-phrase-taxi-reduced",
            both(
                "Ermäßigter Steuersatz nach § 12 Abs. 2 Nr. 10 UStG.",
                "Reduced rate under section 12 (2) no. 10 of the German VAT Act.",
            ),
        ),
    ),
    retain_until=date(2034, 12, 31),
    sequence=42,
    series="OZTURK-S2026-0",
    shard=0,
    supplier=Supplier(
        address=Address(
            city="Berlin", country="DE", lines=("Sonnenallee 104",), postal_code="12045"
        ),
        id="OZTURK",
        name="Taxi Öztürk & Söhne",
        tax_id="DE136695976",
    ),
    supply=Supply(
        date=date(2026, 11, 24),
        ended_at=datetime(2026, 11, 24, 14, 29, tzinfo=BERLIN),
        route=Route("Hermannplatz 5, Neukölln", 7_840, "taxi", "Berlin Hauptbahnhof"),
        started_at=datetime(2026, 11, 24, 14, 5, tzinfo=BERLIN),
    ),
    tax_subtotals=(
        TaxSubtotal(TaxCategory.STANDARD, 20_00, 18_69, "de-vat-taxi-local", "7", VAT, 1_31),
    ),
    totals=Totals(20_00, 18_69, 2_00, 22_00, 1_31),
    trade_id="trip-1",
    version=1,
)

DE_HIRE_CAR = msgspec.structs.replace(
    DE_TAXI,
    customer=Customer(
        address=Address(
            city="Wien", country="AT", lines=("Praterstraße 31", "Stiege 2"), postal_code="1020"
        ),
        name="Donau Design GmbH",
        tax_id="ATU12345675",
    ),
    issuer_role=IssuerRole.PRINCIPAL,
    kind=DocumentKind.INVOICE,
    languages=("en", "de"),
    lines=(
        line(both("Fahrpreis", "Fare"), 1035_72, 196_78, "de-vat-hire-car"),
        line(both("Buchungsgebühr", "Booking fee"), 1_67, 32, "de-vat-hire-car"),
    ),
    pass_through=(),
    payment=Payment(PaymentMethod.ACCOUNT),
    phrases=(),
    supply=msgspec.structs.replace(
        DE_TAXI.supply,
        route=Route(None, 612_300, "hire_car", "Flughafen BER, Terminal 1"),
        started_at=datetime(2026, 11, 23, 23, 40, tzinfo=BERLIN),
    ),
    tax_subtotals=(
        TaxSubtotal(TaxCategory.STANDARD, 1234_49, 1037_39, "de-vat-hire-car", "19", VAT, 197_10),
    ),
    totals=Totals(1234_49, 1037_39, 0, 1234_49, 197_10),
)

NY_APP_TRIP = msgspec.structs.replace(
    DE_TAXI,
    country="US-NY",
    currency="USD",
    issuer_role=IssuerRole.PRINCIPAL,
    kind=DocumentKind.RECEIPT,
    languages=("en",),
    lines=(
        line(english("Fare"), 24_10, 2_14, "us-ny-app-trip-city"),
        line(english("Booking fee"), 3_00, 27, "us-ny-app-trip-city"),
    ),
    pass_through=(
        levy("NY State congestion surcharge", 2_75),
        levy("MTA congestion relief zone toll", 1_50),
        levy("Black Car Fund", 75),
        passed(english("Tip"), 5_00, PassThroughKind.TIP, "driver"),
    ),
    phrases=(Phrase("tip", english("Tips go to the driver in full and are not taxed.")),),
    supplier=Supplier(
        address=Address(
            city="New York, NY", country="US", lines=("33 Bond Street",), postal_code="10012"
        ),
        id="KVITTO",
        name="Example Rides, Inc.",
    ),
    supply=Supply(
        date=date(2026, 11, 24),
        ended_at=datetime(2026, 11, 24, 18, 47, tzinfo=NEW_YORK),
        route=Route("Atlantic Terminal, Brooklyn", 9_012, "app_trip", "W 57 St & 8 Ave"),
        started_at=datetime(2026, 11, 24, 18, 12, tzinfo=NEW_YORK),
    ),
    tax_subtotals=(
        TaxSubtotal(
            TaxCategory.STANDARD,
            29_51,
            27_10,
            "us-ny-app-trip-city",
            "8.875",
            english("Sales tax"),
            2_41,
        ),
    ),
    totals=Totals(29_51, 27_10, 10_00, 39_51, 2_41),
)

NY_TAXI = msgspec.structs.replace(
    NY_APP_TRIP,
    lines=(line(english("Fare"), 18_50, 0, "us-ny-taxicab"),),
    pass_through=(levy("MTA tax", 50), *NY_APP_TRIP.pass_through),
    supply=msgspec.structs.replace(
        NY_APP_TRIP.supply, route=Route("LaGuardia", 1_609, "medallion_taxi", "Zone 161")
    ),
    tax_subtotals=(
        TaxSubtotal(
            TaxCategory.OUTSIDE_SCOPE,
            18_50,
            18_50,
            "us-ny-taxicab",
            "0",
            english("Sales tax"),
            0,
        ),
    ),
    totals=Totals(18_50, 18_50, 10_50, 29_00, 0),
)

TWO_RATES = msgspec.structs.replace(
    DE_TAXI,
    lines=(*DE_TAXI.lines, line(both("Buchungsgebühr", "Booking fee"), 1_67, 32, "fee", 1)),
    tax_subtotals=(
        *DE_TAXI.tax_subtotals,
        TaxSubtotal(TaxCategory.STANDARD, 1_99, 1_67, "fee", "19", VAT, 32),
    ),
    totals=Totals(21_99, 20_36, 2_00, 23_99, 1_63),
)

SAMPLES = {
    "de-taxi": DE_TAXI,
    "de-hire-car": DE_HIRE_CAR,
    "ny-app-trip": NY_APP_TRIP,
    "ny-taxi": NY_TAXI,
    "two-rates": TWO_RATES,
}
