"""Names and places are told by their shape; what they are not sure to be is asked for again, and then taken as it stands."""

from dataclasses import replace

import pytest

from voicebot.domain.onboarding import phrases
from voicebot.domain.onboarding.flow import answer, begin
from voicebot.domain.onboarding.names import name_as_it_stands, name_in
from voicebot.domain.onboarding.pin import place_of_pin
from voicebot.domain.onboarding.places import place_in
from voicebot.domain.onboarding.reading import Reading, stands_in
from voicebot.domain.onboarding.state import Medium, OnboardingState, Question, Voice
from voicebot.domain.person.effects import SetProfile

VOICES = (Voice("l", "Alice", "female"), Voice("d", "Daniel", "male"))
NAME_ASKED = begin(OnboardingState(), VOICES).state
PLACE_ASKED = replace(NAME_ASKED, first_name="Ada", question=Question.LOCATION)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Thanks, Olivia", "Olivia", ""),
        # What they said before, what they ask back, and what they are not called.
        ("i told you already it's greg", "Greg", ""),
        ("good morning my name is angela merritt how are you", "Angela", "Merritt"),
        ("My name is Tom, what's yours?", "Tom", ""),
        ("no its Steven not Stephen", "Steven", ""),
        ("not Stephen, Steven", "Steven", ""),
        ("this is my husbands phone but im Linda", "Linda", ""),
        ("Sam short for Samantha", "Sam", ""),
        ("Samantha, Sam for short", "Samantha", ""),
        ("this is Helen, Mark's wife", "Helen", ""),
        ("will", "Will", ""),
        ("Nom : Dupont Prénom : Léa", "Léa", "Dupont"),
        ("Harry Potter 2nd", "Harry", "Potter"),
        ("Thank you so much, Denise Carter", "Denise", "Carter"),
        ("Con mucho gusto, Rodrigo Paz", "Rodrigo", "Paz"),
        ("habla Teresa", "Teresa", ""),
        ("Le saluda Martín Fierro", "Martín", "Fierro"),
        ("Llámame Nico", "Nico", ""),
        ("Chiamami Gino", "Gino", ""),
        ("Hello, I am Priya Subramaniam and you?", "Priya", "Subramaniam"),
        ("Me llamo Iker. ¿Y usted?", "Iker", ""),
        ("First: Linda Last: Park", "Linda", "Park"),
        ("Nombre: Carla Apellido: Ruiz", "Carla", "Ruiz"),
        ("My first name is Tessa and my last name is Hughes", "Tessa", "Hughes"),
        ("Last name Hughes, first name Tessa", "Tessa", "Hughes"),
        ("it's spelled S-E-A-N, Sean", "Sean", ""),
        ("Smith, Jane A.", "Jane", "Smith"),
        ("Will Power", "Will", "Power"),
        ("Pat Stop", "Pat", "Stop"),
        ("John F. Keller", "John", "Keller"),
        ("Dr. Jane Smith", "Jane", "Smith"),
        ("Smith, John", "John", "Smith"),
        ("It's me, Mario", "Mario", ""),
        ("Sean O´Brien", "Sean", "O'Brien"),
        ("Kim Do", "Kim", "Do"),
        ("Je m'appelle Marie", "Marie", ""),
        # Initials, titles, suffixes.
        ("A. J. Foyt", "A.", "Foyt"),
        ("George W. Bush Jr.", "George", "Bush"),
        ("Dr. Martin Luther King, Jr.", "Martin", "Luther King"),
        ("Lt. Col. James Rhodes", "James", "Rhodes"),
        ("Mrs. Robinson", "", "Robinson"),
        ("Prince", "Prince", ""),
        ("I am Dr. Jane Smith", "Jane", "Smith"),
        # Particles, and names of several words.
        ("van Dyke, Dick", "Dick", "van Dyke"),
        ("de la Cruz, Juan", "Juan", "de la Cruz"),
        ("Ursula von der Leyen", "Ursula", "von der Leyen"),
        ("José Luis García Márquez", "José Luis", "García Márquez"),
        ("maria garcia lopez", "Maria", "Garcia Lopez"),
        ("Nguyen, Thi Mai", "Thi Mai", "Nguyen"),
        ("Bond, James Bond", "James", "Bond"),
        # Words that are names too.
        ("Do Kim", "Do", "Kim"),
        ("An Li", "An", "Li"),
        ("Will Price", "Will", "Price"),
        ("April May", "April", "May"),
        ("Grace No", "Grace", "No"),
        ("In Ho Park", "In", "Ho Park"),
        # Apostrophes and hyphens of all kinds, and what stands around a name.
        ("D`Artagnan", "D'Artagnan", ""),
        ("Conan O′Brien", "Conan", "O'Brien"),
        ("M‘Baku", "M'Baku", ""),
        ("Anne‑Marie Duff", "Anne-Marie", "Duff"),
        ("\u202aMario\u202c Rossi", "Mario", "Rossi"),
        ("Ana (she/her)", "Ana", ""),
        ('Robert "Bob" Smith', "Robert", "Smith"),
        ("✨Luna✨", "Luna", ""),
        # Other languages.
        ("Moi c'est Jean-Luc", "Jean-Luc", ""),
        ("Bonjour, je suis Mme Dupont", "", "Dupont"),
        ("Ich bin's, Klaus", "Klaus", ""),
        ("Guten Tag, Peter Meier mein Name", "Peter", "Meier"),
        ("Soy la Sra. Gómez", "", "Gómez"),
        ("Oi, aqui é o João", "João", ""),
        ("Mam na imię Ola", "Ola", ""),
        ("Меня зовут Иван Петров", "Иван", "Петров"),
        ("我叫李明", "李明", ""),
        ("私は田中です", "田中", ""),
        ("김민준", "민준", "김"),
        ("اسمي أحمد", "أحمد", ""),
        ("שרה כהן", "שרה", "כהן"),
        # As a recogniser writes what was said.
        ("my name is john smith", "John", "Smith"),
        ("john f keller", "John", "Keller"),
        ("doctor jane smith", "Jane", "Smith"),
        ("it's me mario", "Mario", ""),
        ("j o h n", "John", ""),
        ("my name is jon j o n", "Jon", ""),
        ("john smith s m i t h", "John", "Smith"),
        ("o apostrophe b r i e n", "O'Brien", ""),
        ("b as in boy o b", "Bob", ""),
        ("marc with a c", "Marc", ""),
        ("je m'appelle marie", "Marie", ""),
    ],
)
def test_a_name_is_told_by_its_shape(text: str, first: str, last: str) -> None:
    assert name_in(text) == (first, last)
    kept = answer(NAME_ASKED, text).state
    assert (kept.first_name, kept.last_name, kept.question) == (first, last, Question.LOCATION)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("It's Boston, Massachusetts", "Boston, Massachusetts"),
        ("Boston of course", "Boston"),
        ("just moved to Austin", "Austin"),
        ("originally from Ohio but now in Austin", "Austin"),
        ("currently Denver but from Chicago", "Denver"),
        ("from a small town near Boise", "Boise"),
        ("Winston\u2013Salem", "Winston-Salem"),
        ("Ich komme aus der Nähe von Bremen", "Bremen"),
        ("We live in Kansas City, and you?", "Kansas City"),
        ("Truth or Consequences, NM", "Truth or Consequences, NM"),
        ("Nice, France", "Nice, France"),
        ("Live Oak, FL", "Live Oak, FL"),
        ("nice, france", "Nice, France"),
        ("Why, Arizona", "Why, Arizona"),
        ("Okay Corral, Texas", "Okay Corral, Texas"),
        ("No Name, Colorado", "No Name, Colorado"),
        ("What Cheer, Iowa", "What Cheer, Iowa"),
        ("Best, Netherlands", "Best, Netherlands"),
        ("Last Chance, CO", "Last Chance, CO"),
        ("St. Louis, MO", "St. Louis, MO"),
        ("Ft. Lauderdale, FL", "Ft. Lauderdale, FL"),
        ("Washington, D.C.", "Washington, D.C."),
        ("U.S.A.", "U.S.A."),
        ("washington dc", "Washington DC"),
        ("Frankfurt a. M.", "Frankfurt a. M."),
        ("Bad Homburg v. d. Höhe", "Bad Homburg v. d. Höhe"),
        ("De Pere, WI", "De Pere, WI"),
        ("A Coruña", "A Coruña"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        ("Coeur d’Alene, ID", "Coeur d'Alene, ID"),
        ("L'Hospitalet de Llobregat", "L'Hospitalet de Llobregat"),
        ("New york", "New york"),
        ("75011 Paris", "75011 Paris"),
        ("SW1A 1AA", "SW1A 1AA"),
        ("Currently in Berlin", "Berlin"),
        ("Vienna, but originally from Graz", "Vienna"),
        ("I'm originally from Peru but I live in Lima", "Lima"),
        ("soy de Cali pero vivo en Bogotá", "Bogotá"),
        ("J'habite à Lyon", "Lyon"),
        ("Ich wohne in München", "München"),
        ("я живу в Москве", "Москве"),
        ("nice france", "Nice France"),
        ("i live in boston massachusetts", "Boston Massachusetts"),
        ("washington d c", "Washington DC"),
        ("greenwich g r e e n w i c h", "Greenwich"),
        ("that would be tulsa", "Tulsa"),
    ],
)
def test_a_place_is_told_by_its_shape(text: str, place: str) -> None:
    assert place_in(text) == place
    assert answer(PLACE_ASKED, text).state.location == place


