"""Yes and no to offers in five languages, each a whole answer; what has a condition is neither."""

FILLERS = (
    "grazie(?: mille)?|molte grazie|per favore|eh|beh|be|allora|per me|ma|direi(?: di)?|"
    "muchas gracias|bueno|pues|por mi|para mi|que|pero|"
    "merci(?: beaucoup| bien)?|s'il (?:vous|te) plait|svp|ben|euh|alors|pour moi|bah|mais|c'est|"
    "danke(?: schon| sehr)?|vielen dank|bitte|also|ah|ahm|fur mich|na|aber|halt|mal|doch|"
    "obrigad[oa]|muito obrigad[oa]|bom|bem|por mim|para mim|valeu|entao|ah"
)
YES = (
    # Italian.
    "certo(?: che si)?|certamente|va bene|va benissimo|accetto|sono d'accordo|concordo|acconsento|volentieri|con piacere|nessun problema|"
    "perche no|perfetto|si si|(?:fate|faccia|fai) pure|mi va bene|per me va bene|assolutamente si|come no|ovvio|ovviamente|sicuro|sicuramente|"
    # Spanish.
    "claro que si|por supuesto|por ?que no|esta bien|estoy de acuerdo|con (?:mucho )?gusto|sin problema|no hay problema|desde luego|adelante|me parece (?:bien|perfecto)|perfecto|como no|dale|venga|sin duda|sip|simon|obvio|orale|sale|me va bien|no tengo problema|no me molesta|"
    # French.
    "bien sur(?: que oui)?|je suis d'accord|avec plaisir|volontiers|pas de (?:probleme|souci)|tout a fait|pourquoi pas|j'accepte|ca marche|ca va|c'est bon|allez y|vas y|je veux bien|parfait|entendu|absolument|carrement|ouais|ouaip|ca me va|ca (?:ne )?me (?:derange|gene) pas|nickel|pas d'objection|"
    # German.
    "jawohl|jo|na gut|meinetwegen|(?:sehr )?gern|(?:sehr )?gerne|(?:na )?klar|(?:aber )?naturlich|in ordnung|(?:das )?ist (?:ok|okay)|(?:das |mir )?passt(?: mir| schon| so)?|auf jeden fall|unbedingt|mach(?:en sie| mal)? (?:das|ruhig)|ist in ordnung|das ist in ordnung|kein problem|"
    "geht klar|sicher|logo|freilich|sicher doch|ist mir recht|(?:ich )?habe? (?:nichts|keine einwande) dagegen|nichts dagegen|einverstanden|stimme zu|ich stimme zu|selbstverstandlich|warum nicht|von mir aus|"
    # Portuguese.
    "sim|claro que sim|com (?:certeza|prazer)|tudo bem|(?:esta|ta) bem|pode ser|pode|podem|sem problemas?|estou de acordo|por mim tudo bem|aceito|perfeito|beleza|combinado|fechado|otimo|ta bom|esta bom|blz|ta certo|tranquilo|uhum|aham|manda|mandem?|pode mandar|nao me importo"
)
_NEWS = (
    r"(?:(?:das |de |d'|la |las |le |gli |i |des |les |o |os |as |a )?(?:novita|offerte|pubblicita|ofertas?|novedades|promociones|publicidad|"
    r"offres?|nouveautes?|pub|publicites?|angebote?|neuigkeiten|werbung|novidades|promocoes|propaganda|publicidadee))"
)
_MORE = rf"(?:(?: (?:e|o|y|et|ou|und|oder|ne|ni) {_NEWS})*)"
NO = (
    # Italian.
    "non accetto|non sono d'accordo|non acconsento|non voglio(?: offerte| novita| pubblicita)?|preferisco di no|meglio di no|direi di no|certo che no|"
    "assolutamente no|per niente|non direi|neanche per sogno|preferirei di no|non desidero|no davvero|mai|non mi interessa(?:no)?|nemmeno per (?:idea|sogno)|neanche per idea|anche no|"
    # Spanish.
    "no acepto|no (?:lo )?quiero|prefiero que no|mejor no|de ninguna manera|claro que no|por supuesto que no|ni hablar|creo que no|que no|no deseo|en absoluto|para nada|no estoy de acuerdo|no me interesan?|nunca|nel|nop|nones|ni de broma|ni loc[oa]|"
    # French.
    "je refuse|(?:je (?:ne )?suis )?pas interessee?|je n'accepte pas|je suis pas d'accord|je ne suis pas d'accord|pas du tout|surtout pas|je (?:ne )?(?:le )?veux pas|je prefere pas|je ne prefere pas|"
    "plutot pas|plutot non|jamais|certainement pas|absolument pas|je (?:ne )?(?:souhaite|prefere) pas|hors de question|sans facon|(?:bien sur|certainement) que non|ca ne m'interesse pas|ca m'interesse pas|pas d'accord|nan|nenni|pas question|jamais de la vie|meme pas en reve|ca ira|"
    # German.
    "nicht einverstanden|(?:ich )?bin nicht einverstanden|ich (?:mochte|will) (?:das )?nicht|(?:das )?(?:mochte|will) ich (?:das )?nicht|eher nicht|kommt nicht in frage|lieber nicht|bitte nicht|auf (?:gar )?keinen fall|nicht gern|nicht gerne|"
    "naturlich nicht|nie|niemals|kein interesse|ich lehne ab|keinesfalls|nee|ne|niet|kein bedarf|nicht notig|brauch(?:e)? ich nicht|lass(?:en sie)?(?: es)? lieber|lieber nein|lass mal|no danke|"
    # Portuguese.
    "nao aceito|nao (?:o )?quero|prefiro que nao|prefiro nao|melhor nao|claro que nao|de jeito nenhum|de modo nenhum|de forma (?:nenhuma|alguma)|acho que nao|nem pensar|nao desejo|dispenso|nao concordo|nao me interessam?|nao precisa|nem a pau|"
    "nao tenho interesse|nao estou de acordo|"
    rf"(?:non voglio|niente|nessuna|senza|no quiero|nada de|sin|je ne veux pas|pas|aucune?|sans|ich (?:mochte|will) keine|keine|ohne|nao quero|sem|nenhuma) {_NEWS}{_MORE}"
)
UNDECIDED = frozenset({"non so", "non lo so", "no so", "no no se"})
"""What begins with a no in another language, and is none."""
