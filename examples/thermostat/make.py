"""Teaches a small network what a planner that knows house and household would do, and writes it as ONNX.

    pip install scikit-learn skl2onnx
    python make.py
    edgeweb build model.onnx --data rows.csv -o page/model
    python -m http.server -d page

The page is in `page/`: it decides every ten minutes of the house's time, whether the server answers or not.

The planner works backwards from the end of two days (dynamic programming): at each step, temperature, and with somebody
at home or not, it takes the power that costs least, in kilowatt hours and in cold people, over all that may come. It
needs the whole plan; the network needs only what a thermostat can see.
"""

import csv

import numpy as np
from house import DAY, HEATER, STEP, coming, leaving, outdoors, wanted, warmer
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

COLUMNS = ["indoors", "outdoors", "target", "hour", "weekend", "present"]
GRID = np.arange(10, 26.01, 0.2)
POWERS = np.linspace(0, 1, 6)
EACH = 400  # moments of a day
COLD = 1.5  # kWh that an hour is worth in which somebody at home misses one degree


def plan(mean: float, target: float, weekend: bool) -> np.ndarray:
    """The best power: [step of the day, temperature, nobody or somebody at home]."""
    ahead = np.zeros((len(GRID), 2))
    best = np.zeros((DAY, len(GRID), 2))
    for step in reversed(range(2 * DAY)):
        hour = step % DAY * STEP
        after = warmer(GRID[:, None], outdoors(hour, mean), POWERS)
        later = np.stack([np.interp(after, GRID, ahead[:, home]) for home in (0, 1)], axis=-1)
        stays, comes = 1 - leaving(hour, weekend), coming(hour, weekend)
        missing = np.maximum(wanted(hour, target) - after, 0)
        energy = STEP * HEATER * POWERS + 20 * np.maximum(after - target - 0.7, 0)
        out = energy + (1 - comes) * later[..., 0] + comes * later[..., 1]
        home = energy + STEP * COLD * (missing + missing**2) + (1 - stays) * later[..., 0] + stays * later[..., 1]
        costs = np.stack([out, home], axis=-1)
        ahead, best[step % DAY] = costs.min(axis=1), POWERS[costs.argmin(axis=1)]
    return best


def rows(count: int, seed: int) -> np.ndarray:
    """What a thermostat may see on many days, and what the planner does then."""
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(count // EACH):
        mean, target, weekend = dice.uniform(-10, 16), dice.uniform(18, 23), bool(dice.random() < 2 / 7)
        best = plan(mean, target, weekend)
        step, home = dice.integers(0, DAY, EACH), dice.integers(0, 2, EACH)
        inside = np.where(
            dice.random(EACH) < 0.8, target + dice.uniform(-6, 1.5, EACH), dice.uniform(10, 26, EACH)
        ).clip(10, 26)
        power = best[step, np.rint((inside - 10) * 5).astype(int), home]
        hour = step * STEP
        seen = [inside, outdoors(hour, mean), np.full(EACH, target), hour, np.full(EACH, float(weekend)), home]
        found.append(np.stack([*seen, power], axis=1))
    return np.concatenate(found)


def trained(found: np.ndarray):
    """All columns are numbers; the network is 6 - 64 - 64 - 1."""
    numbers = ColumnTransformer([("numbers", StandardScaler(), list(range(len(COLUMNS))))])
    stop = {"max_iter": 200, "early_stopping": True, "tol": 1e-3, "n_iter_no_change": 6}
    network = MLPRegressor(hidden_layer_sizes=(64, 64), batch_size=256, learning_rate_init=3e-3, random_state=0, **stop)
    return make_pipeline(numbers, network).fit(found[:, :-1], found[:, -1])


def week(decide, seed: int = 5) -> tuple[float, float]:
    """A week at 2 degrees outdoors, for 21 indoors: kWh, and the degrees that people at home missed, times hours."""
    dice = np.random.default_rng(seed)
    inside, home, energy, missed = 20.0, 1, 0.0, 0.0
    for step in range(7 * DAY):
        hour, weekend = step % DAY * STEP, step // DAY >= 5
        outside = float(outdoors(hour, 2.0))
        power = min(1.0, max(0.0, decide([inside, outside, 21.0, hour, float(weekend), home])))
        inside = warmer(inside, outside, power)
        energy += HEATER * power * STEP
        missed += home * STEP * max(0.0, float(wanted(hour, 21.0)) - inside)
        home = int(dice.random() >= leaving(hour, weekend)) if home else int(dice.random() < coming(hour, weekend))
    return energy, missed


def plain(target):
    """What an ordinary thermostat does: full heat below the target, none above."""
    return lambda seen: float(seen[0] < target(seen))


def save(model, found: np.ndarray) -> None:
    """An input for each column, by its name."""
    types = [(name, FloatTensorType([None, 1])) for name in COLUMNS]
    answer = [("power", FloatTensorType([None, 1]))]
    with open("model.onnx", "wb") as file:
        file.write(to_onnx(model, initial_types=types, final_types=answer).SerializeToString())
    with open("rows.csv", "w", newline="") as file:
        csv.writer(file).writerows([[*COLUMNS, "power"], *np.round(found[:300], 2).tolist()])


def main() -> None:
    """The model, some rows, and how a week goes with it."""
    model = trained(rows(24_000, seed=1))
    save(model, rows(2_000, seed=2))
    cases = {
        "always 21 degrees": plain(lambda seen: 21),
        "16 degrees while nobody is at home": plain(lambda seen: wanted(seen[3], 21) if seen[5] else 16),
        "the network": lambda seen: float(model.predict([seen])[0]),
    }
    for name, decide in cases.items():
        energy, missed = week(decide)
        print(f"{name}: {energy:.0f} kWh a week, {missed:.1f} hours times degrees too cold for somebody at home")


if __name__ == "__main__":
    main()
