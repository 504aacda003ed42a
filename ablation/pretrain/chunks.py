"""Large batches on a small machine: the network works through a batch in chunks, its gradient stays exact.

Representations are computed first, without a graph; the loss of the whole batch gives their gradients; then
each chunk is computed again, with a graph, and passes its part on. Source: Gao et al. (2021), "Scaling deep
contrastive learning batch size under memory limited setup" (arXiv 2101.06983), section 3.2.
"""

import torch
from torch import Tensor

from ablation.pretrain.network import Network


class Chunked(Network):
    """A network whose graph never holds more than a chunk; it shares the weights of another.

    Batch norm takes its statistics from each chunk, not from the whole batch.

    Example:
        >>> from ablation.grid.recipe import Pretrain
        >>> from ablation.pretrain.network import initial
        >>> net = initial(Pretrain(width=8), seed=0, device=torch.device("cpu"))
        >>> chunked = Chunked(net, size=2)
        >>> h, z = chunked(torch.rand(5, 3, 32, 32))
        >>> z.square().sum().backward()
        >>> net.head[3].weight.grad is None
        True
        >>> chunked.finish()
        >>> net.head[3].weight.grad is None
        False
    """

    def __init__(self, net: Network, size: int) -> None:
        """Wrap a network.

        Args:
            net: f and g, whose weights get the gradients.
            size: views of a chunk, at least; a rest is spread over the chunks.
        """
        super().__init__(net.encoder, net.head, net.projection, net.precision)  # type: ignore[arg-type]
        self.size = size
        self._calls: list[tuple[Tensor, tuple[Tensor, Tensor]]] = []

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return h and z, which keep no graph; `finish` passes their gradients on."""
        with torch.no_grad():
            parts = [super(Chunked, self).forward(chunk) for chunk in self._chunks(x)]
        h, z = (torch.cat(part).requires_grad_() for part in zip(*parts, strict=True))  # (N, d), (N, p)
        self._calls.append((x, (h, z)))
        return h, z

    def finish(self) -> None:
        """Add to the weights' gradients what the loss's backward pass left on h and z, chunk by chunk."""
        for x, out in self._calls:
            first = 0
            for chunk in self._chunks(x):
                rows = slice(first, first := first + len(chunk))
                again = super().forward(chunk)
                reached = [(a, b.grad[rows]) for a, b in zip(again, out, strict=True) if b.grad is not None]
                torch.autograd.backward([one for one, _ in reached], [gradient for _, gradient in reached])
        self._calls.clear()

    def _chunks(self, x: Tensor) -> tuple[Tensor, ...]:
        # A small rest would have no batch statistics, so it is spread over the other chunks.
        return x.tensor_split(max(1, len(x) // self.size))
