"""English sentences with their French translations: from our own grammar, from JupyterLab's menus, from any file.

All three come in one form: lower-case words and punctuation separated by single blanks. An apostrophe that stands for a
dropped vowel stays with what is before it, so "J'ai de l'eau." is "j' ai de l' eau ." — the words "j'" and "l'" are the
same wherever they occur. No source sentence is in two of the parts.
"""

from __future__ import annotations

import gettext
import importlib.util
import io
import os
import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnncourse.datasets.damage import DamagedDataError, again, installed_files, read_installed
from rnncourse.shapes import expect_count

Pair = tuple[str, str]

#: How many pairs ``make_phrases`` puts into each part.
SIZES = {"train": 6000, "validation": 600, "test": 1200, "combinations": 600}
#: No sentence of these two words together is in train, validation or test; only in combinations.
HELD_OUT_OBJECTS = {
    ("drink", "tea"),
    ("eat", "fish"),
    ("see", "tree"),
    ("want", "book"),
    ("buy", "car"),
    ("sell", "egg"),
}
HELD_OUT_ADJECTIVES = {("red", "car"), ("small", "dog"), ("white", "flower"), ("cold", "water"), ("old", "table")}
LONGEST_MENU = 12  # tokens on either side

_FIRST_TEST = "i drink milk"  # the sentence of the course: a network has to translate it without having seen it
_TOKEN = re.compile(
    r"""%\(\w+\)\w | %\d+ | %[sd]\b | %% | \{\w*\}           # places for a name or a number: %(n)s, %1, %s, {0}
      | (?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)'(?!')      # a vowel was dropped before another: j', l', qu'
      | [\u3040-\u30ff\u3400-\u9fff]                         # Chinese and Japanese have no blanks: a letter each
      | [^\W\u3040-\u30ff\u3400-\u9fff]+(?:[-'._]\w+)*       # a word: notebook, don't, aujourd'hui, file.txt
      | \.\.\. | [^\w\s]                                     # punctuation
    """,
    re.VERBOSE,
)
_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "…": "..."})
_VOWELS = tuple("aeiouœéèêà")


class Phrases(NamedTuple):
    """English sentences with their French translations, as (source, target) pairs.

    Attributes:
        train: to learn from.
        validation: to choose by.
        test: to report once, at the end. Their source sentences are in no other part.
        combinations: source sentences with combinations of words that occur in no other part, though each of the words
            does. Of the grammar only; empty for the others.
        skipped: how many entries were left out because they are malformed or of no use.
    """

    train: list[Pair]
    validation: list[Pair]
    test: list[Pair]
    combinations: list[Pair]
    skipped: int


def separate_words(text: str) -> str:
    """ "J'ai 2 œufs, d'accord?" becomes "j' ai 2 œufs , d' accord ?".

    Args:
        text: a sentence. Where a language has no blanks, as Chinese, each letter is a word.

    Returns:
        Its words and punctuation in lower case, separated by single blanks, an accent in one with its letter. Places
        for names and numbers, as in messages of programs (%1, {0}, %s), stay in one piece, and so do don't and
        aujourd'hui.
    """
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFC", text).translate(_PLAIN).lower()))


class _Noun(NamedTuple):
    """A noun in both languages; mass nouns have no plural here, and few others need one."""

    english: str
    french: str
    gender: str  # "m" or "f"
    kind: str  # "drink", "food" (both mass), "piece" (food that is counted), "thing", "animal"
    plural: str = ""


class _Adjective(NamedTuple):
    """Forms: masculine, feminine, masculine before a vowel, plural of both; "" where no sentence needs it."""

    english: str
    forms: tuple[str, str, str, str, str]
    before: bool
    nouns: frozenset[str]


