"""Use: whether an encoder takes the shortcut that colour offers (paper Figure 6, as numbers)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ablation.data.pixels import Pixels
from ablation.evaluate.scores import top1
from ablation.pretrain.features import extract
from ablation.results.stored.color import Use
from ablation.seeds import generator
from ablation.shortcut.bias import color_bias, derangement, gray, swap_colors
from ablation.shortcut.targets import R2, HistogramTargets

Encoder = nn.Module | Callable[[Tensor], Tensor]  # images (B, C, S, S) float32 in [0, 1] -> features (B, d)
Classify = Callable[[Tensor], Tensor]  # features (N, d) -> classes (N,)

IMAGES = 2000  # at most
PIXELS = 2**25  # in all images, at most, so that they and their changed copies stay below 300 MB


@dataclass(frozen=True)
class CounterfactualFeatures:
    """Features of some images (N, d): as they are, in their donors' colours, and in gray."""

    plain: Tensor
    recolored: Tensor
    gray: Tensor

    def mapped(self, function: Callable[[Tensor], Tensor]) -> "CounterfactualFeatures":
        """Apply a function, such as a head, to each of them."""
        return CounterfactualFeatures(function(self.plain), function(self.recolored), function(self.gray))


@dataclass(frozen=True)
class Counterfactuals:
    """Images in other colours and in gray, and what features are asked to predict; shared by all encoders.

    Example:
        >>> images = torch.randint(0, 256, (64, 3, 8, 8), dtype=torch.uint8)
        >>> counterfactuals = Counterfactuals.of(images, labels=torch.arange(64) % 2)
        >>> h = counterfactuals.features_of(lambda x: x.flatten(1))
        >>> counterfactuals.use(h).bias.n, h.gray.shape
        (64, torch.Size([64, 192]))
    """

    rows: Tensor  # (N,) of the images that were given
    images: Tensor  # (N, C, S, S) uint8
    recolored: Tensor  # the same in their donors' colours
    gray: Tensor
    donors: Tensor  # (N,)
    labels: Tensor  # (N,); 0 of images without
    targets: HistogramTargets

    @classmethod
    def of(cls, images: Pixels, labels: Tensor | None, seed: int = 0) -> "Counterfactuals":
        """Choose images and change them.

        Args:
            images: uint8, (M, C, S, S), not seen in training. At most 2,000 are used, drawn by the seed, and
                fewer if they are larger than 128 pixels.
            labels: their classes, (M,); None where they are not known.
            seed: seeds the choice, the donors and the split into parts.
        """
        rows = chosen_rows(images, seed)
        classes = rows.new_zeros(len(rows)) if labels is None else labels[rows]
        chosen, donors = images[rows], derangement(len(rows), seed).to(images.device)
        return cls(
            rows=rows,
            images=chosen,
            recolored=swap_colors(chosen, chosen[donors]).images,
            gray=gray(chosen),
            donors=donors,
            labels=classes,
            targets=HistogramTargets.of(chosen, classes, seed, within=labels is not None),
        )

    def features_of(self, encoder: Encoder) -> CounterfactualFeatures:
        """Return an encoder's features of the images and of their changed copies."""
        return CounterfactualFeatures(
            *(features(encoder, pixels) for pixels in (self.images, self.recolored, self.gray))
        )

    def use(
        self, of: CounterfactualFeatures, untrained: R2 = (None, None), classify: Classify | None = None
    ) -> Use:
        """Measure how much features rely on colour.

        Args:
            of: the features, h or z.
            untrained: what `targets.r2` returns for the encoder before training.
            classify: a classifier fitted to features of other images.
        """
        r2, r2_within = self.targets.r2(of.plain)
        bias = color_bias(of.plain, of.recolored, self.donors)
        if gray := self.images.shape[1] == 1:  # there are no other colours that it could follow
            bias = bias.model_copy(update={"bias": None})

        def accuracy(h: Tensor) -> float | None:
            return None if classify is None else top1(classify(h), self.labels)

        return Use(
            r2=r2,
            r2_within=r2_within,
            random_r2=untrained[0],
            random_r2_within=untrained[1],
            bias=bias,
            top1=accuracy(of.plain),
            gray_top1=None if gray else accuracy(of.gray),
        )


def chosen_rows(images: Pixels, seed: int) -> Tensor:
    """Draw which of the images (M, C, S, S) are used, in order: (N,)."""
    count = min(len(images), IMAGES, max(2, PIXELS // images[0, 0].numel()))
    drawn = torch.randperm(len(images), generator=generator(seed, "probe"))[:count]
    return drawn.sort().values.to(images.device)


def color_use(
    encoder: Encoder,
    images: Tensor,
    labels: Tensor,
    reference: Encoder | None = None,
    classify: Classify | None = None,
    seed: int = 0,
) -> Use:
    """Measure how much any encoder relies on colour: by the histogram, on recoloured and on gray images.

    That colour is sufficient does not show that it is used. R² says how well a linear map of an image's
    features predicts its colour histogram; colour bias, whether an image in another's colours looks more like
    itself or like the other; and the accuracy on gray images, what is lost without colour.

    Args:
        encoder: images (B, C, S, S), float32 in [0, 1], to features (B, d). A module is put into evaluation
            mode while it is used. It normalises images itself: `nn.Sequential(Normalize(mean, std), model)`.
        images: uint8, (M, C, S, S), not seen in training; at most 2,000 are used.
        labels: their classes, (M,).
        reference: the same encoder before training, with its batch norm calibrated, for `excess`.
        classify: features (N, d) to classes (N,), fitted to other images, for `gray_drop`.
        seed: seeds the choice of images, the donors of colours, and the parts on which R² is fitted and
            reported.

    Raises:
        ValueError: there are fewer than two images.

    Example:
        >>> colors = torch.rand(64, 3, 1, 1, generator=generator("example")) * 256
        >>> images = colors.expand(64, 3, 8, 8).to(torch.uint8)
        >>> mean_color = lambda x: x.mean(dim=(2, 3))
        >>> use = color_use(mean_color, images, torch.arange(64) % 2, reference=mean_color)
        >>> use.excess, use.bias.nearest_own < use.bias.nearest_donor
        (0.0, True)
    """
    counterfactuals = Counterfactuals.of(images, labels, seed)
    untrained = (
        (None, None)
        if reference is None
        else counterfactuals.targets.r2(features(reference, counterfactuals.images))
    )
    return counterfactuals.use(counterfactuals.features_of(encoder), untrained, classify)


def features(encoder: Encoder, pixels: Tensor) -> Tensor:
    """Return features (N, d) float32 of uint8 pixels (N, C, S, S), block by block."""
    module = encoder if isinstance(encoder, nn.Module) else _Function(encoder)
    return extract(module, pixels, lambda x: x)


class _Function(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.forward = function
