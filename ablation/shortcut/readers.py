"""Two readers that look for an image's second view in a batch, by colour histograms alone."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ablation.evaluate.spectrum import spectrum
from ablation.pretrain.uncompiled import Adam
from ablation.results.stored.color import ReaderName
from ablation.seeds import seeded

# (..., N, d) of first views and (..., N, d) of second views -> (..., N, N), higher for likelier partners
Score = Callable[[Tensor, Tensor], Tensor]

SHARPNESS = (-10, 12)  # range in which the inverse of the temperature is searched, in octaves
HALVINGS = 12  # of that range, which leaves half a percent

COMPONENTS = 128  # of the histograms, which the critic sees
ROWS = 1024  # histograms, enough to find these components
HIDDEN, OUTPUT = 128, 64  # units of each head
BATCH, LEARNING_RATE = 192, 2e-2
NOISE = 0.035  # added to the critic's inputs while it learns, as a share of their rows' length
EVERY = 25  # steps from one validation to the next
TEMPERATURE = 0.1  # at the start


@dataclass(frozen=True)
class Pairs:
    """Histograms of both views of some batches; row i of `first` belongs to row i of `second`."""

    first: Tensor  # (B, N, d), rows of norm 1
    second: Tensor  # (B, N, d)

    def stacked(self) -> Tensor:
        """Return both, (2, B, N, d)."""
        return torch.stack([self.first, self.second])


@dataclass(frozen=True)
class Reader:
    """Scores every first view of a batch against every second view, with the certainty of its temperature.

    Part of its belief is spread evenly over all candidates. Otherwise, a reader that makes no error on
    validation would be entirely certain, and a single error on test could cost it hundreds of bits.
    """

    name: ReaderName
    score: Score
    temperature: float
    doubt: float = 0.0  # the part of its belief that is spread evenly

    def logits(self, pairs: Pairs) -> Tensor:
        """Return the logits of the softmax over candidates, (B, N, N)."""
        return self.score(pairs.first, pairs.second) / self.temperature

    def losses(self, pairs: Pairs) -> Tensor:
        """Return -log of the probability given to each first view's own partner, in nats, (B, N)."""
        logits = self.logits(pairs)
        sure, alike = math.log1p(-self.doubt), self.doubt / logits.shape[-1]
        believed = sure - info_nce(logits)
        return -torch.logaddexp(believed, believed.new_tensor(alike).log())


def distance(first: Tensor, second: Tensor) -> Tensor:
    """Score by the distance, without training: minus ||q - q'||, the Hellinger distance up to a constant.

    Example:
        >>> q = torch.eye(2)
        >>> distance(q, q)
        tensor([[-0.0000, -1.4142],
                [-1.4142, -0.0000]])
    """
    return -torch.cdist(first, second)


def info_nce(logits: Tensor) -> Tensor:
    """Return the cross-entropy of each row, whose own position is the truth: (..., N, N) to (..., N)."""
    return logits.logsumexp(dim=-1) - logits.diagonal(dim1=-2, dim2=-1)


def fitted(name: ReaderName, score: Score, validation: Pairs) -> Reader:
    """Return a reader with the temperature that is best on validation.

    Its doubt follows the rule of succession: after M pairs without an error, the next one is an error with
    probability 1 / (M + 2). Without doubt, the loss is convex in the inverse of the temperature, so bisection
    finds where its slope is 0. A reader that finds nothing on validation gets such a high temperature that it
    says nothing, whatever it has memorised.
    """
    with torch.no_grad():
        scores = score(validation.first, validation.second)
    own = scores.diagonal(dim1=-2, dim2=-1)
    low, high = map(float, SHARPNESS)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        expected = ((scores * 2**middle).softmax(dim=-1) * scores).sum(dim=-1)
        low, high = (low, middle) if bool((expected - own).mean() > 0) else (middle, high)
    return Reader(name, score, 2 ** -((low + high) / 2), doubt=1 / (own.numel() + 2))


def best(readers: Sequence[Reader], validation: Pairs) -> Reader:
    """Return the reader with the lowest loss on validation, or the first of several."""
    return min(readers, key=lambda reader: float(reader.losses(validation).mean()))


