"""Linear evaluation of frozen features (Appendix B.6), leak-proof: the test split is used only once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor

from ablation.evaluate.scores import ACCURACY, weights
from ablation.evaluate.spectrum import spectrum
from ablation.grid.recipe import Evaluate
from ablation.pretrain.uncompiled import LBFGS, SGD
from ablation.results.metrics import Score
from ablation.seeds import generator

# Changes of the loss at which the solver stops: a choice among regularisations needs fewer digits.
_EXACT, _ROUGH = 1e-7, 1e-5
_CLEAR = 2.0  # standard errors
_SHRUNK = 1e-3  # curvatures below this share of the regularisation: it shrinks their weights a thousandfold
EVERY = slice(None)
ROWS, COLUMNS = 1024, 256  # at a time, because full copies of the features would set a job's peak memory
Rows = Tensor | slice  # indices, or a part that needs no copy
Loss = Callable[..., Tensor]  # of the parameters, and of a batch of rows (by default, all rows)


@dataclass(frozen=True)
class Standardize:
    """Standardises features with training statistics, and rotates them to their principal directions.

    The rotation changes neither the problem nor its optimum, because it preserves the length of the weights.
    But in these coordinates, one scale per coordinate makes the problem well conditioned: L-BFGS converges in
    tens of steps, where raw pixels or a trained h would take hundreds.

    Example:
        >>> h = torch.tensor([[0.0, 5.0], [2.0, 5.0]])
        >>> Standardize.by(h)(h).abs().sort().values.tolist()
        [[0.0, 1.0], [0.0, 1.0]]
    """

    mean: Tensor  # (d,)
    std: Tensor  # (d,)
    directions: Tensor  # (d, d), orthonormal columns

    @classmethod
    def by(cls, h: Tensor) -> "Standardize":
        """Measure the statistics of training features (N, d)."""
        mean, std = h.mean(dim=0), h.std(dim=0, correction=0)
        std = torch.where(std > 1e-6, std, torch.ones_like(std))  # a constant feature stays 0
        return cls(mean, std, spectrum(_covariance(h, mean, std))[1])

    def __call__(self, h: Tensor) -> Tensor:
        """Standardise and rotate features: (N, d) to (N, d)."""
        x = h.new_empty(h.shape)
        for block, turned in zip(h.split(ROWS), x.split(ROWS), strict=True):
            torch.mm((block - self.mean).div_(self.std), self.directions, out=turned)
        return x


@dataclass(frozen=True)
class LinearClassifier:
    """Multinomial logistic regression."""

    weight: Tensor  # (classes, d)
    bias: Tensor  # (classes,)

    def predict(self, x: Tensor) -> Tensor:
        """Return the class of each feature vector: (N, d) to (N,)."""
        return F.linear(x, self.weight, self.bias).argmax(dim=1)


@dataclass(frozen=True)
class Classifier:
    """A linear classifier of raw features, which it standardises first."""

    standardize: Standardize
    linear: LinearClassifier

    def __call__(self, h: Tensor) -> Tensor:
        """Return the class of each feature vector: (N, d) to (N,)."""
        return self.linear.predict(self.standardize(h))


def fit_classifier(
    h: Tensor, labels: Tensor, classes: int, regularization: float, settings: Evaluate
) -> Classifier:
    """Fit a classifier to raw features (N, d), with a regularisation that was chosen elsewhere.

    Example:
        >>> h = torch.tensor([[9.0], [9.5], [10.5], [11.0]])
        >>> fit_classifier(h, torch.tensor([0, 0, 1, 1]), 2, 1e-3, Evaluate())(h).tolist()
        [0, 0, 1, 1]
    """
    standardize = Standardize.by(h)
    return Classifier(standardize, fit_linear(standardize(h), labels, classes, regularization, settings))


def choose_regularization(
    x: Tensor,
    labels: Tensor,
    fit: Rows,
    validation: Rows,
    classes: int,
    settings: Evaluate,
    score: Score = "top1",
) -> tuple[float, Tensor]:
    """Fit on one part of the training split with every regularisation; return the best on the other part.

    From strong to weak, until one is below the best by more than two standard errors, of the difference on
    these images: the classifier then overfits, and weaker ones, which take most of the time, overfit more.

    Args:
        x: standardised training features, (N, d).
        labels: their classes, (N,).
        fit: rows to fit on.
        validation: rows to choose on; ties go to the stronger regularisation.
        classes: number of classes.
        settings: candidate regularisations, and the solver.
        score: the accuracy by which the best is chosen.

    Returns:
        The regularisation, and the validation predictions made with it.
    """
    seen, held_out, truth = x[fit], x[validation], labels[validation]
    best: tuple[float, float, Tensor] | None = None
    classifier: LinearClassifier | None = None
    # Each starts from the one before.
    for strength in sorted(settings.regularization, reverse=True):
        classifier = fit_linear(seen, labels[fit], classes, strength, settings, classifier, _ROUGH)
        predictions = classifier.predict(held_out)
        found = ACCURACY[score](predictions, truth)
        if best is None or found > best[0]:
            best = (found, strength, predictions)
        if _overfits(predictions, best[2], truth, score):
            break
    if best is None:
        raise ValueError("no regularisation to choose from")
    return best[1], best[2]


def _overfits(predictions: Tensor, best: Tensor, labels: Tensor, score: Score) -> bool:
    """Whether predictions are worse than others, beyond what other images being right may bring about."""
    changed = (predictions == labels).double() - (best == labels).double()  # (V,)
    changed = changed * weights(labels, score)
    return bool(changed.sum() < -_CLEAR * changed.square().sum().sqrt())


def fit_linear(
    x: Tensor,
    labels: Tensor,
    classes: int,
    regularization: float,
    settings: Evaluate,
    start: LinearClassifier | None = None,
    tolerance: float = _EXACT,
) -> LinearClassifier:
    """Fit multinomial logistic regression: mean cross-entropy + regularization / 2 x |weight|^2.

    Args:
        x: standardised features, (N, d).
        labels: classes, (N,).
        classes: number of classes.
        regularization: above 0; does not apply to the bias.
        settings: names the solver.
        start: a classifier of the same shape to start from.
        tolerance: the change of the loss, in nats, at which L-BFGS stops.

    Example:
        >>> x = torch.tensor([[-1.5], [-0.5], [0.5], [1.5]])
        >>> classifier = fit_linear(x, torch.tensor([0, 0, 1, 1]), 2, 1e-3, Evaluate())
        >>> classifier.predict(torch.tensor([[-4.0], [4.0]])).tolist()
        [0, 1]
    """
    # The Hessian at a uniform softmax: the features' covariance times p (1 - p), plus the regularisation.
    curvature = (1 - 1 / classes) / classes
    squares = torch.cat([part.square().mean(dim=0) for part in x.split(COLUMNS, dim=1)])
    # Standardised features start with the directions that vary least: half or more of raw pixels stay out.
    first = int((curvature * squares >= _SHRUNK * regularization).int().argmax())
    x, scale = x[:, first:], (curvature * squares[first:] + regularization).rsqrt()  # (N, k), (k,)
    offset = curvature**-0.5  # of the bias, whose feature is always 1
    # One row per class, because products with few columns are several times slower on the CPU.
    parameters = x.new_zeros(classes, x.shape[1] + 1)
    if start is not None:
        parameters[:, :-1], parameters[:, -1] = start.weight[:, first:] / scale, start.bias / offset

    def loss(parameters: Tensor, rows: Tensor | slice = EVERY) -> Tensor:
        weight, bias = parameters[:, :-1] * scale, parameters[:, -1] * offset
        entropy = F.cross_entropy(F.linear(x[rows], weight, bias), labels[rows])
        return entropy + regularization / 2 * weight.square().sum()

    solution = SOLVERS[settings.solver](loss, parameters, len(x), tolerance)
    weight = F.pad(solution[:, :-1] * scale, (first, 0))  # (classes, d)
    return LinearClassifier(weight, solution[:, -1] * offset)


def reorder(x: Tensor, rows: Tensor) -> None:
    """Reorder the rows of features (N, d) in place, without a second copy of them.

    Example:
        >>> x = torch.tensor([[1.0], [2.0], [3.0]])
        >>> reorder(x, torch.tensor([2, 0, 1]))
        >>> x.flatten().tolist()
        [3.0, 1.0, 2.0]
    """
    for part in x.split(COLUMNS, dim=1):
        part.copy_(part[rows])


def _covariance(h: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    x = (h - mean).div_(std)
    return (x.T @ x).div_(len(x))


def _lbfgs(loss_of: Loss, parameters: Tensor, _: int, tolerance: float) -> Tensor:
    parameters = parameters.clone().requires_grad_()
    solver = LBFGS(
        [parameters],
        max_iter=200,
        tolerance_grad=1e-5,
        tolerance_change=tolerance,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        solver.zero_grad()
        loss = loss_of(parameters)
        loss.backward()
        return loss

    solver.step(closure)
    return parameters.detach()


def _sgd(loss_of: Loss, parameters: Tensor, n: int, _: float) -> Tensor:
    """Minimise by Nesterov SGD: 90 epochs, batches of 4,096, as in B.6, and a cosine learning rate."""
    epochs, batch, peak = 90, min(4096, n), 0.1
    parameters = parameters.clone().requires_grad_()
    solver = SGD([parameters], lr=peak, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(solver, epochs)
    order = generator("linear evaluation")
    for _ in range(epochs):
        for indices in torch.randperm(n, generator=order).to(parameters.device).split(batch):
            solver.zero_grad()
            loss_of(parameters, indices).backward()
            solver.step()
        schedule.step()
    return parameters.detach()


SOLVERS: Mapping[str, Callable[[Loss, Tensor, int, float], Tensor]] = MappingProxyType(
    {"lbfgs": _lbfgs, "sgd": _sgd}
)
