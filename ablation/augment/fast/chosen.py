"""A costly operation, computed only for the images drawn."""

from torch import Tensor, nn

from ablation.augment.fast.draws import applied, drawn


class OnlyChosen(nn.Module):
    """A costly Kornia augmentation, computed only for the images that its `p` chose.

    Kornia computes it for the whole batch and discards what was not chosen; draws and results are the same.

    Example:
        >>> import torch, kornia.augmentation as K
        >>> jpeg, x = K.RandomJPEG(p=0.5), torch.rand(8, 3, 16, 16)
        >>> _ = torch.manual_seed(0); only = OnlyChosen(jpeg)(x)
        >>> _ = torch.manual_seed(0); (only - jpeg(x)).abs().max() < 1e-5
        tensor(True)
    """

    def __init__(self, reference: nn.Module) -> None:
        super().__init__()
        self.reference = reference

    def forward(self, x: Tensor) -> Tensor:
        """Return a batch with the chosen images augmented."""
        parameters = drawn(self.reference, x.shape)
        chosen = applied(parameters).nonzero().flatten()
        if len(chosen) == 0:
            return x
        theirs = {
            key: value if key == "forward_input_shape" else value[chosen] for key, value in parameters.items()
        }
        index = chosen.to(x.device, non_blocking=True)
        return x.index_copy(0, index, self.reference(x[index], params=theirs))
