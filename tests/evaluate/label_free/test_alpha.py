"""α-ReQ on planted spectra."""

import pytest
import torch

from ablation.evaluate.label_free.alpha import alpha_req


def planted(alpha, d=128):
    draws = torch.Generator().manual_seed(0)
    turn, _ = torch.linalg.qr(torch.randn(d, d, generator=draws))
    half = (torch.arange(1.0, d + 1) ** (-alpha / 2)).diag() @ turn
    return torch.cat([half, -half]) + 7.0  # the mean is taken off


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 2.3])
def test_the_exponent_of_a_power_law_is_found(alpha):
    assert alpha_req(planted(alpha)) == pytest.approx(alpha, abs=1e-3)


def test_the_first_five_eigenvalues_have_no_say():
    h = planted(1.0)
    direction = torch.linalg.svd(h - h.mean(dim=0), full_matrices=False).Vh[0]
    assert alpha_req(h + 50 * (h - h.mean(dim=0)) @ direction[:, None] * direction) == pytest.approx(
        1, abs=1e-2
    )


def test_features_of_few_dimensions_have_no_exponent():
    assert alpha_req(planted(1.0, d=6)) is None
    assert alpha_req(torch.ones(40, 64)) is None
