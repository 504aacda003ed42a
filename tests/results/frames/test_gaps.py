from ablation.results.frames.gaps import gaps_of
from ablation.results.loading import load_baselines, load_results
from tests.results.builder import build


def test_every_gap_is_named_once_with_its_seeds_and_how_it_ended(tmp_path):
    outcomes = {
        ("crop", "color", 0): "failed",
        ("crop", "color", 2): "failed",
        ("color", "color", 0): "diverged",
    }

    def score(first, second, seed):
        if seed == 3:
            return "failed" if first == second else None
        return outcomes.get((first, second, seed), None if (second, seed) == ("crop", 1) else 0.4)

    folder = build(tmp_path, ["crop", "color"], score, seeds=[0, 1, 2, 3])
    results, baselines = load_results(folder), load_baselines(folder)
    assert gaps_of(results, baselines, "linear_top1") == (
        "seed 3: no cell has a result (failed, pending)",
        "crop: pending (seed 1)",
        "crop → color: failed (seeds 0, 2)",
        "color → crop: pending (seed 1)",
        "color: diverged (seed 0)",
    )


def test_baselines_that_are_pending_are_named(tmp_path):
    folder = build(tmp_path, ["crop"], lambda *_: 0.4, seeds=[0, 1])
    results, baselines = load_results(folder), load_baselines(folder)
    some = baselines[~((baselines["kind"] == "random-init") & (baselines["seed"] == 1))]
    some = some[some["kind"] != "raw-pixels"]
    assert gaps_of(results, some, "linear_top1") == ("raw-pixels: pending", "random-init: pending (seed 1)")


def test_a_whole_grid_has_no_gaps(tmp_path):
    folder = build(tmp_path, ["crop", "color"], lambda *_: 0.4, seeds=[0, 1])
    assert gaps_of(load_results(folder), load_baselines(folder), "linear_top1_val") == ()
