"""Which clock a person goes by, from what they said of where they are: "Denver", "Ohio", "Pacific time".

A state with two clocks has two zones. An unknown place has none, so the bot asks.
"""

import re
from functools import lru_cache
from zoneinfo import available_timezones

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip
_CLOCKS = {
    "eastern": EASTERN, "central": CENTRAL, "mountain": MOUNTAIN, "pacific": PACIFIC, "est": EASTERN, "edt": EASTERN,
    "cst": CENTRAL, "cdt": CENTRAL, "mst": MOUNTAIN, "mdt": MOUNTAIN, "pst": PACIFIC, "pdt": PACIFIC,
    "alaska": "America/Anchorage", "hawaii": "Pacific/Honolulu", "gmt": "Europe/London", "bst": "Europe/London",
    "central european": "Europe/Berlin", "cet": "Europe/Berlin",
}  # fmt: skip
_STATES = {
    EASTERN: "connecticut ct|delaware de|georgia ga|maine|maryland md|massachusetts|new hampshire nh|new jersey nj|new york ny|"
    "north carolina nc|ohio|pennsylvania|rhode island ri|south carolina sc|vermont vt|virginia|west virginia wv|"
    "washington dc|district of columbia dc|east coast",
    CENTRAL: "alabama|arkansas|illinois|iowa|louisiana|minnesota mn|mississippi|missouri|oklahoma|wisconsin wi",
    MOUNTAIN: "colorado co|montana mt|new mexico nm|utah ut|wyoming wy",
    "America/Phoenix": "arizona az",
    PACIFIC: "california|nevada nv|washington state|west coast",
    "Pacific/Honolulu": "hawaii",
    "America/Anchorage": "alaska",
}
_OF_TWO = {
    "florida": (CENTRAL, EASTERN), "indiana": (CENTRAL, EASTERN), "kentucky": (CENTRAL, EASTERN), "michigan": (CENTRAL, EASTERN),
    "tennessee": (CENTRAL, EASTERN), "kansas": (CENTRAL, MOUNTAIN), "nebraska": (CENTRAL, MOUNTAIN),
    "north dakota": (CENTRAL, MOUNTAIN), "south dakota": (CENTRAL, MOUNTAIN), "texas": (CENTRAL, MOUNTAIN),
    "idaho": (MOUNTAIN, PACIFIC), "oregon": (MOUNTAIN, PACIFIC),
}  # fmt: skip
_CITIES = {
    EASTERN: "boston|miami|atlanta|philadelphia|baltimore|charlotte|cleveland|cincinnati|orlando|tampa|pittsburgh|jacksonville|"
    "brooklyn|manhattan|buffalo|raleigh|columbus",
    CENTRAL: "dallas|houston|austin|san antonio|new orleans|minneapolis|milwaukee|kansas city|saint louis|st louis|memphis|"
    "nashville|oklahoma city|omaha",
    MOUNTAIN: "boulder|salt lake city|albuquerque|santa fe|colorado springs|fort collins|cheyenne|billings",
    "America/Phoenix": "tucson|scottsdale|mesa",
    PACIFIC: "san francisco|san diego|san jose|seattle|portland|sacramento|oakland|las vegas|reno|la",
    "Europe/London": "england|scotland|wales|uk|united kingdom|great britain|manchester|birmingham|edinburgh|glasgow|leeds|bristol",
    "Europe/Berlin": "germany|munich|hamburg|cologne|frankfurt|stuttgart",
    "Europe/Paris": "france|lyon|marseille|nice",
    "Europe/Rome": "italy|milan|naples|florence|turin",
    "Europe/Amsterdam": "netherlands|the netherlands|holland|rotterdam",
    "Europe/Vienna": "austria|salzburg|graz",
    "Europe/Zurich": "switzerland|geneva|bern|basel",
    "Europe/Dublin": "ireland|cork",
    "Europe/Madrid": "barcelona|valencia|seville",
    "America/Toronto": "ottawa|ontario|montreal|quebec city",
    "America/Vancouver": "british columbia",
    "America/Edmonton": "calgary|alberta",
    "Asia/Kolkata": "india|mumbai|delhi|new delhi|bangalore",
    "Asia/Tokyo": "japan|osaka",
    "Asia/Jerusalem": "israel|tel aviv",
    "Australia/Sydney": "canberra",
}
_CLOCK_WORD = re.compile(
    rf"\b(?P<clock>{'|'.join(_CLOCKS)})(?P<time> (?:standard |daylight |summer )?(?:time|clock|zone))?\b"
)
_LEADS = re.compile(
    r"^(?:(?:i'?m|i am|we are|we're|i live|living|here|currently|now|just|staying|visiting|over|out|up|down|somewhere|near|from|in|at|around|the city of)\s+)+"
)


def zones_of_place(words: str) -> tuple[str, ...]:
    """Return the zones that a place has by its name; none where nobody knows the place."""
    if words in available_timezones() and "/" in words:
        return (words,)
    if clock := clock_in(words):
        return (clock,)
    text = re.sub(r"[^\w' ,/-]", " ", words.lower().replace("’", "'")[:100]).strip()
    text = _LEADS.sub("", text)
    whole, _, rest = text.partition(",")
    known = _places()
    # The state says more than the city: there are many towns of one name.
    for name in (rest.strip(" ,"), text.replace(",", " "), whole.strip(), *_shorter(whole)):
        if found := known.get(" ".join(name.split())):
            return found
    return ()


def clock_in(words: str) -> str | None:
    """Return the zone of a clock that is named among other words, as in "nine Eastern time"; None: none is."""
    for found in _CLOCK_WORD.finditer(words.lower()):
        if found["time"] or (
            found["clock"] not in ("central", "mountain", "pacific", "alaska", "hawaii")
            or _ends(words, found)
        ):
            return _CLOCKS[found["clock"]]
    return None


def _ends(words: str, found: re.Match[str]) -> bool:
    return not words[found.end() :].strip(" .,!?")


def _shorter(name: str) -> list[str]:
    """Find `Boulder Colorado` by its state, and `downtown Denver` by the rest of it."""
    parts = name.split()
    return [" ".join(parts[n:]) for n in range(1, len(parts))] + [
        " ".join(parts[:-n]) for n in range(1, len(parts))
    ]


@lru_cache(maxsize=1)
def _places() -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for zone in sorted(available_timezones()):
        area, _, city = zone.rpartition("/")
        if area and not area.startswith(
            ("Etc", "posix", "right", "US", "SystemV", "Canada", "Mexico", "Brazil", "Chile")
        ):
            known.setdefault(city.replace("_", " ").lower(), (zone,))
    for zone, names in (*_CITIES.items(), *_STATES.items()):
        for name in names.split("|"):
            known[name] = (zone,)
            # The letters of a state stand behind its name, two of them.
            if (
                " " in name
                and len(name.rsplit(" ", 1)[1]) == 2
                and zone in _STATES
                and name in _STATES[zone].split("|")
            ):
                full, short = name.rsplit(" ", 1)
                known[full], known[short] = (zone,), (zone,)
    return known | _OF_TWO
