"""The packages that children import, as pip calls them, with the versions that `--with-deps` installs."""

from __future__ import annotations

import platform

from edgeweb.convert.common import Library

ONNX = Library("onnx", "onnx", "onnx==1.23.2")
XGBOOST = Library("xgboost", "xgboost", "xgboost-cpu==3.2.0", ("xgboost-cpu",))
LIGHTGBM = Library("lightgbm", "lightgbm", "lightgbm==4.7.0")
CATBOOST = Library("catboost", "catboost", "catboost==1.2.10")
# It imports packaging without saying so.
ONNXMLTOOLS = Library("onnxmltools", "onnxmltools", "onnxmltools==1.16.0 packaging==26.3")
SKL2ONNX = Library("skl2onnx", "skl2onnx", "skl2onnx==1.20.0 onnx==1.23.2")
# With pandas, since what was fitted on a frame is asked with one.
SKLEARN = Library("sklearn", "scikit-learn", "scikit-learn==1.9.1 pandas==3.1.1")
SKOPS = Library("skops", "skops", "skops==0.16.0")
TORCH = Library("torch", "torch", "torch==2.13.0")
ONNXSCRIPT = Library("onnxscript", "onnxscript", "onnxscript==0.7.2")
KERAS = Library("keras", "keras", "keras==3.15.1")
# The build without CUDA is there for these alone.
_TENSORFLOW = "tensorflow-cpu" if platform.machine() in ("x86_64", "AMD64") else "tensorflow"
TENSORFLOW = Library("tensorflow", "tensorflow", f"{_TENSORFLOW}==2.21.0", ("tensorflow-cpu", "tensorflow-macos"))
TF2ONNX = Library("tf2onnx", "tf2onnx", "tf2onnx==1.17.0")
TRANSFORMERS = Library("transformers", "transformers", "transformers==4.57.6")
OPTIMUM = Library("optimum.exporters.onnx", "optimum-onnx", "optimum-onnx[onnxruntime]==0.1.0")
MLFLOW = Library("mlflow", "mlflow-skinny", "mlflow-skinny==3.17.2", ("mlflow",))
# What a store that is a database needs, which mlflow-skinny leaves out.
SQLALCHEMY = Library("sqlalchemy", "sqlalchemy", "sqlalchemy==2.1.9")
ALEMBIC = Library("alembic", "alembic", "alembic==1.20.1")
