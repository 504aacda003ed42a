"""What is recorded with a loss, whichever loss it is."""

import torch
import torch.nn.functional as F
from torch import Tensor


@torch.no_grad()
def contrastive_top1(z1: Tensor, z2: Tensor) -> Tensor:
    """Return the share of the 2N views that are nearest to their partner, by cosine (a scalar in [0, 1]).

    Args:
        z1: projections of the first views, (N, p).
        z2: projections of the second views, (N, p), in the same order.

    Example:
        >>> float(contrastive_top1(torch.eye(4), torch.eye(4)))
        1.0
    """
    return top1_of(similarities(z1, z2))


@torch.no_grad()
def top1_of(similar: Tensor) -> Tensor:
    """Return the same of `similarities`, (R, 2N), where a loss has computed them."""
    return (similar.argmax(dim=1) == partners(similar)).float().mean()


@torch.no_grad()
def spread(z: Tensor) -> Tensor:
    """Return how far projections spread: 1 if they point in all directions alike, 0 if all in one (collapse).

    The standard deviation of the normalised projections, times √p (SimSiam, figure 2).

    Args:
        z: (N, p).

    Example:
        >>> float(spread(torch.ones(4, 8)))
        0.0
    """
    along: Tensor = F.normalize(z.float(), dim=1).std(dim=0)  # (p,)
    return along.mean().mul(z.shape[1] ** 0.5)


def similarities(z1: Tensor, z2: Tensor, l2: bool = True) -> Tensor:
    """Return the cosines of all 2N views, without `l2` dot products, (2N, 2N); -inf of a view with itself."""
    z = torch.cat([z1, z2]).float()  # (2N, p)
    return similar_rows(F.normalize(z, dim=1) if l2 else z, 0, len(z))


def similar_rows(z: Tensor, first: int, count: int) -> Tensor:
    """Return some rows of `similarities`, (R, 2N), with the first of these views in the first column.

    So a view's own column is that of its row, and its partner's is N columns on, whichever rows these are.

    Args:
        z: all views, (2N, p), of length 1 for cosines.
        first: the row to begin with.
        count: how many rows, at most.
    """
    columns = z.roll(-first, 0) if first else z
    return (z[first : first + count] @ columns.T).fill_diagonal_(float("-inf"))


def split(similar: Tensor) -> tuple[Tensor, Tensor]:
    """Take each row of `similarities` apart: the partner, (R,), and the negatives, (R, 2N - 2).

    Example:
        >>> positive, negative = split(similarities(torch.eye(2), torch.eye(2)))
        >>> positive.tolist(), negative.tolist()
        ([1.0, 1.0, 1.0, 1.0], [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    """
    rows, views = similar.shape
    ahead = torch.arange(1, views - 1, device=similar.device)  # (2N - 2,)
    ahead = ahead + (ahead >= views // 2)  # how many columns on; N on is the partner
    columns = (torch.arange(rows, device=similar.device)[:, None] + ahead) % views  # (R, 2N - 2)
    return similar.gather(1, partners(similar)[:, None])[:, 0], similar.gather(1, columns)


@torch.no_grad()
def semi_hard(positive: Tensor, negative: Tensor) -> Tensor:
    """Choose a negative for each view: the most similar that is less so than the partner, else the least.

    Source: Schroff et al. (2015), section 3.2; SimCLR, section 5.1.

    Args:
        positive: similarity of the partner, (2N,).
        negative: of the negatives, (2N, M); -inf for what is none.

    Returns:
        Indices, (2N,).

    Example:
        >>> semi_hard(torch.tensor([0.5, 0.1]), torch.tensor([[0.2, 0.4, 0.9], [0.3, 0.2, 0.8]])).tolist()
        [1, 1]
    """
    none = negative.isneginf()
    farther = (negative < positive[:, None]) & ~none
    nearest = negative.masked_fill(~farther, float("-inf")).argmax(dim=1)
    least = negative.masked_fill(none, float("inf")).argmin(dim=1)
    return torch.where(farther.any(dim=1), nearest, least)


def partners(similar: Tensor) -> Tensor:
    """Return the column of each row's partner in `similarities`, (R,): N columns on, around the end."""
    rows, views = similar.shape
    return (torch.arange(rows, device=similar.device) + views // 2) % views
