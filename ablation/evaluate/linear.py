"""Linear evaluation of frozen features (Appendix B.6), leak-proof: the test split is touched once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor

from ablation.augment.draws import generator
from ablation.evaluate.scores import top1
from ablation.grid.models import Evaluate

EVERY = slice(None)
Loss = Callable[..., Tensor]  # of the parameters, and of a batch of rows (default: every row)


@dataclass(frozen=True)
class LinearClassifier:
    """Multinomial logistic regression on standardised features."""

    mean: Tensor  # (d,)
    std: Tensor  # (d,)
    weight: Tensor  # (classes, d)
    bias: Tensor  # (classes,)

    def predict(self, h: Tensor) -> Tensor:
        """Return the class of each feature vector: (N, d) to (N,)."""
        return F.linear((h - self.mean) / self.std, self.weight, self.bias).argmax(dim=1)


@dataclass(frozen=True)
class Basis:
    """Principal directions of standardised features, in which the problem is well conditioned.

    A change of variables, not of the problem: the optimum is the same, and L-BFGS is there in tens of
    steps where raw pixels or a trained h would take it hundreds.
    """

    directions: Tensor  # (d, d), orthonormal columns
    variances: Tensor  # (d,)

    @classmethod
    def of(cls, h: Tensor) -> "Basis":
        """Find the principal directions of features (N, d)."""
        mean, std = _standard(h)
        x = (h - mean) / std
        # In float64: float32 does not converge where many features are constant (empty bins of a histogram).
        variances, directions = torch.linalg.eigh((x.T @ x / len(x)).double())
        return cls(directions.to(h.dtype), variances.clamp(min=0).to(h.dtype))


def choose_regularization(
    h: Tensor, labels: Tensor, fit: Tensor, validation: Tensor, classes: int, settings: Evaluate, basis: Basis
) -> tuple[float, Tensor]:
    """Fit on one part of training for every regularisation; return the best on the other part.

    Args:
        h: training features, (N, d).
        labels: their classes, (N,).
        fit: indices to fit on.
        validation: indices to choose on; equal scores go to the stronger regularisation.
        classes: how many there are.
        settings: values of the regularisation, and the solver.
        basis: of h.

    Returns:
        The regularisation, and the validation predictions made with it.
    """
    best: tuple[float, float, Tensor] | None = None
    classifier: LinearClassifier | None = None
    for strength in sorted(
        settings.regularization, reverse=True
    ):  # strong to weak, each starting from the last
        classifier = fit_linear(h[fit], labels[fit], classes, strength, settings, basis, classifier)
        predictions = classifier.predict(h[validation])
        score = top1(predictions, labels[validation])
        if best is None or score > best[0]:
            best = (score, strength, predictions)
    if best is None:
        raise ValueError("no regularisation to choose from")
    return best[1], best[2]


def fit_linear(
    h: Tensor,
    labels: Tensor,
    classes: int,
    regularization: float,
    settings: Evaluate,
    basis: Basis,
    start: LinearClassifier | None = None,
) -> LinearClassifier:
    """Fit multinomial logistic regression: mean cross-entropy + regularization / 2 x |weight|^2.

    Args:
        h: features, (N, d); standardised here with their own mean and standard deviation.
        labels: classes, (N,).
        classes: how many there are.
        regularization: above 0; the bias is free.
        settings: names the solver.
        basis: of these features, or of more of their kind.
        start: a classifier of the same shape to start from.

    Example:
        >>> h = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
        >>> classifier = fit_linear(h, torch.tensor([0, 0, 1, 1]), 2, 1e-3, Evaluate(), Basis.of(h))
        >>> classifier.predict(torch.tensor([[-1.0], [4.0]])).tolist()
        [0, 1]
    """
    mean, std = _standard(h)
    # The Hessian of an undecided softmax: the features' covariance times p (1 - p), plus regularisation.
    curvature = (1 - 1 / classes) / classes
    scale = (curvature * basis.variances + regularization).rsqrt()  # (d,)
    change = (basis.directions * scale).T.contiguous()  # (d, d)
    x = (h - mean) / std  # (N, d)
    # One row a class: products with few columns are several times slower on the CPU.
    parameters = h.new_zeros(classes, h.shape[1] + 1)
    if start is not None:
        parameters[:, :-1], parameters[:, -1] = start.weight @ basis.directions / scale, start.bias

    def loss(parameters: Tensor, rows: Tensor | slice = EVERY) -> Tensor:
        u, bias = parameters[:, :-1], parameters[:, -1]
        penalty = (u * scale).square().sum()  # |weight|^2, for the directions are orthonormal
        # The weights are rotated, not the features: classes x d x d operations rather than N x d x d.
        return (
            F.cross_entropy(F.linear(x[rows], u @ change, bias), labels[rows]) + regularization / 2 * penalty
        )

    solution = SOLVERS[settings.solver](loss, parameters, len(x))
    return LinearClassifier(mean, std, solution[:, :-1] @ change, solution[:, -1])


def _standard(h: Tensor) -> tuple[Tensor, Tensor]:
    mean, std = h.mean(dim=0), h.std(dim=0, correction=0)
    return mean, torch.where(std > 1e-6, std, torch.ones_like(std))  # a constant feature stays 0


def _lbfgs(loss_of: Loss, parameters: Tensor, _: int) -> Tensor:
    parameters = parameters.clone().requires_grad_()
    solver = torch.optim.LBFGS(
        [parameters], max_iter=200, tolerance_grad=1e-5, tolerance_change=1e-7, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        solver.zero_grad()
        loss = loss_of(parameters)
        loss.backward()
        return loss

    solver.step(closure)
    return parameters.detach()


def _sgd(loss_of: Loss, parameters: Tensor, n: int) -> Tensor:
    """Nesterov SGD, 90 epochs, batches of 4,096, as in B.6, the rate falling by a cosine."""
    epochs, batch, peak = 90, min(4096, n), 0.1
    parameters = parameters.clone().requires_grad_()
    solver = torch.optim.SGD([parameters], lr=peak, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(solver, epochs)
    order = generator("linear evaluation")
    for _ in range(epochs):
        for indices in torch.randperm(n, generator=order).to(parameters.device).split(batch):
            solver.zero_grad()
            loss_of(parameters, indices).backward()
            solver.step()
        schedule.step()
    return parameters.detach()


SOLVERS: Mapping[str, Callable[[Loss, Tensor, int], Tensor]] = MappingProxyType(
    {"lbfgs": _lbfgs, "sgd": _sgd}
)
