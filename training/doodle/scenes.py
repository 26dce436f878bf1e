"""Composes training scenes: one or two pictures on a coloured background, and captions that say what is there."""

from __future__ import annotations

import colorsys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from doodle import PIXELS
from doodle.everyday import everyday_words
from doodle.pictures import PictureSet, Thing

BACKGROUNDS: dict[str, tuple[int, int, int]] = {
    "white": (250, 250, 250),
    "black": (22, 22, 26),
    "gray": (150, 150, 154),
    "red": (214, 48, 49),
    "orange": (240, 140, 40),
    "yellow": (250, 214, 70),
    "green": (70, 168, 80),
    "teal": (40, 170, 170),
    "blue": (50, 100, 220),
    "purple": (130, 70, 190),
    "pink": (248, 160, 200),
    "brown": (125, 82, 52),
}
"""Background word → sRGB centre; training jitters each channel by up to `_JITTER`."""

_JITTER = 12
_RARE_SYNONYM = 4  # a word that more things than this share names none of them
_TWO_OBJECTS, _RECOLOURED, _MIRRORED = 0.1, 0.12, 0.1
_SIZES = {None: (0.79, 0.02), "small": (0.52, 0.02), "big": (0.93, 0.01)}
"""Size word of a lone thing → its share of the picture's side: mean, spread. Hardly any spread: a model of this size
spends its time on what varies, and a size that no caption asked for is nothing to learn."""
_ODD_SIZES = ("small", "big")
_ODD_SIZE = 0.12
_EVERYDAY_WEIGHT, _PEOPLE_WEIGHT = 4.0, 0.35
_PEOPLE = 1  # emojibase group: 317 near-alike people and hands, a fifth of all pictures


@dataclass(frozen=True)
class Scene:
    """What a composed picture shows; enough to word a caption in many ways."""

    things: tuple[int, ...]
    colours: tuple[str | None, ...]
    recoloured: tuple[bool, ...]
    style: int
    background: str
    size: str | None


