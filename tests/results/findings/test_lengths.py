"""What grids of other lengths are worth, of synthetic results whose answer is known."""

import pytest
from matplotlib.figure import Figure

from ablation.report.plots.lengths import lengths_plot, lengths_table, lengths_words
from ablation.results.loading import load_lengths, load_results
from tests.results.builder import build

NAMES = ["crop", "color"]
EXTRA = "[pretrain]\nepochs = 4\n[lengths]\nepochs = [2, 4, 20]"
RANKS = {("crop", "crop"): 1, ("crop", "color"): 4, ("color", "crop"): 3, ("color", "color"): 2}


def study(path, length, seeds=(0, 1), extra=EXTRA):
    def own(first, second, seed):
        return 0.3 + RANKS[first, second] / 100  # ranks of the longest, 0.2 below

    return load_lengths(build(path, NAMES, own, list(seeds), {}, extra, length=length))


def longest(first, second):
    return 0.5 + RANKS[first, second] / 100


def test_alike_is_one_reversed_is_minus_one_and_a_wrong_choice_costs_what_it_costs(tmp_path):
    found = study(
        tmp_path,
        lambda a, b, _, epochs: longest(a, b) if epochs == 20 else 0.5 - RANKS[a, b] / 100,
    )
    assert found.means["rho"].to_dict() == pytest.approx({2: -1, 4: 1, 20: 1})
    assert found.means["loss"].to_dict() == pytest.approx({2: 0.03, 4: 0, 20: 0})
    assert (found.cells, found.seeds, found.longest, found.names) == (4, 2, 20, ("crop", "color"))


def test_a_grid_is_ranked_beside_the_other_seeds(tmp_path):
    # Seed 1 of the longest is reversed: what shares its seed with one half is compared with the other.
    def length(a, b, seed, epochs):
        own = longest(a, b) if seed == 0 else 1 - longest(a, b)
        return own if epochs == 20 else longest(a, b)

    rows = study(tmp_path, length).rows.set_index(["epochs", "seed"])["rho"]
    assert rows[2, 0] == pytest.approx(-1)
    assert rows[2, 1] == pytest.approx(1)
    assert rows[20, 0] == pytest.approx(-1)


def test_one_seed_is_ranked_beside_itself_and_the_longest_not_at_all(tmp_path):
    found = study(tmp_path, lambda a, b, *_: longest(a, b), seeds=[0])
    assert found.means["rho"].to_dict() == pytest.approx({2: 1, 4: 1})
    assert "with those of 20 epochs under the only seed" in lengths_words(found)


@pytest.mark.parametrize("outcome", [None, "failed", "diverged"])
def test_a_length_with_a_gap_is_left_out_for_that_seed(tmp_path, outcome):
    def length(a, b, seed, epochs):
        return outcome if (a, b, seed, epochs) == ("crop", "color", 1, 2) else longest(a, b)

    rows = study(tmp_path, length).rows
    assert {*zip(rows["epochs"], rows["seed"], strict=True)} == {(2, 0), (4, 0), (4, 1), (20, 0), (20, 1)}


def test_without_the_longest_there_is_nothing_to_compare_with(tmp_path):
    assert study(tmp_path / "a", lambda *at: None if at[-1] == 20 else 0.5) is None
    assert study(tmp_path / "b", lambda *_: 0.5, extra="") is None


def test_the_grids_own_results_hold_no_other_length(tmp_path):
    study(tmp_path, lambda *_: 0.9)
    results = load_results(tmp_path)
    assert len(results) == 8
    assert results["linear_top1"].max() < 0.9


def test_the_plot_shows_every_seed_and_marks_the_grids_own_length(tmp_path):
    found = study(tmp_path, lambda a, b, *_: longest(a, b))
    ax = lengths_plot(found, own=4, ax=Figure().add_subplot())
    ax.figure.draw_without_rendering()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2\n23 s", "4\n23 s", "20\n23 s"]
    assert max(len(line.get_xdata()) for line in ax.lines) == len(found.rows)
    assert any(text.get_text() == "this grid" for text in ax.texts)
    assert lengths_table(found)[0] == ("2", "23", "1.00", "0.0")
