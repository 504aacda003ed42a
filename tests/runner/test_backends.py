import sys

import pytest

from ablation.errors import ClusterError
from ablation.runner.backends import Asked, Errand, place


def test_backends_and_addresses_that_do_not_go_together_are_told():
    for asked, said in [
        (Asked("spark"), "no such backend; choose processes, dask, ray"),
        (Asked("dask"), "--address tcp://host:8786"),
        (Asked("ray"), "--address host:6379"),
        (Asked(address="tcp://host:8786"), "only works with --backend dask or ray"),
    ]:
        with pytest.raises(ClusterError, match=said), place(asked, Errand(1), print):
            pass


@pytest.mark.parametrize(("backend", "module"), [("dask", "distributed"), ("ray", "ray")])
def test_a_cluster_whose_library_is_not_installed_is_told_with_what_to_install(backend, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    asked = Asked(backend, "tcp://127.0.0.1:1")
    with pytest.raises(ClusterError) as caught, place(asked, Errand(1), print):
        pass
    assert f'pip install "augmentation-ablation[{backend}]"' in str(caught.value)
