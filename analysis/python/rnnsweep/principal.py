"""In how many directions do the states of a network move? Principal components, run by run.

States of different networks have no axes in common, so each run has components of its own; what can be
compared between runs is how the variance is shared among them.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Sequence, Union

import numpy as np
import pandas as pd
import xarray as xr

from .cells import Array


@dataclass(frozen=True)
class Components:
    """Principal components of the states of one run.

    mean       [H]
    axes       [K,H]: directions of length 1, that of the largest variance first; of the two signs of
               each the one whose largest number is positive
    variance   [K]
    share      [K]: of the whole variance
    """

    mean: Array
    axes: Array
    variance: Array
    share: Array

    def project(self, states: Any, count: Optional[int] = None) -> Array:
        """[...,K] of states [...,H]: along the first `count` axes."""
        along: Array = (np.asarray(states, float) - self.mean) @ self.axes[:count].T
        return along

    @property
    def participation(self) -> float:
        """Participation ratio (sum v)^2 / sum v^2: the number of equal variances that would be as
        spread."""
        return float(self.variance.sum()**2 / (self.variance**2).sum())

    def dimensions(self, share: float = 0.95) -> int:
        """How many components have this share of the variance."""
        return int(np.searchsorted(np.cumsum(self.share), share - 1e-12) + 1)


def components(states: Any) -> Components:
    """Principal components of states [...,H]; rows with NaN, as past a sequence's end, and states that
    are NaN everywhere, as of wider networks, are left out. ValueError when states do not move.
    Needs scikit-learn."""
    try:
        from sklearn.decomposition import PCA  # type: ignore[import]
    except ImportError as error:
        raise ImportError("principal components need scikit-learn (python3-sklearn, or pip install "
                          "scikit-learn)") from error
    s = np.asarray(states, float)
    s = s.reshape(-1, s.shape[-1])
    s = s[:, np.isfinite(s).any(axis=0)]
    s = s[np.isfinite(s).all(axis=1)]
    if len(s) < 2 or np.ptp(s, axis=0).max() == 0:
        raise ValueError("the states do not move: they have no principal components")
    fitted = PCA(svd_solver="full").fit(s)
    largest = np.abs(fitted.components_).argmax(axis=1)
    signs = np.sign(fitted.components_[np.arange(len(largest)), largest])
    return Components(fitted.mean_, fitted.components_ * signs[:, None],
                      fitted.explained_variance_, fitted.explained_variance_ratio_)


def component_table(dataset: xr.Dataset, runs: Union[None, int, Sequence[int]] = None,
                    share: float = 0.95) -> pd.DataFrame:
    """A row for each run of the dataset of `trajectories`: states, how many components have this
    share of the variance, the participation ratio, and the shares of the components, `pc1`, ...;
    NaN for runs whose states do not move."""
    chosen = dataset.run.values if runs is None else np.atleast_1d(np.asarray(runs))
    rows = []
    for run in chosen:
        states = dataset["states"].sel(run=run).values
        row: Dict[str, float] = {"run": int(run), "states": int(np.isfinite(states).any((0, 1)).sum())}
        try:
            found = components(states)
        except ValueError:
            rows.append({**row, "dimensions": np.nan, "participation": np.nan})
            continue
        row.update(dimensions=found.dimensions(share), participation=found.participation)
        row.update({f"pc{i + 1}": part for i, part in enumerate(found.share)})
        rows.append(row)
    return pd.DataFrame(rows).set_index("run")
