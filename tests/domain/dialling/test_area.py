"""Which telephones a number of ours is local to."""

import phonenumbers
import pytest

from voicebot.domain.dialling.area import NumberArea, area_of
from voicebot.domain.dialling.north_america import REGION_OF

COLORADO = ("+1303", "+1719", "+1720", "+1748", "+1970", "+1983")


@pytest.mark.parametrize(
    ("number", "country", "area"),
    [
        ("+13035550142", "US", ("+1303",)),
        ("+19835550142", "US", ("+1983",)),
        ("+12125550142", "US", ("+1212",)),
        ("+12025550123", "US", ("+1202",)),
        ("+14165550142", "CA", ("+1416",)),
        ("+17875550142", "PR", ("+1787",)),
        ("+442071838750", "GB", ("+4420",)),
        ("+441134960000", "GB", ("+44113",)),
        ("+447400123456", "GB", ()),
        ("+33140205050", "FR", ("+331",)),
        ("+33612345678", "FR", ()),
        ("+493012345678", "DE", ("+4930",)),
        ("+4915112345678", "DE", ()),
        ("+390612345678", "IT", ("+3906",)),
        ("+34915550142", "ES", ()),
        ("+525512345678", "MX", ("+5255",)),
        ("+541145551234", "AR", ("+5411", "+54911")),
        ("+5491145551234", "AR", ("+5411", "+54911")),
        ("+5511987654321", "BR", ("+5511",)),
        ("+551132345678", "BR", ("+5511",)),
        ("+81312345678", "JP", ("+813",)),
        ("+61291234567", "AU", ("+612",)),
        ("+18005550100", "US", ()),
        ("+18885550100", "US", ()),
        ("12345", None, ()),
        ("", None, ()),
        ("client:alice", None, ()),
        ("anonymous", None, ()),
    ],
)
def test_a_number_is_local_to_who_has_its_area_code(
    number: str, country: str | None, area: tuple[str, ...]
) -> None:
    found = area_of(number)

    assert (found.country, found.area_prefixes) == (country, area)


@pytest.mark.parametrize(
    "number", ["+13035550142", "+17195550142", "+17205550142", "+19705550142", "+19835550142"]
)
def test_all_area_codes_of_a_state_have_one_region(number: str) -> None:
    assert area_of(number).region_prefixes == COLORADO


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("+12125550142", "+17165550142", True),
        ("+12125550142", "+12015550142", False),
        ("+14155550142", "+12135550142", True),
        ("+12145550142", "+12105550142", True),
        ("+12065550142", "+15095550142", True),
        ("+12025550142", "+13015550142", False),
        ("+16045550142", "+12505550142", True),
        ("+16045550142", "+14165550142", False),
        ("+15145550142", "+14185550142", True),
        ("+17875550142", "+19395550142", True),
        ("+18005550100", "+18885550100", False),
        ("+442071838750", "+441134960000", False),
    ],
)
def test_a_region_is_a_state_or_a_province(one: str, other: str, together: bool) -> None:
    assert any(other.startswith(prefix) for prefix in area_of(one).region_prefixes) is together


def test_a_toll_free_number_is_local_to_nobody() -> None:
    assert area_of("+18335550100") == NumberArea("US")


_STATES = (
    "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC Washington D.C.|"
    "FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|"
    "MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|"
    "NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|"
    "OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|"
    "VA Virginia|WA Washington State|WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico|AB Alberta|BC British Columbia|"
    "BC British Colombia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|"
    "NS Nova Scotia/Prince Edward Island|ON Ontario|QC Quebec|SK Saskatchewan"
)
_CODE_OF = {name: code for code, _, name in (each.partition(" ") for each in _STATES.split("|"))}


def geocoded(area: str) -> str | None:
    """The region of an area code, as the library's geocoder has it."""
    # Loaded here: its tables take longer than all other tests of this file.
    from phonenumbers.geocoder import description_for_number

    place = description_for_number(phonenumbers.parse(f"+1{area}5550123"), "en")
    name, comma, code = place.rpartition(", ")
    return code if comma else _CODE_OF.get(name or place)


def test_the_area_codes_of_north_america_are_those_of_the_geocoder() -> None:
    found = {area: region for area in map(str, range(200, 990)) if (region := geocoded(area))}

    assert found == REGION_OF
