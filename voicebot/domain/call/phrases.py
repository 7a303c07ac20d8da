"""The fixed phrases of a call, by clip name. They can be voiced ahead, so they work when nothing else does."""

PHRASES: dict[str, str] = {
    # How a call begins.
    "greeting": "Hello. How can I help you?",
    "hello": "Hello.",
    "recording_announcement": "This call is being recorded.",
    # The caller says nothing, or nothing that could be understood.
    "still_there": "Are you still there?",
    "still_there_again": "I can't hear you. If you are there, please say something.",
    "did_not_catch": "Sorry, I did not catch that. Could you say it again, please?",
    # A person is asked for.
    "connecting": "One moment please, I am connecting you.",
    "no_operator": "I'm afraid nobody can take your call right now. Please tell me your message and I will note it for the team.",
    "closed_message": "We are closed at the moment. Please tell me your message and I will note it for the team.",
    "closed_text": "We are closed at the moment. I am sending you a text message. How else can I help you?",
    "message_taken": "Thank you, I have noted your message for the team. Is there anything else I can do for you?",
    "transfer_busy": "I'm sorry, the line is busy. How else can I help you?",
    "transfer_no_answer": "I'm sorry, nobody picked up. How else can I help you?",
    "transfer_failed": "I'm sorry, I could not connect you. How else can I help you?",
    "transfer_canceled": "I'm sorry, that call was not put through. How else can I help you?",
    # A code is checked.
    "code_right": "Thank you, that is the right code. What can I do for you?",
    "code_wrong": "I'm sorry, that is not the code. Please try again, or key it in.",
    "code_limited": "I'm sorry, I cannot take another code right now. What else can I do for you?",
    # The model failed.
    "apology_again": "Sorry, something went wrong just now. Could you say that again, please?",
    "lost_thread": "Sorry, I lost my thread. What would you like to know?",
    "apology_connecting": "I'm sorry, I am having trouble today. I am connecting you with a person.",
    "apology_goodbye": "I'm sorry, I am having trouble today. Please call again a little later. Goodbye.",
    # How a call ends.
    "goodbye": "Thank you for calling. Goodbye.",
    "time_is_up": "I'm sorry, our time is up. Thank you for calling. Goodbye.",
    # Said by the transports while they wait, and by the static answer.
    "filler_1": "One moment.",
    "filler_2": "Let me see.",
    "filler_3": "Just a second, please.",
    "service_apology": "I'm sorry, we have a technical problem. Please call again in a few minutes.",
    "all_busy": "I'm sorry, all our lines are busy. Please call again in a few minutes.",
    "call_refused": "I'm sorry, we do not take calls from this number. Goodbye.",
    "service_patience": "One moment please, I will be right with you.",
    "service_say_again": "Sorry, I was not able to follow. Could you say that again, please?",
    "service_connecting": "I'm sorry, we have a technical problem. I am connecting you with a person.",
}

FILLERS = ("filler_1", "filler_2", "filler_3")
"""What a transport may play while an answer is late."""

STATIC_PHRASES = (
    "service_apology",
    "all_busy",
    "call_refused",
    "service_patience",
    "service_say_again",
    "service_connecting",
)
"""What is said where no call flow runs: the service itself failed, or the caller is not let in."""

UNKNOWN_TO_MODEL = frozenset(
    {"apology_again", "lost_thread", "apology_connecting", "apology_goodbye", *FILLERS, *STATIC_PHRASES}
)
"""Phrases about our own failures: in the model's history they would only make it apologise again."""


def phrase(name: str, language: str = "en-US") -> str:
    """Return the words of a clip. All languages get the English ones. Raises KeyError on an unknown name."""
    del language  # One language is written so far; the parameter keeps the callers right when a second comes.
    return PHRASES[name]
