"""SimSiam: predict the other view's projection, held still (Chen and He, 2021, arXiv 2011.10566)."""

from ablation.grid.objectives import SimSiam
from ablation.grid.recipe import Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.apart import measured, points_one_way, predictor
from ablation.pretrain.objectives.base import Loss, Objective
from ablation.pretrain.objectives.byol import regression
from ablation.results.stored.record import Epoch


class Siamese(Objective):
    """SimSiam: BYOL without a teacher; the stopped gradient alone prevents the collapse."""

    def __init__(self, settings: Pretrain, chosen: SimSiam, net: Network) -> None:  # noqa: ARG002
        super().__init__()
        self.predictor = predictor(net.projection, chosen.predictor_width)

    def forward(self, net: Network, batch: Batch) -> Loss:
        """Return the loss of both views predicting each other (equation 2, as a squared distance)."""
        z1, z2 = (net(x)[1] for x in batch.by_view)  # (N, p) each
        with net.autocast(z1.device):
            predicted1, predicted2 = self.predictor(z1), self.predictor(z2)  # (N, p) each
        value = (regression(predicted1, z2.detach()) + regression(predicted2, z1.detach())) / 2
        return measured(value, z1, z2)

    def collapsed(self, epoch: Epoch) -> bool:
        """Whether all projections point the same way, or h has lost its rank."""
        return points_one_way(epoch) or super().collapsed(epoch)
