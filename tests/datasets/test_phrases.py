"""The phrases: right French, no sentence in two parts, every word learnt, and files of any quality are read."""

from __future__ import annotations

import shutil
import struct
from importlib import metadata
from itertools import combinations, pairwise, product
from pathlib import Path

import pytest

import rnncourse
from rnncourse.datasets import phrases as module
from rnncourse.datasets.damage import DamagedDataError
from rnncourse.datasets.phrases import SIZES, Phrases, separate_words

from damaged import AGAIN, hurt

PARTS = ("train", "validation", "test", "combinations")


@pytest.fixture(scope="module")
def grammar() -> Phrases:
    return rnncourse.make_phrases()


@pytest.fixture(scope="module")
def everything(grammar) -> dict[str, str]:
    return {source: target for part in PARTS for source, target in getattr(grammar, part)}


def words(pairs, side):
    return {word for pair in pairs for word in pair[side].split()}


# Our own grammar


def test_the_parts_have_their_sizes_and_no_source_in_common(grammar):
    assert {part: len(getattr(grammar, part)) for part in PARTS} == SIZES
    sources = [{source for source, _ in getattr(grammar, part)} for part in PARTS]
    assert [len(part) for part in sources] == list(SIZES.values())
    assert not any(one & other for one, other in combinations(sources, 2))
    assert grammar.skipped == 0


@pytest.mark.parametrize("seed", range(5))
def test_milk_is_in_the_test_and_every_word_is_in_train(seed):
    made = rnncourse.make_phrases(seed)
    assert made.test[0] == ("i drink milk", "je bois du lait")
    for part in PARTS[1:]:
        for side in (0, 1):
            assert words(getattr(made, part), side) <= words(made.train, side)


def test_the_same_seed_gives_the_same_phrases(grammar):
    assert rnncourse.make_phrases(0) == grammar
    assert rnncourse.make_phrases(1).train != grammar.train


def test_sentences_are_short_and_the_vocabularies_small(grammar, everything):
    assert max(len(target.split()) for target in everything.values()) <= 10
    assert len(words(grammar.train, 0)) <= 80
    assert len(words(grammar.train, 1)) <= 125


def test_every_sentence_is_in_the_common_form(everything):
    assert all(separate_words(side) == side for pair in everything.items() for side in pair)


RIGHT = """
    i drink milk | je bois du lait
    she drinks water | elle boit de l' eau
    we do not drink coffee | nous ne buvons pas de café
    they do not have cold water | ils n' ont pas d' eau froide
    you want good water | tu veux de la bonne eau
    my mother buys soup | ma mère achète de la soupe
    i buy a house | j' achète une maison
    i like milk | j' aime le lait
    the girl does not like apples | la fille n' aime pas les pommes
    he likes small apples | il aime les petites pommes
    you do not have a key | tu n' as pas de clé
    he does not find an egg | il ne trouve pas d' œuf
    he finds the egg | il trouve l' œuf
    the children eat oranges | les enfants mangent des oranges
    we see small flowers | nous voyons de petites fleurs
    we see red flowers | nous voyons des fleurs rouges
    we do not see red flowers | nous ne voyons pas de fleurs rouges
    the boy finds a beautiful tree | le garçon trouve un bel arbre
    the boy does not find an old tree | le garçon ne trouve pas de vieil arbre
    she sells an old cat | elle vend un vieux chat
    she sells the old key | elle vend la vieille clé
    my father often eats good bread today | mon père mange souvent du bon pain aujourd'hui
    the dog does not often look for the cat | le chien ne cherche pas souvent le chat
    i have a black dog | j' ai un chien noir
"""


@pytest.mark.parametrize("line", [line.strip() for line in RIGHT.strip().splitlines()])
def test_french_we_know_to_be_right(line):
    """Translated by hand. The grammar says the English sentence in one way, and the French is ours."""
    source, target = line.split(" | ")
    adjectives = [None, *(adjective for adjective in module._ADJECTIVES if adjective.english in source)]
    ways = product(
        [subject for subject in module._SUBJECTS if source.startswith(subject.english + " ")],
        [verb for verb in module._VERBS if verb.english in source or verb.third in source],
        [noun for noun in module._NOUNS if noun.english in source],
        adjectives,
        ("mass", "one", "many"),
        *[(False, True)] * 4,
    )
    sentences = [module._Sentence(*way) for way in ways if way[4] != "many" or (way[2].plural and fits_many(way[3]))]
    said = {module._in_french(sentence) for sentence in sentences if sensible(sentence, source)}
    assert said == {target}


def fits_many(adjective):
    return adjective is None or adjective.forms[3] is not None


def sensible(sentence, source):
    is_mass = sentence.noun.kind in ("drink", "food")
    return module._in_english(sentence) == source and (sentence.number == "mass") == is_mass


