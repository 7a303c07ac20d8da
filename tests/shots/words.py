"""Who calls the bicycle shop, and what they say."""

from dataclasses import dataclass
from typing import Any

TEAM = (
    ("Ruth Baker", "+12025550170", "owner"),
    ("Tom Reyes", "+12025550171", "operator"),
    ("Ines Moreau", "+12025550172", "viewer"),
)
PEOPLE = {
    "Grace Hopper": "+12025550111",
    "Alan Perlis": "+12025550112",
    "Barbara Liskov": "+12025550113",
    "Tony Hoare": "+12025550114",
    "Lena Fischer": "+12025550115",
    "Omar Haddad": "+12025550116",
    "Mei Lin": "+12025550117",
    "Pedro Alves": "+12025550118",
    "Nadia Petrova": "+12025550119",
    "Sam Whitfield": "+12025550120",
    "Yuki Tanaka": "+12025550121",
    "Chloe Dubois": "+12025550122",
}


@dataclass(frozen=True)
class Said:
    """An utterance of a call: seconds from its start, and how long the caller waited for an answer."""

    speaker: str
    start_s: float
    end_s: float
    words: str
    gap_ms: int = 0
    heard: str | None = None
    confidence: float | None = None


TALK = (
    Said("bot", 3.1, 6.0, "Hello, this is Harbour Street Bicycles. How can I help you?"),
    Said("caller", 7.2, 9.4, "Hi, when are you open on Saturday?", confidence=0.97),
    Said("bot", 10.1, 12.0, "On Saturday we are open until two.", 712),
    Said("caller", 13.4, 16.3, "And how much is a full service for a touring bike?", confidence=0.94),
    Said(
        "bot", 17.2, 21.6, "A full service costs eighty-five dollars and takes two working days. New cables are extra.", 884,
        heard="A full service costs eighty-five dollars and takes two working days.",
    ),
    Said("caller", 21.4, 24.8, "Good. Can I bring it in on, um, Chewsday morning?", confidence=0.52),
    Said("bot", 26.3, 28.1, "On Tuesday morning, one moment.", 1430),
    Said("caller", 28.9, 29.5, "Sure.", confidence=0.99),
    Said("bot", 30.2, 34.9, "On Tuesday there is nine o’clock, ten o’clock and half past two. Which one suits you?", 655),
    Said("caller", 36.2, 38.4, "Tuesday at ten is perfect.", confidence=0.98),
    Said("bot", 39.3, 46.0, "Then I have you down for Tuesday at ten. You get a text the day before. Anything else?", 921),
    Said("caller", 48.0, 53.1, "No, that is all. Thank you, goodbye!", confidence=0.96),
    Said("bot", 53.7, 56.8, "Thank you for calling, Grace. Goodbye!", 540),
)  # fmt: skip
CALLS: tuple[tuple[Any, ...], ...] = (
    ("Mei Lin", 1.4, "inbound", "live", None, ""),
    ("Pedro Alves", 0.5, "outbound", "live", None, ""),
    ("Alan Perlis", 34, "inbound", "transferred", 131, "Wants his deposit back; was put through to the workshop.", ("refund",)),
    ("Barbara Liskov", 48, "outbound", "bot_ended", 58, "Reminded of the service on Monday; she comes at nine.", ("reminder",)),
    ("Tony Hoare", 55, "outbound", "no_answer", None, ""),
    ("Omar Haddad", 71, "inbound", "caller_hung_up", 42, "Asked whether the shop repairs electric bicycles: yes, most of them."),
    ("Nadia Petrova", 96, "inbound", "bot_ended", 88, "Ordered two inner tubes, and collects them tomorrow.", ("order",)),
    ("Sam Whitfield", 118, "outbound", "busy", None, ""),
    ("Yuki Tanaka", 154, "inbound", "bot_ended", 103, "Asked for a cargo bike to rent at the weekend; one is kept for her.", ("booking",)),
    ("Chloe Dubois", 190, "inbound", "silence", 37, "Said nothing after the greeting; the bot asked twice and hung up."),
    ("Lena Fischer", 236, "outbound", "model_failed", 21, "The model gave no answer; the bot took a message."),
    ("Alan Perlis", 60 * 24 * 7 + 30, "inbound", "bot_ended", 120, "Paid a deposit for a touring bike."),
    ("Barbara Liskov", 60 * 24 * 7 + 55, "inbound", "bot_ended", 64, "Asked for the price of a full service."),
    ("Omar Haddad", 60 * 24 * 7 + 90, "inbound", "caller_hung_up", 18, "Asked for the opening hours."),
)  # fmt: skip
TEXTS: dict[str, list[tuple[str, float, str]]] = {
    "Alan Perlis": [
        ("them", 58, "Hi, I paid a deposit for the blue tourer last week. Can I have it back?"),
        ("bot", 57, "A deposit is paid back within five days when the order is called off. Shall I call it off for you?"),
        ("them", 29, "I did that on the phone on Friday. I want to talk to a person about my refund please."),
        ("case", 29, "I want to talk to a person about my refund please."),
        ("note", 12, "Order T-311. The deposit was paid in cash: ask Tom before anything is promised."),
    ],
    "Yuki Tanaka": [
        ("them", 140, "Is the cargo bike really kept for me on Saturday?"),
        ("bot", 139, "Yes, Yuki: the long cargo bike is kept for you on Saturday from ten."),
    ],
    "Nadia Petrova": [
        ("them", 84, "Can my brother collect the inner tubes?"),
        ("bot", 83, "Of course. He only needs to say your name."),
        ("them", 80, "Great, thank you"),
    ],
    "Omar Haddad": [
        ("them", 64, "What does a new battery cost?"),
        ("us", 50, "Hello Omar, Tom from the workshop: between 390 and 520 dollars. Bring it by and I measure yours."),
    ],
    "Chloe Dubois": [("them", 186, "Sorry, my line was bad. Are you open on Monday?"), ("bot", 185, "No problem! On Monday we are open from nine to six.")],
}  # fmt: skip
QUEUE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Tony Hoare", "queued", {"in": 45, "tries": 1, "came": "no-answer"}),
    ("Sam Whitfield", "queued", {"in": 20, "tries": 1, "came": "busy"}),
    ("Chloe Dubois", "queued", {}),
    ("Mei Lin", "queued", {"in": 60 * 20}),
    ("Lena Fischer", "queued", {}),
    ("Grace Hopper", "queued", {"campaign": False, "priority": 5, "in": 60 * 44}),
    ("Pedro Alves", "in-progress", {}),
    ("Barbara Liskov", "completed", {"came": "completed"}),
    ("Nadia Petrova", "completed", {"came": "completed"}),
    ("Omar Haddad", "failed", {"came": "failed"}),
)
