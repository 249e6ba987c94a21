"""A bill of materials is held to an installation in both directions."""

from __future__ import annotations

from typing import Any

from tests.sbom.components import differences, named, normal

HASHED = [{"type": "distribution", "hashes": [{"alg": "SHA-256", "content": "00"}]}]


def bill(*components: dict[str, Any]) -> dict[str, Any]:
    """A bill of a service with these components."""
    own = {"name": "it", "version": "1"}
    return {"metadata": {"component": own}, "components": list(components)}


def component(name: str, version: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "externalReferences": HASHED, **more}


def test_a_bill_of_what_is_installed_has_no_difference() -> None:
    assert differences(bill(component("babel", "2")), {"it": "1", "babel": "2"}) == []


def test_another_version_is_a_difference() -> None:
    found = differences(bill(component("babel", "2")), {"it": "1", "babel": "3"})

    assert found == ["babel 3 is installed, the bill says 2"]


def test_what_the_bill_does_not_name_is_a_difference() -> None:
    assert differences(bill(), {"it": "1", "rich": "9"}) == [
        "rich 9 is installed, the bill says nothing of it"
    ]


def test_what_is_not_installed_is_a_difference() -> None:
    assert differences(bill(component("babel", "2")), {"it": "1"}) == [
        "babel 2 is in the bill and not installed"
    ]


def test_what_is_for_other_platforms_need_not_be_installed() -> None:
    marker = {"name": "uv:package:marker", "value": "sys_platform == 'win32'"}
    colours = component("colorama", "1", properties=[marker])

    assert differences(bill(colours), {"it": "1"}) == []


def test_a_component_without_a_hash_is_a_difference() -> None:
    bare = {"name": "babel", "version": "2"}

    assert differences(bill(bare), {"it": "1", "babel": "2"}) == ["babel has no hash"]


def test_names_are_compared_as_the_index_compares_them() -> None:
    assert normal("Typing_Extensions") == normal("typing.extensions") == "typing-extensions"


def test_versions_are_compared_as_numbers() -> None:
    pairs = [["Fonts", "2.012"], ["zones", "2026.6"], ["half", "1.0.0"]]

    assert named(pairs) == {"fonts": "2.12", "zones": "2026.6", "half": "1.0.0"}
