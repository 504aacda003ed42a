"""kNN against a plain loop."""

import torch
import torch.nn.functional as F

from ablation.evaluate.knn import knn_predict, nearest


def test_votes_equal_a_plain_loop():
    draws = torch.Generator().manual_seed(0)
    bank, queries = torch.randn(300, 8, generator=draws), torch.randn(40, 8, generator=draws)
    labels = torch.randint(0, 5, (300,), generator=draws)
    expected = []
    for q in queries:
        cosine = torch.stack([F.cosine_similarity(q, b, dim=0) for b in bank])
        votes = torch.zeros(5)
        for i in cosine.argsort(descending=True)[:6]:  # 300 // 50
            votes[labels[i]] += (cosine[i] / 0.1).exp()
        expected.append(int(votes.argmax()))
    assert knn_predict(bank, labels, queries, classes=5).tolist() == expected


def test_a_small_bank_still_has_one_neighbour():
    bank = torch.eye(3)
    assert knn_predict(bank, torch.tensor([2, 0, 1]), bank, classes=3).tolist() == [2, 0, 1]


def test_low_temperatures_stay_finite():
    bank = torch.eye(3)
    assert knn_predict(bank, torch.arange(3), bank, classes=3, temperature=1e-4).tolist() == [0, 1, 2]


def test_some_rows_vote_as_a_bank_of_their_own():
    draws = torch.Generator().manual_seed(1)
    bank, queries = torch.randn(200, 8, generator=draws), torch.randn(50, 8, generator=draws)
    labels, rows = torch.arange(200) % 7, torch.arange(0, 200, 3)
    before = bank.clone()
    some = knn_predict(bank, labels, queries, classes=7, rows=rows)
    assert torch.equal(some, knn_predict(bank[rows], labels[rows], queries, classes=7))
    assert torch.equal(bank, before)


def test_nearest_leaves_out_the_query_itself():
    h = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.1, 1.0]])
    assert nearest(h, torch.tensor([0, 2]), k=1).tolist() == [[1], [3]]
