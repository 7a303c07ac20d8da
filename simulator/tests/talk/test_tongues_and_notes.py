"""The stand-in model talks in the language that its prompt names, and does what a note in the middle of a talk wants."""

import pytest

from simulator.providers.brain.brain import think

NOTE = "A person of the team tells you this, and the caller does not hear it:\n\n{text}\n\nDo not mention it."
TAKES = {
    "type": "function",
    "function": {
        "name": "take_message",
        "description": "Take a message for the team.",
        "parameters": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]},
    },
}  # fmt: skip


def talk(tongue, *said):
    prompt = f"Now it is noon. The call is in the language {tongue}.\n\n- Ein Roggenbrot kostet vier Euro."
    roles = ("user", "assistant") * len(said)
    return [
        {"role": "system", "content": prompt},
        *({"role": role, "content": words} for role, words in zip(roles, said, strict=False)),
    ]


@pytest.mark.parametrize(
    ("tongue", "said", "answer"),
    [
        ("de-DE", "Haben Sie einen Parkplatz?", "Das weiß ich leider nicht."),
        ("de-DE", "Was kostet ein Roggenbrot?", "Ein Roggenbrot kostet vier Euro."),
        ("de-DE", "Danke, tschüss!", "Auf Wiederhören!"),
        ("es-ES", "Adiós", "¡Adiós!"),
        ("fr-FR", "Bonjour", "Bonjour ! Comment puis-je vous aider ?"),
        ("pt-PT", "Obrigado", "De nada."),
        ("it-IT", "Vorrei parlare con una persona", "Mi dispiace, non posso passarle una persona."),
        ("en-US", "Do you have a car park?", "I am sorry, I do not know that."),
    ],
)
def test_it_speaks_the_language_of_the_call(tongue, said, answer):
    assert think(talk(tongue, said)).text.startswith(answer)


def test_it_knows_its_own_offer_and_a_no_in_the_language_of_the_call():
    offered = think(talk("de-DE", "Haben Sie einen Parkplatz?"), [TAKES]).text

    assert offered == "Das weiß ich leider nicht. Soll ich eine Nachricht aufnehmen?"
    refused = think(talk("de-DE", "Haben Sie einen Parkplatz?", offered, "Nein, danke."), [TAKES]).text
    assert refused == "In Ordnung. Kann ich sonst noch etwas für Sie tun?"


@pytest.mark.parametrize(
    ("whispered", "added"),
    [
        ("Say that today there is ten percent off.", " Today there is ten percent off."),
        ("tell her we close at five", " We close at five."),
        ("Offer ten percent", " We can offer you ten percent."),
        ("Students get ten percent off.", ""),
    ],
)
def test_what_is_whispered_as_an_order_is_said_with_the_next_answer(whispered, added):
    note = {"role": "system", "content": NOTE.replace("{text}", whispered)}
    messages = talk(
        "en-US", "Hello", "Hello! How can I help you?", "Was kostet ein Roggenbrot in euro, please?"
    )

    answer = think([*messages[:-1], note, messages[-1]]).text

    assert answer == f"Ein Roggenbrot kostet vier Euro.{added}"
