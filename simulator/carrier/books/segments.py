"""How many parts a text is cut into on the way, as Twilio counts them (handbook 6.5, vectors sms_segments)."""

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Each of these takes two places, and the two are never split over parts."""

GSM7_SIZES = (160, 153)
UCS2_SIZES = (70, 67)


def encoding(text: str) -> str:
    """`GSM-7`, or `UCS-2` as soon as one character is outside GSM-7."""
    return "GSM-7" if all(char in GSM7 or char in GSM7_EXTENSION for char in text) else "UCS-2"


def segment_count(text: str) -> int:
    """The number of parts; an empty text is one."""
    if encoding(text) == "GSM-7":
        return _parts([2 if char in GSM7_EXTENSION else 1 for char in text], *GSM7_SIZES)
    # UTF-16 units: a surrogate pair stays together, as the pair of an extension character does.
    return _parts([2 if ord(char) > 0xFFFF else 1 for char in text], *UCS2_SIZES)


def _parts(costs: list[int], single: int, joined: int) -> int:
    if sum(costs) <= single:
        return 1
    parts, left = 1, joined
    for cost in costs:
        if cost > left:
            parts, left = parts + 1, joined
        left -= cost
    return parts
