"""Words between a name and a town in Italian, Spanish, French, Portuguese, German, Dutch and English, and towns behind them.

Pure data: keys as `tokens.key` makes them.
"""

NEVER_IN_NAMES = "from|desde|aus|aus der|aus dem|uit"
"""No last name has such a word inside."""
ALSO_IN_NAMES = "da|dal|dalla|dai|di|de|del|de la|de los|du|des|do|dos|das"
"""Also in "Leonardo da Vinci": only what follows, or a comma before, tells."""
JOINED = ("d'", "dall'", "dell'")

TOWNS = (
    "torino|firenze|bologna|palermo|genova|bari|catania|venezia|verona|messina|padova|trieste|brescia|parma|modena|bergamo|pisa|perugia|"
    "cagliari|salerno|livorno|ravenna|rimini|lecce|trento|bolzano|sardegna|puglia|calabria|"
    "valencia|zaragoza|murcia|granada|cordoba|alicante|valladolid|vigo|gijon|oviedo|pamplona|cadiz|salamanca|burgos|almeria|tenerife|"
    "cali|barranquilla|cartagena|puebla|tijuana|guayaquil|arequipa|cusco|la paz|santa cruz|montevideo|asuncion|rosario|mendoza|san jose|valparaiso|"
    "galicia|asturias|andalucia|nantes|nice|strasbourg|rennes|montpellier|reims|grenoble|dijon|angers|nimes|toulon|brest|tours|metz|nancy|"
    "rouen|caen|bruxelles|liege|namur|geneve|lausanne|bretagne|normandie|"
    "coimbra|braga|faro|aveiro|setubal|funchal|evora|guimaraes|brasilia|salvador|recife|fortaleza|curitiba|belo horizonte|porto alegre|manaus|belem|"
    "goiania|florianopolis|campinas|rio|bahia|minas gerais|luanda|maputo|angola|mocambique|"
    "irlanda|inghilterra|inglaterra|angleterre|scozia|escocia|galles|gales|germania|alemanha|spagna|espanha|espagne|portogallo|"
    "svezia|suecia|suede|norvegia|noruega|norvege|grecia|grece|polonia|pologne|olanda|holanda|hollande|belgio|belgica|marocco|marruecos|"
    "marrocos|tunisie|algerie|tunisia|turchia|turquia|turquie|egitto|egipto|giappone|japon|japao|cina|chine|stati uniti|estados unidos|etats-unis"
)
"""Beside the large ones of `regions`: what makes "Nice" or "Bari" a town is the word before it."""
ALSO_LAST_NAMES = (
    "leon|lima|santiago|toledo|valencia|cordoba|burgos|cadiz|rosario|mendoza|salvador|braga|faro|porto|rio|santa cruz|la paz|napoli|roma|pisa|"
    "genova|palermo|bari|parma|bologna|belem|tours|metz|san jose|paris|france"
)
"""Behind "my name is" a last name."""
ALWAYS_NAMES = "los angeles|rosario|belem|santa cruz|la paz"
"""Last or second first names behind any introduction: "María de los Ángeles"."""
