"""Companions: finds in a catalog what a model needs beside its own file, by fingerprint; names only break ties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safelight.catalog.architectures import Need, companions
from safelight.catalog.headers.header import shown
from safelight.catalog.reading import Reading
from safelight.catalog.scan import NAMELESS, Found, short_name
from safelight.catalog.well_known import WELL_KNOWN, WellKnown, well_known
from safelight.domain.models import Component, ModelInfo, Role
from safelight.domain.values import Value

_ROLES = {
    Role.VAE: "a VAE",
    Role.CLIP_L: "the text encoder CLIP-L",
    Role.CLIP_G: "the text encoder CLIP-G",
    Role.T5XXL: "the text encoder T5-XXL",
    Role.LLM: "a language model",
    Role.CLIP_VISION: "an image encoder",
    Role.HIGH_NOISE: "its high-noise half",
}


class Missing(Value):
    """A companion that a model lacks.

    Attributes:
        role: What it would be to the model.
        label: What it is, for people.
        optional: Whether the model also runs, worse, without it.
        offer: Where to get it, when a place is known.
    """

    role: Role
    label: str
    optional: bool = False
    offer: WellKnown | None = None


@dataclass(frozen=True, slots=True)
class Companions:
    """What a model has of its companions, what it lacks, and how that was decided."""

    components: tuple[Component, ...] = ()
    missing: tuple[Missing, ...] = ()
    evidence: tuple[str, ...] = ()
    listed: bool = True
    """Whether the catalog lists the model, so that it can be named."""

    @property
    def lacks(self) -> tuple[Missing, ...]:
        """What is missing and not optional."""
        return tuple(one for one in self.missing if not one.optional)

    def problem(self, name: str) -> str | None:
        """Why the model called `name` can't be run for want of companions, and what to do; None when it has all."""
        if not self.lacks:
            return None
        needs = _and([one.label for one in self.lacks])
        offers = [one.offer.address for one in self.lacks if one.offer]
        commands = [f"safelight models pull {source}" for source in ([f"missing:{name}"] if self.listed else offers)]
        way = f"Get what is missing: {_and(commands)}" if offers else "Put it into a models folder."
        return f"It needs {needs} beside its own file. {way}"


Candidate = tuple[Found, Reading]


class Store:
    """The files of a catalog that can be companions, shared by all its models."""

    def __init__(self, readings: Iterable[Candidate]) -> None:
        self._by_role: defaultdict[Role, list[Candidate]] = defaultdict(list)
        self._ranked: dict[tuple[Need, str | None], _Ranked] = {}
        for found, reading in readings:
            if reading.role is not None:
                self._by_role[reading.role].append((found, reading))

    def companions_of(self, found: Found, reading: Reading, *, listed: bool = True) -> Companions:
        """What the model at `found` has and lacks; `listed` says whether the catalog lists it."""
        components, lacking, evidence = [], [], []
        for need in reading.needs:
            best, fitting = self._best(found, reading, need)
            if best is None:
                components.append(Component(role=need.role, path=None))
                lacking.append(missing(need, reading.model.architecture))
                continue
            chosen, its = best
            components.append(Component(role=need.role, path=chosen.path, bytes=its.model.bytes))
            among = f", one of {fitting} that fit" if fitting > 1 else ""
            evidence.append(f"{_ROLES[need.role].capitalize()} is at hand: {shown(chosen.place)}{among}.")
        return Companions(tuple(components), tuple(lacking), tuple(evidence), listed)

    def _best(self, found: Found, reading: Reading, need: Need) -> tuple[Candidate | None, int]:
        """The file that a model's need is filled with, and how many could.

        Only a name tells the high-noise half of a model from the low-noise one, so it must. Else names only break ties:
        first the companion that is usual, then the one whose name is the family's own where families share a
        fingerprint, then the nearest to the model, then by place.
        """
        if need.role is Role.HIGH_NOISE and _is_high(found):
            return None, 0
        key = (need, reading.model.architecture)
        if key not in self._ranked:
            fitting = [one for one in self._by_role[need.role] if one[1].fills(need)]
            if need.role is Role.HIGH_NOISE:
                fitting = [one for one in fitting if _is_high(one[0])]
            self._ranked[key] = _Ranked(fitting, need, reading.model.architecture)
        return self._ranked[key].nearest(found), self._ranked[key].count


class _Ranked:
    """Files that fill a need of one family's models, in those that are equally good and the best."""

    def __init__(self, fitting: Sequence[Candidate], need: Need, architecture: str | None) -> None:
        def goodness(candidate: Candidate) -> tuple[int, int]:
            found, its = candidate
            return need.accepts.index(its.companion or ""), _hint(found, need.role, its.companion, architecture)

        self.count = len(fitting)
        best = min(map(goodness, fitting), default=None)
        equals = sorted((one for one in fitting if goodness(one) == best), key=lambda one: one[0].place.casefold())
        self._first = equals[0] if equals else None
        self._by_root = {one[0].root: one for one in reversed(equals)}
        self._by_folder = {one[0].path.parent: one for one in reversed(equals)}

    def nearest(self, model: Found) -> Candidate | None:
        """Of the best ones that in the model's folder, else one below the same models folder, else the first."""
        return self._by_folder.get(model.path.parent) or self._by_root.get(model.root) or self._first


def complete(model: ModelInfo, reading: Reading, companions: Companions) -> ModelInfo:
    """`model` with its companions; its problem is what is missing, or what stays when nothing is."""
    if not reading.needs:
        return model
    problem = model.problem if reading.blocked else companions.problem(model.id)
    return model.model_copy(
        update={
            "components": companions.components,
            "evidence": model.evidence + companions.evidence,
            "problem": problem,
        }
    )


def missing(need: Need, architecture: str | None) -> Missing:
    """What to say of a need that nothing fills, of a model of this architecture."""
    offer = well_known(need, architecture)
    label = _ROLES[need.role]
    usual = need.accepts[0] if need.accepts else None
    known = next((one.label for one in companions() if one.name == usual), None)
    return Missing(role=need.role, label=known or label, optional=need.optional, offer=offer)


def _hint(found: Found, role: Role, companion: str | None, architecture: str | None) -> int:
    """0 when the file has the published name of the family's own companion, 2 when that of another's, else 1."""
    namesakes = [
        entry
        for entry in WELL_KNOWN
        if (entry.role, entry.companion) == (role, companion)
        and entry.name.casefold() == found.path.name.casefold()
        and short_name(entry.name) not in NAMELESS
    ]
    if not namesakes:
        family = (architecture or "").partition("_")[0].casefold()
        return 0 if family and family in found.place.casefold() else 1
    return 0 if any(entry.is_for(architecture) for entry in namesakes) else 2


def _is_high(found: Found) -> bool:
    return "high" in found.path.name.casefold()


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
