"""Wordings that only look like a request to stop.

A trap takes its words out of the text before the requests are looked for, so "don't stop texting me" is none, while "my
bus stop is closed. Stop texting me" stays one.
"""

from voicebot.domain.opt_out.vocabulary import (
    CONTACT,
    DOING,
    NOT,
    OF_OURS,
    OURS_TOO,
    REST,
    SPANISH_CONTACT,
    THING,
    THINGS,
    Trap,
    trap,
)

TRAPS: tuple[Trap, ...] = (
    trap(
        "asks not to stop",
        r"\b(?:do not|don't|never|not|didn't|did not) (?:ever |please |want to |mean to |want you to |want to ever )?"
        rf"(?:stop|quit|unsubscribe|opt(?:ed)? (?:me |us )?out|remove me|take me off|delete me)\b{REST}",
    ),
    trap(
        "never asked it",
        rf"\b(?:never|didn't|did not) (?:tell|told|ask|asked|want|wanted) (?:you|anyone|anybody) to (?:stop|quit)\b{REST}",
    ),
    trap(
        "asks why we stopped",
        rf"\b(?:did|have|has|why have|why did) (?:you|they|i|we|your \w+) stop(?:ped)?\b{REST}",
    ),
    trap("asks what we did", rf"\bdid (?:you|they) (?:lose|delete|remove|forget)\b{REST}"),
    trap("tells what stop does", r"\b(?:if|when) (?:i|you|we|people) (?:text|say|send|write|reply) stop\b"),
    trap(
        "a time, a place or a way",
        rf"\b{NOT} {CONTACT}\b(?![^.?]* or (?:ever|at all|again|any more)\b)[^.?]*\b(?:before|until|till|while|when|between|during|instead|better|unless|today|"
        rf"tomorrow|tonight|yet|at work|at night|this week|after \w+|on (?:sun|mon|tues|wednes|thurs|fri|satur)days?|"
        rf"the old|use this|landline)\b{REST}",
    ),
    trap(
        "tells a name",
        r"\b(?:don't|do not|never) call me (?!again|any|ever|back|at|on|here|please|or|and|about|for|if|thank|now|"
        r"i\b|you|from|with|this|we|because|no\b|never|over|so|pls|late|early)[a-z]+",
    ),
    trap(
        "no texts by nature", rf"\bi (?:don't|do not|never|didn't) (?:get|receive) {THINGS}? ?(?:on|at|in)\b"
    ),
    trap(
        "drops by", r"\bstop(?:s|ped|ping)? (?:by|over|off|in (?:at|and|for|to)|at (?:the|your|our|my|a))\b"
    ),
    trap(
        "on the way",
        r"(?<!you )\b(?:had|have|has|need|needs|going|gotta|got) to stop (?:for|at|in|by|on|to get)\b(?! (?:once|all))|"
        r"\b(?:do|did|does|will|can) (?:you|they|it|we|i) (?:\w+ )?stop (?:for|in|at|on)\b(?! (?:once|all))|"
        rf"(?<!how )\b(?:should|must|can|do|shall|may|when|could) (?:i|we) (?:have to )?(?:\w+ )?(?:stop|quit)\b(?! (?:the |these |your |all |this |getting |receiving )*(?:{THING}|{THINGS}|{DOING}))|"
        r"\b(?:do|does|did) (?:i|we|he|she) (?:need|have|want) to (?:stop|quit) (?!{DOING})\w+|\b(?:he|she|they|doctor|boss) told (?:me|us) to (?:stop|quit) (?!{DOING})\w+|\b(?:can|could|may|should) i (?:remove|delete|drop) my (?!number|name|phone|contact|info|data|details)\w+|\b(?:i'm|i am|we're|we are) (?:still )?not (?:getting|receiving)\b[^.?]*|\b(?:i|we) (?:was|were|am|are|been|have been) told to (?:stop|quit)\b|"
        rf"\b(?:do|does|did|will) (?:the|a|your|my|that) (?!{THINGS}|texting|calling|messaging)\w+(?: \w+)? stop\b(?! {DOING}){REST}",
    ),
    trap("no need to", rf"\bno need to {CONTACT}\b(?![^.?]*\b(?:again|ever|any more|at all)\b)"),
    trap(
        "one thing",
        rf"\b{NOT} (?:send|write|use) (?:me |us )?(?:the|an?|that|his|her) (?!{THINGS}|{THING}|more|same)\w+",
    ),
    trap(
        "a thing is to stop",
        rf"\b(?:stop|halt) (?:the|my|this|that|his|her|their|our|a|an) (?!{THINGS}|call|text|message)\w+(?: \w+){{0,2}} from \w+ing\b|"
        rf"\bstop (?:(?:the|my|an?) (?!{OF_OURS})\w+|(?:payment|delivery|production|service) (?:of|on|to|from)\b)|"
        rf"\b(?:make|making|get|have) (?:the|my|this|that|his|her|a) (?!{THINGS}|to )\w+(?: to)? stop\b|"
        # To stop speaking or selling sends nothing; it matters only when something is done to the sender.
        rf"\b(?:stop|quit) (?!{DOING}|{OURS_TOO}|{THINGS})\w{{2,}}ing\b(?! (?:me|us|this|that|my|these|your|here|it|to me|at me|to us)\b)",
    ),
    trap(
        "it does not stop",
        r"\b(?:can't|cannot|can not|won't|will not|doesn't|does not|wouldn't|couldn't|isn't|hasn't) (?:\w+ )?(?:stop|quit)\w*(?! (?:text|call|messag|send|contact|bother)\w*)\b",
    ),
    trap(
        "it stopped",
        rf"\b(?:has|have|had|just|suddenly|my \w+|the \w+|it|i|we|he|she) stopped\b(?! {THINGS}| {DOING})",
    ),
    trap(
        "asks what stop does",
        r"\bwhat (?:does|is|would) (?:the word |replying |texting )?[a-z]* ?stop\b(?! (?:texting|calling))|\bwhat happens (?:if|when) i \w+ stop\b",
    ),
    trap(
        "our own words",
        r"\b(?:reply|text|send|say|type|txt|answer) (?:with )?(?:stop|start|end|quit) (?:to|for|and|or|if|at any time|anytime|in order)\b[^.?]*|"
        r"\byou will (?:get|receive|not receive) (?:no|any) more (?:texts|messages|calls)\b[^.?]*|\byou have (?:successfully )?been (?:unsubscribed|opted out|re subscribed)\b[^.?]*|"
        r"\b(?:i|we)(?:'ll| will| can| won't) (?:no longer|not|never|stop) (?:text|call|contact|texting|calling)\w* you\b[^.?]*",
    ),
    trap(
        "stops with something else",
        r"\bquit(?:ting)? (?:my|the|his|her|our|smoking|drinking|school|work)\b|"
        rf"\b(?:my|the|our|his|her|their) (?!{THINGS})\w+ (?:just |has |have |had )?quit\b(?! (?:text|call|messag|send|contact|bother)\w*)",
    ),
    trap(
        "a place to stop",
        r"\bnon ?stop\b|\b(?:bus|tram|train|metro|next|nearest|closest|last|first|second|third|final|full|pit|rest|one|truck|non|every|which|short|quick|subway|my|your|the) stops?\b(?! (?:texting|calling|messaging))|\bstop (?:fees?|signs?|lights?|loss|watch|motion)\b",
    ),
    trap(
        "another way",
        rf"\b{NOT} {CONTACT}\b(?![^.?]*\b(?:or|again|ever|any more|at all)\b)[^.?]*, (?:please |just )?"
        r"(?:call|text|email|phone|ring|write|use|send) (?:me|us|it|my|the|her|him)\b[^.?]*",
    ),
    trap("welcomes contact", r"\b(?:don't|do not|never) (?:forget|hesitate|be afraid|be shy) to\b"),
    trap("suggests contact", rf"\bwhy (?:don't|do not) (?:you|we|i) (?:just )?{CONTACT}\b{REST}"),
    trap(
        "another subscription",
        r"\b(?:unsubscribe|opt(?:ed)? out|opt me out)(?: me)?(?: (?:of|from))? (?:the|my|our|his|her|their) "
        rf"(?!{THING}|list|number|phone|service|mailing|texting){REST}",
    ),
    trap(
        "off the phone",
        r"\b(?:take|get|let|drop) (?:me|us) off (?:at|near|by) |\b(?:take|get) (?:me|us) off (?:hold|speaker|the (?:phone|line|hook)|mute)\b",
    ),
    trap(
        "off a booking",
        r"\b(?:remove|take|delete|get|drop) (?:me|us|my name) (?:from|off|out of) (?:the|my|that|this|your) "
        rf"(?:\w+ )?(?:[0-9]\w*|wait\w*|appointment|reservation|booking|order|slot|schedule|group|meeting|class)\b{REST}",
    ),
    trap("a text sent by mistake", rf"\bwrong number [.,]? ?i (?:meant|wanted|was)\b{REST}"),
    trap(
        "a time (es)",
        rf"\bno (?:me|nos) {SPANISH_CONTACT}\b[^.?]*\b(?:antes|hasta|mientras|hoy|manana|cuando)\b{REST}",
    ),
)
