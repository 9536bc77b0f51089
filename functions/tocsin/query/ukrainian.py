"""A light stemmer for Ukrainian, which Snowball does not have.

It takes off one ending of a noun, an adjective or a verb (the longest that fits), and makes one of
the sounds that take turns before it. benchmarks/inflection.py measures it.
"""

import re

_NOUNS = (
    "а я о е є и і ї у ю й ь ам ям ах ях ом ем єм ою ею єю ів їв ей ами ями ові еві єві "
    "ія ії ію ією ій іям іях іями"
)
_ADJECTIVES = "ий ій ої ого ому им ім ою их іх ими іми"
# No shorter ones: the т of ракети and the л of школи belong to the root.
_VERBS = (
    "ив ила ило или ити ить ять ав ала ало али ати ає ають ує ують ував увала увало ували увати "
    "уватиме уватимуть ював ювала ювали ювати ює юють атиме атимуть итиме итимуть іла іло іли іти "
    "їти уть ють ано ено"
)
_REFLEXIVE = re.compile(r"(?<=[аеиіоуюятьвйє])(?:ся|сь)$")
_VOWEL = re.compile("[аеєиіїоуюя]")
_LONGEST = 9
_SHORTEST = 3  # letters that stay; two of them are half the language

_ENDINGS = frozenset(f"{_NOUNS} {_ADJECTIVES} {_VERBS}".split())
_TAKING_TURNS = (
    ("іст", "ост"),  # радість, радості
    ("ок", "к"),  # жінок, жінка; будинок, будинку
    ("ен", "н"),  # лікарень, лікарня
)
_SHORT = 4  # such roots lose too much: місто is not мосту, цінний not ціна
_LAST = str.maketrans({"ц": "к", "з": "г"})  # безпека, безпеці; допомога, допомозі


def stem(form: str) -> str:
    """Of a folded form."""
    word = _REFLEXIVE.sub("", form) if len(form) > _SHORTEST + 3 else form
    return _one_for_two(_without_ending(word))


def _without_ending(word: str) -> str:
    for length in range(min(_LONGEST, len(word) - _SHORTEST), 0, -1):
        root, ending = word[:-length], word[-length:]
        if ending in _ENDINGS and _VOWEL.search(root):
            return root
    return word


def _one_for_two(root: str) -> str:
    if len(root) > _SHORT:
        if root[-1] == root[-2]:  # питання, питань
            return root[:-1]
        for ending, one in _TAKING_TURNS:
            if root.endswith(ending):
                return root.removesuffix(ending) + one
    return root[:-1] + root[-1:].translate(_LAST)
