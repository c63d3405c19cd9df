"""Writes resampling.safetensors: random pictures of bytes, and what Pillow's Image.resize (9.4.0) makes of them. `NAME`: [height, width, 3];
`NAME.lanczos.WIDTHxHEIGHT`, `NAME.bicubic.WIDTHxHEIGHT`: the same at another size."""

import json
import struct
import sys

import numpy as np
from PIL import Image

SIZES = {"wide": (37, 23), "tall": (9, 41), "dot": (1, 1)}
TARGETS = [(37, 23), (16, 16), (5, 40), (80, 7), (1, 1), (64, 23), (37, 3)]


def write(path, arrays):
    header, data = {}, b""
    for name, array in arrays.items():
        header[name] = {"dtype": "U8", "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.size]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


random = np.random.default_rng(18)
arrays = {}
for name, (width, height) in SIZES.items():
    pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    pixels[: height // 2, : width // 2] = np.where(pixels[: height // 2, : width // 2] < 128, 0, 255)
    arrays[name] = pixels
    for target in TARGETS:
        for kernel in ("lanczos", "bicubic"):
            resized = Image.fromarray(pixels).resize(target, getattr(Image.Resampling, kernel.upper()))
            arrays[f"{name}.{kernel}.{target[0]}x{target[1]}"] = np.asarray(resized)
write(sys.argv[1], arrays)
