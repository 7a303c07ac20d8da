"""Which words are a mailbox's, which a screener's, and which a person's."""

import pytest

from voicebot.domain.call.pickup.words import MachineSays, machine_says


@pytest.mark.parametrize(
    "words",
    [
        "please state your name and why you are calling",
        "the person you're calling is using a screening service",
        "Hi, the person you’re calling is using a screening service from Google, and will get a copy of this conversation. "
        "Go ahead and say your name, and why you’re calling.",
        "Hi. If you record your name and reason for calling, I'll see if this person is available.",
        "Go ahead and say your name and why you're calling.",
        "This call is being screened. State your name and the purpose of your call after the tone.",
        "Before I connect you, could you please tell me your name and what this is about?",
        "Please say who you are and why you are calling.",
        "Hello, I'm the call assist of the person you are calling. Who is this and what is the reason?",
        "Please identify yourself",
        "Record your name and the reason for your call and I will see if they are available",
        "Hi, this is the smart call assist; please tell me your name and the purpose of your call",
        "say your name after the tone and we'll try to connect you",
        "The subscriber you have dialed screens all calls. Please state your name and the nature of your call.",
        "The number you are calling is protected by call screening, please give your name and reason for calling",
        "To help me find out if they're available tell me your name and reason for the call",
        "Please share your name and why you’re calling",
        "Hi you've reached the screening assistant please state your name",
        "Bitte nennen Sie Ihren Namen und den Grund Ihres Anrufs",
        "Diga su nombre y el motivo de su llamada",
        "Veuillez indiquer votre nom et la raison de votre appel",
        "Noem uw naam en de reden van uw gesprek",
        "Dica il suo nome e il motivo della chiamata",
        "Per favore indichi il suo nome e perché chiama",
        "Dite chi siete e il motivo della chiamata",
        "La persona che sta chiamando usa un servizio che filtra le chiamate. Registri il suo nome e il motivo.",
    ],
)
def test_a_screener_asks_who_calls_and_why(words):
    assert machine_says(words) is machine_says(words.upper()) is MachineSays.WHO_AND_WHY
    assert machine_says(words, is_screener=True) in (MachineSays.WHO_AND_WHY, MachineSays.WAIT)


@pytest.mark.parametrize(
    "words",
    [
        "Hi, you've reached Ann. Please leave a message after the tone.",
        "Leave your name and number and I'll get back to you.",
        "please leave your name, number and the reason for your call after the beep",
        "Please leave your name and why you're calling and I will call you back",
        "at the tone please record your message",
        "You have reached the voicemail box of 303 555 0142",
        "your call has been forwarded to an automatic voice message system",
        "The mailbox is full and cannot accept any messages at this time. Goodbye.",
        "the person you are calling has a voice mailbox that has not been set up yet",
        "The person you are trying to reach is not available. At the tone, please record your message.",
        "when you are finished recording you may hang up or press one for more options",
        "I'm not home right now so leave a message and I'll call you back",
        "hey it's Bob leave a brief message",
        "we are closed leave us a message",
        "Thank you for calling Main Street Dental, leave your message after the beep",
        "no one is available to take your call, please leave a message",
        "Hola, deje su mensaje después de la señal",
        "ha llamado al buzón de voz de Marta",
        "Bitte sprechen Sie nach dem Signalton",
        "Hinterlassen Sie mir eine Nachricht",
        "Laissez un message après le bip",
        "Lasciate un messaggio dopo il segnale",
        "Lasci un messaggio dopo il bip",
        "Risponde la segreteria telefonica di Marta",
        "Lasciatemi un messaggio e vi richiamo",
        "Lascia un breve messaggio",
        "La chiamata è stata trasferita alla segreteria",
        "L'utente da lei chiamato non è al momento raggiungibile",
        "Potete lasciare un messaggio dopo il tono",
        "Hey it's Ana, I'm not in, you know what to do",
        "we can't take your call at the moment but we'll call you back as soon as possible",
        "Déjeme un recado por favor",
        "deixe um recado",
        "vous êtes sur la messagerie d'Anne",
        "bitte eine Nachricht hinterlassen",
        "hey sorry I missed your call shoot me a text and I'll get back to you",
    ],
)
@pytest.mark.parametrize("is_screener", [False, True])
def test_a_mailbox_wants_a_message(words, is_screener):
    assert machine_says(words, is_screener=is_screener) is MachineSays.LEAVE_A_MESSAGE


