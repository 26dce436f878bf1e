"""Renders the emoji sets into one array of RGBA pictures with the words that name each."""

from __future__ import annotations

import io
import json
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from doodle import PIXELS, WORK_DIR

STYLES = {"fluent-emoji-flat": "flat", "fluent-emoji": "glossy", "noto": "cartoon", "fxemoji": "retro"}
"""Icon set → the word that asks for its style."""

NODE_MODULES = Path(__file__).parents[1] / "node_modules"
_SKIPPED_GROUPS = {None, 2, 9}  # unlisted letters, skin tones, flags
_SKIPPED_SUBGROUPS = {31, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95}  # signs, arrows, zodiac, letters
_SKIPPED_LABELS = re.compile(r"facing right|o\u2019clock|-thirty|button|skin tone|^Japanese \u201c|hair style|family:")


@dataclass(frozen=True)
class Thing:
    """Something that can be drawn: its plain name, the words it also goes by, its emojibase group and subgroup."""

    name: str
    synonyms: tuple[str, ...]
    group: int
    subgroup: int


@dataclass(frozen=True)
class PictureSet:
    """`pixels`: uint8 [N, 128, 128, 4], straight alpha. `thing` and `style` index into `things` and `styles`."""

    pixels: NDArray[np.uint8]
    thing: NDArray[np.int64]
    style: NDArray[np.int64]
    things: list[Thing]
    styles: list[str]


def load_pictures(work_dir: Path = WORK_DIR) -> PictureSet:
    """Return all pictures, rendering them first when the work folder does not hold them yet (about a minute)."""
    folder = work_dir / "pictures"
    if not (folder / "index.json").exists():
        _render_all(folder)
    index = json.loads((folder / "index.json").read_text())
    return PictureSet(
        pixels=np.load(folder / "pixels.npy", mmap_mode="r"),
        thing=np.array(index["thing"]),
        style=np.array(index["style"]),
        things=[Thing(t["name"], tuple(t["synonyms"]), t["group"], t["subgroup"]) for t in index["things"]],
        styles=list(STYLES.values()),
    )


def read_things() -> dict[str, Thing]:
    """Return icon name → thing, for every thing in the emojibase table that the model is to draw."""
    table = json.loads((NODE_MODULES / "emojibase-data/en/data.json").read_text())
    icon_names = {
        codepoints.replace("-fe0f", ""): name
        for icon_set in ("noto", "fluent-emoji-flat")
        for codepoints, name in _iconify(icon_set, "chars").items()
    }
    things = {}
    for entry in table:
        if entry.get("group") in _SKIPPED_GROUPS or entry.get("subgroup") in _SKIPPED_SUBGROUPS:
            continue
        if _SKIPPED_LABELS.search(entry["label"]):
            continue
        icon = icon_names.get(entry["hexcode"].lower().replace("-fe0f", ""))
        if icon is None:
            continue
        name = plain_words(entry["label"])
        synonyms = tuple(s for s in map(plain_words, entry["tags"]) if s and s != name)
        things[icon] = Thing(name, synonyms, entry["group"], entry["subgroup"])
    return things


def plain_words(text: str) -> str:
    """Lower-case words of a label: `person: bald` → `bald person`, punctuation dropped."""
    head, _, tail = text.lower().partition(":")
    joined = f"{tail} {head}" if tail else head
    plain = joined.translate(str.maketrans("ñé", "ne", "\u2019"))
    return " ".join(re.sub(r"[^a-z0-9 ]+", " ", plain).split())


def _render_all(folder: Path) -> None:
    things = read_things()
    names = sorted({thing.name for thing in things.values()})
    by_glued_name = {icon.replace("-", ""): icon for icon in things}
    jobs, thing_index, style_index = [], [], []
    for style, icon_set in enumerate(STYLES):
        icons = _iconify(icon_set, "icons")
        for icon, entry in icons["icons"].items():
            known = icon if icon in things else by_glued_name.get(icon)
            if known is None:
                continue
            size = entry.get("width", icons.get("width", 16)), entry.get("height", icons.get("height", 16))
            jobs.append((entry["body"], *size))
            thing_index.append(names.index(things[known].name))
            style_index.append(style)
    with ProcessPoolExecutor() as processes:
        pictures = list(processes.map(_render, jobs, chunksize=64))
    keep = [i for i, picture in enumerate(pictures) if picture[..., 3].mean() > 8]  # noqa: PLR2004
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "pixels.npy", np.stack([pictures[i] for i in keep]))
    by_name = {thing.name: thing for thing in things.values()}
    index = {
        "thing": [thing_index[i] for i in keep],
        "style": [style_index[i] for i in keep],
        "things": [vars(by_name[name]) for name in names],
    }
    (folder / "index.json").write_text(json.dumps(index))


def _render(job: tuple[str, int, int]) -> NDArray[np.uint8]:
    body, width, height = job
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}" width="{PIXELS}" height="{PIXELS}">{body}</svg>'
    )
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@cache
def _iconify(icon_set: str, part: str) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads((NODE_MODULES / "@iconify-json" / icon_set / f"{part}.json").read_text()))
