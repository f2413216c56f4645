import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from generators.sampling import Leaning, Taste, draw, likeliest, log_chances

SEEDS = st.integers(0, 2**32)


def dice(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@given(
    SEEDS,
    st.sets(st.integers(0, 30), min_size=1),
    st.floats(0.05, 5),
    st.floats(0.01, 1),
    st.floats(0, 30),
)
def test_what_is_not_allowed_is_never_drawn(
    seed: int, allowed: set[int], temperature: float, top_p: float, weight: float
) -> None:
    rng = dice(seed)
    logits = (rng.normal(size=31) * 20).astype(np.float32)
    leaning = Leaning({3: 1.0, 29: 2.0}, weight)
    taste = Taste(temperature, top_p)
    token, cost = draw(logits, np.array(sorted(allowed)), taste, rng, leaning)
    assert token in allowed
    assert cost <= 0


def test_draws_follow_the_chances() -> None:
    logits = np.log(np.array([0.1, 0.2, 0.7], np.float32))
    rng = dice(1)
    drawn = [draw(logits, np.arange(3), Taste(), rng)[0] for _ in range(4000)]
    assert np.allclose(np.bincount(drawn) / 4000, [0.1, 0.2, 0.7], atol=0.03)


def test_a_narrow_nucleus_draws_the_likeliest() -> None:
    logits = np.array([0.0, 2.0, 1.0], np.float32)
    assert {draw(logits, np.arange(3), Taste(top_p=0.3), dice(s))[0] for s in range(50)} == {1}
    assert likeliest(logits, np.array([0, 2])) == 2


def test_leaning_moves_the_chances() -> None:
    logits = np.zeros(3, np.float32)
    rng = dice(2)
    leaning = Leaning({2: 1.0, 1: 0.5}, 4.0)
    drawn = [draw(logits, np.arange(3), Taste(), rng, leaning)[0] for _ in range(3000)]
    assert np.allclose(np.bincount(drawn) / 3000, [1 / 9, 3 / 9, 5 / 9], atol=0.04)


def test_leaning_away_makes_a_word_rarer() -> None:
    rng, away = dice(5), Leaning({2: 1.0}, -0.8)
    zeros = np.zeros(3, np.float32)
    drawn = [draw(zeros, np.arange(3), Taste(), rng, away)[0] for _ in range(3000)]
    assert np.allclose(np.bincount(drawn) / 3000, [5 / 11, 5 / 11, 1 / 11], atol=0.04)


def test_log_chances_add_up_to_one() -> None:
    rows = dice(3).normal(size=(4, 9)).astype(np.float32)
    assert np.allclose(np.exp(log_chances(rows)).sum(axis=1), 1)