REMARKS = (
    "that's personal", "hmm", "thanks anyway", "gracias igualmente", "from the gym", "nearby", "on planet earth", "seriously", "I don't know", "what for", "no way", "just fix my bike please", "I'm good", "order status", "my name is none of your business", "Thank you",
    "can you hear me", "no entiendo", "para qué", "je ne veux pas", "keine Ahnung", "non lo so", "não quero", "nie wiem",
    "I am a customer", "from the store", "Fix my bike", "Tell me a joke", "on the road", "I'm homeless", "depends", "at home", "my house",
)  # fmt: skip


@pytest.mark.parametrize("asked", [NAME_ASKED, PLACE_ASKED])
@pytest.mark.parametrize("text", REMARKS)
def test_a_remark_is_no_answer(asked: OnboardingState, text: str) -> None:
    kept = answer(asked, text).state

    assert (kept.first_name, kept.last_name, kept.location) == (asked.first_name, "", "")


@pytest.mark.parametrize(
    ("asked", "text", "kept"),
    [
        (NAME_ASKED, "kim do", ("Kim", "Do", "")),
        (NAME_ASKED, "Order", ("Order", "", "")),
        (NAME_ASKED, "the rock", ("The", "Rock", "")),
        (NAME_ASKED, "may long", ("May", "Long", "")),
        (PLACE_ASKED, "nice", ("Ada", "", "Nice")),
        (PLACE_ASKED, "90210", ("Ada", "", "90210")),
        (PLACE_ASKED, "here", ("Ada", "", "Here")),
    ],
)
@pytest.mark.parametrize("medium", list(Medium))
def test_what_is_not_understood_is_asked_again_and_the_second_time_taken_as_it_stands(
    asked: OnboardingState, text: str, kept: tuple[str, str, str], medium: Medium
) -> None:
    first = answer(asked, text, medium)
    second = answer(first.state, text, medium)

    assert first.effects == ()
    assert first.reply.startswith(phrases.not_taken(asked.question))
    told = second.state
    assert (told.first_name, told.last_name, told.location) == kept