_NOUNS = (
    _Noun("milk", "lait", "m", "drink"),
    _Noun("water", "eau", "f", "drink"),
    _Noun("coffee", "café", "m", "drink"),
    _Noun("tea", "thé", "m", "drink"),
    _Noun("bread", "pain", "m", "food"),
    _Noun("cheese", "fromage", "m", "food"),
    _Noun("meat", "viande", "f", "food"),
    _Noun("soup", "soupe", "f", "food"),
    _Noun("fish", "poisson", "m", "food"),
    _Noun("apple", "pomme", "f", "piece", "pommes"),
    _Noun("orange", "orange", "f", "piece", "oranges"),
    _Noun("egg", "œuf", "m", "piece", "œufs"),
    _Noun("cake", "gâteau", "m", "piece"),
    _Noun("house", "maison", "f", "thing"),
    _Noun("car", "voiture", "f", "thing"),
    _Noun("book", "livre", "m", "thing", "livres"),
    _Noun("flower", "fleur", "f", "thing", "fleurs"),
    _Noun("tree", "arbre", "m", "thing"),
    _Noun("table", "table", "f", "thing"),
    _Noun("key", "clé", "f", "thing"),
    _Noun("dog", "chien", "m", "animal"),
    _Noun("cat", "chat", "m", "animal"),
)


def _adjective(english: str, forms: str, nouns: str, before: bool = False) -> _Adjective:
    """Forms: "petit petite" or "vieux vieille vieil" or "rouge rouge rouge rouges rouges"."""
    masculine, feminine, *more = forms.split()
    elided, *plural = more or [masculine]
    many = (plural[0], plural[1]) if plural else ("", "")
    return _Adjective(english, (masculine, feminine, elided, *many), before, frozenset(nouns.split()))


_ADJECTIVES = (
    _adjective("small", "petit petite petit petits petites", "apple orange egg cake house car book flower tree table "
               "key dog cat", before=True),
    _adjective("big", "grand grande", "house tree table dog car", before=True),
    _adjective("beautiful", "beau belle bel", "house car book flower tree table dog cat orange", before=True),
    _adjective("old", "vieux vieille vieil", "house car book tree table key dog cat", before=True),
    _adjective("good", "bon bonne", "milk water coffee tea bread cheese meat soup fish apple orange cake book",
               before=True),
    _adjective("red", "rouge rouge rouge rouges rouges", "apple house car book flower table meat"),
    _adjective("white", "blanc blanche", "house car flower table dog cat bread"),
    _adjective("black", "noir noire", "car dog cat coffee tea table"),
    _adjective("green", "vert verte vert verts vertes", "apple house car book tree table tea"),
    _adjective("cold", "froid froide", "milk water coffee tea soup meat"),
    _adjective("hot", "chaud chaude", "milk water coffee tea soup"),
)  # fmt: skip


class _Subject(NamedTuple):
    """Person: 0 je, 1 tu, 2 il/elle, 3 nous, 4 ils/elles."""

    english: str
    french: str
    person: int


_SUBJECTS = (
    _Subject("i", "je", 0),
    _Subject("you", "tu", 1),
    _Subject("he", "il", 2),
    _Subject("she", "elle", 2),
    _Subject("we", "nous", 3),
    _Subject("they", "ils", 4),
    _Subject("the girl", "la fille", 2),
    _Subject("the boy", "le garçon", 2),
    _Subject("my father", "mon père", 2),
    _Subject("my mother", "ma mère", 2),
    _Subject("the children", "les enfants", 4),
    _Subject("the cat", "le chat", 2),
    _Subject("the dog", "le chien", 2),
)


class _Verb(NamedTuple):
    """French: one form a person. Generic: what is liked in general takes the definite article, j'aime le lait."""

    english: str
    third: str
    french: tuple[str, ...]
    kinds: frozenset[str]
    animals: bool = True
    adverbs: bool = True
    generic: bool = False


def _verb(english: str, third: str, french: str, kinds: str = "drink food piece thing animal", **more: bool) -> _Verb:
    return _Verb(english, third, tuple(french.split()), frozenset(kinds.split()), **more)


