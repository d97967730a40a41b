"""Facial-expression recognition: data, training, evaluation and inference.

The package never imports Streamlit; only `models` and `training` import Keras,
and only inside the process that trains. Run `python -m fer_core --help`.
"""

__version__ = "0.2.0"
