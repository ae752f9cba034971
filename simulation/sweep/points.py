"""What does a sweep show at each of its points? A measure's mean, with an interval over replicates.

Replicates are the unit: the interval is Student's over them, or Stein's where replicates were added for the sake of
precision (precision.py), as those after the first stage must not count for the variance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, unknown_name
from ..measures.inequality import interval
from . import precision
from .plan import target_of
from .store import JOURNAL, Swept

USUAL = ("ties", "followers_gini")  # shown where nothing says what the sweep is about


def has_begun(swept: Swept) -> bool:
    """Return whether there is anything to read yet."""
    return swept.done or (swept.folder / JOURNAL).exists()


def refuse_nothing(swept: Swept) -> None:
    """Raise InputError where no run has gone well so far, so that there is nothing to show."""
    if has_begun(swept) and (swept.runs["status"] == "ok").any():
        return
    what = f"{str(swept.folder)!r}: no run has gone well so far"
    if has_begun(swept) and swept.failures:
        what += f"; {swept.failures} have failed, the first with {swept.runs['ended'].iloc[0]!r}"
    raise InputError(f"folder: {what}")


def chosen_measure(swept: Swept, name: str | None = None) -> str:
    """Return the measure to show: the one asked for, else what the sweep is most likely about.

    That is the first with a precision, else the first named by the plan, else ties.

    Raises
    ------
    InputError
        No such measure, or none at all.
    """
    refuse_nothing(swept)
    well = swept.runs["status"] == "ok"
    known = [each for each in swept.measures if swept.runs.loc[well, each].notna().any()]
    if not known:
        raise InputError(f"measure: {str(swept.folder)!r} has none that is a number in any run")
    if name is not None:
        if name not in known:
            raise unknown_name("measure", name, known)
        return name
    named = swept.plan.measure if isinstance(swept.plan.measure, (list, tuple)) else ()
    return next(each for each in [*swept.plan.precision, *named, *USUAL, *known] if each in known)


def good_runs(swept: Swept, measure: str) -> pd.DataFrame:
    """Return point, replicate and value of every run that went well and whose measure is a finite number."""
    runs = swept.runs
    table = runs.loc[runs["status"] == "ok", ["point", "replicate"]].reset_index(drop=True)
    table["value"] = runs.loc[runs["status"] == "ok", measure].to_numpy(np.float64, na_value=np.nan)
    return table[np.isfinite(table["value"])].reset_index(drop=True)


def by_point(swept: Swept, measure: str) -> pd.DataFrame:
    """Return a measure's mean and 95 % interval over replicates at every point.

    Returns
    -------
    DataFrame
        One row per point, numbered by ``point``: what varies, then ``replicates`` (runs that count), ``mean``,
        ``low`` and ``high``; NaN where there are too few replicates to tell.
    """
    runs = good_runs(swept, measure).sort_values(["point", "replicate"])
    points, starts = np.unique(runs["point"].to_numpy(), return_index=True)
    rows: dict[int, dict[str, Any]] = {}
    for point, group in zip(points.tolist(), np.split(np.arange(len(runs)), starts[1:]), strict=True):
        values = runs["value"].to_numpy()[group]
        if measure in swept.plan.precision:
            first = values[runs["replicate"].to_numpy()[group] < swept.plan.replicates]
            rows[point] = precision.interval(first, values, *target_of(measure, swept.plan.precision[measure]))
        else:
            rows[point] = interval(values)
    found = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=["replicates", "mean", "low", "high"])
    table = swept.plan.design.table.join(found.astype(float))
    table["replicates"] = table["replicates"].fillna(0).astype(int)
    return table


def main_effects(swept: Swept, measure: str) -> dict[str, pd.DataFrame]:
    """Return, for every name of a full grid, a measure's mean at each of its values over all values of the others.

    Only settings of the others and replicates count that went well at every value of the name, so that what is
    compared is matched. The mean over settings is one number per replicate; the interval is over replicates.

    Returns
    -------
    dict of str to DataFrame
        Columns: the name, ``replicates``, ``mean``, ``low``, ``high``.
    """
    table = swept.plan.design.table
    runs = good_runs(swept, measure)
    effects = {}
    for name in table.columns:
        places = pd.factorize(np.array(list(map(str, table[name])), object))[0]
        values = table[name].groupby(places).head(1).set_axis(range(places.max() + 1))
        others = np.array([str(row) for row in table.drop(columns=name).itertuples(index=False)], object)
        cells = runs.assign(setting=others[runs["point"]], at=places[runs["point"]])
        matched = cells.pivot_table(index=["replicate", "setting"], columns="at", values="value")
        matched = matched.reindex(columns=values.index).dropna()
        means = matched.groupby(level="replicate").mean()
        found = pd.DataFrame([interval(means[at].to_numpy()) for at in means.columns])
        effects[name] = pd.DataFrame({name: values}).join(found[["replicates", "mean", "low", "high"]])
    return effects


def state_of(swept: Swept) -> str:
    """Return how far a sweep is, as text: empty where all runs have gone well and met their precision."""
    told = []
    if not swept.done:
        most = "at most " if swept.plan.precision else ""
        told.append(f"unfinished: {len(swept.runs)} of {most}{swept.plan.runs_at_most} runs so far")
    if swept.failures:
        told.append(f"{swept.failures} of {len(swept.runs)} runs failed and are left out")
    missed = {each["point"] for each in swept.provenance.get("precision_reached", []) if not each["reached"]}
    if missed:
        told.append(f"{len(missed)} of {len(swept.plan.design.points)} points missed the precision asked for")
    return "; ".join(told)
