"""Yes and no to offers in English, each a whole answer; what has a condition is neither.

The words are written as `loose_words.in_full` leaves them, without punctuation.
"""

_THAT = r"(?:it|this|that|those|these|them|anything)(?: (?:all|at all|one))?"
_TOWARDS = rf"(?: (?:(?:with|by|for) (?:{_THAT}|me|us)|to (?:me|us|{_THAT}|do {_THAT})))"
_FINE = r"(?:ok|okay|fine|cool|happy|good|great|alright|all right|comfortable|acceptable|welcome|keen|on board|interested)"
_VERY = r"(?:really|very|so|too|all|at all|totally|perfectly|quite|just|absolutely|ever|particularly)"
_I = r"(?:i|we)"
_I_AM = r"(?:(?:i'm|i am|we're|we are|that's|that is|it's|it is|this is) )"
_WOULD = r"(?:'d| would)"
_NOT_DO = r"(?:don't|do not|won't|will not|wouldn't|would not|can't|cannot|can not|couldn't|could not)"
_GIVE = r"(?:give|grant|have) (?:you )?(?:my |the )?(?:full )?(?:consent|permission|approval|ok|okay)"
_ALLOW = r"(?:allow|permit|accept|approve|authori[sz]e|take|support|welcome)"
_OFFERS = r"(?:(?:the|your|these|those|some|any) )*(?:news|offers|messages|updates|texts)"

