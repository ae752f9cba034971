"""How does Mesa's own page show the lab's model? ``python -m simulation.lab.mesa_page`` (the extra ``solara``).

The same controls as in our page, in Mesa's way: they act after *Reset*. It is slower than our page and meant for those
who know Mesa.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ..errors import InputError
from ..model import FollowerModel
from .controls import as_given, defaults, model_params

# solara-assets holds what a page loads; with the proxy it comes from here and not from a content delivery network.
OFFLINE = {"SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False", "SOLARA_ASSETS_PROXY": "True"}
CURVES = ("ties", "followers_gini", "lost")


def page() -> Any:
    """Return the component that solara shows, for every visitor with a model of its own.

    Raises
    ------
    InputError
        solara or altair is not installed.
    """
    try:
        import solara
        from mesa.visualization import SolaraViz, make_plot_component
    except ImportError:
        raise InputError("Mesa's page needs solara and altair: pip install 'connectors[solara]'") from None

    @solara.component
    def Page() -> Any:
        model = solara.use_memo(lambda: FollowerModel(**as_given(defaults())), [])
        plots = [make_plot_component(name) for name in CURVES]
        return SolaraViz(model, components=plots, model_params=model_params(), name="Connectors")

    return Page


def main() -> None:
    """Serve the page to this machine; nothing is told or asked of anybody else."""
    os.environ |= OFFLINE  # before solara's server reads it
    try:
        page()
    except InputError as problem:
        raise SystemExit(f"Error: {problem}") from None
    from solara import checks
    from solara.__main__ import main as solara_command

    checks.should_perform_solara_check = lambda: False  # which would tell its makers of the first visit
    sys.argv = ["solara", "run", "simulation.lab.mesa_page", "--production", "--host", "127.0.0.1", *sys.argv[1:]]
    solara_command()


def __getattr__(name: str) -> Any:
    """Return what solara looks for in a module, made when it is asked for."""
    if name == "Page":
        return page()
    raise AttributeError(name)


if __name__ == "__main__":
    main()
