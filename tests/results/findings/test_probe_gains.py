"""What pretraining gains is said with its sign and its interval, from planted numbers."""

import pandas as pd

from ablation.results.findings.probe_gains import probe_gain_words

RESULTS = pd.DataFrame(
    [(name, name, seed, value) for name, value in (("blur", 0.3), ("crop", 0.4)) for seed in (0, 1, 2)],
    columns=["first", "second", "seed", "linear_top1_val"],
)


def lines(*planted):
    """One row a seed: a cell, its probe and share, and its scores."""
    rows = [
        (cell, probe, share, seed, score)
        for cell, probe, share, scores in planted
        for seed, score in enumerate(scores)
    ]
    return pd.DataFrame(rows, columns=["cell", "probe", "share", "seed", "score"])


FEW = (
    ("random-init", "scratch", 0.01, (0.10, 0.12, 0.14)),
    ("random-init", "scratch", 0.1, (0.30, 0.32, 0.34)),
    ("crop", "fine-tune", 0.01, (0.20, 0.22, 0.24)),
    ("blur", "fine-tune", 0.01, (0.90, 0.90, 0.90)),  # best there, but not by linear evaluation
)


def test_seeds_are_paired_and_fewer_labels_gain_more():
    few = lines(*FEW, ("crop", "fine-tune", 0.1, (0.35, 0.37, 0.39)))
    assert probe_gain_words(few, RESULTS) == [
        "Compared with training from scratch, fine-tuning crop gains +10.0 points (+10.0 to +10.0) "
        "with 1 % of the labels and +5.0 points (+5.0 to +5.0) with 10 % of the labels. "
        "Pretraining gains more with fewer labels: +5.0 points (+5.0 to +5.0)."
    ]


def test_a_difference_of_gains_that_seeds_leave_open_is_said_to_be_open():
    [sentence] = probe_gain_words(lines(*FEW, ("crop", "fine-tune", 0.1, (0.30, 0.42, 0.45))), RESULTS)
    assert "Whether pretraining gains more with 1 % than with 10 % cannot be told: +3.0" in sentence


def test_few_labels_that_gain_less_are_said_to():
    [sentence] = probe_gain_words(lines(*FEW, ("crop", "fine-tune", 0.1, (0.45, 0.47, 0.49))), RESULTS)
    assert "Pretraining gains less with fewer labels: −5.0" in sentence


def test_on_other_images_the_best_cell_is_set_beside_both_references():
    nan = float("nan")
    transfer = lines(
        ("random-init", "transfer", nan, (0.30, 0.30, 0.30)),
        ("supervised", "transfer", nan, (0.51, 0.52, 0.53)),
        ("crop", "transfer", nan, (0.49, 0.50, 0.51)),
    )
    assert probe_gain_words(transfer, RESULTS) == [
        "On the other images, crop differs by +20.0 points (+17.5 to +22.5) from the untrained encoder and "
        "by −2.0 points (−2.0 to −2.0) from the supervised encoder."
    ]


def test_without_a_reference_nothing_is_said():
    assert probe_gain_words(lines(("crop", "linear", 0.1, (0.3, 0.4))), RESULTS) == []


def test_a_pretrained_start_is_not_called_scratch():
    few = lines(*FEW, ("crop", "fine-tune", 0.1, (0.35, 0.37, 0.39)))
    [sentence] = probe_gain_words(few, RESULTS, started=True)
    assert sentence.startswith("Compared with the pretrained start, fine-tuning crop gains +10.0 points")


def test_the_length_of_pretraining_is_said():
    results = RESULTS.copy()
    results.attrs = {"grid": {"pretrain": {"epochs": 8}}}
    *_, last = probe_gain_words(lines(*FEW), results)
    assert last == "This holds for 8 epochs of pretraining; longer training may change it."
