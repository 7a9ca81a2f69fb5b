"""Beside `buf breaking` on pairs of real releases: nothing that buf finds is missed."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path

import pytest
from parity.buf_breaking import buf_breaking, write_image
from parity.covering import Covering

from protoalign.compare import compare
from protoalign.errors import PackageIndexError
from protoalign.sources import LoadOptions, load

pytestmark = [pytest.mark.slow, pytest.mark.network]

XAI = (
    *("1.0.0", "1.0.1", "1.1.0", "1.2.0", "1.3.0", "1.3.1", "1.4.0", "1.4.1", "1.5.0", "1.6.0", "1.6.1", "1.7.0"),
    *("1.8.0", "1.8.1", "1.8.2", "1.9.0", "1.9.1", "1.10.0", "1.11.0", "1.12.0", "1.12.1", "1.12.2", "1.14.0"),
    *("1.15.0", "1.16.0", "1.17.0", "1.18.0", "1.19.0", "1.20.0", "1.21.0"),
)

# Package, older and newer release, and how many errors buf has at least.
PAIRS = (
    ("yandexcloud", "0.380.0", "0.413.0", 150),
    ("yandexcloud", "0.321.0", "0.349.0", 1),
    ("qdrant-client", "1.9.0", "1.20.0", 30),
    ("qdrant-client", "1.6.2", "1.15.1", 1),
    ("opentelemetry-proto", "1.10.0", "1.45.2", 50),
    ("opentelemetry-proto", "1.11.0", "1.22.0", 1),
    ("flyteidl", "1.10.0", "1.16.8", 15),
    ("flyteidl", "1.1.13", "1.5.12", 1),
    ("googleapis-common-protos", "1.56.0", "1.76.0", 2),
    ("googleapis-common-protos", "1.5.3", "1.53.0", 1),
    ("s2clientprotocol", "4.1.3.61021.0", "5.0.14.93333.0", 1),
    ("onnx", "1.10.1", "1.23.1", 1),
    ("steam", "0.8.20", "1.4.4", 1),
    ("temporalio", "1.10.0", "1.35.0", 1),
)


def buf_rules():
    """The table of buf's rules, which stands beside ours."""
    path = Path(__file__).parents[1] / "compare" / "rules" / "test_table.py"
    spec = spec_from_file_location("rules_table", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.BUF_RULES


# The newer one of a pair is the older one of the next.
@lru_cache(maxsize=2)
def release(package, version):
    try:
        # Some releases lack imports: what they hold of the rest is compared.
        return load(f"pypi:{package}=={version}", LoadOptions(comments=False, partial=True))
    except PackageIndexError as error:
        pytest.skip(f"the package index cannot be reached: {error.what}")


def missed(package, older, newer, folder):
    """How many errors buf has, and those of them that no finding of ours covers."""
    reference, subject = release(package, older), release(package, newer)
    errors = buf_breaking(write_image(subject, folder / "newer.binpb"), write_image(reference, folder / "older.binpb"))
    covering = Covering(subject, reference, compare(subject, reference).findings, buf_rules())
    own = [error for error in errors if not covering.is_about_imports(error)]
    return len(own), [error for error in own if not covering.covers(error)]


@pytest.mark.parametrize(("older", "newer"), list(pairwise(XAI)))
def test_nothing_is_missed_between_releases_of_the_reference(older, newer, tmp_path):
    _found, left = missed("xai-sdk", older, newer, tmp_path)
    assert left == []


@pytest.mark.parametrize(("package", "older", "newer", "least"), PAIRS)
def test_nothing_is_missed_between_releases_of_other_packages(package, older, newer, least, tmp_path):
    found, left = missed(package, older, newer, tmp_path)
    assert left == []
    assert found >= least
