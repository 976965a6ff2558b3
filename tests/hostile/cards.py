"""Projects handed in with cards that cheat or attack, each with the grade and the reason that it must get.

A card is the learner's own word, so one that is consistent earns its points, whoever wrote it. What is looked at is
that nothing else does: no claim, no card that the answer's cell cannot have shown, none that cannot be read; and that
no card stops the grader, nor is obeyed by what shows it. Every third is honest, does something unusual, and keeps its
points.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat

from rnncourse import project_page
from rnncourse.notebooks.files import TEST_SUFFIX, mark_of, notebook_path
from rnncourse.project import MEDIA_TYPE, MOST_BYTES, Card
from tools.authoring import ROOT

from hostile.making import Entry
from made_project_class import CHAPTER, GOOD, LEAKING, PIXEL, STAGES, STUB, Handed, error, output_of, printed

ALL, NONE = frozenset(STAGES), frozenset()
#: What the card of ``LEAKING`` earns: two of the five parts of its first stage are gone.
OF_LEAKING = 18
#: Stands in what a learner shows in the place of the grader: it may reach no page.
FORGED = "FORGED: 5 of 5 points"
WHOLE: dict[str, Any] = json.loads(GOOD.text())
ENTRIES: list[Entry] = []


class Project(Handed):
    """A project in the making: a good card at each stage, and no cell but those of the stages."""

    def __init__(self, course: Path, student: str):
        self.path = notebook_path(course / "submitted" / student, CHAPTER)
        self.notebook = copy.deepcopy(_released())
        self.card(GOOD)
        self.text = ""

    def stages(self) -> Iterator[Any]:
        """The cells of the answers."""
        yield from map(self.cell, STAGES)

    def show(self, *outputs: Any) -> Project:
        """Let every stage show this."""
        for cell in self.stages():
            cell.outputs = [*outputs]
        return self

    def source(self, source: str) -> Project:
        """Write this into every stage."""
        for cell in self.stages():
            cell.source = source
        return self

    def write(self) -> None:
        """Write the file as it is, valid or not."""
        self.path.parent.mkdir(parents=True)
        self.path.write_text(self.text or json.dumps(self.notebook), encoding="utf-8")


def only_stages(cells: Iterable[Any]) -> list[Any]:
    """Of a chapter's cells those that a card answers, and their tests."""
    return [cell for cell in cells if mark_of(cell).removesuffix(TEST_SUFFIX) in STAGES]


@functools.cache
def _released() -> Any:
    notebook = nbformat.read(notebook_path(ROOT / "course", CHAPTER), as_version=4)
    notebook.cells = only_stages(notebook.cells)
    return notebook


def raw(value: Any, **more: Any) -> dict[str, Any]:
    """An output that holds something in the place of a card."""
    return {"output_type": "display_data", "data": {MEDIA_TYPE: value}, "metadata": {}, **more}


def entry(kind: str, right: Iterable[str] = NONE, reason: str = "", look: bool = False, **more: Any):
    def add(make: Callable[[Project], None]) -> Callable[[Project], None]:
        ENTRIES.append(Entry(make.__name__, kind, make, frozenset(right), reason, look, **more))
        return make

    return add


def card_entry(name: str, kind: str, value: Any, right: Iterable[str] = NONE, reason: str = "", **more: Any) -> None:
    """An entry in which something stands in the place of every card; a person looks unless it can be read."""
    look = more.pop("look", not right and "points" not in more)
    ENTRIES.append(Entry(name, kind, lambda draft: draft.show(raw(value)), frozenset(right), reason, look, **more))


def changed(**changes: Any) -> str:
    """The good card with other entries."""
    return json.dumps({**WHOLE, **changes})


def renamed(first: str, second: str, **more: Any) -> str:
    """The good card with other names for its two cells, wherever they stand."""
    names = {"GRU": first, "LSTM": second}
    results = [{**each, "cell": names[each["cell"]]} for each in WHOLE["results"]]
    looks = [{**look, "scores": [[names[name], score] for name, score in look["scores"]]} for look in WHOLE["looks"]]
    notes = [{**note, "winner": names.get(note["winner"], "")} for note in WHOLE["notes"]]
    return changed(results=results, looks=looks, notes=notes, **more)