FILLERS = (
    r"well|um|uh|uhm|umm|hmm|oh|ooh|ah|aw|i'm sure|here|ok|okay|please|thanks|thank you|very much|that's|thats|that is|that|sorry|right|whatever|then|i|think(?! (?:about|of|on|over)\b)|guess|to|so|it's|its|it is|"
    rf"{_TOWARDS[4:-1]}|to (?:this|it)|from me|sir|ma'?am|man|bro|dude|mate|buddy|fam|folks|today|a|an|say|hard|big|at all|but thanks|"
    r"(?:like |as )?i (?:already |just )?(?:said|told you(?: already)?)(?: already)?|i'd|i would|to (?:the|your|these|those) (?:terms|conditions|news|offers|messages|updates|texts)|"
    rf"to (?:receive|get|receiving|getting) {_OFFERS}|lol|haha|and|just|all|really|actually|honestly|my (?:answer|vote|choice) is|"
    r"(?:on|from|at) (?:my|our) (?:end|side|part)|(?:i'm |i am |am |i'll |i )?(?:(?:going|have|need|got|want) to|will|must|can only)(?: (?:have|need|want) to)?(?= (?:say|pass|decline|refuse|agree|accept)\b)|"
    r"(?:(?:just|and) )*(?:get on|go on|go ahead|carry on|proceed)(?: (?:with|and|do|and do|to) (?:it|that|this|so))?"
)
YES = (
    r"(?:(?:i|we) (?:do |can |fully )?)?agree|agreed|yes+|y|ya|ye|yea|yeah|yeh|yep|yup|yh|yas|yse|sure|of course|absolutely|definitely|definately|certainly|"
    r"ofc|defo|deffo|go ahead|please do|do(?! (?:i|you|we)\b)|do it|fine|all right|alright|aight|all good|sounds good|good|great|gladly|with pleasure|you may|you can|no problem|why not|"
    r"no worries|no objections?|consent|i (?:hereby )?consent|accept|i accept|accepte|affirmative|correct|"
    r"sure thing|np|go for it|go right ahead|(?:it |which |that )?works|sounds (?:fine|great|ok|okay|perfect|alright|like a plan)|cool|perfect|totally|for sure|by all means|be my guest|feel free|you bet|"
    r"not a problem|no (?:issues?|probs?|problemo|complaints?)|okie(?: dok(?:ie|e))?|okey dokey|alrighty|uh huh|mhm|mm hmm?|hm hmm|mmhmm|roger(?: that)?|copy that|deal|count me in|i'm (?:in|down|game|for it|all for it)|"
    rf"{_I} have no (?:problem|issue|objection)s?|aye(?: aye)?|indeed|yeppers|yessir|yes siree|(?:permission|approval|consent) (?:is )?granted|granted|approved|accepted|you(?:'ve got| have| got) my (?:permission|consent|ok|blessing)|"
    rf"(?:(?:i|we) )?(?:do not|don't|would not|wouldn't) mind|\u2714|\u2611|\u2705|\U0001f44c|\U0001f197|{_I_AM}(?:{_VERY} )?{_FINE}{_TOWARDS}|(?:that's|that is|it's|it is|that{_WOULD} be|it{_WOULD} be) (?:{_VERY} )?(?:ok|okay|fine|cool|good|great|nice|lovely|perfect|awesome|helpful|alright|wonderful|excellent|amazing|brilliant|fantastic)|"
    rf"(?:{_I}{_WOULD} )?love (?:to|{_THAT})|{_I}{_WOULD} like {_THAT}|(?:{_I}(?:'ll| will| can| do| hereby)? )?{_ALLOW} {_THAT}|{_I} can (?:live|go|deal) with {_THAT}|"
    rf"(?:(?:i|we) )?(?:can't|cannot|don't|do not) see (?:any reason )?why not|{_I} see no reason why not|{_I} (?:do|will)(?! think)|happy to|(?:i'd|i would|we'd|we would) be (?:happy|glad|delighted)(?: to)?|(?:{_VERY} )?(?:ok|okay|fine|cool|happy){_TOWARDS}|"
    rf"let's (?:do {_THAT}|go(?: for it| ahead)?)|{_I}(?:'ll| will) do {_THAT}|{_I} (?:hereby |do )?{_GIVE}|consent (?:is )?given|{_I} (?:hereby |do )?(?:approve|authori[sz]e)|{_I} accept (?:the|your) (?:terms|conditions)|"
    r"okey|ok|okay|k|kk|yes k|👍|si|claro|acepto|de acuerdo|vale|oui|ja|d'accord|d'accordo|concordo|(?:ich )?akzeptiere|ich bin einverstanden"
)
NO = (
    r"no|n|nope|nah|na|naw|nuh|never|not|no way|no thanks|no thank you|rather not|i'd rather not|would rather not|i would rather not|"
    r"please don't|not agree|disagree|i disagree|(?:i )?(?:decline|refuse|reject)(?: (?:it|this|that))?|declined|refused|rejected|denied|(?:permission|consent) (?:is )?denied|"
    rf"(?:i'm |i am |we're )?not interested(?: in (?:{_THAT}|{_OFFERS}))?|(?:i'd|i would) rather you (?:didn't|did not|not)|no consent|no permission|i'?m good|(?:{_I} )?{_NOT_DO}(?: (?:{_VERY} )?(?:agree|consent|accept|allow|want|need|like|care for|want to|want any|do)(?: (?:to )?{_THAT})?)?|"
    r"(?:hell|heck) no|(?:not a|no) chance|(?:i'd |i would |i |would )?prefer (?:not(?: to)?|no)|i would prefer you (?:didn't|did not)|i'll pass|pass|but no|by no means|not for me|(?:i )?(?:don't|do not) think so|\u274c|\U0001f6ab|"
    r"no news|no offers|no news and no offers|no news or offers|not (?:happening|going to happen|necessary|needed|my thing|on your life|in (?:a (?:million|hundred|thousand) years|this life(?:time)?))|"
    rf"nay|uh uh|(?:nuh|nu|na) uh|hard pass|no way jose|no siree|i object|(?:{_I}|you) {_NOT_DO} {_GIVE}|no (?:consent|permission) (?:is )?given|{_I} (?:withdraw|revoke|rescind|withhold) (?:my (?:consent|permission)|{_THAT})|"
    rf"absolutely no|never ever|(?:no|nope|nah) (?:thanks |thank you )?(?:i'm|i am|we're) (?:ok|okay|fine|alright|all set)|i'm all set|(?:no|nope|nah) (?:thanks |thank you )?not (?:at (?:this time|the moment)|(?:right )?now|today|yet)|no means no|no can do|\U0001f645|negative|absolutely not|certainly not|of course not|definitely not|not really|not at all|"
    rf"{_I_AM}?(?:not|isn't|is not|ain't|aren't|no longer) (?:{_VERY} )*{_FINE}{_TOWARDS}?|(?:i'd|i would) (?:hate|not like) (?:to|{_THAT})|count me out|i'm (?:out|against {_THAT})|"
    r"over my dead body|when (?:pigs|hell) \w+(?: over)?|fat chance|forget (?:it|that)|no need|nty|"
    r"no gracias|nein|nein danke|non|non merci|nao|nao obrigado|no grazie|👎"
)
