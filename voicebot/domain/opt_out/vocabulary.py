"""The words in the rules for requests to stop, as patterns over `words.normalised` text."""

import re

Trap = tuple[str, re.Pattern[str]]
Wording = tuple[str, re.Pattern[str], float]

DOING = (
    "(?:texting|messaging|calling|phoning|ringing|dialing|contacting|emailing|spamming|bothering|bugging|harassing|"
    "pestering|annoying|disturbing|reminding|writing|sending|pinging|notifying|communicating|reaching out|"
    "blowing (?:up )?my (?:phone|cell)(?: up)?|hitting (?:(?:me|us) up|(?:up )?my (?:line|phone|cell|inbox)))"
)
THINGS = "(?:texts|messages|voicemails|calls|notifications|alerts|emails|reminders|communications?|correspondence|solicitations?|outreach|spam)"
THING = f"(?:{THINGS}|text|message|call|contact)"
OF_OURS = (
    rf"(?:{THINGS}|{DOING}|text|call|messag|contact|phone|harass|spam|nonsense|madness|crap|shit|bullshit|bs|campaign|bother|robo|auto|"
    r"constant|daily|annoying|endless|stupid|junk|unwanted|notif|remind|ads?\b|advert|promo|offer|marketing|news|whole|entire|same|rest|service|subscription|thing)"
)
"""How what we send begins, whatever it is called."""
OURS_TOO = (
    "(?:(?:text|call|messag|phon|email|solicit|advertis|market|promot|spam|robo|ping|buzz|hound|stalk|nag|push|flood|blast|bomb|getting|receiv|try|ask|doing|going|being|keep|"
    "hav|us|contact|harass|shar|sign|put|add|bill|track|attempt|continu|blow|hit|play|everyth|anyth|someth|noth|noti)\\w*ing)"
)
"""What else may be done to somebody who wants it to end."""
BETWEEN = (
    "(?:(?:all|the|these|those|your|this|any|with|from|me|us|more|sending|getting|of|to|further|such|future|please|"
    "it|and|now|ever|junk|stupid|crap|auto|automated|robo|these|no|unwanted|annoying|constant|so|many|you|text|phone|voice|unsolicited|daily|weekly|endless|repeated) )"
)
CONTACT = "(?:text|call|message|contact|phone|ring|send|write|email|bother|harass|disturb|pester|reach out|hit (?:me|us) up|use)"
US = (
    "(?:me|us|here|it(?! by)|this|these|any|again|ever|back|please|anything|more|to|with|"
    "my (?:phone|number|cell|mobile|house|home|family|mother|mom|father|dad|wife|husband|kids?|son|daughter))"
)
NOT = "(?:do not|don't|never|not to|please not?)"
ASKED = "(?:can|could|would|will)"
REST = "[^.?]*"
BEGINS, ENDS = r"(?:^|[.,?_] ?)", r" ?(?:$|[.,?_])"
ME = "(?:me|us|(?:my|our|this|the|his|her|their) (?:phone |cell |mobile )?(?:number|phone|cell|mobile|name|info|details|data|contact)|number)"
LIST = "(?:lists?|database|system|records?|contacts|directory|book)"

BEFORE_STOP = (
    "(?:(?:for the love of \\w+|for \\w+'?s? sake|dear god|reply|text|send|bitte|por favor|per favore|merci|please|just|hey|ok|okay|yes|yo|no|omg|ugh|now|so|and|but|hi|hello|sorry|dude|guys|man|i said|i say|"
    "i need (?:these|this|it|them) to|i'd (?:like|love|want) you to|every \\w+|"
    "you need to|you must|you have to|can you|could you|would you|will you|i asked you to|i told you to|i want you to|"
    "i need you to|i want this to|thanks but|wrong (?:number|person|guy)) )*"
)
AFTER_STOP = (
    "(?: (?:svp|bitte|por favor|merci|grazie|gracias|danke|obrigad[oa]|per favore|s'il (?:vous|te) plait|ya|basta|it|this|that|now|please|already|thanks|thank you|everything|all|all of (?:it|this)|immediately|asap|1st|2nd|3rd|second|third|last|final|request|warning|"
    "right now|at once|stop|means|today|forever|for good|sir|man|bro|dude|with this|doing (?:this|that)|ok|okay|i'm|"
    "serious|to (?:end|all|this (?:number|phone))|and thank you|nonsense|madness|bullshit|harassment))*"
)


def trap(name: str, pattern: str) -> Trap:
    """Name a wording that only looks like a request; its words are taken out of the text."""
    return name, re.compile(pattern)


def wording(name: str, weight: float, pattern: str) -> Wording:
    """Name a wording and how much it weighs, 0..1."""
    return name, re.compile(pattern), weight


SPANISH_CONTACT = (
    "(?:escrib(?:a|as|an|ais)|llam(?:e|es|en|eis)|mand(?:e|es|en|eis)|envi(?:e|es|en|eis)|contact(?:e|es|en|eis)|"
    "molest(?:e|es|en|eis)|text(?:ee|ees|een))"
)