def test_vowels_are_dropped_before_vowels_and_only_there(everything):
    dropped = {"j'", "n'", "d'", "l'"}
    for target in everything.values():
        tokens = target.split()
        for token, following in pairwise(tokens):
            vowel = following[0] in "aeiouéœ"
            assert (token in dropped) <= vowel, target
            assert (token in {"je", "ne", "de", "le", "la", "beau", "vieux"} and vowel) is False, target


def holds_together(source, adjective_or_verb, noun):
    """Whether the adjective stands before the noun, or the noun is the object of the verb."""
    words = source.replace("look for", "look").replace("looks for", "looks").split()
    thing = next(place for place in reversed(range(len(words))) if words[place] not in ("today", "often"))
    if words[thing].removesuffix("s") != noun:
        return False
    return words[thing - 1] == adjective_or_verb or any(
        word in (adjective_or_verb, adjective_or_verb + "s") for word in words[1:thing]
    )


@pytest.mark.parametrize("pair", sorted(module.HELD_OUT_ADJECTIVES | module.HELD_OUT_OBJECTS))
def test_held_out_combinations_are_in_one_part_only(pair, grammar):
    assert any(holds_together(source, *pair) for source, _ in grammar.combinations)
    for part in PARTS[:3]:
        assert not any(holds_together(source, *pair) for source, _ in getattr(grammar, part)), part


def test_every_combination_sentence_holds_a_held_out_pair(grammar):
    pairs = module.HELD_OUT_ADJECTIVES | module.HELD_OUT_OBJECTS
    for source, _ in grammar.combinations:
        assert any(holds_together(source, *pair) for pair in pairs), source


# The common form


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("J'ai 2 œufs, d’accord ?", "j' ai 2 œufs , d' accord ?"),
        ("I don't: it's the user's.", "i don't : it's the user's ."),
        ("Jusqu'à aujourd'hui, lorsqu'il", "jusqu' à aujourd'hui , lorsqu' il"),
        ("%1 of {0}\t%s %(n)d 100%%", "%1 of {0} %s %(n)d 100 %%"),
        ("Open “setup.py”… (mots-clés)", "open “ setup.py ” ... ( mots-clés )"),
        ("<go> <unk>", "< go > < unk >"),
        ("保存所有 CSV 文件…", "保 存 所 有 csv 文 件 ..."),
        ("  \u00a0 ", ""),
    ],
)
def test_separate_words(text, expected):
    assert separate_words(text) == expected
    assert separate_words(expected) == expected


# JupyterLab's menus


def test_menus_have_the_common_form_and_no_source_twice():
    menus = rnncourse.load_menu_phrases()
    pairs = [pair for part in PARTS for pair in getattr(menus, part)]
    assert len(pairs) > 2000
    assert len({source for source, _ in pairs}) == len(pairs)
    assert len(menus.validation) == len(menus.test) == len(pairs) // 10
    assert menus.combinations == []
    assert menus.skipped > 100
    assert dict(pairs)["collapse all code"] == "réduire tout le code"
    for pair in pairs:
        assert all(separate_words(side) == side and 1 <= len(side.split()) <= 12 for side in pair)
        assert "\x04" not in pair[0]
    assert rnncourse.load_menu_phrases() == menus


def test_a_missing_language_is_said_with_the_line_for_pip():
    with pytest.raises(ModuleNotFoundError, match=r"pip install jupyterlab-language-pack-xx-YY"):
        rnncourse.load_menu_phrases("xx-YY")
    with pytest.raises(ModuleNotFoundError, match=r"'\.\./fr' are not installed"):
        rnncourse.load_menu_phrases("../fr")


def make_pack(folder, name, content):
    """A language pack with one file of messages."""
    messages = folder / f"jupyterlab_language_pack_{name}" / "locale" / name / "LC_MESSAGES"
    messages.mkdir(parents=True)
    (messages.parents[2] / "__init__.py").touch()
    (messages / "notebook.mo").write_bytes(content)


def compile_messages(messages: dict[str, str]) -> bytes:
    """The form of .mo files: a head, two tables of (length, place), the texts, each ended by a zero."""
    columns = [[text.encode() for text in column] for column in zip(*sorted(messages.items()), strict=True)]
    place, tables, texts = 28 + 16 * len(messages), b"", b""
    for text in [*columns[0], *columns[1]]:
        tables += struct.pack("<2I", len(text), place + len(texts))
        texts += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(messages), 28, 28 + 8 * len(messages), 0, 0) + tables + texts


MESSAGES = {
    "": "Content-Type: text/plain; charset=UTF-8\n",
    "Save": "Enregistrer",
    "menu\x04Open": "Ouvrir",  # before \x04: where it is used
    "%1 cell\0%1 cells": "%1 cellule\0%1 cellules",  # a singular and a plural
    "SAVE": "Sauver",  # in lower case a second Save; capitals are first in the file
    "Close All": "Tout fermer",
    "Two\nlines": "Deux\nlignes",
    "<b>Bold</b>": "<b>Gras</b>",
    "%1 / %2": "%1 / %2",
    "long " * 13: "long",
    "Empty": "",
}


