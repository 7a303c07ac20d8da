"""Pictures with a palette: a page of few colours takes a third of the room, and looks the same."""

import base64
import struct
import zlib
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
NEAREST_AT_ONCE = 4096
ALIKE = 0xF8F0F0
"""Colours that have these bits in common are one kind."""
# The browser that made a picture reads it again: red, green, blue and opacity of each pixel.
READ = """async (picture) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    canvas.drawImage(bitmap, 0, 0);
    const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
    const reader = new FileReader();
    reader.readAsDataURL(new Blob([data]));
    await new Promise((done) => { reader.onload = done; });
    return [bitmap.height, bitmap.width, reader.result.split(",")[1]];
}"""


def with_palette(page: Page, file: Path) -> None:
    """Write a picture of 8 bits a colour anew, with its 256 commonest colours and each other one as the nearest of them."""
    height, width, pixels = page.evaluate(READ, base64.b64encode(file.read_bytes()).decode())
    flat = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(-1, 4)
    packed = (flat[:, 0].astype(np.uint32) << 16) | (flat[:, 1].astype(np.uint32) << 8) | flat[:, 2]
    colours, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    # The commonest of each kind of colour goes first: a red that is rare is not to become grey.
    _, firsts = np.unique(colours[order] & ALIKE, return_index=True)
    kept = colours[order][np.sort(firsts)][:COLOURS]
    rows = _nearest(_split(colours), _split(kept))[places].astype(np.uint8).reshape(height, width)
    lines = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", _split(kept).astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    file.write_bytes(SIGNATURE + b"".join(_chunk(*one) for one in chunks))


def _split(packed: np.ndarray) -> np.ndarray:
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=1).astype(np.int64)


def _nearest(colours: np.ndarray, kept: np.ndarray) -> np.ndarray:
    found = [
        ((colours[at : at + NEAREST_AT_ONCE, None] - kept[None]) ** 2).sum(axis=2).argmin(axis=1)
        for at in range(0, len(colours), NEAREST_AT_ONCE)
    ]
    return np.concatenate(found)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
