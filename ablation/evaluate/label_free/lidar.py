"""LiDAR: how many dimensions tell images apart, once what their views differ by is discounted."""

import torch
from torch import Tensor

from ablation.evaluate.label_free.ranks import effective
from ablation.evaluate.spectrum import spectrum

DELTA = 1e-4  # keeps the within-class covariance invertible


def lidar(views: Tensor) -> float:
    """Return LiDAR: the effective rank of the LDA matrix, each image a class and its views the members.

    With the covariance Σ_b of the images' mean features, and the mean covariance Σ_w of the views of an image
    plus 1e-4 I, it is the effective rank (as for RankMe) of the eigenvalues of Σ_w^−½ Σ_b Σ_w^−½ (Thilak et
    al., 2023).

    Args:
        views: features of q augmented views of n images, (n, q, d), q ≥ 2; n should exceed d.

    Returns:
        About 1 to min(n − 1, d); 0 if the means of all images are the same.

    Example:
        >>> twice = torch.cat([torch.eye(3), -torch.eye(3)])[:, None].expand(6, 2, 3)
        >>> round(lidar(twice), 3)
        3.0
    """
    x = views.double()
    n, q, d = x.shape
    means = x.mean(dim=1)  # (n, d)
    apart = means - means.mean(dim=0)
    spread = (x - means[:, None]).flatten(0, 1)  # (n q, d)
    within = spread.T @ spread / (n * (q - 1)) + DELTA * torch.eye(d, dtype=x.dtype, device=x.device)
    values, directions = spectrum(within)
    whitened = apart @ (directions * values.rsqrt()) / (n - 1) ** 0.5  # a rotation of Σ_w^−½ Σ_b^½
    found = spectrum(whitened.T @ whitened)[0]
    return effective(found) if bool(found.sum() > 0) else 0.0
