import pytest

from sparring.core.errors import BadInput, require_at_least, require_seed


@pytest.mark.parametrize(("value", "least"), [(0, 1), (-1, 0), (59, 60)])
def test_a_number_below_the_least_is_named_with_its_flag(value, least):
    with pytest.raises(BadInput, match=f"^--n {value}: give a whole number of at least {least}$"):
        require_at_least("--n", value, least)
    require_at_least("--n", least, least)
    require_at_least("--n", None, least)


def test_a_seed_has_32_bits():
    require_seed(0)
    require_seed(2**32 - 1)
    for seed in (-1, 2**32):
        with pytest.raises(BadInput, match=f"^--seed {seed}: give a whole number from 0 to 4294967295$"):
            require_seed(seed)
