"""What a family of models is, as data: how to know it, how to run it, what it needs beside itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from safelight.catalog.architectures.signature import Layout
from safelight.domain.models import Defaults, ModelKind, Prediction, Role
from safelight.domain.request import Mode

Modules = Mapping[str, tuple[tuple[int, int], ...]]
"""Name of a linear layer → the pairs of outputs and inputs that it has in the family's members."""


@dataclass(frozen=True, slots=True)
class Need:
    """A companion that a diffusion model runs with.

    Attributes:
        role: What it is to the model.
        accepts: Names of the `Companion`s that can be it, the usual one first.
        optional: Whether the model also runs, worse, without it.
    """

    role: Role
    accepts: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Companion:
    """A module published in files of its own that diffusion models need: a VAE, a text encoder, an image encoder.

    Families whose companions have the same tensors share one entry: the file alone can't say which family's it is.

    Attributes:
        name: Short name, as in `Need.accepts`.
        label: Name for people.
        role: What it is to a diffusion model.
        kind: What a file is that holds it alone.
        layouts: How it is told.
        latent_channels: Of a VAE.
        width: Of a text or image encoder's states.
    """

    name: str
    label: str
    role: Role
    kind: ModelKind
    layouts: tuple[Layout, ...]
    latent_channels: int | None = None
    width: int | None = None


@dataclass(frozen=True, slots=True)
class AddOn:
    """What works on a picture or on a diffusion model and is told by its layout.

    Attributes:
        label: Name for people.
        kind: What a file is that holds it.
        layouts: How it is told.
        base: Name of the family that it is for, if it is for one.
    """

    label: str
    kind: ModelKind
    layouts: tuple[Layout, ...]
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What tells a family from all others.

    A UNet's family is told by the text encoders inside its file. Only where a file has none (a UNet alone, a LoRA, an
    embedding, a diffusers folder), or one under a name that several families share, the width of the text that the
    UNet listens to decides. Every other diffusion model is told by its `layouts`.

    Attributes:
        text_encoders: Prefixes of tensor names in the published checkpoints, all of which must be there.
        without: Prefixes that must not be there.
        renamed: The same in files with stable-diffusion.cpp's own names, where there is more than the one prefix that
            families share (`parts.FIRST_RENAMED`).
        context_width: Second side of the UNet's `attn2.to_k.weight`.
        pipelines: Beginnings of diffusers class names of the family.
        width_decides: Whether a diffusers folder must have the context width too, because families share a class.
        layouts: Forms that its diffusion model is published in. A UNet family with layouts is a special member of
            the family that it `refines`.
        modules: Linear layers that a LoRA can change, with `_` for `.` and `N` for the numbers in their names, and
            their outputs and inputs. UNets have none: their LoRAs are told by the context width.
        blocks: How many blocks there are of a name before `_N`.
        metadata: Beginnings of what trainers write into a LoRA's metadata about its base (`ss_base_model_version`,
            `modelspec.architecture`). They only decide where its layers fit several families or none for certain.
    """

    text_encoders: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    context_width: int | None = None
    pipelines: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    width_decides: bool = True
    layouts: tuple[Layout, ...] = ()
    modules: Modules = field(default_factory=dict)
    blocks: Mapping[str, int] = field(default_factory=dict)
    metadata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """Members of a family that the same code runs, told by one more tensor.

    Attributes:
        label: Name for people.
        layouts: What tells them.
        modes: What they can be asked for; None as the family.
        defaults: Where they differ from the family's.
        needs: Where they differ from the family's.
    """

    label: str
    layouts: tuple[Layout, ...]
    modes: frozenset[Mode] | None = None
    defaults: Defaults | None = None
    needs: tuple[Need, ...] | None = None


@dataclass(frozen=True, slots=True)
class Architecture:
    """A family of models.

    Attributes:
        name: Short name, as in `ModelInfo.architecture`.
        label: Name for people.
        signature: How it is told.
        defaults: What it is run with when nothing else is said.
        prediction: What its diffusion model predicts; None when the weights must tell.
        epsilon_defaults: Defaults of its members that are known to predict the noise, where they differ.
        inpaint_prediction: What its inpainting members predict.
        problem: Why it can't be run yet, in one sentence.
        needs: Companions that its diffusion model runs with.
        modes: What it can be asked for; a UNet's input channels narrow it.
        variants: Members that differ; the first that fits is meant.
        refines: Name of the family of which this is a special member; where both fit, this one is meant.
    """

    name: str
    label: str
    signature: Signature
    defaults: Defaults
    prediction: Prediction | None
    epsilon_defaults: Defaults | None = None
    inpaint_prediction: Prediction | None = "epsilon"
    problem: str | None = None
    needs: tuple[Need, ...] = ()
    modes: frozenset[Mode] = frozenset(Mode)
    variants: tuple[Variant, ...] = ()
    refines: str | None = None

    def defaults_for(self, prediction: Prediction | None) -> Defaults:
        """Defaults of a member with this prediction."""
        return self.epsilon_defaults if prediction == "epsilon" and self.epsilon_defaults else self.defaults
