"""Who is next."""

from __future__ import annotations

import pytest

from safelight.domain.jobs import Job
from safelight.jobs.fairness import MAX_PASSED, FairShare
from tests.unit.test_jobs import REQUEST, a_job


def waiting(name: str, owner: str = "", *, priority: int = 0, model: str = "cold") -> Job:
    request = REQUEST.model_copy(update={"model": model})
    return a_job(id=name, owner=owner, priority=priority, position=float(name.strip("abc") or 0), request=request)


def is_hot(model: str) -> bool:
    return model == "hot"


def test_nothing_waits() -> None:
    assert FairShare().choose([], is_hot) is None


def test_priority_goes_before_everything_else() -> None:
    chosen = FairShare().choose([waiting("1"), waiting("2", priority=1), waiting("3", model="hot")], is_hot)
    assert chosen and chosen.id == "2"


def test_owners_take_turns_though_one_asked_for_much_more() -> None:
    fairness = FairShare()
    queue = [waiting(f"{n}", "a") for n in range(1, 5)] + [waiting(f"{n}", "b") for n in range(10, 12)]
    order = []
    while queue:
        chosen = fairness.choose(queue, is_hot)
        assert chosen
        order.append(chosen.owner)
        queue.remove(chosen)
        fairness.used(chosen.owner, 10, sorted({job.owner for job in queue}))
    assert order == ["a", "b", "a", "b", "a", "a"]


def test_a_share_is_of_time_and_not_of_jobs() -> None:
    fairness = FairShare()
    fairness.used("slow", 100, ["slow", "quick"])
    for _ in range(9):
        chosen = fairness.choose([waiting("1", "slow"), waiting("2", "quick")], is_hot)
        assert chosen and chosen.owner == "quick"
        fairness.used("quick", 10, ["slow", "quick"])


def test_who_was_away_saves_nothing_up() -> None:
    fairness = FairShare()
    for _ in range(100):
        fairness.used("a", 10, ["a"])
    fairness.used("b", 10, ["a"])
    chosen = fairness.choose([waiting("1", "a"), waiting("2", "b")], is_hot)
    assert chosen and chosen.owner == "a"


@pytest.mark.parametrize("owner", ["", "a"])
def test_a_loaded_model_goes_first_but_not_for_ever(owner: str) -> None:
    fairness = FairShare()
    queue = [waiting("1", owner), waiting("2", owner, model="hot")]
    chosen = [fairness.choose(queue, is_hot) for _ in range(MAX_PASSED + 1)]
    assert [job.id for job in chosen if job] == ["2"] * MAX_PASSED + ["1"]


def test_a_loaded_model_does_not_take_another_owners_turn() -> None:
    fairness = FairShare()
    fairness.used("b", 10, ["a", "b"])
    chosen = fairness.choose([waiting("1", "a"), waiting("2", "b", model="hot")], is_hot)
    assert chosen and chosen.owner == "a"