class Composer:
    """Draws scenes from a picture set: everyday things four times as often as others, people a third as often."""

    def __init__(self, pictures: PictureSet) -> None:
        self.pictures = pictures
        self._images = [Image.fromarray(np.asarray(p)) for p in pictures.pixels]
        self._by_style = [np.flatnonzero(pictures.style == s) for s in range(len(pictures.styles))]
        counts = Counter(word for thing in pictures.things for word in thing.synonyms)
        self._synonyms = [[s for s in t.synonyms if counts[s] <= _RARE_SYNONYM] for t in pictures.things]
        self._everyday = [everyday_words().get(thing.name, ()) for thing in pictures.things]
        self._colours = [dominant_colour(image) for image in self._images]
        weights = np.array([_weight(pictures.things[thing]) for thing in pictures.thing])
        self._weights = weights / weights.sum()

    def compose(self, rng: np.random.Generator) -> tuple[Scene, NDArray[np.uint8]]:
        """Return a random scene and its picture, uint8 [128, 128, 3]."""
        first = int(rng.choice(len(self._images), p=self._weights))
        chosen = [first]
        if rng.random() < _TWO_OBJECTS:
            same_style = self._by_style[int(self.pictures.style[first])]
            weights = self._weights[same_style]
            chosen.append(int(rng.choice(same_style, p=weights / weights.sum())))
        return self.compose_of(chosen, rng)

    def compose_of(
        self, chosen: Sequence[int], rng: np.random.Generator, *, recolour: bool = True
    ) -> tuple[Scene, NDArray[np.uint8]]:
        """The same for given pictures (one, or two side by side), some of them in other colours if `recolour`."""
        background = str(rng.choice(list(BACKGROUNDS)))
        centre = np.array(BACKGROUNDS[background]) + rng.integers(-_JITTER, _JITTER + 1, 3)
        canvas = Image.new("RGB", (PIXELS, PIXELS), tuple(int(c) for c in centre.clip(0, 255)))
        alone = len(chosen) == 1
        size = str(rng.choice(_ODD_SIZES)) if alone and rng.random() < _ODD_SIZE else None
        scale = float(rng.normal(*_SIZES[size])) if alone else float(rng.uniform(0.46, 0.52))
        colours, recoloured = [], []
        for place, index in enumerate(chosen):
            picture, colour = self._images[index], self._colours[index]
            turn = rng.random() < _RECOLOURED and colour not in (None, "black", "white", "gray", "brown") and recolour
            if turn:
                picture = shift_hue(picture, int(rng.integers(256)))
                colour = dominant_colour(picture)
            if rng.random() < _MIRRORED:
                picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            side = round(PIXELS * scale)
            picture = picture.resize((side, side), Image.Resampling.LANCZOS)
            free = PIXELS - side
            x = round(free * rng.uniform(0.45, 0.55)) if alone else round((PIXELS // 2 - side) / 2 + place * PIXELS / 2)
            y = round(free * rng.uniform(0.45, 0.55))
            canvas.paste(picture, (x, y), picture)
            colours.append(colour)
            recoloured.append(turn)
        things = tuple(int(self.pictures.thing[i]) for i in chosen)
        style = int(self.pictures.style[chosen[0]])
        return Scene(things, tuple(colours), tuple(recoloured), style, background, size), np.asarray(canvas)

    def caption(self, scene: Scene, rng: np.random.Generator) -> str:
        """Word a scene: name or synonym, colour, size, style and background, each said often or now and then.

        A colour that is not the thing's own is nearly always said, so that things keep theirs when none is asked for.
        """
        style = self.pictures.styles[scene.style]
        said_style, style_first = rng.random() < 0.75, rng.random() < 0.25  # noqa: PLR2004
        objects: list[str] = []
        for thing, colour, recoloured in zip(scene.things, scene.colours, scene.recoloured, strict=True):
            name = self._call(thing, rng)
            if recoloured:
                name = " ".join(word for word in name.split() if word not in BACKGROUNDS) or name
            said_colour = (
                colour if colour and rng.random() < (0.95 if recoloured else 0.3) and colour not in name else None
            )
            said_size = scene.size if rng.random() < 0.9 else None  # noqa: PLR2004
            said_first = style if said_style and style_first and not objects else None
            words = " ".join(w for w in (said_first, said_size, said_colour, name) if w)
            objects.append(with_article(words) if rng.random() < 0.3 else words)  # noqa: PLR2004
        subject = " and ".join(objects)
        said_style = said_style and not style_first
        said_background = rng.random() < 0.85  # noqa: PLR2004
        parts = [subject]
        if said_style:
            parts.append(f"{style} style")
        if said_background:
            background = f"{scene.background} background"
            long = f"on {with_article(background)}"
            wording = str(rng.choice([long, long, f"on {scene.background}", background]))
            if said_style or rng.random() < 0.3:  # noqa: PLR2004
                parts.insert(int(rng.integers(1, len(parts) + 1)), wording)
            else:
                parts[0] = f"{parts[0]} {wording}"
        return ", ".join(parts)

    def is_plain(self, scene: Scene) -> bool:
        """Whether a scene shows one everyday thing and nothing else."""
        return len(scene.things) == 1 and self.pictures.things[scene.things[0]].name in everyday_words()

    def _call(self, thing: int, rng: np.random.Generator) -> str:
        words = self._everyday[thing] if rng.random() < 0.35 else ()  # noqa: PLR2004
        if not words and rng.random() < 0.2:  # noqa: PLR2004
            words = tuple(self._synonyms[thing])
        return str(rng.choice(words)) if words else self.pictures.things[thing].name


def with_article(words: str) -> str:
    """`apple` → `an apple`, `pear` → `a pear`: by the first letter, which is right for nearly all names."""
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"


def _weight(thing: Thing) -> float:
    if thing.name in everyday_words():
        return _EVERYDAY_WEIGHT
    return _PEOPLE_WEIGHT if thing.group == _PEOPLE else 1.0


def shift_hue(picture: Image.Image, by: int) -> Image.Image:
    """Turn every hue of an RGBA picture by `by`/256 of the circle; lightness and alpha stay."""
    hue, saturation, value = picture.convert("RGB").convert("HSV").split()
    turned = hue.point(lambda h: (h + by) % 256)
    shifted = Image.merge("HSV", (turned, saturation, value)).convert("RGB")
    shifted.putalpha(picture.getchannel("A"))
    return shifted


def dominant_colour(picture: Image.Image) -> str | None:
    """Name the colour of more than half of an RGBA picture's opaque area, or None when no colour leads so clearly."""
    small = np.asarray(picture.resize((24, 24)))
    opaque = small[small[..., 3] > 128][:, :3]  # noqa: PLR2004
    if not len(opaque):
        return None
    name, count = Counter(colour_name(*(int(c) for c in rgb)) for rgb in opaque).most_common(1)[0]
    return name if count > 0.5 * len(opaque) else None


def colour_name(red: int, green: int, blue: int) -> str:
    """The everyday word for an sRGB colour, 0-255 each."""
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    degrees = hue * 360
    if lightness < 0.14:  # noqa: PLR2004
        return "black"
    if lightness > 0.93:  # noqa: PLR2004
        return "white"
    if saturation < 0.16:  # noqa: PLR2004
        return "gray"
    if degrees < 50 and lightness < 0.42 and (degrees > 12 or saturation < 0.45):  # noqa: PLR2004
        return "brown"
    if (degrees > 320 or degrees < 12) and lightness > 0.72:  # noqa: PLR2004
        return "pink"
    bounds = [
        (14, "red"),
        (42, "orange"),
        (68, "yellow"),
        (160, "green"),
        (192, "teal"),
        (255, "blue"),
        (292, "purple"),
    ]
    return next((word for bound, word in bounds if degrees < bound), "pink" if degrees < 345 else "red")  # noqa: PLR2004
