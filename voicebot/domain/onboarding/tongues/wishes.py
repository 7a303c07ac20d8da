"""Replies to the onboarding that answer no question, as whole texts and as words of longer ones, in five languages, by
their intent.
"""

POLITE = (
    "perdon|disculpe|bueno|vale|si|scusi|mi scusi|allora|s'il vous plait|pardon|excusez moi|oui|non|alors|"
    "entschuldigung|ja|nein|also|desculpe|sim|nao|mas|ma|pero|mais|aber"
)
TAILS = (
    "gracias|muchas gracias|grazie|merci|danke|obrigad[oa]|ahora|adesso|maintenant|jetzt|agora|lieber|meglio"
)
LATER = (
    r"(?:non adesso|ora no|adesso no|(?:adesso|ora) non posso|non posso (?:adesso|ora)|domani|piu in la|(?:in )?un (?:altro momento|'altra volta)|un'altra volta|"
    r"non ho tempo|sto (?:guidando|lavorando)|sono (?:al lavoro|occupat[oa]|impegnat[oa]|in macchina)|"
    r"manana|en otro momento|otro dia|no tengo tiempo|no puedo ahora|ahora no puedo|estoy (?:ocupad[oa]|conduciendo|manejando|trabajando|en el trabajo)|"
    r"demain|pas (?:le )?temps|je n'ai pas le temps|j'ai pas le temps|je (?:ne )?peux pas maintenant|une autre fois|je conduis|"
    r"je suis (?:occupee?|au travail|en voiture)|"
    r"(?:erst|lieber) morgen|morgen (?:wieder|lieber)|(?:ich habe )?(?:gerade |jetzt )?keine zeit(?: gerade| jetzt)?|gerade nicht|im moment nicht|ein andermal|ein anderes mal|ich (?:fahre|arbeite)(?: gerade)?|"
    r"ich bin (?:gerade )?(?:beschaftigt|bei der arbeit|am arbeiten|unterwegs)|"
    r"amanha|nao tenho tempo|(?:estou )?sem tempo|agora nao posso|nao posso agora|outra hora|outra vez mais tarde|estou (?:ocupad[oa]|dirigindo|no trabalho|trabalhando))"
)
SKIP = (
    "salti|passo|passi|preferisco non (?:dirlo|rispondere)|omitir|omita|saltarla|paso|prefiero no (?:decirlo|responder|contestar)|"
    "passe|passez|je prefere ne pas (?:le dire|repondre|dire)|uberspring(?:e|en sie)?(?: das| es)?|(?:das )?mochte ich nicht sagen|pule|pular essa|prefiro nao (?:dizer|responder)"
)
GO_ON = (
    "continui|continuiamo|avanti|andiamo avanti|proseguiamo|sigamos|siga|continuemos|adelante|continuez|continuons|on continue|allez y|"
    "weiter geht's|machen wir weiter|weiter machen|vamos continuar|vamos la"
)
BACK = "torni indietro|torna indietro|vuelva atras|volver atras|revenez|en arriere|zuruck gehen|einen schritt zuruck|volte|volta atras|voltar atras"
REPEAT = (
    "(?:puo|potrebbe) (?:ripetere|ripeterlo|ripetere la domanda)|come|come ha detto|che cosa|cosa|prego|(?:mi )?scusi|non ho (?:capito|sentito)|"
    "(?:puede|podria) (?:repetir|repetirlo|repetir la pregunta)|como dice|que|perdon|no (?:he )?(?:entendido|entendi|oido|oi)|"
    "(?:vous pouvez|pouvez vous|pourriez vous) repeter|comment|quoi|je n'ai pas (?:compris|entendu)|j'ai pas (?:compris|entendu)|"
    "(?:konnen|konnten) sie (?:das |es |die frage )?(?:bitte )?(?:noch ?mal |noch einmal )?(?:wiederholen|sagen)|was|wie|ich habe (?:sie |das )?nicht (?:verstanden|gehort)|"
    "(?:pode|poderia) repetir|como assim|o que|perdao|nao (?:entendi|ouvi)"
)
REFUSE = (
    "non mi interessa|non sono interessat[oa]|non voglio(?: farlo| rispondere| registrarmi| iscrivermi)?|niente domande|"
    "no me interesa|no estoy interesad[oa]|no quiero(?: hacerlo| responder| contestar| registrarme)?|sin preguntas|"
    "(?:ca|cela) (?:ne )?m'interesse pas|(?:je ne suis )?pas interessee?|je (?:ne )?veux pas(?: repondre| le faire| m'inscrire)?|pas de questions?|"
    "kein interesse|ich habe kein interesse|(?:ich )?(?:will|mochte) (?:das )?nicht(?: machen)?|keine fragen|"
    "nao me interessa|nao (?:tenho interesse|estou interessad[oa])|nao quero(?: responder| fazer isso| me cadastrar)?|sem perguntas"
)
NEW_CODE = (
    r"\b(?:non (?:ho|l'ho) (?:ancora )?(?:ricevuto|avuto)|non (?:mi )?e (?:ancora )?arrivato|(?:nuovo|altro) codice|"
    r"no (?:me )?ha llegado|no (?:lo )?(?:he )?recib(?:ido|i)|no me llego|(?:nuevo|otro) codigo|"
    r"(?:n'ai|ai) (?:rien|pas|toujours pas) recu|(?:pas|rien) recu|n'est pas arrive|(?:nouveau|autre) code|renvoye[rz]|"
    r"(?:keinen|kein|nie einen) code|nichts (?:bekommen|erhalten|angekommen)|nicht (?:bekommen|erhalten|angekommen)|(?:neuen|anderen) code|"
    r"nao (?:recebi|chegou|veio)|(?:novo|outro) codigo)\b"
)
CALL_ME = (
    r"\b(?:(?:puo|potrebbe) chiamarmi|mi chiami|chiamatemi|(?:puede|podria) llamarme|llame ?me|"
    r"(?:pouvez vous|vous pouvez) m'appeler|appelez moi|(?:konnen|konnten) sie mich anrufen|rufen sie mich an|"
    r"(?:pode|poderia) me ligar|me ligue|ligue me|liguem para mim)\b"
)
QUESTION = (
    r"(?:(?:quanto|quanta|quanti|quante) \w+|come (?:si|posso|funziona|faccio|mai|fate|state|sta|stai|va)|dove (?:siete|si|e|posso|sta|state)|"
    r"quando (?:aprite|chiudete|siete|posso|si|apre|chiude)|a che ora|che (?:ora|ore|cosa)|perche (?:mi|lo|devo|vuole|volete|serve)|(?:perche|warum|wieso)$|chi (?:e|siete|parla|sei)|quali? (?:e|sono)|"
    r"(?:cuanto|cuanta|cuantos|cuantas) \w+|como (?:se|puedo|funciona|hago|esta|estan)|donde (?:esta|estan|puedo|queda|se)|cuando (?:abren|cierran|puedo|se)|a que hora|"
    r"que (?:hora|horas|es|hace|hacen|quiere)|por que|quien (?:es|eres|son|habla)|"
    r"combien (?:ca|coute|de|est|cela)|comment (?:ca|puis|est|faire|allez|fonctionne)|ou (?:etes|est|sont|puis|se)|quand (?:est|ouvrez|fermez|puis)|a quelle heure|"
    r"pourquoi|qui (?:etes|est|parle|es)|est ce que|quelle? (?:est|sont|heure)|"
    r"was (?:kostet|kosten|ist|sind|machen|wollen|soll)|wie (?:viel|spat|lange|geht|funktioniert|kann|heisst|komme)|wo (?:sind|ist|kann|finde|liegt)|wann (?:haben|ist|sind|kann|machen|offnen|schliessen)|"
    r"wer (?:sind|ist|bist|spricht)|(?:warum|wieso) \w+|welche \w+|konnen sie|kann ich|haben sie|"
    r"quanto (?:custa|e|tempo)|onde (?:fica|ficam|e|esta|estao|posso)|quando (?:abre|abrem|fecha|posso)|a que horas|por que|quem (?:e|fala|esta)|como (?:funciona|faco|esta|posso))\b"
)
