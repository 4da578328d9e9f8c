"""The columns of a results file as a table: found by name, choices read by the file's own words.

A file may be of an earlier or a later version than this package. What it lacks of the parameters
takes its default, results that it lacks are missing, and columns that are not known here are kept.
"""
from __future__ import annotations

from typing import Any, Dict, List, Sequence, Union

import numpy as np
import pandas as pd
import xarray as xr

from .parameters import DEFAULTS

Array = np.ndarray[Any, Any]

OUTCOMES = (
    "initial_loss",
    "final_loss",
    "test_bit_accuracy",
    "test_accuracy",
    "diverged_at",
    "updates",
    "stop_reason",
    "solved_at",
    "wall_time",
)
STATUSES = ("pending", "done", "diverged", "failed")
SEEDS = ("seed", "data_seed")  # float64 in the file when they need more than 31 bits
NOT_SHOWN = ("crc32c", "crc32c_head")
MISSING_UPDATE = -1  # diverged_at of a run that did not, updates of a file that does not say
UPDATES = ("diverged_at", "updates")
STOP_REASONS = ("end", "stop_loss", "stop_accuracy", "patience", "diverged", "rung")


Value = Union[int, float, bool, str]


def parameters_of(parts: Sequence[xr.Dataset]) -> Dict[str, Value]:
    """Every parameter that one of the files has, or that this package knows, in their order, with
    the value that changes nothing: NaN when an unknown one does not say its own."""
    found: Dict[str, Value] = {}
    for root in parts:
        listed = [str(name) for name in root["test_accuracy"].coords]
        listed += [str(name) for name in root.variables if "default" in root[name].attrs]
        for name in listed:
            if name not in (*found, "run", "status", "seed") and root[name].dims == ("run",):
                found[name] = DEFAULTS.get(name, _default(root[name]))
    return {**found, **{name: value for name, value in DEFAULTS.items() if name not in found}}


def table_of(root: xr.Dataset, status: Array, parameters: Dict[str, Value]) -> pd.DataFrame:
    """One row per run: parameters, seed, status, outcomes, then whatever else the file has one
    number of for each run. ValueError when a column holds what no results file does."""
    run = root["run"].values
    if run.dtype.kind != "i" or (run < 0).any() or len(np.unique(run)) != len(run):
        raise ValueError("the numbers of its runs are damaged")
    columns = {name: _parameter(root, name, default) for name, default in parameters.items()}
    columns["seed"] = _column(root["seed"])
    columns["status"] = _status(root["status"], status)
    pending = np.asarray(columns["status"] == "pending")
    for name in (*OUTCOMES, *_others(root, columns)):
        columns[name] = _outcome(root, name, pending)
    return pd.DataFrame(columns, index=pd.Index(run, name="run"))


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of several files below each other; a choice has the words of all."""
    if len(tables) == 1:
        return tables[0]
    for name in tables[0]:
        columns = [table[name] for table in tables if name in table]
        if all(isinstance(column.dtype, pd.CategoricalDtype) for column in columns):
            words = list(dict.fromkeys(word for column in columns for word in column.cat.categories))
            for table in tables:
                table[name] = table[name].cat.set_categories(words)
    return pd.concat(tables)


def away_from_defaults(runs: pd.DataFrame, parameters: Dict[str, Value]) -> Dict[str, Array]:
    """For each parameter that this package does not know: where it is not at its default."""
    away: Dict[str, Array] = {}
    for name, default in parameters.items():
        if name not in DEFAULTS:
            same = runs[name].isna() if default != default else runs[name] == default
            away[name] = ~np.asarray(same, bool)
    return {name: rows for name, rows in away.items() if rows.any()}


def _default(column: xr.DataArray) -> Value:
    """The attribute `default`, a choice as its word."""
    value = column.attrs.get("default", np.nan)
    words = _words(column)
    if not words or isinstance(value, str):
        found: Value = value.item() if isinstance(value, np.generic) else value
        return found
    word = words.get(int(value), "") if value == value else ""
    return word == "true" if set(words.values()) == {"false", "true"} else word


def status_codes(column: xr.DataArray) -> Dict[str, int]:
    """Word of /status -> its number in this file."""
    return {word: code for code, word in _words(column).items()}


def _words(column: xr.DataArray) -> Dict[int, str]:
    words = str(column.attrs.get("flag_meanings", "")).split()
    codes = np.atleast_1d(column.attrs.get("flag_values", np.arange(len(words))))
    if len(codes) != len(words):
        raise ValueError(f"/{column.name} has {len(words)} words for {len(codes)} numbers")
    return dict(zip((int(code) for code in codes), words))


def _parameter(root: xr.Dataset, name: str, default: Value) -> Any:
    if name in root:
        return _column(root[name])
    length = root.sizes["run"]
    return pd.Categorical([default] * length) if isinstance(default, str) \
        else np.full(length, default)


def _column(column: xr.DataArray) -> Any:
    values: Array = column.values
    words = _words(column)
    if words:
        return _choice(str(column.name), values, words)
    if column.name in SEEDS:
        if not np.isfinite(values).all():
            raise ValueError(f"/{column.name} holds a value out of range")
        return values.astype(np.int64)
    return values


def _choice(name: str, values: Array, words: Dict[int, str]) -> Any:
    codes = np.array(list(words))
    if not np.isin(values, codes).all():
        raise ValueError(f"/{name} holds a value out of range")
    order = np.argsort(codes)
    places = order[np.searchsorted(codes[order], values)]
    if set(words.values()) == {"false", "true"}:
        return np.array([word == "true" for word in words.values()])[places]
    return pd.Categorical.from_codes(places, list(words.values()))


def _status(column: xr.DataArray, values: Array) -> pd.Categorical:
    words = _words(column) or dict(enumerate(STATUSES))
    named: pd.Categorical = _choice("status", values, words)
    more = [word for word in words.values() if word not in STATUSES]
    return named.set_categories([*STATUSES, *more])


def _outcome(root: xr.Dataset, name: str, pending: Array) -> Any:
    """A result; that of a run which has none yet, or that the file lacks, is missing."""
    if name == "stop_reason":
        return _stop_reason(root, pending)
    if name not in root:
        return np.full(len(pending), MISSING_UPDATE if name in UPDATES else np.nan)
    values = _column(root[name])
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return np.where(pending, np.nan, values)
    return values


def _stop_reason(root: xr.Dataset, pending: Array) -> pd.Categorical:
    """As words; missing where it is not known."""
    if "stop_reason" not in root:
        return pd.Categorical.from_codes(np.full(len(pending), -1), STOP_REASONS)
    column = root["stop_reason"]
    words = _words(column) or dict(enumerate(STOP_REASONS))
    known = np.isin(column.values, list(words)) & ~pending
    values = [words[int(code)] if known[i] else None for i, code in enumerate(column.values)]
    more = [word for word in words.values() if word not in STOP_REASONS]
    return pd.Categorical(values, [*STOP_REASONS, *more])


def _others(root: xr.Dataset, taken: Dict[str, Any]) -> List[str]:
    return [str(name) for name, variable in root.variables.items()
            if variable.dims == ("run",) and name not in taken and name != "run"
            and name not in NOT_SHOWN]
