"""What a browser would make of a page, and rows whose every text is meant to become more than text."""

import re
from html.parser import HTMLParser
from typing import Any

import psycopg

MARK = "xq9"
REVEALED = str(5 * 26543217)
"""What a template would make of its text in a row; too long to stand in an id by chance."""
HOSTILE = (
    f"=cmd|'/C x'!A0\"><{MARK} on{MARK}=1><script>{MARK}</script><svg/on{MARK}=1>' on{MARK}='1' javascript:{MARK}()//"
    "</script></title></textarea><!--{{5*26543217}}\u2028]]>"
)
LINK = f"javascript:{MARK}()//\"onx='"
KEPT = re.compile(
    "timezone|_hash|currency|language|iso|locale|sid$|key_prefix|sealed|secret|token|number|phone|rule|slug"
)
"""Columns that nobody writes words into: the service itself keeps to their form."""
ADDRESSES = ("href", "src", "action", "formaction", "data", "poster", "xlink:href")
SCRIPTED = re.compile(r"[\x00-\x20]*(javascript|data|vbscript)\s*:", re.IGNORECASE)


class Looker(HTMLParser):
    """Finds elements, attributes and addresses that nobody of the house has written, and scripts or styles within a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.shown = 0
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("script", "style") else ""
        for name, value in attrs:
            self.shown += MARK in (value or "")
            if MARK in name or name.startswith("on") or name in ("style", "srcdoc"):
                self.found.append(f"{tag} {name}")
            if name in ADDRESSES and SCRIPTED.match(value or ""):
                self.found.append(f"{tag} {name}={value}")
        if MARK in tag or tag in ("iframe", "object", "embed", "base"):
            self.found.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.shown += MARK in data
        if self._inside and data.strip():
            # The policy of the pages forbids what stands in them.
            self.found.append(f"{self._inside}: {data.strip()[:40]}")


def spoil(owner: Any) -> None:
    """Put words that nobody writes into every column that takes them."""
    columns = owner.execute(
        """select c.table_name, c.column_name from information_schema.columns c
             join information_schema.tables t using (table_schema, table_name)
            where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
              and c.data_type in ('text', 'character varying') and c.table_name <> 'audit_log'"""
    ).fetchall()
    for table, column in [one for one in columns if not KEPT.search(one[1])]:
        for value in (HOSTILE, LINK):
            try:
                owner.execute(f'update public."{table}" set "{column}" = left(%s, 240)', [value])
                break
            except psycopg.Error:
                # A word of a few, or one of its kind: it takes no others.
                continue
    owner.execute(
        "update public.call_queue set custom_variables = jsonb_build_object(%s::text, %s::text)",
        [HOSTILE] * 2,
    )


def cells_that_run(table: str) -> list[str]:
    """Return cells of a CSV that a spreadsheet would execute."""
    cells = re.findall(r'(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))', table, re.MULTILINE)
    texts = [quoted or plain for quoted, plain in cells]
    return [one[:40] for one in texts if one.startswith(("=", "+", "-", "@", "\t", "\r"))]
