"""Answers in gzip, for browsers that take it."""

import gzip
import io
import secrets

from flask import Response, request

PACKED = frozenset({"text/html", "text/csv", "application/json"})
LEAST_BYTES = 1000
LEVEL = 5
LONGEST_NAME = 48


def pack(answer: Response) -> None:
    """Gzip a whole answer of text; what is streamed, short or packed already stays as it is."""
    if answer.mimetype not in PACKED or answer.is_streamed or "Content-Encoding" in answer.headers:
        return
    answer.vary.add("Accept-Encoding")
    body = answer.get_data()
    if len(body) < LEAST_BYTES or not request.accept_encodings["gzip"]:
        return
    packed = io.BytesIO()
    # A page holds the token of its forms beside words of its address: a name of random length in the file's head keeps the
    # size from telling whether the two are alike (BREACH; "Heal the Breach", IEEE Access 2022).
    name = "x" * secrets.randbelow(LONGEST_NAME)
    with gzip.GzipFile(name, "wb", LEVEL, packed, mtime=0) as file:
        file.write(body)
    answer.set_data(packed.getvalue())
    answer.headers["Content-Encoding"] = "gzip"