@pytest.mark.parametrize("text", ["why", "12", "https://x.org", "skip", "later", "what do you mean?", "!!!"])
def test_what_has_no_shape_of_a_name_is_not_taken_the_second_time_either(text: str) -> None:
    assert name_as_it_stands(text) is None or answer(NAME_ASKED, text).state.first_name == ""
    asked_again = replace(NAME_ASKED, tries=1)

    if text != "why":
        assert answer(asked_again, text).state.first_name == ""


@pytest.mark.parametrize("asked", [NAME_ASKED, PLACE_ASKED])
@pytest.mark.parametrize(
    "text",
    ["I don't know", "no sé", "quién eres", "prefiero no decirlo", "wer ist da", "chi sei", "wrong number", "stop it", "no gracias", "ok", "good"],
)  # fmt: skip
def test_plain_talk_is_kept_the_second_time_neither(asked: OnboardingState, text: str) -> None:
    second = answer(answer(asked, "hmm").state, text).state

    assert (second.first_name, second.last_name, second.location) == (asked.first_name, "", "")


def test_who_somebody_is_is_no_place() -> None:
    for text in ("I'm Anna", "my name is Anna", "soy Anna", "ich bin Anna"):
        assert place_in(text) is None


# --- several answers in one text ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "place", "voice", "consent"),
    [
        ("Hi, I'm Jane Doe from Austin, TX. Alice's voice. No offers.", "Jane Doe", "Austin, TX", "l", False),
        ("I am Dr. Jane Smith, I live in St. Louis, MO and I want voice 2, I agree", "Jane Smith", "St. Louis, MO", "d", True),
        ("John F. Keller, Portland, OR, Alice, I agree", "John Keller", "Portland, OR", "l", True),
        ("My name is Kim Do. I live in Nice, France. The voice of Alice please. I agree to offers.", "Kim Do", "Nice, France", "l", True),
        ("Me llamo Ana López, vivo en Madrid, la voz de Alice y acepto las ofertas", "Ana López", "Madrid", "l", True),
        ("soy Ana y vivo en Lima", "Ana", "Lima", None, None),
        ("je m'appelle Marie et j'habite à Lyon", "Marie", "Lyon", None, None),
        ("Ich heiße Jörg und wohne in Bad Homburg v. d. Höhe", "Jörg", "Bad Homburg v. d. Höhe", None, None),
        ("my name is john smith and i live in boston massachusetts", "John Smith", "Boston Massachusetts", None, None),
        (
            "Good afternoon! Thank you so much for getting in touch with me about all of this, it is very kind of you. "
            "My name is Maria Fernanda Castillo. I live in San Antonio, Texas. The voice of Alice please. I agree to offers.",
            "Maria Fernanda Castillo", "San Antonio, Texas", "l", True,
        ),
    ],
)  # fmt: skip
def test_a_whole_onboarding_in_one_text_is_taken_whole(
    text: str, name: str, place: str, voice: str | None, consent: bool | None
) -> None:
    told = answer(NAME_ASKED, text).state

    assert f"{told.first_name} {told.last_name}".strip() == name
    assert (told.location, told.voice_id, told.consent) == (place, voice, consent)


