"""The meaning of a failed text, in words for operators (handbook 6.3)."""

WORDS: dict[str, str] = {
    "14107": "More than 15 replies in 30 seconds between two numbers: two machines may be talking. It is tried twelve times.",
    "20429": "Twilio got too many requests of this account at once. It is tried twelve times.",
    "21211": "The number does not exist in this form.",
    "21212": "The number we send from is not valid. Check TWILIO_PHONE_NUMBER.",
    "21219": "A trial account reaches only numbers that were verified in Twilio's console.",
    "21408": "Sending to this country is switched off. Allow it in Twilio's messaging geo permissions.",
    "21606": "The number we send from cannot send texts to this recipient. Check its capabilities.",
    "21608": "A trial account texts only numbers that were verified in Twilio's console.",
    "21610": "The recipient has texted STOP. Nothing is sent until they text START.",
    "21611": "Too many texts are waiting to leave this number. It is tried twelve times.",
    "21612": "Twilio has no route from our number to this one.",
    "21614": "The number is not a mobile number. Call it instead.",
    "21617": "The text was longer than 1600 characters.",
    "30001": "Too many texts were waiting at Twilio, so this one was dropped. Send it again later.",
    "30002": "Twilio has suspended the account. Nothing leaves until that is solved.",
    "30003": "The phone was off or out of reach. Send it again later.",
    "30004": "The recipient blocks our texts, or texted STOP to a toll-free number. Nothing more is sent.",
    "30005": "The number is unknown or no longer in use.",
    "30006": "The number is a landline, or its carrier takes no texts. Call it instead.",
    "30007": "The carrier filtered the text as unwanted. The same words will not pass.",
    "30008": "The carrier gave no reason. Send it once more, not oftener.",
    "30034": "Our number is not registered for texting in the US (A2P 10DLC). Texts are accepted and dropped.",
    "30038": "A text that looked like a one-time code was filtered. Offer keys, speech, the web or the two words.",
    "63016": "WhatsApp: more than 24 hours since their last message, so only a template may be sent.",
    "63017": "The account's limit of messages per second was reached. Send it again later.",
    "63018": "The channel's rate limit was reached. Send it again later.",
    # Ours: reasons why a text was never sent.
    "capped": "This number got too many replies, so answering was switched off. A person has to look.",
    "ai_off": "Answering was switched off before this answer could leave.",
    "number_moved": "Our number belonged to another organization before this text could leave.",
    "team_suspended": "The organization is suspended. The text waits until it is not.",
    "canceled": "Somebody took it back before it left.",
    "suppressed": "The recipient asked for no more messages.",
    "not_textable": "The number is of a kind or country that may not be texted.",
    "night": "It was night where they are when the reminder could leave, so it was dropped.",
    "code_over": "The code in the text was used or ran out before it could leave. Ask for a new one.",
    "no_sender": "There is no number of ours to send it from. Check the numbers in the settings.",
    "database_away": "The database was away when the text was to leave. It is tried twelve times.",
    "claim_ran_out": "Its turn came too late in a full queue. It is tried twelve times.",
}


def error_words(code: int | str | None) -> str:
    """Return what a code means."""
    text = str(code or "")
    if text in WORDS:
        return WORDS[text]
    return f"Twilio reports error {text}." if text else "The text was not delivered; no reason was given."
