"""Kind, family and capabilities of a model file, from its header alone; what is not certain is said to be unknown."""

from __future__ import annotations

from dataclasses import dataclass

from safelight.catalog.architectures import Architecture, Need, architectures
from safelight.catalog.headers import Header
from safelight.catalog.headers.header import shown
from safelight.catalog.parts import ADD_ONS, ALONE, INSIDE_CHECKPOINTS, Part, context_width, holds, input_channels
from safelight.domain.models import Defaults, ModelKind, Prediction
from safelight.domain.request import Mode

_PLAIN_CHANNELS, _INPAINT_CHANNELS = 4, 9

_PROBLEMS = {
    ModelKind.LORA: "This is a LoRA; it changes a checkpoint and cannot draw by itself.",
    ModelKind.EMBEDDING: "This is a textual inversion embedding; it adds a word and cannot draw by itself.",
    ModelKind.CONTROLNET: "This is a ControlNet; it steers a checkpoint and cannot draw by itself.",
    ModelKind.UPSCALER: "This is an upscaler; it enlarges pictures and cannot draw them.",
    ModelKind.TAESD: "This is a tiny VAE; it shows previews of what a diffusion model draws and cannot draw by itself.",
    ModelKind.CLIP_VISION: "This is an image encoder; it describes pictures to a model and cannot draw by itself.",
    ModelKind.PHOTOMAKER: "This is PhotoMaker; it brings a person into a checkpoint and cannot draw by itself.",
    ModelKind.VAE: "This is a VAE alone; it decodes what a diffusion model draws and cannot draw by itself.",
    ModelKind.TEXT_ENCODER: "This is a text encoder alone; it cannot draw by itself.",
    ModelKind.DIFFUSION_MODEL: "This is a diffusion model of a family that is not known yet.",
    ModelKind.UNKNOWN: "What this file holds could not be told from its tensor names.",
}


@dataclass(frozen=True, slots=True)
class Detection:
    """What a header says about a file; the fields are those of `ModelInfo`, but for `needs`.

    Attributes:
        needs: Companions that the family runs with and that are not inside this file.
    """

    kind: ModelKind
    architecture: str | None
    prediction: Prediction | None
    modes: frozenset[Mode]
    defaults: Defaults
    evidence: tuple[str, ...]
    problem: str | None
    needs: tuple[Need, ...] = ()


def detect(header: Header) -> Detection:
    """Tell what a file holds from the names and shapes of its tensors."""
    kind, evidence = _kind(header)
    families, reason = _families(header, kind)
    evidence += reason
    family = families[0] if len(families) == 1 else None
    problem = _PROBLEMS.get(kind)
    if kind is ModelKind.CHECKPOINT:
        missing = [part for part in INSIDE_CHECKPOINTS if part.witness(header.tensors) is None]
        if len(families) > 1:
            problem = f"This could be {' or '.join(family.label for family in families)}; its tensor names fit each."
        elif family is None and missing:
            problem = f"This checkpoint lacks {' and '.join(part.label for part in missing)}."
        elif family is None:
            problem = "This checkpoint is of a family that is not known yet."
        else:
            problem = family.problem
    elif kind is ModelKind.DIFFUSION_MODEL and family:
        problem = family.problem
    modes: frozenset[Mode] = frozenset()
    prediction: Prediction | None = None
    if kind in {ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL}:
        modes, reason, limit = _modes(header)
        evidence += reason
        problem = problem or limit
        prediction, reason = _prediction(header, family, Mode.TEXT_TO_IMAGE not in modes)
        evidence += reason
    return Detection(
        kind=kind,
        architecture=family.name if family else None,
        prediction=prediction,
        modes=modes,
        defaults=family.defaults_for(prediction) if family else Defaults(),
        evidence=evidence,
        problem=problem,
        needs=_needs(header, family) if family and modes else (),
    )


def _needs(header: Header, family: Architecture) -> tuple[Need, ...]:
    return tuple(need for need in family.needs if not holds(header.tensors, need.role))