# --- what the model read --------------------------------------------------------------------------


def test_what_the_model_read_is_kept_where_the_text_holds_it() -> None:
    text = "well everybody says kim do to me and i am in nice most of the time"

    unread = answer(NAME_ASKED, text)
    read = answer(NAME_ASKED, text, reading=Reading("kim do", "nice"))

    assert unread.unread
    assert read.effects == (SetProfile(first_name="Kim", last_name="Do"), SetProfile(location="Nice"))
    assert read.state.question is Question.VOICE
    assert not read.unread


@pytest.mark.parametrize(
    "reading",
    [Reading(), Reading("John Smith", "London"), Reading("Do Kim"), Reading("https://x.org"), Reading("1")],
)
def test_what_the_model_made_up_is_not_believed(reading: Reading) -> None:
    turn = answer(NAME_ASKED, "kim do", reading=reading)

    assert turn.effects == ()
    assert turn.reply.startswith(phrases.not_taken(Question.NAME))


def test_a_place_that_was_told_beside_the_name_is_not_asked_for() -> None:
    turn = answer(NAME_ASKED, "the place is nice", reading=Reading("", "nice"))

    assert (turn.state.location, turn.state.question) == ("Nice", Question.NAME)


@pytest.mark.parametrize(
    ("text", "value", "stands"),
    [
        ("I'm Seán O’Brien!", "sean o'brien", True),
        ("call me Bob", "Bob", True),
        ("Keller, John", "Keller John", True),
        ("bobby", "bob", False),
        ("do kim", "kim do", False),
        ("anything", "", False),
    ],
)
def test_words_stand_in_a_text_as_words(text: str, value: str, stands: bool) -> None:
    assert stands_in(text, value) is stands


def test_an_answer_of_more_than_two_hundred_characters_is_for_the_model() -> None:
    long = "my name is " + "very " * 60 + "long"

    assert answer(NAME_ASKED, long).unread
    assert name_in(long) is None
    assert place_in(long) is None


# --- a place that was shared ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"Address": "Madrid, Spain"}, "Madrid, Spain"),
        ({"Address": "Plaza Mayor 1, 28012 Madrid, Spain"}, "28012 Madrid, Spain"),
        ({"Address": "1 Market St, San Francisco, CA 94105, USA", "Label": "Ferry Building"}, "San Francisco, CA 94105, USA"),
        ({"Address": "Av. Paulista, 1578, São Paulo, Brazil"}, "São Paulo, Brazil"),
        ({"Address": "12 Foo St, Suite 4, Springfield, IL"}, "Springfield, IL"),
        ({"Label": "Golden Gate Park"}, "Golden Gate Park"),
        ({"Address": "  ", "Label": "\u202aGraz\u202c"}, "Graz"),
        ({}, "40.42, -3.70"),
    ],
)  # fmt: skip
def test_a_location_is_a_place(told: dict[str, str], place: str) -> None:
    assert place_of_pin({"Latitude": "40.4168", "Longitude": "-3.7038", **told}) == place


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"Latitude": "40.4"},
        {"Latitude": "north", "Longitude": "1"},
        {"Latitude": "nan", "Longitude": "1"},
        {"Latitude": "91", "Longitude": "1"},
        {"Latitude": "1", "Longitude": "inf"},
        {"Address": "Madrid"},
    ],
)
def test_what_names_no_point_on_earth_is_no_location(details: dict[str, str]) -> None:
    assert place_of_pin(details) is None