@pytest.mark.parametrize(
    "words",
    [
        "the number you have dialed is not in service",
        "The subscriber you have dialed is not available, please try again later.",
        "the mailbox you have reached is full",
        "der gewünschte Gesprächspartner ist zurzeit nicht erreichbar",
    ],
)
def test_what_a_network_says_is_a_machines(words):
    assert machine_says(words) is MachineSays.LEAVE_A_MESSAGE


@pytest.mark.parametrize(
    "words",
    [
        "Hello?",
        "who is this",
        "Yes, speaking.",
        "I'm not available right now.",
        "I can't talk right now, call me later",
        "Main Street Dental, this is Joe, how can I help you",
        "you have reached Ann, what's up",
        "she is not here at the moment",
        "can I take a message?",
        "would you like to leave a message?",
        "do you want to leave a message",
        "You can leave a message with me",
        "I left a message yesterday",
        "please don't leave a message again",
        "I got your voicemail yesterday",
        "Is this an answering machine?",
        "is this a robot",
        "stop calling me",
        "please hold on a second",
        "hold on, let me see if he's there",
        "I'll see if she is available",
        "may I ask who's calling?",
        "who's calling please and what is it regarding",
        "what's your name",
        "why are you calling me",
        "can you tell me why you are calling",
        "give me your name again?",
        "is this being recorded",
        "the tone of your call is strange",
        "the doctor can't come to the phone, can I help you",
        "wrong number",
        "I can't come to the phone right now, I'm driving",
        "soll ich ihm eine Nachricht hinterlassen",
        "quer deixar recado",
        "quiere dejar un mensaje",
        "vous voulez laisser un message",
        "Pronto?",
        "Pronto, chi parla?",
        "Posso prendere un messaggio?",
        "Vuole lasciare un messaggio?",
        "Ho lasciato un messaggio ieri",
        "È una segreteria?",
        "Non sono disponibile adesso",
        "Un attimo, vedo se c'è",
        "Come si chiama?",
        "Perché mi chiama?",
        "Di che cosa si tratta?",
        "Sorry I missed your call, what is it about?",
        "He's not available, try again tomorrow",
    ],
)
def test_what_a_person_may_say_is_a_persons(words):
    assert machine_says(words) is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Thanks. Please stay on the line.", MachineSays.WAIT),
        ("One moment please", MachineSays.WAIT),
        ("Okay, I'll see if they are available", MachineSays.WAIT),
        ("I'm connecting you now", MachineSays.WAIT),
        ("Can you say more about why you're calling?", MachineSays.WHO_AND_WHY),
        ("Is it urgent?", MachineSays.WHO_AND_WHY),
        ("Sorry, I didn't catch your name. Could you repeat it?", MachineSays.WHO_AND_WHY),
        ("Thanks. They're not available right now. Goodbye.", MachineSays.NOT_THERE),
        ("The person you're calling can't take your call.", MachineSays.NOT_THERE),
        ("Please remove this number from your mailing and contact list. Thanks and goodbye.", MachineSays.NOT_THERE),
        ("They will call you back", MachineSays.NOT_THERE),
        ("Resti in linea", MachineSays.WAIT),
        ("Un attimo, la metto in contatto", MachineSays.WAIT),
        ("È urgente?", MachineSays.WHO_AND_WHY),
        ("Non ho capito il suo nome, può ripetere?", MachineSays.WHO_AND_WHY),
        ("Il motivo della sua chiamata?", MachineSays.WHO_AND_WHY),
        ("In questo momento non è disponibile. Arrivederci.", MachineSays.NOT_THERE),
        ("La richiamerà più tardi", MachineSays.NOT_THERE),
        ("Pronto, sono Anna", None),
        ("Hello?", None),
        ("Hi, this is Ann, what can I do for you?", None),
        ("Yes, hello, who is this", None),
    ],
)  # fmt: skip
def test_a_screener_is_followed_by_its_person(words, says):
    assert machine_says(words, is_screener=True) is says
