"""Write the reference pages: ``python -m tests.docs.write_reference``."""

from __future__ import annotations

from pathlib import Path

from tests.docs.reference import PAGES

FOLDER = Path(__file__).parents[2] / "docs" / "reference"

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / f"{name}.md").write_text(page(), "utf-8")
        print(f"docs/reference/{name}.md")  # noqa: T201
