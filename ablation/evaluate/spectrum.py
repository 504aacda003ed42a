"""Principal directions of features, many of which are constant, such as the empty bins of a histogram."""

import torch
from torch import Tensor


def spectrum(gram: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues and eigenvectors of a covariance or Gram matrix, decomposed without its zero rows.

    MKL's implementation of LAPACK's divide and conquer fails, or returns infinities, if most rows are 0, even
    in float64: this was seen with 30 occupied bins of 512.

    Args:
        gram: (d, d), symmetric and positive semidefinite, so a diagonal element of 0 means a row of zeros.

    Returns:
        Eigenvalues (d,), smallest first, and orthonormal columns (d, d). Zero rows come first, each as its
        own direction.

    Example:
        >>> values, vectors = spectrum(torch.tensor([[2.0, 0.0], [0.0, 0.0]]))
        >>> values.tolist(), vectors.abs().tolist()
        ([0.0, 2.0], [[0.0, 1.0], [1.0, 0.0]])
    """
    varied = gram.diagonal() != 0  # true for NaN
    if bool(varied.all()):
        values, vectors = _decomposed(gram)
        return values, vectors.contiguous()
    rows, zeros = varied.nonzero().flatten(), (~varied).nonzero().flatten()
    values, vectors = torch.zeros_like(gram[0]), torch.zeros_like(gram)
    vectors[zeros, torch.arange(len(zeros), device=gram.device)] = 1.0
    if len(rows):
        values[len(zeros) :], directions = _decomposed(gram[rows][:, rows])
        vectors[rows[:, None], torch.arange(len(zeros), len(gram), device=gram.device)] = directions
    return values, vectors


def _decomposed(gram: Tensor) -> tuple[Tensor, Tensor]:
    try:
        values, vectors = torch.linalg.eigh(gram)
    except torch.linalg.LinAlgError:  # type: ignore[attr-defined]  # float32 can fail where float64 does not
        values, vectors = (part.to(gram.dtype) for part in torch.linalg.eigh(gram.double()))
    return values.clamp(min=0), vectors
