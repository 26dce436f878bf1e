"""Names of samplers and schedulers, and that the diffusers engine has what its spec says."""

from __future__ import annotations

import pytest
from diffusers import EDMEulerScheduler, EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler

from safelight.domain.errors import InvalidInput, UnsupportedModel
from safelight.domain.samplers import SAMPLERS, SCHEDULERS, SamplerFacts, find_sampler, find_scheduler, network_calls
from safelight.engines.diffusers.samplers import build_scheduler, check_schedule
from safelight.engines.diffusers.spec import SPEC
from safelight.engines.sdcpp.spec import SPEC as SDCPP

SD = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
PAIRS = [(sampler, scheduler) for sampler, schedulers in SPEC.samplers.items() for scheduler in schedulers]


@pytest.mark.parametrize(
    ("typed", "sampler", "scheduler"),
    [
        ("euler", "euler", None),
        ("Euler a", "euler_a", None),
        ("k_euler_ancestral", "euler_a", None),
        ("DPM++ 2M", "dpmpp_2m", None),
        ("DPM++ 2M Karras", "dpmpp_2m", "karras"),
        ("dpm++2m_karras", "dpmpp_2m", "karras"),
        ("DPM++ 2M SDE Exponential", "dpmpp_2m_sde", "exponential"),
        ("PLMS", "pndm", None),
        ("UniPC", "unipc", None),
    ],
)
def test_names_that_people_type(typed: str, sampler: str, scheduler: str | None) -> None:
    assert find_sampler(typed) == (sampler, scheduler)


def test_an_unknown_sampler_brings_the_nearest_names() -> None:
    with pytest.raises(InvalidInput, match=r"no sampler 'eulr'.*euler"):
        find_sampler("eulr")
    with pytest.raises(InvalidInput, match=r"no scheduler 'karas'.*karras"):
        find_scheduler("karas")


def test_an_impossible_pair_brings_the_possible_ones() -> None:
    with pytest.raises(InvalidInput, match=r"'euler_a' with scheduler 'karras'.*discrete, sgm_uniform"):
        SamplerFacts(engine="diffusers", pairs=SPEC.samplers).check("euler_a", "karras")


def test_every_name_is_known_to_the_spec_or_said_to_be_missing() -> None:
    for spec in (SPEC, SDCPP):
        assert {item.name for item in SAMPLERS} == spec.samplers.keys() | spec.missing_samplers.keys()
    used = {scheduler for spec in (SPEC, SDCPP) for schedulers in spec.samplers.values() for scheduler in schedulers}
    assert used == {item.name for item in SCHEDULERS}


@pytest.mark.parametrize(("sampler", "scheduler"), PAIRS)
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_every_pair_of_the_spec_builds_and_takes_the_models_schedule(
    sampler: str, scheduler: str, prediction: str
) -> None:
    built = build_scheduler(sampler, scheduler, SD | {"prediction_type": prediction}, 10)
    built.set_timesteps(10)

    assert network_calls(sampler, 10) <= len(built.timesteps) <= network_calls(sampler, 10) + 1  # PLMS has one more
    assert built.config.prediction_type == prediction
    assert built.config.beta_end == SD["beta_end"]
    flags = {"karras": "use_karras_sigmas", "exponential": "use_exponential_sigmas", "beta": "use_beta_sigmas"}
    for name, flag in flags.items():
        assert bool(built.config.get(flag)) == (name == scheduler)


@pytest.mark.parametrize("sampler", [name for name, schedulers in SPEC.samplers.items() if len(schedulers) > 1])
def test_the_schedulers_of_a_sampler_differ(sampler: str) -> None:
    seen = set()
    for scheduler in SPEC.samplers[sampler]:
        built = build_scheduler(sampler, scheduler, SD | {"prediction_type": "epsilon"}, 7)
        built.set_timesteps(7)
        seen.add(tuple(float(x) for x in getattr(built, "sigmas", built.timesteps)))
    assert len(seen) == len(set(SPEC.samplers[sampler]) - {"simple"})


@pytest.mark.parametrize(("sampler", "scheduler"), [pair for pair in PAIRS if pair[0] != "tcd"])
def test_a_single_step_starts_at_the_noisy_end(sampler: str, scheduler: str) -> None:
    built = build_scheduler(sampler, scheduler, SD | {"prediction_type": "epsilon"}, 1)
    built.set_timesteps(1)
    assert float(built.timesteps[0]) >= 990


def test_zero_terminal_snr_is_kept() -> None:
    config = SD | {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True}
    assert build_scheduler("euler", "sgm_uniform", config, 20).config.rescale_betas_zero_snr


def test_noise_schedules_that_no_sampler_keeps_are_refused() -> None:
    check_schedule(EulerDiscreteScheduler(**SD), "m")
    check_schedule(FlowMatchEulerDiscreteScheduler(), "m")
    with pytest.raises(UnsupportedModel, match="m was trained on the noise schedule of EDMEulerScheduler"):
        check_schedule(EDMEulerScheduler(), "m")
