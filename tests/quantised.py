"""Small files of quantised weights."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np


def write_q8_0(path: Path) -> Path:
    """A GGUF file of 64 rows of one block: 2048 numbers in 2176 bytes."""
    writer = gguf.GGUFWriter(path, "t5")
    writer.add_tensor("a.weight", np.zeros((64, 34), np.uint8), raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
