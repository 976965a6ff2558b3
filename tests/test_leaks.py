"""Leaks: each kind is found where it is, by an example that shows it, and nothing is found where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse
from rnncourse import leaks

from made_projects import TIME_STEPS, in_time, series, shuffled

rng = np.random.default_rng(3)


def parts(train, validation, test):
    return {"train": train, "validation": validation, "test": test}


def split_windows(parts):
    return ({part: parts[part][axis] for part in leaks.PARTS} for axis in (0, 1))


def names(found):
    return [(leak.name, leak.earlier, leak.later) for leak in found]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_equal_rows_have_equal_hashes_and_others_have_not(dtype):
    rows = (100 * rng.normal(size=(5000, 3, 2))).astype(dtype)
    hashes = leaks.row_hashes(np.concatenate([rows, rows[::-1]]))
    assert np.array_equal(hashes[:5000], hashes[5000:][::-1])
    assert len(np.unique(hashes)) == len(np.unique(rows.reshape(5000, -1), axis=0))


def test_minus_zero_is_zero():
    one, other = leaks.row_hashes(np.array([[0.0, 1.0], [-0.0, 1.0]]))
    assert one == other


def test_a_wide_row_is_hashed_whole():
    rows = np.zeros((3, 70_000))
    rows[1, 69_999] = rows[2, 1] = 1
    assert len(np.unique(leaks.row_hashes(rows))) == 3


def test_a_window_that_two_parts_share_is_found():
    train, validation, test = (rng.normal(size=(n, 6, 2)) for n in (50, 20, 20))
    assert list(leaks.duplicated_rows(parts(train, validation, test))) == []
    test[7] = train[31]
    (leak,) = leaks.duplicated_rows(parts(train, validation, test))
    assert (leak.name, leak.earlier, leak.later) == (leaks.DUPLICATES, "train", "test")
    assert (leak.count, leak.of, leak.example) == (1, 20, (31, 7))


def test_inputs_that_reach_back_are_no_overlap_and_targets_are():
    assert list(leaks.overlapping_windows(*split_windows(in_time(series())))) == []
    (first, *_) = leaks.overlapping_windows(*split_windows(shuffled(series())))
    assert (first.name, first.earlier, first.later, first.count) == (leaks.OVERLAP, "train", "test", 78)
    mine, theirs = first.example
    inputs, targets = split_windows(shuffled(series()))
    tail = np.append(inputs["test"][theirs, :, 0], targets["test"][theirs])[-leaks.RUN :]
    whole = np.append(inputs["train"][mine, :, 0], targets["train"][mine])
    runs = [whole[start : start + leaks.RUN] for start in range(TIME_STEPS + 2 - leaks.RUN)]
    assert any(np.array_equal(tail, run) for run in runs), "the example shows what is said"


def windows_of_two_features(*parts_of_starts, first):
    """Windows of a calendar or of rain, and a walk, with the value of the walk six steps behind each as its target."""
    walk = np.cumsum(np.random.default_rng(5).normal(size=600))
    told = np.stack([first, walk], axis=1)
    rows = parts(*(np.stack([told[i : i + 12] for i in starts]) for starts in parts_of_starts))
    return rows, parts(*(walk[np.asarray(starts) + 17][:, np.newaxis] for starts in parts_of_starts))


@pytest.mark.parametrize("first", [np.arange(600) % 24, (np.arange(600) % 50 < 2) * 1.0], ids=["hours", "rain"])
def test_windows_mixed_like_cards_are_found_where_the_target_lies_far_ahead(first):
    in_order = rnncourse.cut_in_time(600, 12, 6, 400, 500)
    assert list(leaks.overlapping_windows(*windows_of_two_features(*in_order, first=first))) == []
    cards = np.split(np.random.default_rng(6).permutation(583), [400, 500])
    found = list(leaks.overlapping_windows(*windows_of_two_features(*cards, first=first)))
    assert (leaks.OVERLAP, "train", "test") in names(found)
    assert found[0].count > 0.9 * found[0].of


def test_dry_weeks_are_no_windows_across_a_gap():
    rain = (np.arange(600) % 50 < 2) * 1.0
    kept = np.concatenate([np.arange(5, 30), np.arange(160, 400)])  # two dry stretches meet
    rows = parts(*(np.stack([rain[i : i + 12] for i in starts])[..., np.newaxis] for starts in (kept, [450], [550])))
    assert list(leaks.gaps_in_time(rows, parts(kept, np.array([450]), np.array([550])))) == []


def test_a_calendar_alone_tells_nothing_about_when():
    inputs, targets = windows_of_two_features(*rnncourse.cut_in_time(600, 12, 6, 400, 500), first=np.arange(600) % 24)
    assert list(leaks.overlapping_windows({part: rows[:, :, :1] for part, rows in inputs.items()}, targets)) == []


def test_a_night_without_sun_is_no_overlap():
    quiet = np.zeros((30, 12, 1))
    told = parts(quiet, quiet[:10], quiet[:10])
    assert list(leaks.overlapping_windows(told, {part: np.zeros((len(rows), 1)) for part, rows in told.items()})) == []


def test_windows_of_one_recording_that_carry_labels_overlap_too():
    recording = rng.normal(size=500).astype(np.float32)
    rows = np.stack([recording[i : i + 20] for i in range(0, 480, 5)])[..., np.newaxis]
    order = rng.permutation(len(rows))
    told = parts(rows[order[:60]], rows[order[60:80]], rows[order[80:]])
    labels = {part: np.zeros(len(inputs)) for part, inputs in told.items()}
    assert (leaks.OVERLAP, "train", "test") in names(leaks.overlapping_windows(told, labels))
    told = parts(rows[:60], rows[64:80], rows[84:])
    labels = {part: np.zeros(len(inputs)) for part, inputs in told.items()}
    assert list(leaks.overlapping_windows(told, labels)) == []


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ((range(60), range(60, 80), range(80, 100)), []),
        ((range(60), range(60, 80), range(80, 100)[::-1]), []),
        ((range(40, 100), range(20, 40), range(20)), [leaks.FUTURE] * 3),
        (([*range(30), *range(50, 80)], range(80, 100), range(30, 50)), [leaks.FUTURE] * 2),
        ((range(0, 99, 3), range(1, 99, 3), range(2, 99, 3)), [leaks.SHUFFLED] * 3),
    ],
)
def test_time_goes_one_way(times, found):
    told = list(leaks.out_of_time(parts(*map(np.array, map(list, times)))))
    assert [leak.name for leak in told] == found
    for leak in told:
        mine, theirs = leak.example
        when = dict(zip(leaks.PARTS, times, strict=True))
        assert when[leak.earlier][mine] > when[leak.later][theirs]


def test_a_hole_that_windows_run_across_is_found_and_one_that_they_go_round_is_not():
    values, days = series(), np.arange(400)
    days[150:] += 60
    inputs, _ = rnncourse.make_windows(values, TIME_STEPS, 1)
    told, when = parts(inputs[:200], inputs[200:300], inputs[300:]), parts(days[:200], days[200:300], days[300:388])
    (leak,) = leaks.gaps_in_time(told, when)
    assert (leak.name, leak.later, leak.count, leak.example) == (leaks.GAPS, "train", 1, (149, 150))
    assert leak.what == "61 times the usual step"
    kept = np.r_[0 : 150 - TIME_STEPS, 150:200]
    assert list(leaks.gaps_in_time({**told, "train": inputs[kept]}, {**when, "train": days[kept]})) == []


@pytest.mark.parametrize(
    "days", [np.arange(388) // 5 * 7 + np.arange(388) % 5, np.arange(388) // 8 * 24 + np.arange(388) % 8]
)
def test_weekends_and_nights_are_no_holes(days):
    inputs, _ = rnncourse.make_windows(series(), TIME_STEPS, 1)
    cuts = [slice(200), slice(200, 300), slice(300, 388)]
    assert list(leaks.gaps_in_time(parts(*(inputs[c] for c in cuts)), parts(*(days[c] for c in cuts)))) == []


def test_a_target_that_is_read_is_found_at_its_step():
    inputs, targets = split_windows(in_time(series()))
    targets = {part: rows.reshape(len(rows), -1) for part, rows in targets.items()}
    assert list(leaks.answers_in_inputs(inputs, targets)) == []
    (leak,) = leaks.answers_in_inputs(inputs, {part: rows[:, -1] for part, rows in inputs.items()})
    assert (leak.name, leak.example, leak.what) == (leaks.GIVEN, (11, 0), "step 11, counted from 0, of 12")
    quiet = {part: 0 * rows for part, rows in inputs.items()}
    assert list(leaks.answers_in_inputs(quiet, {part: 0 * rows for part, rows in targets.items()})) == []


def test_a_class_that_was_not_learnt_is_found():
    told = parts(np.array([0, 1, 1]), np.array([0, 1]), np.array([1, 2, 2, 0]))
    (leak,) = leaks.classes_not_learnt(told)
    assert (leak.name, leak.later, leak.count, leak.of, leak.example) == (leaks.NOT_LEARNT, "test", 2, 4, (0, 1))


def test_windows_of_a_text_overlap_though_they_are_shorter_than_a_passage():
    text = rng.integers(0, 30, size=4000)
    cut = [text[start : start + 40] for start in range(0, 3960, 5)]
    order = rng.permutation(len(cut))
    mixed = [cut[place] for place in order]
    (first, *_) = leaks.overlapping_pieces(parts(mixed[:500], mixed[500:600], mixed[600:]), 60)
    assert (first.name, first.earlier, first.later, first.what) == (
        leaks.OVERLAP, "train", "test", "the same 20 symbols in a row",
    )  # fmt: skip
    mine, theirs = first.example
    assert abs(order[mine] - order[600 + theirs]) <= 4
    assert list(leaks.overlapping_pieces(parts(cut[:500:8], cut[504:600:8], cut[608::8]), 60)) == []
    assert list(leaks.overlapping_pieces(parts(pieces(30, 41, 35), pieces(40), pieces(37)), 60)) == []


def test_copies_with_a_little_noise_are_near():
    rows = rng.normal(size=(200, 5, 4))
    copies = rows + 0.001 * rng.normal(size=rows.shape)
    order = rng.permutation(400)
    both = np.concatenate([rows, copies])[order]
    found = list(leaks.near_duplicates(parts(both[:240], both[240:320], both[320:])))
    assert (leaks.NEAR_DUPLICATES, "train", "test") in names(found)
    mine, theirs = found[0].example
    assert order[mine] % 200 == order[320 + theirs] % 200
    assert list(leaks.near_duplicates(parts(rows[:120], rows[120:160], rows[160:]))) == []


def test_points_in_a_plane_are_near_by_nature():
    rows = rng.normal(size=(4000, 2))
    assert list(leaks.near_duplicates(parts(rows[:3000], rows[3000:3500], rows[3500:]))) == []


def test_a_speaker_in_two_parts_is_named():
    (leak,) = leaks.groups_in_two_parts(parts(["Anna", "Ben"], ["Cem"], ["Ben", "Dora", "Ben"]))
    assert (leak.name, leak.count, leak.of, leak.example, leak.what) == (leaks.GROUPS, 2, 3, (1, 0), "group 'Ben'")
    assert list(leaks.groups_in_two_parts(parts([1, 1], [2], [3, 3]))) == []


def pieces(*lengths):
    return [rng.integers(0, 30, size=length) for length in lengths]


def test_a_long_passage_in_two_parts_is_found_with_its_pieces():
    train, validation, test = pieces(500, 400), pieces(300), pieces(200, 250)
    assert list(leaks.shared_passages(parts(train, validation, test), 24)) == []
    test[1][100:150] = train[1][300:350]
    (leak,) = leaks.shared_passages(parts(train, validation, test), 24)
    assert (leak.name, leak.earlier, leak.later) == (leaks.PASSAGES, "train", "test")
    assert (leak.count, leak.of, leak.example) == (50, 450, (1, 1))
    assert "from symbol 100 of its piece on" in leak.what
    assert list(leaks.shared_passages(parts(train, validation, pieces(10)), 24)) == [], "shorter than a passage"


def test_sentences_are_compared_letter_by_letter_and_without_their_points():
    train = [(f"Open the file number {n}", f"Ouvrir {n}") for n in range(20)]
    assert list(leaks.same_sentences(parts(train, [("Close", "Fermer")], [("Save it", "Enregistrer")]))) == []
    (exact,) = leaks.same_sentences(parts(train, [("Close", "Fermer")], [train[4], ("Save it", "Enregistrer")]))
    assert (exact.name, exact.count, exact.example) == (leaks.DUPLICATES, 1, (4, 0))
    (near,) = leaks.same_sentences(parts(train, [("Close", "Fermer")], [("open the  file number 7…", "Ouvrir 7")]))
    assert (near.name, near.count, near.example) == (leaks.NEAR_DUPLICATES, 1, (7, 0))


def test_a_sketch_tells_how_much_two_sets_share():
    values = np.arange(4000, dtype=np.int64).reshape(-1, 1)
    whole = leaks.sketch(leaks.row_hashes(values[:2000]))
    assert leaks.likeness(whole, whole) == 1
    assert leaks.likeness(whole, leaks.sketch(leaks.row_hashes(values[2000:]))) == 0
    half = leaks.likeness(whole, leaks.sketch(leaks.row_hashes(values[1000:3000])))
    assert 0.15 < half < 0.55, "a third"
    assert leaks.likeness((), ()) == 0
