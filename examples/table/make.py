"""Trains a scikit-learn pipeline over a table of numbers and words, and writes it as ONNX beside its rows.

pip install scikit-learn skl2onnx
python make.py && edgeweb build model.onnx --data rows.csv
"""

import csv
import random

from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["temperature", "rain", "hour"]
WORDS = ["day", "season"]
SEASONS = {"winter": 2, "spring": 11, "summer": 21, "autumn": 12}


def rides(count: int, seed: int = 7) -> list[list]:
    """Made-up hours of a bicycle hire: the weather, when it was, and how many bicycles were out."""
    dice = random.Random(seed)
    rows = []
    for _ in range(count):
        season = dice.choice(list(SEASONS))
        temperature = round(dice.gauss(SEASONS[season], 5), 1)
        rain = round(max(0.0, dice.gauss(-0.5, 1.5)), 1)
        hour, day = dice.randrange(24), dice.choice(["workday", "weekend"])
        hours = range(10, 20) if day == "weekend" else (7, 8, 16, 17, 18)
        busy = 1.0 if hour in hours else 0.2
        bicycles = busy * (8 + 4 * temperature) / (1 + rain)
        rows.append([temperature, rain, hour, day, season, max(0, round(bicycles + dice.gauss(0, 3)))])
    return rows


rows = rides(2000)
inputs, bicycles = [row[:-1] for row in rows], [row[-1] for row in rows]
model = make_pipeline(
    ColumnTransformer(
        [
            ("numbers", StandardScaler(), [0, 1, 2]),
            ("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), [3, 4]),
        ]
    ),
    GradientBoostingRegressor(random_state=0),
)
model.fit(inputs, bicycles)

# An input for each column, by its name: the page then asks for each in a field of its own.
types = [(name, FloatTensorType([None, 1])) for name in NUMBERS]
types += [(name, StringTensorType([None, 1])) for name in WORDS]
answer = [("bicycles", FloatTensorType([None, 1]))]
with open("model.onnx", "wb") as file:
    file.write(to_onnx(model, initial_types=types, final_types=answer).SerializeToString())
with open("rows.csv", "w", newline="") as file:
    csv.writer(file).writerows([[*NUMBERS, *WORDS, "bicycles"], *rows[:200]])
unseen = rides(500, seed=8)
print(f"R2 on rows that it has not seen: {model.score([row[:-1] for row in unseen], [row[-1] for row in unseen]):.2f}")
