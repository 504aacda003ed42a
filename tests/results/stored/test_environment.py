from ablation.results.stored.environment import mixed_environments
from tests.results.builder import record


def test_alike_cells_give_no_warning(cell):
    assert mixed_environments([]) == []
    assert mixed_environments([record(cell, 0.4)] * 3) == []


def test_a_mixture_is_told_with_its_counts(cell):
    cpu, gpu = (
        record(cell, 0.4, environment={"device": where, "torch": "2.9.0"}) for where in ("cpu", "cuda:0")
    )
    old = record(cell, 0.4, environment={"device": "cpu", "torch": "2.8.0"})
    assert mixed_environments([cpu, cpu, gpu]) == [
        "jobs ran on different devices: cpu (2 jobs), cuda (1 job)"
    ]
    assert mixed_environments([cpu, old]) == [
        "jobs ran with different versions of torch: 2.8.0 (1 job), 2.9.0 (1 job)"
    ]


def test_a_cell_that_failed_has_no_number_to_mix(cell):
    failed = record(cell, None, "failed", environment={"device": "cpu"})
    assert mixed_environments([record(cell, 0.4, environment={"device": "cpu (x86_64)"}), failed]) == []


def test_two_gpus_of_one_machine_are_alike(cell):
    assert mixed_environments(record(cell, 0.4, environment={"device": f"cuda:{i}"}) for i in range(2)) == []