def _kind(header: Header) -> tuple[ModelKind, tuple[str, ...]]:
    found = [(part, witness) for part in INSIDE_CHECKPOINTS if (witness := part.witness(header.tensors))]
    for part in ADD_ONS:
        whole = len(found) == len(INSIDE_CHECKPOINTS) and part.kind is not ModelKind.CONTROLNET
        witness = None if whole else part.witness(header.tensors)
        if witness:
            return part.kind, (_saw(witness, part),)
    if found:
        evidence = tuple(_saw(witness, part) for part, witness in found)
        return (found[0][0].kind if len(found) == 1 else ModelKind.CHECKPOINT), evidence
    for part in ALONE:
        witness = part.witness(header.tensors)
        if witness:
            return part.kind, (_saw(witness, part),)
    if not header.tensors:
        return ModelKind.UNKNOWN, ("It holds no tensors.",)
    some = ", ".join(shown(name, 60) for name in list(header.tensors)[:3])
    return ModelKind.UNKNOWN, (f"It holds {len(header.tensors):,} tensors, of which the first are {some}.",)


def _saw(witness: str, part: Part) -> str:
    return f"{shown(witness)} belongs to {part.label} ({part.layout} names)."


def _families(header: Header, kind: ModelKind) -> tuple[list[Architecture], tuple[str, ...]]:
    """Families that the file can be of, and the fact that says so."""
    if kind in {ModelKind.CHECKPOINT, ModelKind.TEXT_ENCODER}:
        named = [family for family in architectures() if _has_text_encoders(header, family)]
        if named:
            return named, tuple(
                f"Its text encoder is named {' and '.join(family.signature.text_encoders)} as in {family.label}."
                for family in named
            )
    width = context_width(header)
    if width is None:
        return [], ()
    fitting = [family for family in architectures() if family.signature.context_width == width]
    what = " or ".join(family.label for family in fitting) or "no family that is known"
    return fitting, (f"Its cross-attention takes text of width {width:,}, as in {what}.",)


def _has_text_encoders(header: Header, family: Architecture) -> bool:
    def has(prefix: str) -> bool:
        return any(name.startswith(prefix) for name in header.tensors)

    signature = family.signature
    return all(map(has, signature.text_encoders)) and not any(map(has, signature.without))


def _modes(header: Header) -> tuple[frozenset[Mode], tuple[str, ...], str | None]:
    """Modes by the UNet's input channels, the evidence, and the problem with them if there is one."""
    channels = input_channels(header)
    if channels is None:
        return (
            frozenset(),
            ("Its diffusion model has no input_blocks, so it is no Stable Diffusion UNet.",),
            ("This diffusion model is of a family that is not known yet."),
        )
    evidence = (f"Its UNet takes {channels} channels.",)
    if channels == _INPAINT_CHANNELS:
        return frozenset({Mode.INPAINT}), evidence, None
    if channels == _PLAIN_CHANNELS:
        return frozenset(Mode), evidence, None
    return (
        frozenset(),
        evidence,
        (
            f"Its UNet takes {channels} input channels; only {_PLAIN_CHANNELS} (plain) and "
            f"{_INPAINT_CHANNELS} (inpainting) can be run."
        ),
    )


def _prediction(
    header: Header, family: Architecture | None, inpaint_only: bool
) -> tuple[Prediction | None, tuple[str, ...]]:
    said = header.metadata.get("modelspec.prediction_type", "").lower()
    if said in {"v", "v_prediction", "v-prediction"}:
        return "v_prediction", ("Its metadata says v-prediction.",)
    if said in {"epsilon", "eps"}:
        return "epsilon", ("Its metadata says epsilon.",)
    if "v_pred" in header.tensors:
        return "v_prediction", ("A tensor named v_pred marks v-prediction.",)
    if family is None:
        return None, ()
    return (family.inpaint_prediction if inpaint_only else family.prediction), ()