_VERBS = (
    _verb("drink", "drinks", "bois bois boit buvons boivent", "drink"),
    _verb("eat", "eats", "mange manges mange mangeons mangent", "food piece"),
    _verb("see", "sees", "vois vois voit voyons voient"),
    _verb("like", "likes", "aime aimes aime aimons aiment", adverbs=False, generic=True),
    _verb("want", "wants", "veux veux veut voulons veulent", adverbs=False),
    _verb("buy", "buys", "achète achètes achète achetons achètent", animals=False),
    _verb("have", "has", "ai as a avons ont", animals=False, adverbs=False),
    _verb("find", "finds", "trouve trouves trouve trouvons trouvent"),
    _verb("sell", "sells", "vends vends vend vendons vendent", animals=False),
    _verb("look for", "looks for", "cherche cherches cherche cherchons cherchent"),
)


class _Sentence(NamedTuple):
    """What is said, before it is said in a language."""

    subject: _Subject
    verb: _Verb
    noun: _Noun
    adjective: _Adjective | None
    number: str  # "mass", "one", "many"
    definite: bool
    negated: bool
    often: bool
    today: bool


def make_phrases(seed: int = 0) -> Phrases:
    """Sentences of a small grammar: subject, verb, object; negation, adjectives that agree, "often" and "today".

    In it are 13 subjects, 10 verbs, 22 nouns and 11 adjectives. French is unlike English in that verbs have a form for
    each person, adjectives one for each gender and stand before or after the noun; "i eat bread" has an article (je
    mange du pain) that changes with gender, first letter and negation (je ne mange pas de pain); and vowels are dropped
    before vowels (j' ai, d' eau). "You" is always "tu", "they" always "ils".

    Args:
        seed: the same seed gives the same sentences on every machine.

    Returns:
        ``SIZES`` pairs, each with another source and at most 10 French words. ("i drink milk", "je bois du lait") is
        the first of the test. Every word of the other parts occurs in train.

    Raises:
        ValueError: seed is not a whole number of at least 0.
    """
    rng = np.random.default_rng(expect_count("seed", seed, least=0))
    drawn: dict[str, str] = {}
    held: dict[str, str] = {}
    held_size, size = SIZES["combinations"], sum(SIZES.values()) - SIZES["combinations"]
    while len(drawn) < size or len(held) < held_size:
        sentence = _draw(rng)
        if sentence is None:
            continue
        part, room = (held, held_size) if _is_held_out(sentence) else (drawn, size)
        if len(part) < room:
            part[_in_english(sentence)] = _in_french(sentence)
    first = (_FIRST_TEST, drawn.pop(_FIRST_TEST, "je bois du lait"))
    pairs = list(drawn.items())[: size - 1]
    validation, train = SIZES["validation"], SIZES["train"]
    test = [first, *pairs[train + validation :]]
    return Phrases(pairs[:train], pairs[train : train + validation], test, list(held.items()), 0)


def load_menu_phrases(language: str = "fr-FR") -> Phrases:
    """The menus and messages of JupyterLab, translated by the people who use it.

    They come with pip: ``pip install jupyterlab-language-pack-fr-FR`` (BSD licence), or a pack of another language.
    Left out, and counted in skipped, is what spans lines, holds HTML, has no letter, or more than 12 tokens on a side.
    Where two entries become the same source, the first one counts. The course was made with version 4.5.post3 of the
    French pack, which it asks pip for; another version has other messages, and another number of them. Each file is
    compared with the hash that pip wrote down when it installed the version at hand.

    Args:
        language: the end of the name of the package: "fr-FR", "de-DE", "zh-CN", …

    Returns:
        Eight tenths to learn from, one tenth for validation, one for test; combinations is empty. The split is the same
        each time. A word of the test need not occur in train.

    Raises:
        ModuleNotFoundError: the package is not installed; the message has the line for pip.
        DamagedDataError: one of its files is missing or is not the one that was installed; the message says what to do.
    """
    pairs: dict[str, str] = {}
    skipped = 0
    for source, target in _menu_entries(language):
        pair = separate_words(source), separate_words(target)
        if _is_usable(source, target) and max(len(side.split()) for side in pair) <= LONGEST_MENU:
            pairs.setdefault(*pair)
        else:
            skipped += 1
    return _split(pairs, skipped)


