"""EasyCache on a scripted network: its decisions and answers are those of the paper's formulas, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import pytest
import torch

from safelight.engines.diffusers.easy_cache import EasyCache, Follows, Skipping


def whole(number: float, *shape: int) -> torch.Tensor:
    return torch.full(shape or (1, 4, 2, 2), float(number))


class Scripted:
    """A network that answers with the next of the given numbers, in the shape of what it is given."""

    def __init__(self, answers: Iterable[float]) -> None:
        self.answers, self.called = iter(answers), list[float]()

    def __call__(self, sample: torch.Tensor) -> torch.Tensor:
        self.called.append(float(sample.flatten()[0]))
        return whole(next(self.answers), *sample.shape)


def drawn(cache: EasyCache, network: Callable[[torch.Tensor], torch.Tensor], inputs: Iterable[float]) -> list[float]:
    return [float(cache(whole(x), partial(network, whole(x))).mean()) for x in inputs]


def test_steps_are_left_out_by_the_formula() -> None:
    network, cache = Scripted([10, 9, 4, 100, 0]), EasyCache(0.5, steps=10)
    inputs = [10, 8, 6, 2, -2, -4, -6, -7, -8, -9]
    answers = [
        *(10, 9),  # always; k = |9 - 10| / |8 - 10| = 0.5
        9 + (6 - 8),  # 0.5 * 2 / 9 = 0.11
        9 + (2 - 8),  # + 0.5 * 4 / 9 = 0.33
        4,  # + 0.5 * 4 / 9 = 0.56: called; k = |4 - 9| / |-2 - 8| = 0.5
        4 + (-4 + 2),  # 0.5 * 2 / 4 = 0.25
        100,  # + 0.5 * 2 / 4 = 0.5, which is not below it: called; k = |100 - 4| / |-6 + 2| = 24
        100 + (-7 + 6),  # 24 * 1 / 100 = 0.24
        100 + (-8 + 6),  # + 24 * 1 / 100 = 0.48
        0,  # the last one: always
    ]
    assert drawn(cache, network, inputs) == answers
    assert network.called == [10, 8, -2, -6, -9]
    assert (cache.seen, cache.skipped) == (10, 5)


@pytest.mark.parametrize(("follows", "answers"), [(0, [10, 9, 9, 9, 4, 4]), (-1, [10, 9, 11, 15, 4, 6])])
def test_noise_does_not_follow_what_goes_in_and_reversed_velocities_go_against_it(
    follows: Follows, answers: list[float]
) -> None:
    network, cache = Scripted([10, 9, 4]), EasyCache(0.5, steps=10, follows=follows)
    assert drawn(cache, network, [10, 8, 6, 2, -2, -4]) == answers, "decided the same way"


@pytest.mark.parametrize(("steps", "first"), [(4, 2), (20, 3), (40, 6)])
def test_the_beginning_is_never_left_out(steps: int, first: int) -> None:
    network, cache = Scripted([1] * steps), EasyCache(1, steps)
    drawn(cache, network, (x / 1000 for x in range(steps)))
    assert network.called == pytest.approx([x / 1000 for x in [*range(first), steps - 1]])


def test_nothing_is_left_out_at_0() -> None:
    network = Scripted([1] * 9)
    assert drawn(EasyCache(0, steps=9), network, range(9)) == [1] * 9
    assert network.called == list(range(9))


def test_numbers_that_are_none_are_not_built_on() -> None:
    for answers in ([0] * 9, [float("nan")] * 9):
        cache = EasyCache(1, steps=9)
        drawn(cache, Scripted(answers), range(9))
        assert cache.skipped == 0


def test_what_is_decided_for_a_step_holds_for_all_its_calls() -> None:
    """As with a negative prompt that the network is called for by itself; where it has no answer to go by it is."""
    said, unsaid, cache = Scripted([10, 9, 4]), Scripted([50, 40]), EasyCache(0.5, steps=10)
    found = []
    for x, guided in ((10, False), (8, False), (6, True), (2, True), (-2, False)):
        sample = whole(x)
        found.append(float(cache(sample, partial(said, sample)).mean()))
        if guided:
            found.append(float(cache(sample, partial(unsaid, sample)).mean()))
    assert found == [10, 9, 7, 50, 3, 50 + (2 - 6), 4]
    assert (said.called, unsaid.called) == ([10, 8, -2], [6])
    assert (cache.seen, cache.skipped) == (5, 2)


@pytest.mark.parametrize(("given", "answered"), [(9, 4), (4, 8)])
def test_masks_beside_the_sample_and_variances_beside_the_answer_are_left_alone(given: int, answered: int) -> None:
    cache = EasyCache(1, steps=10)
    for x in (10, 8):
        cache(whole(x, 1, given, 2, 2), partial(whole, x, 1, answered, 2, 2))
    found = cache(whole(7, 1, given, 2, 2), lambda: pytest.fail("called"))
    assert found.shape == (1, answered, 2, 2)
    assert torch.equal(found[:, :4], whole(7)) and torch.equal(found[:, 4:], whole(8)[:, : answered - 4])


def test_a_network_is_stood_in_for_as_its_pipelines_call_it() -> None:
    class Network:
        config = "its own"
        answered = 3.0

        def __call__(self, hidden_states: torch.Tensor, timestep: int, return_dict: bool = True) -> tuple[torch.Tensor]:
            assert not return_dict
            return (hidden_states * self.answered,)

    network = Skipping(Network(), lambda: EasyCache(1, steps=10))
    assert network.config == "its own"
    assert torch.equal(network(whole(2), 5, return_dict=False)[0], whole(6))
    assert torch.equal(network(hidden_states=whole(3), timestep=4).sample, whole(9))
    [skipped] = network(hidden_states=whole(3.25), timestep=3, return_dict=False)
    assert torch.equal(skipped, whole(9.25))
    assert network.note == "easy_cache left out 1 of 3 evaluations of the diffusion model."
