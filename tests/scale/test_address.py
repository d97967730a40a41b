"""An address that can be none is told before Ray is loaded."""

import pytest

from fer_core.errors import ScaleError
from fer_core.scale.cluster import check_address


@pytest.mark.parametrize("host", ["10.0.0..5", "x" * 70])
def test_a_mistyped_name_is_a_sentence(host):
    with pytest.raises(ScaleError, match=r"No Ray cluster answers at .* has such a name\. Give"):
        check_address(f"{host}:6379")
