"""Kind, family and capabilities of a model file, from its header alone; what is not certain is said to be unknown."""

from __future__ import annotations

from dataclasses import dataclass

from safelight.catalog import adapters
from safelight.catalog.architectures import Architecture, Companion, Need, Variant, add_ons, architectures, companions
from safelight.catalog.architectures.signature import first_match
from safelight.catalog.headers import Header
from safelight.catalog.headers.header import shown
from safelight.catalog.parts import (
    ADD_ONS,
    ALONE,
    FIRST_RENAMED,
    INSIDE_CHECKPOINTS,
    TEXT_ENCODER,
    Part,
    context_width,
    holds,
    index,
    input_channels,
)
from safelight.domain.models import Defaults, ModelKind, Prediction, Role
from safelight.domain.request import Mode

_PLAIN_CHANNELS, _INPAINT_CHANNELS = 4, 9

_PROBLEMS = {
    ModelKind.LORA: "This is a LoRA; it changes a checkpoint and cannot draw by itself.",
    ModelKind.EMBEDDING: "This is a textual inversion embedding; it adds a word and cannot draw by itself.",
    ModelKind.CONTROLNET: "This is a ControlNet; it steers a checkpoint and cannot draw by itself.",
    ModelKind.UPSCALER: "This is an upscaler; it enlarges pictures and cannot draw them.",
    ModelKind.TAESD: "This is a tiny VAE; it decodes roughly what a diffusion model draws and cannot draw by itself.",
    ModelKind.CLIP_VISION: "This is an image encoder; it describes pictures to a model and cannot draw by itself.",
    ModelKind.PHOTOMAKER: "This is PhotoMaker; it brings a person into a checkpoint and cannot draw by itself.",
    ModelKind.VAE: "This is a VAE alone; it decodes what a diffusion model draws and cannot draw by itself.",
    ModelKind.TEXT_ENCODER: "This is a text encoder alone; it cannot draw by itself.",
    ModelKind.DIFFUSION_MODEL: "This is a diffusion model of a family that is not known yet.",
    ModelKind.UNKNOWN: "What this file holds could not be told from its tensor names.",
}


@dataclass(frozen=True, slots=True)
class Detection:
    """What a header says about a file; the fields are those of `ModelInfo`, but for the last two.

    Attributes:
        needs: Companions that the family runs with and that are not inside this file.
        variant: Which member of the family it is, for people.
    """

    kind: ModelKind
    architecture: str | None
    prediction: Prediction | None
    modes: frozenset[Mode]
    defaults: Defaults
    evidence: tuple[str, ...]
    problem: str | None
    needs: tuple[Need, ...] = ()
    variant: str | None = None


def detect(header: Header) -> Detection:
    """Tell what a file holds from the names and shapes of its tensors."""
    names = index(header)
    kind, families, evidence = _identify(header, names)
    family = families[0] if len(families) == 1 else None
    if kind not in {ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL}:
        return Detection(
            kind=kind,
            architecture=family.name if family else None,
            prediction=None,
            modes=frozenset(),
            defaults=family.defaults if family else Defaults(),
            evidence=evidence,
            problem=_PROBLEMS[kind],
        )
    variant = _variant(header, family)
    modes, reason, limit = _modes(header, family, variant)
    evidence += reason
    problem = _problem(names, kind, families) or limit
    prediction, reason = _prediction(header, family, modes)
    evidence += reason
    return Detection(
        kind=kind,
        architecture=family.name if family else None,
        prediction=prediction,
        modes=modes,
        defaults=_defaults(family, variant, prediction),
        evidence=evidence,
        problem=problem,
        needs=_needs(names, family, variant) if family and modes else (),
        variant=variant.label if variant else None,
    )


def companion_of(header: Header) -> tuple[Companion, str] | None:
    """The VAE, text encoder or image encoder that a file holds alone, and the fact that says so."""
    found = [
        (companion, match.sentence(header, companion.label))
        for companion in companions()
        if (match := first_match(companion.layouts, header)) is not None
    ]
    return found[0] if len(found) == 1 else None