def with_scores(shift: float, **more: Any) -> str:
    """The good card with other scores, in the same order."""
    results = [{**each, "score": each["score"] + shift} for each in WHOLE["results"]]
    looks = [{**look, "scores": [[n, score + shift] for n, score in look["scores"]]} for look in WHOLE["looks"]]
    baselines = [{**each, "score": each["score"] + shift, "test": None} for each in WHOLE["baselines"]]
    return changed(**{"results": results, "looks": looks, "baselines": baselines, **more})


def training(number: int, **changes: Any) -> dict[str, Any]:
    return {"cell": "GRU", "parameters": 1000, "seed": number, "score": 0.2, "order": 9 + number, **changes}


# =============================================================================== cards that the cell cannot have shown
@entry("cheating", NONE, "in which nothing makes one", True)
def below_a_cell_as_it_was_handed_out(draft):
    draft.source(STUB)


@entry("cheating", NONE, "in which nothing makes one", True)
def below_a_cell_with_a_comment(draft):
    draft.source("# project.card()\n\n")


@entry("cheating", NONE, "shows something else", True)
def as_what_was_printed(draft):
    draft.show({**printed("GRU wins\n"), "data": {MEDIA_TYPE: GOOD.text()}})


@entry("cheating", NONE, "stopped with NameError: name 'project' is not defined", True)
def as_an_error(draft):
    draft.show({**error("NameError", "name 'project' is not defined"), "data": {MEDIA_TYPE: GOOD.text()}})


@entry("accident", ALL)
def card_and_the_line_that_was_handed_out(draft):
    for cell in draft.stages():
        cell.source += "\nraise NotImplementedError()"
        cell.outputs.append(error("NotImplementedError", ""))


@entry("cheating", NONE, "was turned into markdown", True)
def below_a_text(draft):
    for cell in draft.stages():
        cell.cell_type = "markdown"


@entry("cheating", NONE, "(cell 1, 4, 7 shows one, which does not count)", True)
def below_cells_beside_the_answers(draft):
    for name in STAGES:
        draft.notebook.cells.insert(draft.notebook.cells.index(draft.cell(name)), nbformat.v4.new_code_cell("show()"))
        draft.notebook.cells[draft.notebook.cells.index(draft.cell(name)) - 1].outputs = [output_of(GOOD)]
    draft.show()


@entry("cheating", NONE, "shows something else", True)
def under_a_kind_in_capitals(draft):
    draft.show({**raw(""), "data": {MEDIA_TYPE.title(): GOOD.text()}})


@entry("accident", ALL)
def card_shown_again_and_again(draft):
    warned = {"output_type": "stream", "name": "stderr", "text": "UserWarning: slow\n"}
    value = {"output_type": "execute_result", "execution_count": 3, "data": {"text/plain": "Card(…)"}, "metadata": {}}
    draft.show(output_of(LEAKING), warned, printed("once more\n"), output_of(GOOD), value)


@entry("cheating", points=OF_LEAKING, reason="shuffled time")
def better_card_before_the_last(draft):
    draft.show(output_of(GOOD), output_of(GOOD), output_of(LEAKING))


@entry("cheating", points=OF_LEAKING, reason="there more than once")
def second_cell_of_a_stage_with_a_better_card(draft):
    again = nbformat.from_dict(json.loads(json.dumps(draft.cell(STAGES[0]))))
    draft.notebook.cells.append({**again, "id": "again"})
    draft.cell(STAGES[0]).outputs = [output_of(LEAKING)]


@entry("cheating", NONE, "shows something else", True)
def printed_by_a_project_of_ones_own(draft):
    draft.source("class Project:\n    def card(self):\n        print(PERFECT)\nrnncourse.Project = Project\ncard()")
    draft.show(printed("\n".join(project_page.lines(GOOD)) + "\nNothing speaks against it.\n"))


@entry("cheating", NONE, "its cell has no output", True)
def object_of_a_class_that_lies(draft):
    draft.source("class Liar:\n    __class__ = rnncourse.project.Card\n    looks = ()\ncard = Liar()").show()


