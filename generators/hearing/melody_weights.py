"""What a melody is heard by: weights on the cues of `voices.cues`, in its order.

Fitted by `antiphon-workshop hearing --fit` on training songs of POP909 and on chorales.
"""

# fmt: off
WEIGHTS: tuple[float, ...] = (
    -0.94, 0.87, 0.06, -0.31, -0.26, 0.61, -1.04, -0.45, 0.44, 2.45, -1.20, -0.25, 0.02,
    -0.43, 0.98, 0.74, -1.12, 1.19, -1.53, -0.56,
)
# fmt: on
