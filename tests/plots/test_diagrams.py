"""Drawn networks: nothing clipped, nothing overlapping, and an alt text that says what was drawn."""

from __future__ import annotations

import inspect
import itertools
import random

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch

from rnncourse.plots import diagrams
from rnncourse.plots.diagrams import batch_product, four_kinds, kind_of_rnn, memory_cell, unrolled_cell
from rnncourse.plots.gated_cells import gru_cell, lstm_cell
from rnncourse.unrolling import KINDS

DRAWINGS = {
    "memory_cell": memory_cell,
    "memory_cell with read-out": lambda: memory_cell(output_is_state=False),
    "four_kinds": four_kinds,
    **{f"unrolled_cell {steps}": lambda steps=steps: unrolled_cell(steps) for steps in range(1, 11)},
    **{
        f"{kind} {steps}": lambda kind=kind, steps=steps: kind_of_rnn(kind, steps)
        for kind in KINDS
        for steps in range(1, 7)
    },
    **{
        f"batch_product {sizes}": lambda sizes=sizes: batch_product(*sizes)
        for sizes in [(4, 3, 5), (1, 1, 1), (32, 10, 4), (150, 28, 150), (2, 50_000, 7)]
    },
    "lstm_cell": lstm_cell,
    "lstm_cell with peepholes": lambda: lstm_cell(peepholes=True),
    "gru_cell": gru_cell,
}


def texts_of(figure):
    return [text for axes in figure.axes for text in axes.texts if text.get_text()]


def words_of(figure):
    return [text.get_text() for text in texts_of(figure)]


def boxes_of(figure):
    return [patch for axes in figure.axes for patch in axes.patches if isinstance(patch, FancyBboxPatch)]


@pytest.fixture(scope="module", params=DRAWINGS)
def drawn(request):
    """A drawing, its alt text and the renderer that measures its letters."""
    figure, alt = DRAWINGS[request.param]()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return figure, alt, canvas.get_renderer()


def test_nothing_is_clipped(drawn):
    figure, _, renderer = drawn
    for artist in [*texts_of(figure), *figure.axes[0].patches]:
        extent = artist.get_window_extent(renderer)
        inside = extent.x0 >= 0 and extent.y0 >= 0 and extent.x1 <= figure.bbox.x1 and extent.y1 <= figure.bbox.y1
        assert inside, f"{artist} at {extent} leaves the canvas {figure.bbox}"


def test_no_two_texts_overlap(drawn):
    figure, _, renderer = drawn
    extents = [(text.get_text(), text.get_window_extent(renderer)) for text in texts_of(figure)]
    overlapping = [(a, b) for (a, one), (b, two) in itertools.combinations(extents, 2) if one.overlaps(two)]
    assert overlapping == []


def test_no_two_boxes_overlap_and_text_stays_in_its_box(drawn):
    figure, _, renderer = drawn
    boxes = [box.get_window_extent(renderer) for box in boxes_of(figure)]
    assert not any(one.overlaps(two) for one, two in itertools.combinations(boxes, 2))
    for text in texts_of(figure):
        extent = text.get_window_extent(renderer)
        for box in boxes:
            within = box.x0 <= extent.x0 and extent.x1 <= box.x1 and box.y0 <= extent.y0 and extent.y1 <= box.y1
            assert within or not box.overlaps(extent), f"{text.get_text()!r} sticks out of a box or into one"


def test_letters_are_large_enough_for_a_notebook_column(drawn):
    figure, _, _ = drawn
    assert min(text.get_fontsize() for text in texts_of(figure)) >= 9
    assert figure.get_figwidth() <= 12


def test_alt_text_is_a_sentence(drawn):
    _, alt, _ = drawn
    assert len(alt.split()) >= 12
    assert alt.endswith(".")
    assert not set("$\\{}") & set(alt)  # no mark-up: it is read aloud


def test_memory_cell_tells_state_from_output():
    same, apart = memory_cell(), memory_cell(output_is_state=False)
    assert "is the output" in same[1]
    assert "not the state" in apart[1]
    assert "one step later" in words_of(same[0])
    assert [any("read-out" in word for word in words_of(figure)) for figure, _ in (same, apart)] == [False, True]


@pytest.mark.parametrize("steps", range(1, 11))
def test_unrolled_cell_has_a_copy_for_each_step(steps):
    figure, alt = unrolled_cell(steps)
    words = words_of(figure)
    assert [word for word in words if word[:2] == "$x"] == ["$x_t$", *(f"$x_{t}$" for t in range(steps))]
    assert [word for word in words if word[:2] == "$y"] == ["$y_t$", *(f"$y_{t}$" for t in range(steps))]
    assert words.count("$W_x$  $W_h$\n$b$") == steps + 1  # the cell itself, and its copies
    assert words.count("$h_{-1}=0$") == 1
    assert f"{steps} cop" in alt
    assert ("two rows" in alt) == (steps > 5)


