"""The words that tell a language and say nothing: no two languages share most of them.

For telling languages apart, and for warning that a topic's word is in every article. Folded, as
`tocsin.query.analysis` folds. Small words that are other words elsewhere (German war, man and so)
are left out.
"""

from collections.abc import Mapping
from types import MappingProxyType

_WORDS = {
    "de": "aber als am an auch auf aus bei bis das dass dem den der des die durch ein eine einem "
    "einen einer er es fur gegen hat ich ihm im in ist kein mehr mit nach nicht noch nur "
    "oder sein seine sich sie sind uber um und uns vom von vor wegen wenn wer werden wie "
    "wir wird zu zum zur",
    "en": "a about after against an and are as at be been but by could for from get had has have "
    "he her his how in into is it its more new not of off on or our out over says she than "
    "that the their there they this to up us was we were what when which who why will with "
    "would you your",
    "es": "al como con contra cuando de del desde dijo donde el ella en entre es esta este fue ha "
    "hacia hasta la las lo los mas muy no para pero por que se ser sin sobre son su sus "
    "tras un una y ya",
    "fr": "apres au aux avec ce ces cette dans de des du elle en est et etait etre fait il ils "
    "je la le les leur leurs mais ne nous ou par pas plus pour qu que qui sa sans se selon "
    "ses son sont sur un une vers vous y",
    "it": "ai al alla anche che chi come con contro da dal dalla degli dei del della delle di "
    "dopo ed gli ha i il in la le lo ma nel nella non ora per piu quando se si sono su sul "
    "sulla tra un una uno",
    "nl": "aan als bij dat de deze die dit door een en er geen had heeft het hij hoe in is kan "
    "maar meer met na naar niet nog of om onder onze ook op over te tegen tot uit van voor "
    "was wat wel werd worden wordt zal ze zich zijn",
    "pl": "a ale bedzie byc byl byla bylo co czy dla do i ich ja jak jako je jednak jego jej jest "
    "juz ktora ktore ktory ma mi moze na nad nie niz od oraz po pod przed przez przy sa sie "
    "ta tak takze tego tej ten to tylko tym w we z za ze",
    "pt": "a ao aos as com como da das de do dos e ela ele em entre esta este foi ha mais mas na "
    "nao nas no nos o os ou para pela pelo por que quem sao se sem ser seu sobre sua tem um "
    "uma",
    "ru": "а без бы был была были было быть в во вот все где для до его ее если есть еще же за и "
    "из или им их к как когда который кто на над не него нет но о об он она они от по под "
    "при с со так также то только у уже чем что чтобы это",
    "tr": "ama ancak bir bu cok da daha de en gibi her icin ile ise kadar mi ne olan olarak oldu "
    "sonra var ve yok",
    "uk": "а або але без бо був була були було бути в вже вона вони все від він де для до ж з за "
    "зі й його лише між на над не немає ні по при про проти під та так також те ти то у це "
    "цей чи ще що щоб я як який які є і із її",
}

STOP_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {language: frozenset(words.split()) for language, words in _WORDS.items()}
)