def read_phrases(path: str | os.PathLike[str], limit: int | None = None) -> Phrases:
    """A text file with a pair a line: the source, TAB, the target; what follows another TAB is left out.

    That is the form of the lists of sentences by Tatoeba's volunteers. Lines without a TAB, with an empty side or not
    in UTF-8 are counted in skipped. Of lines with the same source the first counts.

    Args:
        path: the file.
        limit: how many pairs to read at most, from the beginning; None reads all.

    Returns:
        Eight tenths to learn from, one tenth for validation, one for test; combinations is empty.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: fewer than three pairs are in it, or the limit is out of range.
    """
    path, skipped = Path(path), 0
    pairs: dict[str, str] = {}
    limit = None if limit is None else expect_count("limit", limit, least=3)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}: give the path of a text file, a pair a line with a TAB.")
    with path.open("rb") as lines:
        for line in lines:
            if len(pairs) == limit:
                break
            pair = _read_line(line)
            if pair is None:
                skipped += 1
            else:
                pairs.setdefault(*pair)
    if len(pairs) < 3:
        raise ValueError(
            f"{path} has {len(pairs)} different pairs and {skipped} lines that are none, expected at least 3 pairs: "
            "the source, a TAB, the target on each line, in UTF-8."
        )
    return _split(pairs, skipped)


