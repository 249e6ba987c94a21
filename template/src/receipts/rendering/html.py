"""Pages: of a document, of a verdict on one, and of the contract of the Web API.

Pure functions of what they show; the pages are in ``templates/``.

A page needs no script, font, picture or network, and has one ``<style>``, the same for
all, so a Content-Security-Policy can name its hash.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from receipts.rendering.qr import symbol_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment, Template

    from receipts.rendering.verdict import Verdict
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
    qr = None if view.verification is None else symbol_of(view.verification.address)
    return _template("receipt.html").render(view=view, links=links, qr=qr)


def render_verdict(verdict: Verdict, links: Sequence[Link] = ()) -> str:
    """The page that says whether a document is genuine, complete with doctype.

    Args:
        verdict: What it says.
        links: The same page in other languages.
    """
    return _template("verdict.html").render(verdict=verdict, links=links)


def render_problem(title: str, detail: str, remedy: str) -> str:
    """The page of an error, complete with doctype.

    Args:
        title: Of the status.
        detail: What is wrong.
        remedy: What to do about it.
    """
    return _template("problem.html").render(title=title, detail=detail, remedy=remedy)


def render_contract(contract: Mapping[str, Any]) -> str:
    """The page of the Web API's contract, complete with doctype.

    Args:
        contract: An OpenAPI 3.1 document.
    """
    return _template("contract.html").render(contract=contract)


@cache
def style_source() -> str:
    """What a Content-Security-Policy calls the style of every page: ``'sha256-…'``."""
    return f"'sha256-{b64encode(sha256(_style().encode()).digest()).decode()}'"


@cache
def _style() -> str:
    file = resources.files("receipts.rendering").joinpath("templates/page.css")
    return file.read_text(encoding="utf-8")


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  100 ms
    from markupsafe import Markup  # noqa: PLC0415  comes with it

    environment = Environment(
        autoescape=True,
        auto_reload=False,
        loader=PackageLoader("receipts.rendering"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["style"] = Markup(_style())  # noqa: S704  a file of ours
    return environment
