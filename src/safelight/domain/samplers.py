"""The names of samplers and schedulers: ours, A1111's display names, and what else people type.

Which of them an engine has, and in which pairs, is said by its `EngineSpec`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from safelight.domain.errors import InvalidInput
from safelight.domain.values import Value


class Named(Value):
    """One sampler or scheduler: our name, A1111's label, other spellings."""

    name: str
    label: str
    aliases: tuple[str, ...] = ()


class SamplerFacts(Value):
    """What an engine has of samplers for a model.

    Attributes:
        engine: Its name, for messages.
        pairs: Sampler → schedulers it can run it with.
        missing: Sampler → why the engine has not got it.
    """

    engine: str
    pairs: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, str] = {}

    def check(self, sampler: str, scheduler: str) -> None:
        """Raise InvalidInput, with what works, unless there is this pair."""
        if sampler not in self.pairs:
            reason = f" {self.missing[sampler]}" if sampler in self.missing else ""
            raise InvalidInput(
                f"The {self.engine} engine has no sampler {sampler!r} for this model.{reason}",
                hint=f"It has: {', '.join(sorted(self.pairs))}.",
            )
        if scheduler not in self.pairs[sampler]:
            raise InvalidInput(
                f"The {self.engine} engine can't run sampler {sampler!r} with scheduler {scheduler!r}.",
                hint=f"With {sampler!r} it can run: {', '.join(self.pairs[sampler])}.",
            )


SAMPLERS = (
    Named(name="euler", label="Euler", aliases=("k_euler", "euler_discrete")),
    Named(name="euler_a", label="Euler a", aliases=("eulera", "euler_ancestral", "k_euler_a", "k_euler_ancestral")),
    Named(name="heun", label="Heun", aliases=("k_heun",)),
    Named(name="dpm2", label="DPM2", aliases=("k_dpm_2", "dpm_2", "kdpm2")),
    Named(name="dpm2_a", label="DPM2 a", aliases=("k_dpm_2_a", "dpm_2_ancestral", "dpm2_ancestral")),
    Named(name="dpmpp_2m", label="DPM++ 2M", aliases=("k_dpmpp_2m", "dpm++2m", "dpmpp2m")),
    Named(name="dpmpp_2m_sde", label="DPM++ 2M SDE", aliases=("k_dpmpp_2m_sde",)),
    Named(name="dpmpp_3m_sde", label="DPM++ 3M SDE", aliases=("k_dpmpp_3m_sde",)),
    Named(name="dpmpp_2s", label="DPM++ 2S", aliases=("dpm_single",)),
    Named(name="dpmpp_2s_a", label="DPM++ 2S a", aliases=("k_dpmpp_2s_a", "dpmpp_2s_ancestral", "dpm++2s_a")),
    Named(name="dpmpp_sde", label="DPM++ SDE", aliases=("k_dpmpp_sde",)),
    Named(name="lms", label="LMS", aliases=("k_lms",)),
    Named(name="ddim", label="DDIM", aliases=("ddim_trailing",)),
    Named(name="ddpm", label="DDPM"),
    Named(name="pndm", label="PLMS", aliases=("plms",)),
    Named(name="unipc", label="UniPC", aliases=("uni_pc",)),
    Named(name="deis", label="DEIS", aliases=("deis_m",)),
    Named(name="lcm", label="LCM"),
    Named(name="tcd", label="TCD"),
    Named(name="dpmpp_2m_v2", label="DPM++ 2M v2", aliases=("dpm++2mv2",)),
    Named(name="ipndm", label="iPNDM"),
    Named(name="ipndm_v", label="iPNDM v"),
    Named(name="res_multistep", label="Res Multistep"),
    Named(name="res_2s", label="Res 2s"),
    Named(name="er_sde", label="ER SDE"),
)

SECOND_ORDER = frozenset({"heun", "dpm2", "dpm2_a", "dpmpp_2s_a", "dpmpp_sde", "res_2s"})
"""Samplers that call the network twice a step, but for the last one."""

SCHEDULERS = (
    Named(name="discrete", label="Normal", aliases=("normal", "default", "linspace")),
    Named(name="karras", label="Karras"),
    Named(name="exponential", label="Exponential"),
    Named(name="sgm_uniform", label="SGM Uniform", aliases=("trailing",)),
    Named(name="simple", label="Simple"),
    Named(name="ddim_uniform", label="DDIM", aliases=("leading", "ddim")),
    Named(name="beta", label="Beta"),
    Named(name="ays", label="Align Your Steps", aliases=("align_your_steps",)),
    Named(name="gits", label="GITS"),
    Named(name="smoothstep", label="Smoothstep"),
    Named(name="kl_optimal", label="KL Optimal"),
    Named(name="lcm", label="LCM"),
    Named(name="bong_tangent", label="Bong Tangent"),
)


def find_sampler(text: str) -> tuple[str, str | None]:
    """Return the sampler that `text` names, and the scheduler if `text` names one too (`DPM++ 2M Karras`).

    Raises:
        InvalidInput: No such sampler; the nearest names are given.
    """
    wanted = _folded(text)
    if wanted in _SAMPLER_NAMES:
        return _SAMPLER_NAMES[wanted], None
    for ending, scheduler in _SCHEDULER_NAMES.items():
        sampler = wanted.removesuffix(ending)
        if sampler != wanted and sampler in _SAMPLER_NAMES:
            return _SAMPLER_NAMES[sampler], scheduler
    raise InvalidInput(f"There is no sampler {text!r}.", hint=_nearest(wanted, _SAMPLER_NAMES))


def find_scheduler(text: str) -> str:
    """Return the scheduler that `text` names.

    Raises:
        InvalidInput: No such scheduler; the nearest names are given.
    """
    wanted = _folded(text)
    if wanted not in _SCHEDULER_NAMES:
        raise InvalidInput(f"There is no scheduler {text!r}.", hint=_nearest(wanted, _SCHEDULER_NAMES))
    return _SCHEDULER_NAMES[wanted]


def label(name: str) -> str:
    """A1111's display name of a sampler or scheduler."""
    return next(item.label for item in (*SAMPLERS, *SCHEDULERS) if item.name == name)


def network_calls(sampler: str, steps: int) -> int:
    """How often a sampler calls the network for a picture in so many steps."""
    return 2 * steps - 1 if sampler in SECOND_ORDER else steps


def _folded(text: str) -> str:
    return re.sub(r"[\s_\-]+", "", text.lower().replace("++", "pp"))


def _names(items: tuple[Named, ...]) -> dict[str, str]:
    return {_folded(spelling): item.name for item in items for spelling in (item.name, item.label, *item.aliases)}


def _nearest(wanted: str, names: dict[str, str]) -> str:
    close = list(dict.fromkeys(names[match] for match in difflib.get_close_matches(wanted, names, n=4, cutoff=0.4)))
    every = list(dict.fromkeys(names.values()))
    return f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(every)}."


_SAMPLER_NAMES = _names(SAMPLERS)
_SCHEDULER_NAMES = _names(SCHEDULERS)
