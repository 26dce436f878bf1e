"""What a family of models is, as data: how to know it, how to run it."""

from __future__ import annotations

from dataclasses import dataclass

from safelight.domain.models import Defaults, Prediction


@dataclass(frozen=True, slots=True)
class Signature:
    """What tells a family from all others.

    The text encoders inside a file decide, by their names. Only where a file has none (a UNet alone, a LoRA, an
    embedding, a diffusers folder) the width of the text that the UNet listens to decides.

    Attributes:
        text_encoders: Prefixes of tensor names in the published checkpoints, all of which must be there.
        without: Prefixes that must not be there.
        context_width: Second side of the UNet's `attn2.to_k.weight`.
        pipelines: Beginnings of diffusers class names of the family.
        width_decides: Whether a diffusers folder must have the context width too, because families share a class.
    """

    text_encoders: tuple[str, ...]
    context_width: int
    pipelines: tuple[str, ...]
    without: tuple[str, ...] = ()
    width_decides: bool = True


@dataclass(frozen=True, slots=True)
class Architecture:
    """A family of models.

    Attributes:
        name: Short name, as in `ModelInfo.architecture`.
        label: Name for people.
        signature: How it is told.
        defaults: What it is run with when nothing else is said.
        prediction: What its UNet predicts; None when the weights must tell.
        epsilon_defaults: Defaults of its members that are known to predict the noise, where they differ.
        inpaint_prediction: What its inpainting members predict.
        problem: Why it can't be run yet, in one sentence.
    """

    name: str
    label: str
    signature: Signature
    defaults: Defaults
    prediction: Prediction | None
    epsilon_defaults: Defaults | None = None
    inpaint_prediction: Prediction | None = "epsilon"
    problem: str | None = None

    def defaults_for(self, prediction: Prediction | None) -> Defaults:
        """Defaults of a member with this prediction."""
        return self.epsilon_defaults if prediction == "epsilon" and self.epsilon_defaults else self.defaults