@entry("accident", ALL)
def whole_project_in_one_cell(draft):
    draft.source("import missing_here\nproject = missing_here.run(hours=9)\nshow = project.card\ncard = show()")


# ========================================================================================================= claims
card_entry("points_claimed", "cheating", changed(points=20), NONE, "'points', which no card has")
card_entry("findings_claimed", "cheating", changed(findings=[]), NONE, "'findings', which no card has")
card_entry(
    "leak_under_another_name", "cheating",
    json.dumps(json.loads(LEAKING.text()) | {"split": json.loads(
        LEAKING.text().replace("overlapping windows", "all is well").replace("shuffled time", "all is well")
    )["split"]}),
    reason="the same example in two parts", points=19,
)  # fmt: skip


@entry("cheating", points=OF_LEAKING, reason="overlapping windows")
def verdict_forged_beside_the_card(draft):
    shown = f"<h2>{FORGED}</h2><script>alert(1)</script>"
    draft.show({**raw(LEAKING.text()), "data": {MEDIA_TYPE: LEAKING.text(), "text/html": shown, "text/plain": FORGED}})


#: Nobody can tell: GRADING.md says so, and report, table and page say whose word it is.
card_entry("written_by_hand_and_consistent", "cheating", with_scores(0.01), ALL)
card_entry("card_of_another_student", "cheating", renamed("My GRU", "My LSTM"), ALL)
card_entry("runs_of_the_future", "cheating", with_scores(0.02, run=10**15), ALL)
card_entry(
    "network_that_loses", "accident",
    json.dumps({**json.loads(with_scores(0.2)), "notes": [{**note, "winner": ""} for note in WHOLE["notes"]]}), ALL,
)  # fmt: skip

card_entry("entry_twice", "cheating", f'{GOOD.text()[:-1]}, "looks": []}}', NONE, 'the entry "looks" twice')


@entry("cheating", NONE, "it has an entry twice", True)
def entry_of_an_object_twice(draft):
    whole = json.dumps(draft.show(raw(WHOLE)).notebook)
    draft.text = whole.replace('"higher_is_better"', '"run": 1, "higher_is_better"')


# ============================================================================================ too large, too deep
TOO_LARGE = f"expected at most {MOST_BYTES:,}"
card_entry("two_megabytes", "attack", "x" * 2_000_000, NONE, TOO_LARGE)
card_entry("fifty_megabytes", "attack", "x" * 12_000_000, NONE, TOO_LARGE)  # at each of four stages
card_entry("two_thousand_trainings", "attack", json.loads(changed(results=[training(0)] * 2000)), NONE, TOO_LARGE)
card_entry(
    "million_of_empty_trainings", "attack", {**WHOLE, "results": [0] * 1_000_000}, NONE, f"{TOO_LARGE} | too much"
)
card_entry("trainings_as_they_fit", "attack", changed(results=[0] * 9000), NONE, "expected at most 400")
card_entry(
    "two_hundred_trainings", "accident",
    with_scores(0.03, results=[
        training(0, cell=cell, seed=seed, score=score + seed / 1000)
        for cell, score in (("GRU", 0.1), ("LSTM", 0.3)) for seed in range(100)
    ]), ALL,
)  # fmt: skip
MANY = ", ".join(f'"{number}": 0' for number in range(5000))
card_entry(
    "thousands_of_entries_and_one_twice", "attack", f'{{"card": 1, {MANY}, "0": 1}}', NONE, 'the entry "0" twice'
)
card_entry("lists_in_lists", "attack", "[" * 30_000, NONE, "is not JSON")
card_entry("nested_as_far_as_a_notebook_may", "attack", changed(notes=json.loads("[" * 60 + "]" * 60)), NONE, "notes")


@entry("attack", NONE, "nested too deeply", True)
def notebook_nested_without_end(draft):
    draft.text = json.dumps(draft.show(raw("DEEP")).notebook).replace('"DEEP"', "[" * 50_000 + "]" * 50_000)


