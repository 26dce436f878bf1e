"""An order for pictures: from a program's arguments to a request's body, and from the answer to a typed request."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Self

from safelight.client.views import JobView, Parameters
from safelight.domain.draft import GenerationDraft, draft_of
from safelight.domain.request import (
    Batch,
    GenerationRequest,
    Guidance,
    ImageRef,
    InitImage,
    Output,
    Previews,
    Prompts,
    Sampling,
    Size,
)
from safelight.images.inputs import ImageInput, keep_picture


@dataclass(frozen=True)
class Order:
    """What to draw. `files` holds SHA-256 → bytes of the pictures that the draft names."""

    draft: GenerationDraft
    files: dict[str, bytes]
    model: str | None = None
    priority: int = 0
    shrink: bool = False
    preset: str | None = None

    @classmethod
    def of(
        cls,
        prompt: str,
        *,
        init_image: ImageInput | None = None,
        mask: ImageInput | None = None,
        model: str | None = None,
        priority: int = 0,
        shrink: bool = False,
        preset: str | None = None,
        **fields: Any,
    ) -> Self:
        """An order from a program's arguments; `fields` are those of `GenerationDraft`.

        Raises:
            InvalidInput: There is no such field, or a picture can't be read.
        """
        files: dict[str, bytes] = {}
        given: dict[str, Any] = {"init_image": keep_picture(init_image, files), "mask": keep_picture(mask, files)}
        draft = draft_of(prompt, **{name: ref for name, ref in given.items() if ref}, **fields)
        return cls(draft, files, model, priority, shrink, preset)

    @property
    def body(self) -> dict[str, Any]:
        """The body of the generation call: what was given, and nothing that the server is to choose."""
        body = self.draft.model_dump(mode="json", exclude_unset=True, exclude={"init_image", "mask", "count"})
        body |= {"priority": self.priority, "shrink": self.shrink, "wait": False}
        optional = {
            "model": self.model,
            "preset": self.preset,
            "batch_count": self.draft.count if "count" in self.draft.model_fields_set else None,
            "init_image": self._text(self.draft.init_image),
            "mask_image": self._text(self.draft.mask),
        }
        return body | {name: value for name, value in optional.items() if value is not None}

    def request(self, job: JobView) -> GenerationRequest:
        """The complete request that the server made of this."""
        known: Parameters = job.drawing
        init = None
        if self.draft.init_image:
            init = InitImage(
                image=self.draft.init_image,
                strength=InitImage.model_fields["strength"].default if known.strength is None else known.strength,
                mask=self.draft.mask,
                mask_blur=known.mask_blur or 0,
            )
        return GenerationRequest(
            model=known.model,
            prompts=Prompts(positive=known.prompt, negative=known.negative_prompt),
            size=Size(width=known.width, height=known.height),
            sampling=Sampling(sampler=known.sampler, scheduler=known.scheduler, steps=known.steps, seed=known.seed),
            guidance=Guidance(cfg_scale=known.cfg_scale, clip_skip=known.clip_skip),
            init=init,
            batch=Batch(count=known.batch_count, batch_size=known.batch_size),
            output=Output(format=known.format, quality=known.quality, metadata=self.draft.metadata),
            previews=Previews(every=self.draft.preview_every),
        )

    def _text(self, ref: ImageRef | None) -> str | None:
        return base64.b64encode(self.files[ref.sha256]).decode() if ref else None