@pytest.mark.parametrize("steps", [0, -1, 2.0, True, "4", None])
def test_steps_must_be_a_whole_number(steps):
    for draw in (unrolled_cell, lambda steps: kind_of_rnn(KINDS[0], steps)):
        with pytest.raises(ValueError, match=r"^steps is .*expected a whole number of at least 1"):
            draw(steps)


def test_too_many_steps_are_refused():
    with pytest.raises(ValueError, match="steps is 11, expected at most 10"):
        unrolled_cell(11)
    with pytest.raises(ValueError, match="steps is 7, expected at most 6"):
        kind_of_rnn("encoder-decoder", 7)


def test_numpy_steps_are_welcome():
    assert unrolled_cell(np.int64(3))[1] == unrolled_cell(3)[1]


@pytest.mark.parametrize("steps", [2, 3, 6])
def test_kinds_differ_in_inputs_and_outputs(steps):
    words, dashed, alts = {}, {}, {}
    for kind in KINDS:
        figure, alts[kind] = kind_of_rnn(kind, steps)
        words[kind] = words_of(figure)
        dashed[kind] = sum(box.get_linestyle() == "--" for box in boxes_of(figure))
    first_state = 1
    zeros = {kind: words[kind].count("0") - first_state for kind in KINDS}
    writes = max(2, steps - 1)
    assert dashed == dict(zip(KINDS, [0, steps - 1, 0, steps], strict=True))
    assert zeros == dict(zip(KINDS, [0, 0, steps - 1, 0], strict=True))
    assert words["encoder-decoder"].count("<go>") == 1
    assert f"$h_{steps - 1}$" in words["encoder-decoder"]
    for step in range(writes):  # all but the last output appear again, as the next input
        assert words["encoder-decoder"].count(f"$y_{step}$") == (2 if step < writes - 1 else 1)
    assert all(str(steps) in alt and alt.lower().startswith(kind) for kind, alt in alts.items())
    assert f"writes {writes} outputs" in alts["encoder-decoder"]


def test_encoder_and_decoder_can_be_told_apart_without_colour():
    figure, _ = kind_of_rnn("encoder-decoder", 4)
    hatches = [box.get_hatch() for box in boxes_of(figure) if box.get_height() > diagrams.PILL[1] * 1.2]
    assert hatches == ["//"] * 4 + [""] * 3


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("sequence to vector", "sequence-to-vector"),
        ("Encoder-Decoder", "encoder-decoder"),
        ("vec-to-seq", "vector-to-sequence"),
    ],
)
def test_unknown_kind_suggests_the_nearest(wrong, meant):
    with pytest.raises(ValueError, match=f"kind is '{wrong}', expected one of .* Did you mean '{meant}'"):
        kind_of_rnn(wrong)


@pytest.mark.parametrize("wrong", ["xyz", None, 3])
def test_unknown_kind_without_a_near_one_lists_all(wrong):
    with pytest.raises(ValueError, match="encoder-decoder") as caught:
        kind_of_rnn(wrong)
    assert "Did you mean" not in str(caught.value)


def test_four_kinds_are_all_there():
    figure, alt = four_kinds()
    assert [word for word in words_of(figure) if word in KINDS] == list(KINDS)
    assert all(kind in alt.lower() for kind in KINDS)


@pytest.mark.parametrize("sizes", [(4, 3, 5), (2, 7, 3)])
def test_batch_product_writes_all_shapes(sizes):
    batch, features, units = sizes
    figure, alt = batch_product(batch=batch, features=features, units=units)
    shapes = [(batch, features), (features, units), (batch, units), (units, units), (1, units), (batch, units)]
    written = [word for word in words_of(figure) if word.replace(" × ", "").isdigit()]
    sums = [f"{batch} × {units}"] * 2
    assert written == [f"{rows} × {columns}" for rows, columns in shapes] + sums
    assert all(f"({rows} × {columns}" in alt for rows, columns in shapes)