def _identify(header: Header, names: str) -> tuple[ModelKind, list[Architecture], tuple[str, ...]]:
    """Kind, all families that fit, and the facts that say so."""
    inside = [(part, witness) for part in INSIDE_CHECKPOINTS if (witness := part.witness(names))]
    found = _add_on(header, names, whole=len(inside) == len(INSIDE_CHECKPOINTS))
    if found:
        return found
    evidence = tuple(_saw(witness, part) for part, witness in inside)
    families, reason = _by_layout(header)
    if families:
        return _drawing_kind(names, families), families, evidence + reason
    if inside:
        kind = inside[0][0].kind if len(inside) == 1 else ModelKind.CHECKPOINT
        families, reason = _by_text_encoders(header, names, kind)
        return kind, families, evidence + reason
    return _alone(header, names)


def _add_on(header: Header, names: str, *, whole: bool) -> tuple[ModelKind, list[Architecture], tuple[str, ...]] | None:
    """What only works beside a diffusion model; `whole`: in a checkpoint, leftovers of LoRAs do not count."""
    for add_on in add_ons():
        match = first_match(add_on.layouts, header)
        if match:
            base = [family for family in architectures() if family.name == add_on.base]
            return add_on.kind, base, (match.sentence(header, add_on.label),)
    for part in ADD_ONS:
        witness = None if whole and part.kind is not ModelKind.CONTROLNET else part.witness(names)
        if witness:
            families, reason = adapters.families(header) if part.kind is ModelKind.LORA else _by_width(header)
            return part.kind, families, (_saw(witness, part), *reason)
    return None


def _alone(header: Header, names: str) -> tuple[ModelKind, list[Architecture], tuple[str, ...]]:
    """A part in a file of its own."""
    companion = companion_of(header)
    if companion:
        return companion[0].kind, [], (companion[1],)
    for part in ALONE:
        witness = part.witness(names)
        if witness:
            families, reason = _by_width(header)
            return part.kind, families, (_saw(witness, part), *reason)
    if not header.tensors:
        return ModelKind.UNKNOWN, [], ("It holds no tensors.",)
    some = ", ".join(shown(name, 60) for name in list(header.tensors)[:3])
    return ModelKind.UNKNOWN, [], (f"It holds {len(header.tensors):,} tensors, of which the first are {some}.",)


def _saw(witness: str, part: Part) -> str:
    return f"{shown(witness)} belongs to {part.label} ({part.layout} names)."


def _drawing_kind(names: str, families: list[Architecture]) -> ModelKind:
    roles = {need.role for family in families for need in family.needs} or {Role.VAE, Role.CLIP_L}
    inside = any(holds(names, role) for role in roles)
    return ModelKind.CHECKPOINT if inside else ModelKind.DIFFUSION_MODEL


def _by_layout(header: Header) -> tuple[list[Architecture], tuple[str, ...]]:
    """Families whose diffusion model has a layout of its own; of a family and its special member, the member."""
    found = [
        (family, match)
        for family in architectures()
        if family.signature.layouts and (match := first_match(family.signature.layouts, header)) is not None
    ]
    special = {family.refines for family, _ in found}
    found = [(family, match) for family, match in found if family.name not in special]
    return [family for family, _ in found], tuple(match.sentence(header, family.label) for family, match in found)


def _by_text_encoders(header: Header, names: str, kind: ModelKind) -> tuple[list[Architecture], tuple[str, ...]]:
    """Families of a UNet by the text encoders beside it, or by the width of its text where these do not tell."""
    if kind in {ModelKind.CHECKPOINT, ModelKind.TEXT_ENCODER}:
        named = [(family, found) for family in architectures() if (found := _text_encoders(names, family))]
        if [found for _, found in named] == [(FIRST_RENAMED,)]:
            fitting, reason = _by_width(header)
            if fitting:
                return fitting, reason
        if named:
            return [family for family, _ in named], tuple(
                f"Its text encoder is named {' and '.join(found)} as in {family.label}." for family, found in named
            )
    witness = TEXT_ENCODER.witness(names)
    if witness and kind is ModelKind.CHECKPOINT:
        return [], (f"{shown(witness)} is no text encoder of a family that is known.",)
    return _by_width(header)