def _split(pairs: dict[str, str], skipped: int) -> Phrases:
    """A tenth each for validation and test, the same ones each time."""
    shuffled = [list(pairs.items())[place] for place in np.random.default_rng(0).permutation(len(pairs))]
    tenth = max(1, len(pairs) // 10)
    return Phrases(shuffled[2 * tenth :], shuffled[:tenth], shuffled[tenth : 2 * tenth], [], skipped)


def _read_line(line: bytes) -> Pair | None:
    """The pair of a line; None if it holds none."""
    try:
        sides = line.decode("utf-8-sig").split("\t")[:2]
    except UnicodeDecodeError:
        return None
    pair = tuple(separate_words(side) for side in sides)
    return pair if len(pair) == 2 and all(pair) else None


def _is_usable(source: str, target: str) -> bool:
    """Whether both sides are one line of words, without HTML."""
    return all(
        re.search(r"[^\W\d_]", side) and "\n" not in side.strip() and not re.search(r"</?[a-zA-Z]", side)
        for side in (source, target)
    )


class _Catalogue(gettext.GNUTranslations):
    """Python's reader of .mo files, which can look up but not list."""

    _catalog: dict[str | tuple[str, int], str]

    def entries(self) -> Iterator[Pair]:
        """(source, target) of each entry; of those with a plural, the singular."""
        for key, target in self._catalog.items():
            source, form = key if isinstance(key, tuple) else (key, 0)
            if source and form == 0:
                yield source.rpartition("\x04")[2], target  # before \x04: where it is used


def _menu_entries(language: str) -> Iterable[Pair]:
    package = f"jupyterlab_language_pack_{language.replace('-', '_')}"
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    if found is None or found.origin is None:
        raise ModuleNotFoundError(
            f"JupyterLab's menus in {language!r} are not installed. "
            f"Run: pip install jupyterlab-language-pack-{language}"
        )
    package, folder = f"jupyterlab-language-pack-{language}", Path(found.origin).parent
    files = installed_files(package, folder, "locale/*/LC_MESSAGES/*.mo")
    if not files:
        raise DamagedDataError(f"{package} holds no file of messages, expected some (.mo). {again(package)}")
    for path in files:
        yield from _read_catalogue(path, read_installed(package, folder, path), package)


def _read_catalogue(path: Path, content: bytes, package: str) -> list[Pair]:
    try:
        return list(_Catalogue(io.BytesIO(content)).entries())
    except (OSError, ValueError, LookupError, struct.error) as error:  # gettext's, depending on where the damage is
        raise DamagedDataError(
            f"The file {path.name} of {package} cannot be read ({error}). {again(package)}"
        ) from error


def _draw(rng: np.random.Generator) -> _Sentence | None:
    """A sentence that makes sense, or None where the dice made none."""
    subject, verb = _SUBJECTS[rng.integers(len(_SUBJECTS))], _VERBS[rng.integers(len(_VERBS))]
    nouns = [noun for noun in _NOUNS if noun.kind in verb.kinds and f"the {noun.english}" != subject.english]
    noun = nouns[rng.integers(len(nouns))]
    chance = rng.random(6)
    many = bool(noun.plural) and chance[0] < 0.4
    number = "many" if many else "mass" if noun.kind in ("drink", "food") else "one"
    fitting = [a for a in _ADJECTIVES if noun.english in a.nouns and (number != "many" or a.forms[3])]
    adjective = fitting[rng.integers(len(fitting))] if fitting and chance[1] < 0.6 else None
    definite = bool(chance[2] < 0.35) or (verb.generic and number == "one")
    often, today = (bool(verb.adverbs and chance[place] < 0.2) for place in (3, 4))
    if subject.english in ("the cat", "the dog") and not verb.animals:
        return None
    return _Sentence(subject, verb, noun, adjective, number, definite, bool(chance[5] < 0.4), often, today)


def _is_held_out(sentence: _Sentence) -> bool:
    noun, adjective = sentence.noun.english, sentence.adjective
    pairs = (sentence.verb.english, noun), (adjective.english if adjective else None, noun)
    return pairs[0] in HELD_OUT_OBJECTS or pairs[1] in HELD_OUT_ADJECTIVES


def _in_english(sentence: _Sentence) -> str:
    """[the girl] [does not] [often] [eat] [a red apple] [today]"""
    third = sentence.subject.person == 2
    words = [sentence.subject.english]
    if sentence.negated:
        words.append("does not" if third else "do not")
    if sentence.often:
        words.append("often")
    words.append(sentence.verb.third if third and not sentence.negated else sentence.verb.english)
    noun = sentence.noun.english + ("s" if sentence.number == "many" else "")
    thing = f"{sentence.adjective.english} {noun}" if sentence.adjective else noun
    if sentence.definite:
        words.append("the")
    elif sentence.number == "one":
        words.append("an" if thing.startswith(tuple("aeiou")) else "a")
    return " ".join([*words, thing, *["today"] * sentence.today])


def _in_french(sentence: _Sentence) -> str:
    """[la fille] [ne] [mange] [pas] [souvent] [de pomme rouge] [aujourd'hui]"""
    verb = sentence.verb.french[sentence.subject.person]
    words = [sentence.subject.french, *["ne"] * sentence.negated, verb, *["pas"] * sentence.negated]
    words += ["souvent"] * sentence.often
    thing = _french_thing(sentence)
    text = " ".join([*words, _french_article(sentence, thing[0]), *thing, *["aujourd'hui"] * sentence.today])
    text = re.sub(rf"\b(je|ne|de|le|la) (?=[{''.join(_VOWELS)}])", lambda found: found[1][0] + "'", text)
    return separate_words(text)


def _french_thing(sentence: _Sentence) -> list[str]:
    """The noun with its adjective before or after it: petite maison, maison rouge, bel arbre."""
    noun, adjective, many = sentence.noun, sentence.adjective, sentence.number == "many"
    word = noun.plural if many else noun.french
    if adjective is None:
        return [word]
    masculine, feminine, before_vowel, *plural = adjective.forms
    if many:
        form = plural[noun.gender == "f"]
    elif noun.gender == "f":
        form = feminine
    else:
        form = before_vowel if adjective.before and word.startswith(_VOWELS) else masculine
    return [form, word] if adjective.before else [word, form]


def _french_article(sentence: _Sentence, following: str) -> str:
    """le/la/les; un/une; du/de la/de l'/des; de after a negation, and before an adjective in the plural."""
    feminine, many = sentence.noun.gender == "f", sentence.number == "many"
    if sentence.definite or sentence.verb.generic:
        return "les" if many else "la" if feminine else "le"
    if sentence.negated or (many and following != sentence.noun.plural):
        return "de"
    if many:
        return "des"
    if sentence.number == "one":
        return "une" if feminine else "un"
    return "de la" if feminine else "de le" if following.startswith(_VOWELS) else "du"
