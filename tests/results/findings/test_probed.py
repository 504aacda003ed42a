"""The table of probes, and how they rank the cells, from planted numbers."""

from itertools import product

import pandas as pd

from ablation.results.findings.probed import probe_table

NAMES = ["blur", "color", "crop", "noise", "rotate"]
LEVELS = dict(zip(NAMES, (0.2, 0.3, 0.4, 0.5, 0.6), strict=True))


def frames(order):
    rows = [(name, name, seed, LEVELS[name], f"{name}{seed}") for name, seed in product(NAMES, (0, 1))]
    results = pd.DataFrame(rows, columns=["first", "second", "seed", "linear_top1", "id"])
    top1 = [LEVELS[order[name]] / 2 + 0.01 * seed for name, _, seed, *_ in rows]
    probed = results.assign(
        cell=results["first"], probe="linear", share=0.1, top1=top1, balanced=0.0, decided_by="top1"
    )
    floor = {"cell": "random-init", "first": None, "probe": "linear", "share": 0.1, "top1": 0.1}
    rest = {"balanced": 0.0, "decided_by": "top1", "seed": 0, "id": "floor"}
    return pd.concat([pd.DataFrame([floor | rest]), probed]), results


def test_equal_orders_correlate_fully_and_intervals_are_those_of_seeds():
    table = probe_table(*frames({name: name for name in NAMES}))
    assert table.columns == ["linear, 10 %"]
    assert table.rows[0] == ("random-init", ["10.0"])
    assert table.rows[1] == ("blur", ["10.5 (4.1 to 16.9)"])
    [sentence] = table.words
    assert "is 1.00 over 5 cells." in sentence


def test_cells_that_move_are_named_with_their_ranks():
    swapped = {"blur": "noise", "noise": "blur", "color": "color", "crop": "crop", "rotate": "rotate"}
    [sentence] = probe_table(*frames(swapped)).words
    assert "most moved: blur (rank 5 to 2) and noise (rank 2 to 5)." in sentence


def test_few_cells_are_not_ranked():
    probed, results = frames({name: name for name in NAMES})
    few = probed[probed["first"] != "rotate"], results[results["first"] != "rotate"]
    assert probe_table(*few).words == ["Ranks are compared from 5 cells on; this grid has 4."]


def test_without_probes_there_is_no_table():
    probed, results = frames({name: name for name in NAMES})
    assert probe_table(probed.iloc[:0], results) is None


def test_an_encoder_that_starts_pretrained_is_not_called_random():
    probed, results = frames({name: name for name in NAMES})
    results.attrs["grid"] = {"pretrain": {"weights": "in1k.safetensors"}}
    table = probe_table(probed, results)
    assert table.rows[0][0] == "pretrained start"
    assert "scratch" not in table.floor