@pytest.mark.parametrize("sizes", [(4, 3, 5), (2, 7, 3), (60, 20, 40)])
def test_rectangles_are_in_proportion(sizes):
    batch, features, units = sizes
    figure, _ = batch_product(*sizes)
    outlines = [patch for patch in figure.axes[0].patches if getattr(patch, "get_width", None) and not patch.get_fill()]
    drawn_sizes = np.array([(patch.get_height(), patch.get_width()) for patch in outlines])
    shapes = [(batch, features), (features, units), (batch, units), (units, units), (1, units), (batch, units)]
    ratio = drawn_sizes / np.array(shapes)
    wide_enough = np.array(shapes) > 1  # a single row keeps a thickness that can be seen
    np.testing.assert_allclose(ratio[wide_enough], ratio[0, 0])
    pixels = figure.axes[0].transData.transform([(0, 0), (1, 1)])
    assert np.ptp(pixels, axis=0)[0] == pytest.approx(np.ptp(pixels, axis=0)[1])  # a square looks square


@pytest.mark.parametrize("name", ["batch", "features", "units"])
def test_batch_product_refuses_an_empty_axis(name):
    with pytest.raises(ValueError, match=f"^{name} is 0, expected a whole number of at least 1"):
        batch_product(**{"batch": 4, "features": 3, "units": 5, name: 0})


def test_the_learners_settings_and_random_numbers_are_left_alone():
    np.random.seed(3)
    random.seed(3)
    with mpl.rc_context({"font.size": 30, "font.family": "monospace"}):
        settings, numbers, dice = dict(mpl.rcParams), np.random.get_state()[1].tolist(), random.getstate()
        figure, _ = memory_cell()
        assert texts_of(figure)[0].get_fontfamily() == ["DejaVu Sans"]
        assert (dict(mpl.rcParams), np.random.get_state()[1].tolist(), random.getstate()) == (settings, numbers, dice)


def test_same_arguments_same_drawing():
    one, two = (FigureCanvasAgg(kind_of_rnn("encoder-decoder")[0]) for _ in range(2))
    one.draw()
    two.draw()
    assert np.array_equal(one.buffer_rgba(), two.buffer_rgba())


def test_every_drawing_function_is_tested_above():
    public = {name for name, value in vars(diagrams).items() if inspect.isfunction(value) and not name.startswith("_")}
    own = {name for name in public if getattr(diagrams, name).__module__ == diagrams.__name__}
    assert own == {
        "memory_cell",
        "unrolled_cell",
        "kind_of_rnn",
        "four_kinds",
        "batch_product",
        "gradient_paths",
        "output_projection",
        "stacked_cell",
        "row_reader",
    }


@pytest.fixture(params=[(5, (2, 3, 4)), (1, (0,)), (6, (5,)), (4, (0, 2)), (6, (0, 1, 2, 3, 4, 5)), (2, (0,))], ids=str)
def paths(request):
    steps, outputs = request.param
    return steps, outputs, *diagrams.gradient_paths(steps, outputs)


def test_gradient_paths_lead_from_the_counted_outputs_to_the_start(paths):
    steps, outputs, figure, alt = paths
    red = [p for p in figure.axes[0].patches if mpl.colors.same_color(p.get_edgecolor(), diagrams.ERROR)]
    back = [p for p in red if not isinstance(p, FancyBboxPatch)]
    assert len(back) == 2 * len(outputs) + max(outputs)  # two for each output, one for each step back
    dashed = sum(box.get_linestyle() == "--" for box in boxes_of(figure))
    assert dashed == steps - len(outputs)
    assert all(f"y_{t}" in alt for t in outputs)
    assert not any(f"y_{t}" in alt for t in range(steps) if t not in outputs)
    assert ("No gradient reaches" in alt) == (max(outputs) < steps - 1)


def test_gradient_paths_is_drawn_as_well_as_the_others(paths):
    _, _, figure, alt = paths
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = (figure, alt, canvas.get_renderer())
    test_nothing_is_clipped(drawn)
    test_no_two_texts_overlap(drawn)
    test_no_two_boxes_overlap_and_text_stays_in_its_box(drawn)
    test_letters_are_large_enough_for_a_notebook_column(drawn)
    test_alt_text_is_a_sentence(drawn)


@pytest.mark.parametrize("outputs", [(), (5,), (2, 9)])
def test_gradient_paths_wants_outputs_that_exist(outputs):
    with pytest.raises(ValueError, match="expected at least one step from 0 to 4"):
        diagrams.gradient_paths(5, outputs)


