"""The crops that are drawn are the crops that are made."""

import torch
from torchvision.transforms.functional import resized_crop

from ablation.augment.fast.crop import Crop


def test_a_crop_shows_its_box_turned_where_it_was_flipped():
    crop = Crop(32, (0.08, 1.0), (3 / 4, 4 / 3), flip=0.5)
    columns = torch.arange(32.0).expand(64, 3, 32, 32) / 32  # an image of its own coordinates
    rows = columns.mT
    torch.manual_seed(0)
    crops = crop.draw(64)
    torch.manual_seed(0)
    across = crop(columns)[:, 0, 0]  # (64, 32)
    torch.manual_seed(0)
    down = crop(rows)[:, 0, :, 0]
    left, top, width, height = crops.boxes.unbind(1)
    across = torch.where(crops.flips[:, None], across.flip(1), across)
    for edge, at in ((left, across[:, 0]), (left + width - 1, across[:, -1]), (top, down[:, 0]),
                     (top + height - 1, down[:, -1])):  # fmt: skip
        assert (at * 32 - edge).abs().max() < 0.5  # half an output pixel is less than half an input pixel


def test_boxes_lie_inside_the_image():
    left, top, width, height = Crop(32, (0.08, 1.0), (3 / 4, 4 / 3), flip=0.5).draw(2000).boxes.unbind(1)
    assert min(left.min(), top.min()) == 0
    assert max((left + width).max(), (top + height).max()) == 32
    assert min(width.min(), height.min()) > 0


def test_a_crop_of_another_size_is_torchvisions():
    x = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    crop = Crop(32, (0.05, 0.4), (3 / 4, 4 / 3), flip=0.0, to=12)
    torch.manual_seed(0)
    boxes = crop.draw(8).boxes.tolist()
    torch.manual_seed(0)
    for image, (left, top, width, height), ours in zip(x, boxes, crop(x), strict=True):
        theirs = resized_crop(image, top, left, height, width, [12, 12], antialias=False)
        assert torch.allclose(ours, theirs, atol=1e-5)
