from __future__ import annotations

import pkgutil

import pytest

from receipts import business_lines
from receipts.business_lines.business_line import BusinessLine, find_business_lines

each_line = pytest.mark.parametrize("line", find_business_lines(), ids=lambda line: line.name)


def test_every_module_of_the_folder_but_this_one_is_a_business_line() -> None:
    modules = {module.name for module in pkgutil.iter_modules(business_lines.__path__)}

    assert [line.name for line in find_business_lines()] == sorted(modules - {"business_line"})


@each_line
def test_a_line_states_every_attribute_once(line: BusinessLine) -> None:
    assert len(set(line.attributes)) == len(line.attributes)
    assert "business_line" in line.attributes


def test_lines_share_no_event_type() -> None:
    lines = find_business_lines()

    assert len({line.event_tag for line in lines}) == len(lines) > 0


@each_line
def test_the_tag_of_a_line_is_the_type_that_its_events_carry(line: BusinessLine) -> None:
    assert line.event_type.__struct_config__.tag == line.event_tag