def test_messages_are_read_as_they_are_meant_and_the_useless_are_counted(tmp_path, monkeypatch):
    make_pack(tmp_path, "aa_AA", compile_messages(MESSAGES))
    monkeypatch.syspath_prepend(tmp_path)
    menus = rnncourse.load_menu_phrases("aa-AA")
    assert {**dict(menus.train), **dict(menus.validation), **dict(menus.test)} == {
        "save": "sauver",
        "open": "ouvrir",
        "%1 cell": "%1 cellule",
        "close all": "tout fermer",
    }
    assert menus.skipped == 5


@pytest.mark.parametrize("damage", [b"not at all", compile_messages(MESSAGES)[:100], b""])
def test_a_damaged_pack_is_said_with_the_line_for_pip(tmp_path, monkeypatch, damage):
    make_pack(tmp_path, "bb_BB", damage)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(OSError, match=r"notebook\.mo of .* pip install --force-reinstall .*-bb-BB"):
        rnncourse.load_menu_phrases("bb-BB")


# A learner's own file


def write(tmp_path, content: bytes):
    path = tmp_path / "fra.txt"
    path.write_bytes(content)
    return path


GOOD = "".join(f"I see {number} cats.\tJe vois {number} chats.\tCC-BY someone\n" for number in range(30)).encode()
BAD = b"no tab here\n\tonly French\nonly English\t\n\nlatin\tdu caf\xe9\n"


def test_a_file_is_read_and_what_is_malformed_is_counted(tmp_path):
    read = rnncourse.read_phrases(write(tmp_path, b"\xef\xbb\xbfHi.\tSalut.\r\nHi.\tBonjour.\n" + BAD + GOOD))
    assert [len(getattr(read, part)) for part in PARTS] == [25, 3, 3, 0]
    pairs = dict(read.train + read.validation + read.test)
    assert len(pairs) == 31
    assert pairs["hi ."] == "salut ."  # the first counts, without the mark at the start of the file
    assert pairs["i see 7 cats ."] == "je vois 7 chats ."
    assert read.skipped == 5


def test_the_limit_is_the_number_of_pairs(tmp_path):
    read = rnncourse.read_phrases(write(tmp_path, BAD + GOOD), limit=12)
    assert sum(len(getattr(read, part)) for part in PARTS) == 12
    assert "i see 12 cats ." not in dict(read.train + read.validation + read.test)


@pytest.mark.parametrize("content", [b"", BAD, b"Hi.\tSalut.\nHi.\tBonjour.\nWow!\tOh !\n"])
def test_a_file_without_pairs_is_refused_with_the_counts(tmp_path, content):
    with pytest.raises(ValueError, match=r"fra\.txt has \d different pairs and \d lines .* expected at least 3 pairs"):
        rnncourse.read_phrases(write(tmp_path, content))


def test_a_file_that_is_not_there_and_a_wrong_limit(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no file .*none\.txt"):
        rnncourse.read_phrases(tmp_path / "none.txt")
    with pytest.raises(ValueError, match="limit is 0"):
        rnncourse.read_phrases(write(tmp_path, GOOD), limit=0)


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """A copy of the French pack, which is found before the installed one."""
    name = "jupyterlab_language_pack_fr_FR"
    installed = Path(metadata.distribution("jupyterlab-language-pack-fr-FR").locate_file(name))
    shutil.copytree(installed, tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / name / "locale" / "fr_FR" / "LC_MESSAGES"


def test_a_copied_pack_is_read(pack):
    assert len(rnncourse.load_menu_phrases().train) == 2144


@pytest.mark.parametrize("kind", ["one byte", "cut short", "empty", "missing"])
def test_a_damaged_pack_is_named_with_what_to_do(kind, pack):
    words = hurt(pack / "notebook.mo", kind)
    with pytest.raises(DamagedDataError, match=rf"notebook\.mo of jupyterlab-.*-fr-FR {words}.*{AGAIN}jupyterlab-"):
        rnncourse.load_menu_phrases()


def test_a_pack_without_messages_is_refused(tmp_path, monkeypatch):
    (tmp_path / "jupyterlab_language_pack_cc_CC").mkdir()
    (tmp_path / "jupyterlab_language_pack_cc_CC" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DamagedDataError, match=rf"holds no file of messages, expected some.*{AGAIN}.*-cc-CC"):
        rnncourse.load_menu_phrases("cc-CC")


def test_an_accent_is_part_of_its_letter_however_it_is_spelt():
    assert (
        separate_words("Un be\u0301be\u0301 dort.")
        == separate_words("Un b\u00e9b\u00e9 dort.")
        == "un b\u00e9b\u00e9 dort ."
    )


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match=r"seed is .*, expected a whole number of at least 0"):
        rnncourse.make_phrases(seed)
