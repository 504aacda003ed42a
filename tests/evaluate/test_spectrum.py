import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ablation.evaluate.spectrum import spectrum


@settings(max_examples=40)
@given(
    st.integers(0, 40),
    st.integers(2, 80),
    st.sampled_from([torch.float32, torch.float64]),
    st.integers(0, 99),
)
def test_few_occupied_columns_of_many_are_decomposed(occupied, n, dtype, seed):
    # Plain eigh fails on almost half of these with MKL: it raises, or returns infinities.
    draws = torch.Generator().manual_seed(seed)
    x = torch.zeros(n, 512, dtype=dtype)
    x[:, torch.randperm(512, generator=draws)[:occupied]] = torch.rand(
        n, occupied, generator=draws, dtype=dtype
    )
    gram = x.T @ x
    values, vectors = spectrum(gram)
    tolerance = 1e-4 if dtype == torch.float32 else 1e-10
    assert ((vectors * values) @ vectors.T - gram).abs().max() < tolerance * max(1.0, float(gram.max()))
    assert (vectors.T @ vectors - torch.eye(512, dtype=dtype)).abs().max() < tolerance
    assert (values.diff() >= 0).all()