@entry("accident", ALL)
def card_in_lines(draft):
    text = GOOD.text()
    draft.show(raw([text[start : start + 80] for start in range(0, len(text), 80)]))


DENSE = [training(0, cell=f"{n:x}", score=n) for n in range(380)]
card_entry(
    "as_dense_as_a_card_can_be", "attack",
    json.dumps({
        **WHOLE, "results": DENSE, "baselines": [],
        "looks": [{"scores": [["z", n % 10] for n in range(start, start + 390)], "order": 1, "run": 1}
                  for start in range(12)],
    }, separators=(",", ":")),
    reason="too few seeds", points=5 + 0 + 3.33 + 1.25,
)  # fmt: skip


@entry("attack", ALL)
def metadata_without_end(draft):
    draft.show(raw(GOOD.text(), metadata={MEDIA_TYPE: ["x" * 1000] * 300, "x" * 9999: {}}))
    for cell in draft.stages():
        cell.metadata["more"] = [[[[{"points": 20}]]]] * 2000


@entry("attack", ALL)
def thousands_of_outputs(draft):
    draft.show(*[printed("x")] * 4000, output_of(GOOD))


# ========================================================================================= numbers that are none
card_entry("not_a_number", "attack", changed(looks=[{"scores": [["GRU", float("nan")]], "order": 1, "run": 1}]), NONE,
           "NaN is no number")  # fmt: skip
card_entry("not_a_number_as_an_object", "attack", {**WHOLE, "run": float("nan")}, NONE, "NaN is no number")
card_entry("infinity", "attack", {**WHOLE, "run": -float("inf")}, NONE, "Infinity is no number")
card_entry("number_without_end", "attack", GOOD.text().replace("0.21,", "1e999,"), NONE, "expected a number of at most")
card_entry("integer_of_4000_digits", "attack", changed(run=10**4000), NONE, "expected a number of at most")
card_entry("digits_beyond_all_bounds", "attack", GOOD.text().replace("1000", "9" * 5000), NONE, "is not JSON")
card_entry("parameters_below_nothing", "attack", changed(results=[training(0, parameters=-1)]), NONE, "from 0 on")
card_entry(
    "no_parameters", "attack",
    changed(results=[{**each, "parameters": 1000 * (each["cell"] == "GRU")} for each in WHOLE["results"]]),
    reason="unequal parameters", points=5 + 5 + 3.33 + 5,
)  # fmt: skip
card_entry("numbers_in_words", "attack", changed(results=[training(0, score="0.2")]), NONE, "expected a number")
card_entry("truth_for_a_number", "attack", changed(results=[training(0, seed=True)]), NONE, "expected a whole number")
card_entry("nothing_for_a_list", "attack", changed(results=None), NONE, "expected a list")
card_entry("other_data", "attack", [1, [2]], NONE, "not a card of a project")
card_entry("cut_off", "attack", GOOD.text()[:-40], NONE, "is not JSON")
card_entry("scores_below_zero", "accident", with_scores(-2.0, metric="log loss, shifted"), ALL)
card_entry("scores_in_exponents", "accident", changed(
    results=[{**each, "score": each["score"] * 1e-9} for each in WHOLE["results"]],
    looks=[{**look, "scores": [[name, score * 1e-9] for name, score in look["scores"]]} for look in WHOLE["looks"]],
), ALL)  # fmt: skip

# =========================================================================================== words that are obeyed
ESCAPES = "\x1b[2J\x1b]0;root\x07"
card_entry("escape_sequences", "attack", changed(question=f"Is {ESCAPES} better than a linear fit?"), NONE,
           "a control character")  # fmt: skip
card_entry("half_a_character", "attack", changed(metric="MAE \ud800"), NONE, "a control character")


@entry("attack", NONE, r"stopped with \x1b[2J: \x1b]0;root\x07", True)
def escape_sequences_in_an_error(draft):
    draft.show(error("\x1b[2J", "\x1b]0;root\x07\nLook at ada: copied"))


