"""The page of one document: HTML that a customer reads and an accountant files.

A pure function of the document's view; the page is ``templates/receipt.html``.

The page needs no script, font, picture or network, and has one ``<style>``
without any value in it, so a Content-Security-Policy can name its hash.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from receipts.rendering.view import View


class Link(Struct, frozen=True, gc=False):
    """A way from the page to another form of the document."""

    href: str
    text: str
    language: str
    media_type: str


def render_html(view: View, links: Sequence[Link] = ()) -> str:
    """The page of a document, complete with doctype.

    Args:
        view: The document as its readers see it.
        links: What the page leads to where it is served; a file of its own leads nowhere.
    """
    return _template().render(view=view, links=links)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  100 ms

    environment = Environment(
        autoescape=True,
        auto_reload=False,
        loader=PackageLoader("receipts.rendering"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("receipt.html")
