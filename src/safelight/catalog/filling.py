"""Which need of a diffusion model a file can fill, told by its tensors and never by its name."""

from __future__ import annotations

from dataclasses import dataclass

from safelight.catalog.architectures import Companion, Need
from safelight.catalog.detection import companion_of
from safelight.catalog.headers import Header
from safelight.catalog.parts import UNET, index
from safelight.domain.models import Role


@dataclass(frozen=True, slots=True)
class Filling:
    """What a file can be to a diffusion model.

    Attributes:
        role: What it is to the model.
        companion: Which VAE, text encoder or image encoder it is; `accepts` of a `Need` names these.
        evidence: The fact that decided, as a sentence.
    """

    role: Role
    companion: Companion
    evidence: str

    def fills(self, need: Need) -> bool:
        """Whether it can be what a diffusion model needs."""
        return need.role is self.role and self.companion.name in need.accepts


def fills(header: Header) -> Filling | None:
    """What a file with a VAE, a text encoder or an image encoder alone can be used as; None for all others.

    A checkpoint that holds these parts among others is no filling, and neither is one that fits several fingerprints.
    """
    found = companion_of(header)
    if found is None or (found[0].role is not Role.HIGH_NOISE and UNET.witness(index(header))):
        return None
    companion, evidence = found
    return Filling(companion.role, companion, evidence)
