"""Writes small pictures of every kind that a user may give, and expected.safetensors: what Pillow 9.4.0 makes of each,
exif_transpose(Image.open(FILE)).convert("RGB"), [height, width, 3]. Of 16-bit gray, which Pillow clips to white, the high bytes are expected."""

import io
import json
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

OUT = sys.argv[1]
WIDTH, HEIGHT = 45, 27
random = np.random.default_rng(18)
FULL_PASS = [(0, 0, 1, 1)]
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def picture(channels):
    """Edges, ramps and noise, so that chroma is subsampled, filters matter and no value repeats everywhere."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    base = [x * 255 / WIDTH, y * 255 / HEIGHT, 255 - x * 4 - y, (x // 8 + y // 8) % 2 * 200]
    pixels = np.stack(base[:channels], 2) + random.normal(0, 12, (HEIGHT, WIDTH, channels))
    pixels[5:15, 10:25] = [250, 20, 40, 0][:channels]
    return pixels.round().clip(0, 255).astype(np.uint8)


def deep(channels):
    return picture(channels).astype(np.uint16) * 256 + random.integers(0, 256, (HEIGHT, WIDTH, channels), dtype=np.uint16)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, depth):
    if depth == 16:
        return samples.astype(">u2").tobytes()
    bits = np.unpackbits(samples.reshape(-1, 1).astype(np.uint8), axis=1)[:, 8 - depth:]
    return np.packbits(bits.reshape(-1)).tobytes()


def png(color, depth, samples, before=(), after=(), interlaced=False):
    rows = b""
    for x, y, dx, dy in ADAM7 if interlaced else FULL_PASS:
        for row in samples[y::dy, x::dx]:
            rows += b"\0" + packed(row, depth)
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], depth, color, 0, 0, int(interlaced))
    chunks = [chunk(b"IHDR", header), *before, chunk(b"IDAT", zlib.compress(rows, 9)), *after, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def exif(orientation, order="<"):
    mark = b"II" if order == "<" else b"MM"
    entries = [(0x010F, 2, 2, b"x\0\0\0"), (0x0112, 3, 1, struct.pack(order + "HH", orientation, 0))]
    directory = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    return mark + struct.pack(order + "HIH", 42, 8, len(entries)) + directory + struct.pack(order + "I", 0)


def saved(pixels, format, mode=None, **options):
    file = io.BytesIO()
    Image.fromarray(pixels, mode).save(file, format, **options)
    return file.getvalue()


def animated(format, frames, **options):
    file = io.BytesIO()
    images = [Image.fromarray(frame) for frame in frames]
    images[0].save(file, format, save_all=True, append_images=images[1:], duration=100, **options)
    return file.getvalue()


def marker(code, data):
    return b"\xff" + bytes([code]) + struct.pack(">H", len(data) + 2) + data


def without_jfif(jpeg):
    assert jpeg[2:4] == b"\xff\xe0"
    return jpeg[:2] + jpeg[4 + struct.unpack(">H", jpeg[4:6])[0]:]


def with_ids(jpeg, ids):
    """Other names of the components, in the frame's header and the scan's."""
    jpeg = bytearray(jpeg)
    frame, scan = jpeg.index(b"\xff\xc0"), jpeg.index(b"\xff\xda")
    for i, name in enumerate(ids):
        jpeg[frame + 10 + 3 * i] = name
        jpeg[scan + 5 + 2 * i] = name
    return bytes(jpeg)


def adobe(transform):
    return marker(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def as_ycck(jpeg):
    at = jpeg.index(b"Adobe") + 11
    assert jpeg[at] == 0
    return jpeg[:at] + b"\2" + jpeg[at + 1:]


def webp_with_offset(width, height, x, y, lossless):
    """An animation whose first frame does not cover the canvas."""
    simple = saved(picture(3)[:height, :width], "WEBP", lossless=lossless, quality=80)
    body = simple[12:]
    frame = b"".join((v).to_bytes(3, "little") for v in (x // 2, y // 2, width - 1, height - 1, 100)) + b"\0" + body

    def riff(kind, data):
        return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    canvas = b"\x02\0\0\0" + (WIDTH - 1).to_bytes(3, "little") + (HEIGHT - 1).to_bytes(3, "little")
    data = b"WEBP" + riff(b"VP8X", canvas) + riff(b"ANIM", b"\xff\xff\xff\xff\0\0") + riff(b"ANMF", frame) + riff(b"ANMF", frame)
    return riff(b"RIFF", data)


gray, color, alpha = picture(1)[:, :, 0], picture(3), picture(4)
indices = picture(1)[:, :, 0] // 16
palette = chunk(b"PLTE", random.integers(0, 256, 48, dtype=np.uint8).tobytes())
profile = zlib.compress(random.integers(0, 256, 400, dtype=np.uint8).tobytes())
yuv = saved(color, "JPEG", quality=90, subsampling=0)
files = {
    "gray1.png": png(0, 1, picture(1) // 128),
    "gray2.png": png(0, 2, picture(1) // 64),
    "gray4.png": png(0, 4, picture(1) // 16),
    "gray8.png": png(0, 8, picture(1)),
    "gray8-key.png": png(0, 8, picture(1), [chunk(b"tRNS", b"\0\x80")]),
    "gray16.png": png(0, 16, deep(1)),
    "gray-alpha8.png": png(4, 8, picture(4)[:, :, [0, 3]]),
    "gray-alpha16.png": png(4, 16, deep(4)[:, :, [0, 3]]),
    "rgb8.png": png(2, 8, color),
    "rgb8-key.png": png(2, 8, color, [chunk(b"tRNS", b"\0\xfa\0\x14\0\x28")]),
    "rgb8-colors.png": png(2, 8, color, [chunk(b"gAMA", struct.pack(">I", 100000)), chunk(b"iCCP", b"p\0\0" + profile)]),
    "rgb8-exif.png": png(2, 8, color, [], [chunk(b"eXIf", exif(6, ">"))]),
    "rgb8-adam7.png": png(2, 8, color, interlaced=True),
    "rgb16.png": png(2, 16, deep(3)),
    "rgba8.png": png(6, 8, alpha),
    "rgba16.png": png(6, 16, deep(4)),
    "palette4.png": png(3, 4, indices[:, :, None], [palette, chunk(b"tRNS", b"\0\x40\x80")]),
    "palette8-adam7.png": png(3, 8, indices[:, :, None], [palette], interlaced=True),
    "animated.png": animated("PNG", [picture(3), picture(3)]),
    "gray.jpg": saved(gray, "JPEG", quality=85),
    "444.jpg": yuv,
    "422.jpg": saved(color, "JPEG", quality=85, subsampling=1),
    "420.jpg": saved(color, "JPEG", quality=85, subsampling=2),
    "progressive.jpg": saved(color, "JPEG", quality=85, subsampling=2, progressive=True),
    "icc.jpg": saved(color, "JPEG", quality=85, icc_profile=profile),
    "unmarked.jpg": without_jfif(yuv),
    "unmarked-other-ids.jpg": with_ids(without_jfif(yuv), [10, 20, 30]),
    "unmarked-rgb.jpg": with_ids(without_jfif(yuv), b"RGB"),
    "adobe-rgb.jpg": yuv[:2] + adobe(0) + without_jfif(yuv)[2:],
    "adobe-yuv.jpg": with_ids(yuv[:2] + adobe(1) + without_jfif(yuv)[2:], b"RGB"),
    "cmyk.jpg": saved(alpha, "JPEG", "CMYK", quality=90),
    "ycck.jpg": as_ycck(saved(alpha, "JPEG", "CMYK", quality=90)),
    "lossy.webp": saved(color, "WEBP", quality=80),
    "lossy-one-column.webp": saved(np.ascontiguousarray(color[:, 7:8]), "WEBP", quality=80),
    "lossless.webp": saved(color, "WEBP", lossless=True),
    "lossy-alpha.webp": saved(alpha, "WEBP", quality=80, exact=True),
    "lossless-alpha.webp": saved(alpha, "WEBP", lossless=True, exact=True),
    "exif.webp": saved(color, "WEBP", quality=80, exif=b"Exif\0\0" + exif(8)),
    "animated-lossy.webp": animated("WEBP", [picture(3), picture(3)], quality=80),
    "animated-lossless.webp": animated("WEBP", [picture(4), picture(4)], lossless=True),
    "animated-part.webp": webp_with_offset(20, 11, 6, 4, False),
}
for orientation in range(1, 9):
    turned = saved(color, "JPEG", quality=85, subsampling=1, exif=b"Exif\0\0" + exif(orientation, "<>"[orientation % 2]))
    files[f"orientation{orientation}.jpg"] = turned

expected = {}
for name, data in files.items():
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(data)
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    expected[name] = np.asarray(image.convert("RGB"))
    if name == "gray16.png":
        expected[name] = np.repeat((np.asarray(image) >> 8).astype(np.uint8)[:, :, None], 3, 2)

header, data = {}, b""
for name, array in expected.items():
    header[name] = {"dtype": "U8", "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.size]}
    data += array.tobytes()
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(OUT, "expected.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
