"""Plain requirements are judged as packaging judges them; what is not plain is left to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from protoalign.sources.plain_requirement import parse_plain_requirement

RELEASES = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
COMPARISONS = st.tuples(st.sampled_from([">=", "<=", "==", "!=", "<", ">"]), RELEASES).map("".join)


@given(st.lists(COMPARISONS, max_size=3), st.lists(RELEASES, max_size=5, unique_by=Version))
def test_the_newest_fitting_release_is_packaging_s(comparisons, versions):
    text = "some-package" + ",".join(comparisons)
    fitting = [version for version in versions if Requirement(text).specifier.contains(version)]
    plain = parse_plain_requirement(text)
    assert plain is not None
    assert plain.newest(versions) == max(fitting, key=Version, default=None)


@pytest.mark.parametrize(
    "text",
    ["a~=1.0", "a==1.*", "a[extra]>=1", "a>=1rc1", "a; python_version<'4'", "a @ https://x/y", "a>=1,", "a>1 2", ""],
)
def test_what_is_not_plain_is_left_to_packaging(text):
    assert parse_plain_requirement(text) is None


def test_a_version_that_is_no_final_release_is_left_to_packaging():
    plain = parse_plain_requirement("a>=1")
    assert plain is not None
    assert plain.newest(["1.0", "2.0rc1"]) is None