def learn(train: Pairs, validation: Pairs, seed: int, steps: int = 100) -> Score:
    """Train the critic with InfoNCE (van den Oord et al., 2018); keep the state that is best on validation.

    Args:
        train: pairs to learn from; its batches are pooled, and may contain an image several times.
        validation: shows when the critic has begun to memorise.
        seed: seeds initial weights, order and noise.
        steps: number of steps, with 192 pairs each.
    """
    pairs = train.stacked().flatten(1, 2)  # (2, P, d)
    with seeded(pairs.device, seed, "critic"), torch.enable_grad():
        critic = Critic.before_training(pairs)
        seen, held_out = critic.see(pairs), critic.see(validation.stacked())
        sharpness = torch.tensor(-math.log(TEMPERATURE), device=pairs.device, requires_grad=True)
        optimizer = Adam([*critic.weights, sharpness], fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps, pct_start=0.1)
        noise = NOISE * math.sqrt(seen.shape[2])
        kept, lowest = critic, math.inf
        for step, rows in enumerate(_orders(seen.shape[1], steps, pairs.device), start=1):
            x = seen[:, rows]
            # Noise stands in for more images; without it, these are soon memorised.
            loss = info_nce(sharpness.exp() * critic.compare(x + noise * torch.randn_like(x))).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            if step % EVERY == 0:
                found = float(info_nce(sharpness.exp() * critic.compare(held_out)).detach().mean())
                if found < lowest:
                    kept, lowest = critic.copy(), found
    return kept


@dataclass(frozen=True)
class Critic:
    """A two-headed MLP: the cosine of the heads' outputs, one head for each view's histogram.

    The heads see the leading principal components of all histograms, centred and scaled by branch. They start
    out equal, as in a distance, and diverge where the branches differ: with Sobel on one branch, no distance
    tells anything. A linear path bypasses the hidden layer.
    """

    centers: Tensor  # (2, 1, d)
    directions: Tensor  # (2, d, c)
    weights: tuple[Tensor, Tensor, Tensor, Tensor]  # hidden, its bias, output, linear: (2, ...) each

    @classmethod
    def before_training(cls, pairs: Tensor) -> "Critic":
        """Fit the heads' inputs to histograms of both branches (2, P, d), and draw the initial weights."""
        centers = pairs.mean(dim=1, keepdim=True)
        centered = pairs - centers
        rows = centered.flatten(0, 1)[:: max(1, 2 * pairs.shape[1] // ROWS)].double()
        principal = spectrum(rows.T @ rows)[1].flip(1)[:, :COMPONENTS].to(pairs.dtype)
        spread = (centered @ principal).std(dim=(1, 2), keepdim=True).clamp(min=1e-6)
        inputs = principal.shape[1]

        def weight(rows: int, columns: int) -> Tensor:
            bound = rows**-0.5
            one = torch.empty(1, rows, columns, device=pairs.device).uniform_(-bound, bound)
            return one.repeat(2, 1, 1).requires_grad_()

        weights = weight(inputs, HIDDEN), weight(1, HIDDEN), weight(HIDDEN, OUTPUT), weight(inputs, OUTPUT)
        return cls(centers, principal / spread, weights)

    def __call__(self, first: Tensor, second: Tensor) -> Tensor:
        """Score two sets of histograms, (..., N, d) each: (..., N, N) in [-1, 1]."""
        return self.compare(self.see(torch.stack([first, second]))).detach()

    def see(self, both: Tensor) -> Tensor:
        """Return what the heads see of histograms of both branches: (2, ..., d) to (2, ..., c)."""
        flat = (both.flatten(1, -2) - self.centers) @ self.directions
        return flat.view(*both.shape[:-1], -1)

    def compare(self, seen: Tensor) -> Tensor:
        """Score what `see` returns: (2, ..., N, c) to (..., N, N)."""
        hidden, bias, output, linear = self.weights
        x = seen.flatten(1, -2)  # (2, R, c)
        z = torch.baddbmm(x @ linear, F.relu(torch.baddbmm(bias, x, hidden)), output)
        f, g = F.normalize(z, dim=-1).view(*seen.shape[:-1], -1)  # (..., N, OUTPUT) each
        scores: Tensor = f @ g.mT
        return scores

    def copy(self) -> "Critic":
        """Return a copy that later training does not change."""
        hidden, bias, output, linear = (weight.detach().clone() for weight in self.weights)
        return Critic(self.centers, self.directions, (hidden, bias, output, linear))


def _orders(pairs: int, steps: int, device: torch.device) -> Iterator[Tensor]:
    """Yield the rows of each step: all pairs in a random order, then again in another order."""
    batch, rows = min(BATCH, pairs), torch.empty(0, dtype=torch.long, device=device)
    for _ in range(steps):
        if len(rows) < batch:
            rows = torch.randperm(pairs, device=device)
        yield rows[:batch]
        rows = rows[batch:]