def _by_width(header: Header) -> tuple[list[Architecture], tuple[str, ...]]:
    width = context_width(header)
    if width is None:
        return [], ()
    fitting = [family for family in architectures() if family.signature.context_width == width]
    what = " or ".join(family.label for family in fitting) or "no family that is known"
    return fitting, (f"Its cross-attention takes text of width {width:,}, as in {what}.",)


def _text_encoders(names: str, family: Architecture) -> tuple[str, ...]:
    """The prefixes of the family's text encoders that a file has, as published or renamed; none unless it has all."""
    signature = family.signature
    if any(f"\n{prefix}" in names for prefix in signature.without):
        return ()
    forms = (signature.text_encoders, signature.renamed)
    return next((form for form in forms if form and all(f"\n{prefix}" in names for prefix in form)), ())


def _variant(header: Header, family: Architecture | None) -> Variant | None:
    variants = family.variants if family else ()
    return next((variant for variant in variants if first_match(variant.layouts, header)), None)


def _problem(names: str, kind: ModelKind, families: list[Architecture]) -> str | None:
    if len(families) > 1:
        return f"This could be {' or '.join(family.label for family in families)}; its tensor names fit each."
    if families:
        return families[0].problem
    if kind is ModelKind.DIFFUSION_MODEL:
        return _PROBLEMS[kind]
    missing = [part for part in INSIDE_CHECKPOINTS if part.witness(names) is None]
    if missing:
        return f"This checkpoint lacks {' and '.join(part.label for part in missing)}."
    return "This checkpoint is of a family that is not known yet."


def _modes(
    header: Header, family: Architecture | None, variant: Variant | None
) -> tuple[frozenset[Mode], tuple[str, ...], str | None]:
    """Modes of the family or variant; of a UNet, by its input channels. Then the evidence, and what is wrong if any."""
    channels = input_channels(header)
    if family and channels is None:
        modes = variant.modes if variant and variant.modes is not None else family.modes
        return modes, (f"It is {variant.label}.",) if variant else (), None
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
    header: Header, family: Architecture | None, modes: frozenset[Mode]
) -> tuple[Prediction | None, tuple[str, ...]]:
    if family and family.prediction == "flow":
        return "flow", ()
    said = header.metadata.get("modelspec.prediction_type", "").lower()
    if said in {"v", "v_prediction", "v-prediction"}:
        return "v_prediction", ("Its metadata says v-prediction.",)
    if said in {"epsilon", "eps"}:
        return "epsilon", ("Its metadata says epsilon.",)
    if "v_pred" in header.tensors:
        return "v_prediction", ("A tensor named v_pred marks v-prediction.",)
    if family is None:
        return None, ()
    return (family.prediction if Mode.TEXT_TO_IMAGE in modes else family.inpaint_prediction), ()


def _defaults(family: Architecture | None, variant: Variant | None, prediction: Prediction | None) -> Defaults:
    if variant and variant.defaults:
        return variant.defaults
    return family.defaults_for(prediction) if family else Defaults()


def _needs(names: str, family: Architecture, variant: Variant | None) -> tuple[Need, ...]:
    needs = variant.needs if variant and variant.needs is not None else family.needs
    roles = {need.role for need in needs}
    if Role.CLIP_G in roles and Role.CLIP_L not in roles and f"\n{FIRST_RENAMED}" in names:
        roles.remove(Role.CLIP_G)  # the refiner's only text encoder is its first
    return tuple(need for need in needs if need.role in roles and not holds(names, need.role))