@pytest.mark.parametrize("rows", [1, 2, 7, 22, 27, 28, 300])
@pytest.mark.parametrize("classes", [1, 3, 10])
def test_row_reader_shows_some_rows_and_reads_out_the_last_state(rows, classes):
    picture, digit = np.random.default_rng(rows).random((rows, 9)), classes - 1
    figure, alt = diagrams.row_reader(picture, digit, units=17, classes=classes)
    test_gradient_paths_is_drawn_as_well_as_the_others((None, None, figure, alt))
    whole, *strips = figure.axes[0].images
    assert np.array_equal(whole.get_array(), picture)
    read = [int(word.removeprefix("row ")) for word in words_of(figure) if word.removeprefix("row ").isdigit()]
    read = read[: len(strips)]  # the marks beside the picture; the rest are the names of steps and of classes
    assert (read[0], read[-1]) == (0, rows - 1)
    assert len(read) <= 6
    for t, strip in zip(read, strips, strict=True):
        assert np.array_equal(strip.get_array(), picture[t : t + 1])
        assert f"row {t}" in words_of(figure)
    assert words_of(figure).count("17\ntanh") == len(strips)
    assert f"$h_{{{rows - 1}}}$" in words_of(figure)
    left_out = sum(later - t > 1 for t, later in itertools.pairwise(read))
    assert words_of(figure).count("…") == left_out
    largest = [box for box in boxes_of(figure) if mpl.colors.same_color(box.get_edgecolor(), diagrams.OUTPUT)]
    assert len(largest) == 1
    assert alt.endswith(f"The largest is that of {digit}.")
    assert f"h_{rows - 1}," in alt


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"picture": np.zeros(784)}, r"picture has shape \(784,\), expected \(rows, columns\)"),
        ({"picture": np.zeros((0, 28))}, r"picture has shape \(0, 28\)"),
        ({"digit": 10}, "digit is 10, expected a whole number from 0 to 9"),
        ({"classes": 11}, "classes is 11, expected at most 10"),
        ({"units": 0}, "units is 0"),
    ],
)
def test_row_reader_says_what_it_cannot_draw(change, message):
    with pytest.raises(ValueError, match=message):
        diagrams.row_reader(**({"picture": np.zeros((28, 28)), "digit": 4} | change))


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_output_projection_has_a_box_for_each_step_or_one_for_all(steps):
    figure, alt = diagrams.output_projection(steps)
    test_gradient_paths_is_drawn_as_well_as_the_others((None, None, figure, alt))
    grey = [box for box in boxes_of(figure) if mpl.colors.same_color(box.get_edgecolor(), diagrams.GREY)]
    assert len(grey) == steps + 1
    assert f"into {steps} steps" in alt


def test_output_projection_says_how_many_steps_there_is_room_for():
    with pytest.raises(ValueError, match="5"):
        diagrams.output_projection(5)


@pytest.mark.parametrize("layers", [1, 3, 4])
@pytest.mark.parametrize("steps", [1, 4, 6])
@pytest.mark.parametrize("order", ["", *diagrams.ORDERS])
def test_stacked_cell_has_a_box_for_each_layer_and_step(layers, steps, order):
    figure, alt = diagrams.stacked_cell(layers, steps, order)
    test_gradient_paths_is_drawn_as_well_as_the_others((None, None, figure, alt))
    states = [box for box in boxes_of(figure) if mpl.colors.same_color(box.get_edgecolor(), diagrams.STATE)]
    assert len(states) == layers * steps
    numbers = [int(word) for word in words_of(figure) if word.isdigit() and word != "0"]
    assert sorted(numbers) == (list(range(1, layers * steps + 1)) if order else [])
    if order == "layer by layer":  # drawn in that order too
        assert numbers == sorted(numbers)
    assert (f"{layers} layers" if layers > 1 else "1 layer") in alt


def test_stacked_cell_drops_what_goes_up_and_nothing_else():
    figure, alt = diagrams.stacked_cell(3, 4, dropout=True)
    red = [p for p in figure.axes[0].patches if mpl.colors.same_color(p.get_edgecolor(), diagrams.ERROR)]
    assert [arrow.get_linestyle() for arrow in red].count("--") == 4  # of the inputs
    assert len(red) == 3 * 4 + 4
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    extents = [arrow.get_window_extent(canvas.get_renderer()) for arrow in red]
    assert all(extent.height > 1.5 * extent.width for extent in extents)  # they go up, not to the right
    assert "dropped while training" in alt
    assert "Those of the inputs are dashed" in alt


@pytest.mark.parametrize(
    ("given", "message"),
    [({"layers": 5}, "layers is 5"), ({"steps": 7}, "steps is 7"), ({"order": "backwards"}, "order is 'backwards'")],
)
def test_stacked_cell_says_what_there_is_room_for(given, message):
    with pytest.raises(ValueError, match=message):
        diagrams.stacked_cell(**given)
