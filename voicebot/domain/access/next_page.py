"""Where somebody is led after signing in: a page of the console, never another place."""

HOME = "/console"
LONGEST = 500


def safe_next(wanted: str) -> str:
    """Return `wanted` when it is a path of the console, else the first page.

    Browsers read a backslash as a slash and drop tabs and line breaks, so only plain characters pass.
    """
    is_plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and len(wanted) <= LONGEST
    inside = wanted == HOME or wanted.startswith((f"{HOME}/", f"{HOME}?"))
    return wanted if is_plain and inside and "/../" not in wanted.partition("?")[0] + "/" else HOME
