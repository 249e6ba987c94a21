"""Sample events are repeatable, and the law of their country has an answer for each."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.service import Service, as_batch, findings_of, open_pipeline, open_shards, sample_lines

from receipts.cli.sample import sample_events
from receipts.countries.loader import shipped_packs
from receipts.domain.corrections import CORRECTION_EVENTS, CorrectionCause
from receipts.domain.errors import BrokenPack
from receipts.pipeline.sample_corrections import with_corrections
from receipts.pipeline.samples import load_sample


@pytest.mark.parametrize("seed", [1, 2, 3, 2026])
def test_every_sample_event_leads_to_a_document(service: Service, seed: int) -> None:
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        for start in range(0, 2_000, 500):
            pipeline.run(as_batch(sample_lines(2_000, seed)[start : start + 500]))

        assert list(stores.shards[0].dead_letters()) == []
        assert pipeline.tally.events_issued == 2_000
        assert seed != 1 or list(findings_of(stores)) == []


def test_the_same_seed_gives_the_same_events_and_another_one_others() -> None:
    first = sample_lines(50, 1)
    sample_lines.cache_clear()

    assert sample_lines(50, 1) == first
    assert sample_lines(60, 1)[:50] == first
    assert not set(sample_lines(50, 2)) & set(first)


def test_every_shipped_pack_has_sample_events() -> None:
    packs = shipped_packs()

    assert packs
    assert [pack.name for pack in packs if load_sample(pack) is None] == []


def test_a_pack_without_a_sample_has_none(tmp_path: Path) -> None:
    assert load_sample(tmp_path) is None


@pytest.mark.parametrize("text", ["first_day = [", "days = 1", ""])
def test_a_sample_that_does_not_fit_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "sample.toml").write_text(text)

    with pytest.raises(BrokenPack, match=r"sample\.toml: "):
        load_sample(tmp_path)


@pytest.mark.parametrize("seed", [1, 2, 3, 2026])
def test_every_sample_correction_leads_to_a_document(service: Service, seed: int) -> None:
    originals = sample_events(Path("no-team-packs"), 600, seed, None, None)
    events = list(with_corrections(originals, percent=50, seed=seed))
    with open_shards(service) as stores:
        pipeline = open_pipeline(stores, service)
        documents = pipeline.run(as_batch(map(msgspec.json.encode, events)))

        assert list(stores.shards[0].dead_letters()) == []
        assert pipeline.tally.events_issued == len(events)
        causes = {each.correction.cause for each in documents if each.correction}
        assert causes == {
            CorrectionCause.CANCELLATION,
            CorrectionCause.REFUND,
            CorrectionCause.TIP,
        }
        assert seed != 1 or list(findings_of(stores)) == []


def test_corrections_change_no_other_event_and_follow_what_they_correct() -> None:
    alone = list(sample_events(Path("no-team-packs"), 200, 1, None, None))
    corrected = list(with_corrections(alone, percent=10, seed=1))

    added = [each for each in corrected if isinstance(each, CORRECTION_EVENTS)]
    assert [each for each in corrected if not isinstance(each, CORRECTION_EVENTS)] == alone
    assert 5 <= len(added) <= 40
    for each in added:
        assert corrected[corrected.index(each) - 1].id == each.data.original.id
    assert list(with_corrections(alone, percent=0, seed=1)) == alone
    assert len(list(with_corrections(alone, percent=100, seed=1))) == 400
