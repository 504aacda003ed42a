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


@dataclass(frozen=True)
class LinearClassifier:
    """Multinomial logistic regression on standardised features."""

    mean: Tensor  # (d,)
    std: Tensor  # (d,)
    weight: Tensor  # (d, classes)
    bias: Tensor  # (classes,)

    def predict(self, h: Tensor) -> Tensor:
        """Return the class of each feature vector: (N, d) to (N,)."""
        return ((h - self.mean) / self.std @ self.weight + self.bias).argmax(dim=1)


def choose_regularization(
    h: Tensor, labels: Tensor, fit: Tensor, validation: Tensor, classes: int, settings: Evaluate
) -> tuple[float, Tensor]:
    """Fit on one part of training for every regularisation; return the best on the other part.

    Args:
        h: training features, (N, d).
        labels: their classes, (N,).
        fit: indices to fit on.
        validation: indices to choose on; equal scores go to the stronger regularisation.
        classes: how many there are.
        settings: values of the regularisation, and the solver.

    Returns:
        The regularisation, and the validation predictions made with it.
    """
    best: tuple[float, float, Tensor] | None = None
    classifier: LinearClassifier | None = None
    for strength in sorted(
        settings.regularization, reverse=True
    ):  # strong to weak, each starting from the last
        classifier = fit_linear(h[fit], labels[fit], classes, strength, settings, classifier)
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
    start: LinearClassifier | None = None,
) -> LinearClassifier:
    """Fit multinomial logistic regression: mean cross-entropy + regularization / 2 x |weight|^2.

    Args:
        h: features, (N, d); standardised here with their own mean and standard deviation.
        labels: classes, (N,).
        classes: how many there are.
        regularization: above 0; the bias is free.
        settings: names the solver.
        start: a classifier of the same shape to start from.

    Example:
        >>> h = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
        >>> classifier = fit_linear(h, torch.tensor([0, 0, 1, 1]), 2, 1e-3, Evaluate())
        >>> classifier.predict(torch.tensor([[-1.0], [4.0]])).tolist()
        [0, 1]
    """
    mean, std = h.mean(dim=0), h.std(dim=0, correction=0)
    std = torch.where(std > 1e-6, std, torch.ones_like(std))  # a constant feature says nothing; it stays 0
    parameters = h.new_zeros(h.shape[1] + 1, classes)
    if start is not None:
        parameters[:-1], parameters[-1] = start.weight, start.bias
    solution = SOLVERS[settings.solver]((h - mean) / std, labels, parameters, regularization)
    return LinearClassifier(mean, std, solution[:-1], solution[-1])


def _loss(x: Tensor, labels: Tensor, parameters: Tensor, regularization: float) -> Tensor:
    weight, bias = parameters[:-1], parameters[-1]
    return F.cross_entropy(x @ weight + bias, labels) + 0.5 * regularization * weight.square().sum()


def _lbfgs(x: Tensor, labels: Tensor, parameters: Tensor, regularization: float) -> Tensor:
    parameters = parameters.clone().requires_grad_()
    solver = torch.optim.LBFGS(
        [parameters], max_iter=100, tolerance_grad=1e-5, tolerance_change=1e-9, history_size=10,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def closure() -> Tensor:
        solver.zero_grad()
        loss = _loss(x, labels, parameters, regularization)
        loss.backward()
        return loss

    solver.step(closure)
    return parameters.detach()


def _sgd(x: Tensor, labels: Tensor, parameters: Tensor, regularization: float) -> Tensor:
    """Nesterov SGD, 90 epochs, batches of 4,096, as in B.6, the rate falling by a cosine."""
    epochs, batch, peak = 90, min(4096, len(x)), 0.1
    parameters = parameters.clone().requires_grad_()
    solver = torch.optim.SGD([parameters], lr=peak, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(solver, epochs)
    order = generator("linear evaluation")
    for _ in range(epochs):
        for indices in torch.randperm(len(x), generator=order).to(x.device).split(batch):
            solver.zero_grad()
            _loss(x[indices], labels[indices], parameters, regularization).backward()
            solver.step()
        schedule.step()
    return parameters.detach()


SOLVERS: Mapping[str, Callable[[Tensor, Tensor, Tensor, float], Tensor]] = MappingProxyType(
    {"lbfgs": _lbfgs, "sgd": _sgd}
)
