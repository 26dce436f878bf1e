"""`make demo`: draw a contact sheet with the embedded model.

Run as `python -m safelight.demo FILE`.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

from PIL import Image

import safelight
from safelight.images.files import write_file

PROMPTS = (
    "red apple, flat style, on a blue background",
    "cat face, glossy style, on a green background",
    "strawberry, cartoon style, on a white background",
    "green car, flat style, on a yellow background",
    "house, flat style, on a pink background",
    "blue heart, glossy style, on a black background",
    "pizza, cartoon style, on a teal background",
    "rocket, flat style, on a purple background",
    "sunflower, glossy style, on a gray background",
    "fish, cartoon style, on a blue background",
    "robot, flat style, on an orange background",
    "umbrella, glossy style, on a yellow background",
)
_COLUMNS, _GAP = 4, 4


def contact_sheet(pictures: list[Image.Image]) -> Image.Image:
    """Lay pictures of one size out in rows of four, with a dark gap."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // _COLUMNS)
    size = (_COLUMNS * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP)
    sheet = Image.new("RGB", size, (24, 24, 27))
    for index, picture in enumerate(pictures):
        row, column = divmod(index, _COLUMNS)
        sheet.paste(picture, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    return sheet


def main() -> None:
    """Draw one picture for each prompt and save the sheet."""
    target = Path(sys.argv[1])
    with safelight.load("doodle") as engine:
        started = time.monotonic()
        plan = engine.load()
        print(f"loaded doodle ({plan}) in {time.monotonic() - started:.1f} s")
        pictures = []
        for prompt in PROMPTS:
            started = time.monotonic()
            pictures += engine.generate(prompt, seed=7).images
            print(f"{time.monotonic() - started:5.2f} s  {prompt}")
    buffer = io.BytesIO()
    contact_sheet(pictures).save(buffer, "PNG")
    write_file(target, buffer.getvalue())
    print(f"{target} is a contact sheet of {len(pictures)} pictures.")


if __name__ == "__main__":
    main()