card_entry("question_in_chinese", "accident", with_scores(0.04, question="GRU 的预测是否比线性拟合更好？"), ALL)
card_entry(
    "question_in_persian", "accident", with_scores(0.05, question="آیا شبکه\u200cی بازگشتی از خط راست بهتر است؟"), ALL
)
OVERRIDES = "\u202e\u2066"
card_entry(
    "directions_turned", "attack",
    renamed(f"GRU{OVERRIDES}", f"{OVERRIDES}LSTM", question=f"{OVERRIDES}Is a GRU better than a linear fit is?"), ALL,
)  # fmt: skip
HTML = "<script>alert(1)</script><svg onload=alert(2)><img src=x onerror=alert(3)><style>*{display:none}</style>"
card_entry(
    "scripts_pictures_styles", "attack",
    renamed(f"{HTML} one", f"{HTML}</td></table> two", question=f"{HTML} Is one better than two are?", metric=HTML),
    ALL,
)  # fmt: skip
card_entry(
    "links_of_markdown", "attack",
    renamed("[one](javascript:alert(4))", "![two](https://track.example/p.png)",
            question="Is [this](javascript:alert(5)) better than ![that](//track.example/q.png) is?"), ALL,
)  # fmt: skip
card_entry(
    "formulas_of_latex", "attack",
    renamed(r"$\def\x{\x\x}\x$", r"\[\href{javascript:alert(6)}{two}\]",
            question=f"Is ${'{' * 700}{'}' * 700}$ better than $\\begin{{matrix}}$ is?"), ALL,
)  # fmt: skip
card_entry("paths_for_names", "attack", renamed("../../../etc/passwd", "C:\\con\\..\\..", metric="/dev/null MAE"), ALL)
FORMULA = "=cmd|' /C calc'!A0"
card_entry(
    "formulas_of_spreadsheets", "attack",
    renamed(FORMULA, "x;＝1+1", question=f"{FORMULA} or is it @SUM(A1) after all?", metric="+1",
            split={**WHOLE["split"], "kind": "-1+1"}), ALL,
)  # fmt: skip
card_entry(
    "names_with_signs", "accident", renamed("GRU <64 units> & *drop_out*", r"LSTM, $\sigma$; 'a' \ \"b\" = 1"), ALL
)
card_entry("kind_as_long_as_it_may_be", "attack", changed(split={**WHOLE["split"], "kind": "k" * 2000}), ALL)


@entry("accident", ALL)
def figures_and_widgets_beside_the_card(draft):
    kinds = {"image/png": PIXEL, "application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "Figure"}
    draft.add("train()", raw(""), {**raw(""), "data": kinds}, printed("epoch 9\n"))


@entry("attack", ALL)
def scripts_beside_the_card(draft):
    kinds = {"text/html": HTML + FORGED, "application/javascript": "alert(7)", "image/svg+xml": HTML}
    draft.add("show()", {**raw(""), "data": {**kinds, "text/markdown": "![](https://track.example/r.png)"}})


@entry("accident", ALL)
def card_of_an_older_run(draft):
    draft.show(raw(Card.read(with_scores(0.06, run=7)).text()))


card_entry("question_in_hindi", "accident", with_scores(0.07, question="क्या GRU रैखिक मॉडल से बेहतर है? 🎓"), ALL)
card_entry("scores_in_thousands", "accident", with_scores(20_000.0, metric="perplexity of the shop's receipts"), ALL)
card_entry(
    "notes_as_long_as_they_may_be", "accident",
    with_scores(0.08, notes=[{**note, "text": "**word** <b> $x$ " * 110} for note in WHOLE["notes"]]), ALL,
)  # fmt: skip


@entry("accident", ALL)
def card_as_the_value_of_its_cell(draft):
    draft.show(raw(with_scores(0.09), output_type="execute_result", execution_count=3))


@entry("accident", ALL)
def line_ends_of_windows(draft):
    draft.source("# my project\r\n\r\nshown = project.card()\r\n").show(raw(with_scores(0.11)))


@entry("accident", ALL)
def pictures_by_the_hundred(draft):
    picture = {**raw(""), "data": {"image/png": PIXEL, "text/plain": "<Figure>"}}
    draft.show(raw(with_scores(0.12))).add("for layer in layers:\n    show(layer)", *[picture] * 300)
