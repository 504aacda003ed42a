"""A job that ran again is compared with what is stored: bit for bit, or elsewhere within rounding."""

from dataclasses import replace

import numpy as np
import pytest

from ablation.results.findings.agreement import Result, agreement, judged
from ablation.results.findings.agreement_words import (
    agreement_words,
    machine_words,
    rounding_words,
    verdict_words,
)
from tests.results.builder import arrays, record, scores, sized

IMAGES, RIGHT = 2000, 900
HERE = {"device": "cpu (x86_64)", "cpu": "AuthenticAMD AVX512", "torch": "2.14.1"}


def result(cell, turned=0, gained=0, environment=HERE, **changes):
    """A job that is right on 900 of 2,000 images; then some turn wrong, and as many and some more right."""
    labels = np.arange(IMAGES, dtype=np.uint16) % 9
    right = np.arange(IMAGES) < RIGHT
    right[:turned] = False
    right[RIGHT : RIGHT + turned + gained] = True
    held = replace(
        arrays(),
        predictions=np.where(right, labels, labels + 1).astype(np.uint16),
        labels=labels,
        validation_predictions=labels[:4],
        validation_labels=labels[:4],
    )
    came_out = scores(right.mean(), 1.0)
    found = record(cell, 0.4, scores=came_out, environment=environment)
    return Result(sized(found, held).model_copy(update=changes), held)


def trained_otherwise(cell, **options):
    made = result(cell, **options)
    epochs = tuple(epoch.model_copy(update={"loss": 4.9}) for epoch in made.record.epochs)
    return replace(made, record=made.record.model_copy(update={"epochs": epochs}))


def test_times_and_memory_are_no_results(cell):
    stored, again = result(cell), result(cell, seconds={"total": 99.0}, peak_memory=5, notes=("a note",))
    faster = tuple(epoch.model_copy(update={"images_per_second": 1.0}) for epoch in again.record.epochs)
    again = replace(again, record=again.record.model_copy(update={"epochs": faster}))
    found = agreement("crop", stored, again)
    assert (found.verdict, found.numbers, found.arrays) == ("bit for bit", (), ())
    assert agreement_words(found) == "crop: agrees bit for bit"


def test_on_a_like_machine_one_number_or_one_prediction_is_enough(cell):
    stored = result(cell)
    leak = stored.record.leak | {
        "chroma": stored.record.leak["chroma"].model_copy(update={"bits": 5.5 + 1e-12})
    }
    found = agreement("crop", stored, result(cell, leak=leak))
    assert found.verdict == "differs"
    assert agreement_words(found) == "crop: differs: leak.chroma.bits 5.5 against 5.500000000001"
    found = agreement("crop", stored, result(cell, turned=6, gained=1))
    assert found.verdict == "differs"
    assert "linear_top1 0.45 against 0.4505" in agreement_words(found)
    assert "13 of 2,000 predictions" in agreement_words(found)
    assert verdict_words([found]) == "1 does not agree."


OTHER = HERE | {"torch": "2.13.0"}


@pytest.mark.parametrize(
    ("gained", "verdict"), [(0, "within rounding"), (40, "within rounding"), (250, "differs")]
)
def test_elsewhere_accuracies_move_as_far_as_turned_predictions_explain(cell, gained, verdict):
    found = agreement(
        "crop", result(cell), trained_otherwise(cell, turned=100, gained=gained, environment=OTHER)
    )
    assert found.verdict == verdict
    assert machine_words([found]).endswith("torch 2.14.1 there, 2.13.0 here")
    assert f"linear_top1 by {gained / 20:+.2f} points" in " ".join(rounding_words([found]))


def test_cuda_promises_no_bits_even_to_itself(cell):
    gpu = {"device": "NVIDIA H200"}
    found = agreement(
        "crop", result(cell, environment=gpu), trained_otherwise(cell, turned=9, environment=gpu)
    )
    assert found.verdict == "within rounding"


def test_a_record_that_does_not_name_its_processor_is_bound_by_training_that_came_out_alike(cell):
    old = {"device": HERE["device"], "torch": HERE["torch"]}
    stored = result(cell, environment=old)
    found = agreement("crop", stored, trained_otherwise(cell, turned=9))
    assert found.verdict == "within rounding"
    assert "do not name the processor" in machine_words([found])
    assert agreement("crop", stored, result(cell, turned=9)).verdict == "differs"


def test_no_rounding_explains_an_accuracy_that_its_own_predictions_deny(cell):
    again = trained_otherwise(cell, turned=100, environment=OTHER)
    stored = result(cell)
    better = stored.record.scores.model_copy(update={"linear_top1": 0.46})
    told = replace(stored, record=stored.record.model_copy(update={"scores": better}))
    found = agreement("crop", told, again)
    assert found.verdict == "differs"
    assert "linear_top1 is 0.4600, but 0.4500 by the predictions beside it" in agreement_words(found)


def test_what_a_published_copy_leaves_out_is_named_and_agrees(cell):
    stored = result(cell, flops=None)
    lighter = replace(stored.arrays, views=stored.arrays.views[:0], distances=np.empty((2, 0), np.float16))
    found = agreement("crop", replace(stored, arrays=lighter), result(cell, flops=7))
    assert (found.verdict, found.unstored) == ("bit for bit", ("flops", "views", "distances"))


def test_jobs_without_predictions_may_move_as_unrelated_classifiers_do(cell):
    stored, again = result(cell), result(cell, turned=20, gained=10)
    [test, _] = judged(replace(stored, arrays=None), replace(again, arrays=None))
    [closer, _] = judged(stored, again)
    assert (test.by, closer.by) == pytest.approx((0.005, 0.005))
    assert test.limit > 4 * closer.limit


def test_elsewhere_two_diverged_jobs_agree_and_one_alone_does_not(cell):
    lost = Result(record(cell, None, "diverged", environment=HERE), None)
    other = Result(record(cell, None, "diverged", environment=OTHER, flops=9), None)
    first = tuple(epoch.model_copy(update={"loss": 4.9}) for epoch in other.record.epochs)
    other = replace(other, record=other.record.model_copy(update={"epochs": first}))
    assert agreement("crop", lost, other).verdict == "within rounding"
    assert agreement("crop", lost, result(cell, environment=OTHER)).verdict == "differs"


@pytest.mark.parametrize(("knn", "verdict"), [(0.452, "within rounding"), (0.48, "differs")])
def test_elsewhere_all_numbers_of_a_job_without_training_hardly_move(cell, knn, verdict):
    stored = result(cell, epochs=())
    moved = stored.record.scores.model_copy(update={"knn_top1": knn, "regularization": 0.1})
    stored = replace(stored, record=stored.record.model_copy(update={"scores": moved}))
    again = result(cell, epochs=(), environment=OTHER)
    same = again.record.scores.model_copy(update={"knn_top1": 0.45})
    again = replace(again, record=again.record.model_copy(update={"scores": same}))
    assert agreement("raw-pixels", stored, again).verdict == verdict
