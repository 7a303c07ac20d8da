"""Words of everyday talk that cast doubt on a name: without capitals, an answer with one may be a remark.

A doubtful answer is read again, by the model or after one more question, and then taken. Common first names (will,
hope, mark, rose) stand on no list.
"""

from collections.abc import Collection

from voicebot.domain.onboarding.leads import as_keys

_ENGLISH = (
    "a about above actually add after again agree all alone already alright also always am amazing an and annoying another any anyone anything "
    "apparently are aren't as ask asked asking at available away awesome awful back bad be because been before being best better bike big book "
    "boring both bot bro broken broke bus business busy but buy by bye call callback called calling can can't cancel cannot care change cheap check "
    "cheers clue code cold come coming complain complaint computer confused continue cool correct cost could crazy curious customer damn dead "
    "deal dear delete deliver delivery did didn't different do does doesn't doing don't done dont dude dunno each easy else email end "
    "enough even ever every everybody everyone everything exactly excuse explain fake fast few fine finished first fix for forget forgot "
    "free friend from fuck full fun funny get getting give giving go goes going gone gonna good got gotta great guess guys had happened happy "
    "has hate have haven't having he hear hello help her here hey hi him his hold home hot hours how huh human hungry hurry i i'd i'll i'm i've idea idk if "
    "important in info information interested into is isn't it it's its job joke joking just keep know last late later least leave left less let "
    "let's like listen little live living lmao lol long look looking lost lot love lunch mad make man many mate matter maybe me mean meant "
    "meeting message mine money moment more morning most moving much must my myself name need needs never new nice no nobody none nope not nothing now "
    "number of off offer offers ok okay old on once one only oops open or order orders other ouch our out over own parking pay person phone picture place plan "
    "please possible prefer private prob probably problem question questions quick quit quiet quite rather ready real really reason refuse refund repair repeat "
    "reply reservation right robot rude sad said same say saying says schedule second see send sent serious service shall she shit shop should "
    "shut sick silly since skip sleepy slow so some somebody someone something soon sorry speak speaking start status still stop store story stuff stupid such "
    "sure table take taken talk talking tell telling text texting than thank thanks that that's the their them then there these they they're "
    "thing things think this those time tired to today tomorrow tonight too told tough train true try trying twice two ugh um under understand "
    "unknown until unsubscribe up us use useless used using very visit wait waiting wanna want wanted was we we'll we're we've weather week weekend welcome well were what "
    "what's whatever when where which while who who's whose why wife with without won't work working works worried would wow wrong yeah year yep yes yesterday yet you "
    "you'll you're you've your yours yourself yup nah bothered lazy stuck lonely hurt angry upset late driving eating sleeping anonymous outside test testing haha hahaha hehe list nowhere everywhere somewhere anywhere secret depends "
    "nearby anyway igualmente gym hm hmm mm mhm uhm erm ah aha seriously personal complicated confidential ridiculous planet earth homeless originally travelling traveling moving house room office door urgent emergency hospital doctor appointment invoice account website app package weird strange odd dumb gross scary raining snowing"
)
_SPANISH = (
    "a acepto adios ahi ahora al algo alguien algun alla ahorita aqui asi asunto ayer ayuda bien bueno caro casa cita claro comida como con cosa creo cual cualquier cuando "
    "cuanto cuesta cuenta de deja dejame del desde despues dia digo dime dinero donde e el ellos en eres era es esa ese eso esta estas este esto estoy espera favor "
    "fue gracias gusta ha hace hacer hay hola hoy igual importa informacion interesa la las le lo llama llamar llamo los luego mañana mal mas me mejor mensaje mi mio "
    "mismo momento mucho muy nada nadie necesito ni ningun ninguno no nombre nos nosotros nunca numero o ocupado ocupada otra otro oye para parece pero perdon poco por porque "
    "pregunta problema puede puedes puedo pues que quien quiere quieres quiero quisiera saber se sea ser si siempre sin sobre solo son soy su sus tal "
    "tambien tampoco te tengo ti tiene tienes tiempo todo tomar tu un una usted vale vamos ver verdad vez voy ya yo entiendo decir decirlo darlo cansado cansada trabajo hablas hablo habla ingles jaja jajaja campo calle trabajando bicicleta cerrado abierto vida mentira"
)
_OTHERS = (
    # French
    "je tu il nous vous ils ne pas plus est sont etes suis ai as avez avons veux veut voulez peux pouvez sais rien tout tous tres bien merci "
    "oui non pourquoi comment quoi quand ou qui que ce cela ca c'est j'ai n'ai d'accord les des du au aux et mais avec sans pour dans sur chez moi toi maison occupe besoin "
    "aucune aucun idee votre notre mon ma mes "
    # German
    "ich du er sie es wir ihr nicht kein keine keinen nichts ist sind bin bist war habe hast hat haben willst mochte mochten kann kannst konnen weiss warum "
    "wieso wie was wer wann wo und oder aber doch noch schon auch nur mal bitte danke ja nein das der die dem den des ein eine einen mich dich mir dir uns euch geht gehen sage sagen "
    "ahnung spater jetzt heute morgen hier zuhause hause egal keinem gar beschaftigt keinerlei mein dein dafur "
    # Portuguese
    "eu voce ele ela nao quero quer sei digo dizer sim porque como quando onde quem obrigado obrigada agora depois hoje amanha aqui minha meu seu sua "
    "isso isto tenho estou nada ninguem preciso posso pode ocupado ocupada casa moro "
    # Italian
    "io noi voi loro non so lo la voglio vuoi posso perche come cosa chi dove quando grazie adesso dopo oggi domani qui mio tuo sono sei ho hai ha niente nessuno "
    "dico dire casa occupato occupata detto bene male scusa scusi scusate vorrei vorremmo devo dovrei cambiare riparare prenotare parlare parlo appuntamento "
    "bici bicicletta ruota gomma freni urgente stanco stanca chiuso aperto aperti tutto gratis lontano vicino sicuro sicura ancora bisogno aiuto tempo italiano inglese "
    # Dutch
    "ik jij hij zij wij niet geen wat wie waar waarom hoe wil weet heb is zijn nee dat dit het een en maar nu later thuis gaat mijn zeg "
    # Polish
    "nie tak wiem chce ja ty on ona co kto gdzie kiedy dlaczego jak mam jest teraz potem dzis jutro moj moja twoja sprawa powiem "
    # Swedish, Danish, Norwegian, Russian, Turkish
    "inte jag vill vet ikke jeg vil ved vet hvorfor не да нет я ты что кто где зачем почему hayir evet istemiyorum neden"
)
EVERYDAY = as_keys(f"{_ENGLISH} {_SPANISH} {_OTHERS}")


def is_mostly_talk(words: Collection[str]) -> bool:
    """Whether more than half of two or more words, as they are compared, are everyday ones."""
    return len(words) > 1 and 2 * sum(word in EVERYDAY for word in words) > len(words)
