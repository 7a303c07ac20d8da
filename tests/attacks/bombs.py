"""Bodies that are meant to hurt, as a browser would write them."""

import io
import zipfile

LINE = "----x"


def multipart(*parts: bytes, name: str = "file", filename: str = "a.csv") -> bytes:
    head = (
        f'--{LINE}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'.encode()
    )
    return b"".join(head + part + b"\r\n" for part in parts) + f"--{LINE}--\r\n".encode()


def field(name: str, value: str) -> bytes:
    return f'--{LINE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def bomb(name: str, megabytes: int) -> bytes:
    """A workbook whose one sheet unpacks to so many megabytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open(name, "w", force_zip64=True) as sheet:
            for _ in range(megabytes):
                sheet.write(b" " * 1024 * 1024)
    return packed.getvalue()


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">%s]><s>&z;</s>""" % b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


def workbook(sheet: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", sheet)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return packed.getvalue()
