"""Countries, states and the largest cities, as people write them: a word that is one says that a place is meant.

Not for reading places, which are read by their shape: only where "Nice, France" could be a name, or a remark.
"""

from voicebot.domain.onboarding.leads import as_keys
from voicebot.domain.onboarding.tokens import EDGES, key

_CODES = (
    # The United States and their territories, Canada, Australia; the names of some.
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT "
    "VT VA WA WV WI WY DC PR GU VI AS MP AB BC MB NB NL NS NT NU ON PE QC SK YT NSW QLD TAS VIC ACT UK USA UAE US CDMX"
)
_NAMES = (
    "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|"
    "louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|"
    "new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|"
    "washington|west virginia|wisconsin|wyoming|puerto rico|guam|ontario|quebec|british columbia|alberta|manitoba|saskatchewan|nova scotia|"
    "new south wales|queensland|tasmania|england|scotland|wales|northern ireland|ireland|united kingdom|great britain|united states|america|canada|"
    "mexico|guatemala|honduras|el salvador|nicaragua|costa rica|panama|cuba|dominican republic|republica dominicana|haiti|jamaica|colombia|venezuela|"
    "ecuador|peru|bolivia|chile|argentina|uruguay|paraguay|brazil|brasil|spain|espana|portugal|france|francia|germany|deutschland|alemania|allemagne|austria|"
    "osterreich|switzerland|schweiz|suisse|svizzera|italy|italia|netherlands|nederland|holland|belgium|belgique|belgie|luxembourg|luxemburg|denmark|danmark|sweden|sverige|"
    "norway|norge|finland|suomi|iceland|poland|polska|czech republic|czechia|slovakia|hungary|romania|bulgaria|greece|turkey|turkiye|ukraine|russia|"
    "serbia|croatia|slovenia|bosnia|albania|north macedonia|montenegro|kosovo|malta|cyprus|estonia|latvia|lithuania|belarus|moldova|"
    "china|japan|south korea|korea|taiwan|hong kong|vietnam|thailand|philippines|indonesia|malaysia|singapore|india|pakistan|bangladesh|nepal|sri lanka|"
    "iran|iraq|israel|lebanon|saudi arabia|qatar|united arab emirates|egypt|morocco|maroc|algeria|tunisia|nigeria|ghana|kenya|ethiopia|"
    "south africa|australia|new zealand|bavaria|bayern|catalonia|cataluna|andalucia|tuscany|toscana|sicily|sicilia|ile-de-france"
)
_CITIES = (
    "london|paris|berlin|madrid|barcelona|rome|roma|milan|milano|naples|napoli|vienna|wien|graz|munich|munchen|hamburg|cologne|koln|frankfurt|zurich|geneva|amsterdam|"
    "rotterdam|brussels|antwerp|lisbon|lisboa|porto|warsaw|warszawa|krakow|prague|budapest|athens|istanbul|dublin|edinburgh|glasgow|manchester|liverpool|"
    "leeds|birmingham|bristol|cardiff|belfast|oslo|stockholm|copenhagen|helsinki|moscow|kyiv|lyon|marseille|toulouse|bordeaux|lille|seville|sevilla|malaga|bilbao|"
    "new york city|nyc|los angeles|chicago|houston|phoenix|philadelphia|san antonio|san diego|dallas|boston|seattle|denver|miami|atlanta|detroit|portland|las vegas|"
    "san francisco|toronto|montreal|vancouver|ottawa|calgary|mexico city|ciudad de mexico|guadalajara|monterrey|bogota|medellin|lima|santiago|buenos aires|"
    "sao paulo|rio de janeiro|caracas|quito|havana|la habana|tokyo|osaka|kyoto|seoul|beijing|shanghai|bangkok|manila|jakarta|delhi|new delhi|mumbai|bangalore|sydney|melbourne|"
    "perth|auckland|cairo|lagos|nairobi|johannesburg|cape town|dubai"
)
_REGION_NAMES = as_keys(_NAMES)
_PLACES = _REGION_NAMES | as_keys(_CITIES)
_REGION_CODES = frozenset(_CODES.split())


def is_region(text: str) -> bool:
    """Whether the whole text is a country, a state or its code in capitals, or one of the largest cities."""
    bare = text.strip(EDGES)
    return key(bare) in _PLACES or bare.replace(".", "") in _REGION_CODES


def is_code(word: str) -> bool:
    """Whether the word is the code of a country or a state, in any case."""
    return word.replace(".", "").upper() in _REGION_CODES


def ends_in_region(text: str) -> bool:
    """Whether the text ends in a country or a state behind another word; a code counts in any case behind a comma."""
    words = text.split()
    if len(words) < 2:
        return False
    if words[-2].endswith(",") and words[-1].strip(EDGES).replace(".", "").upper() in _REGION_CODES:
        return True
    return any(key(" ".join(words[-size:])) in _REGION_NAMES for size in (1, 2, 3) if size < len(words))
