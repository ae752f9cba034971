"""Do the controls say what the model means, and ask for nothing that it refuses?"""

import pytest

from simulation import FollowerModel
from simulation.distributions import distribution
from simulation.errors import InputError
from simulation.lab.controls import CONTROLS, PARTS, WORLDS, as_given, checked, defaults, model_params
from simulation.parameters import SPECIFICATIONS, parse_value


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_a_control_stays_within_its_specification(control):
    about = SPECIFICATIONS[control.name]
    for word, text in control.words:
        assert text
        if about.choices:
            assert about.check(word) == word
        elif word == "none":
            assert about.default is None
        else:
            assert distribution(parse_value(control.name, word), control.name) is not None
    if not control.words:
        assert about.low <= control.low < control.high <= about.high
        assert (control.high - control.low) / control.step == pytest.approx(
            round((control.high - control.low) / control.step)
        )
        assert not about.whole or float(control.step).is_integer()
    assert control.check(control.first) == control.first
    assert about.meaning[1:] in control.sentence and control.label and control.part in PARTS


@pytest.mark.parametrize("world", WORLDS)
def test_first_values_are_the_models_own_but_for_a_few(world):
    given = as_given(defaults(world))
    assert given == ({"agents": 200} if world == "open_world" else {})


@pytest.mark.parametrize("world", WORLDS)
def test_mesas_model_takes_every_first_value_and_both_ends(world):
    params = model_params(world)
    fixed, sliders = {"world": params.pop("world")}, {}
    for name, about in params.items():
        assert about["type"] in ("SliderInt", "SliderFloat", "Select")
        sliders[name] = about.get("values") or [about["value"], about["min"], about["max"]]
    sliders["agents" if world == "open_world" else "levels"] = [20 if world == "open_world" else 3]
    for place in range(max(map(len, sliders.values()))):
        chosen = {name: values[min(place, len(values) - 1)] for name, values in sliders.items()}
        assert FollowerModel(**fixed, **chosen, seed=1, compile=False).world.name == world


@pytest.mark.filterwarnings("ignore::UserWarning")  # of Mesa 3.3 itself, as solara sees its hooks
def test_mesas_visualization_shows_them():
    solara = pytest.importorskip("solara", reason="SolaraViz needs solara and altair")
    from mesa.visualization import SolaraViz, make_plot_component
    from mesa.visualization.solara_viz import UserInputs, _check_model_params

    params = model_params()
    _check_model_params(FollowerModel.__init__, params)
    sliders = {name: about for name, about in params.items() if isinstance(about, dict)}
    box, context = solara.render(UserInputs(sliders, on_change=lambda name, value: None), handle_error=False)
    assert len(box.children[0].children) == len(sliders)
    context.close()
    model = FollowerModel(agents=20, compile=False)
    assert SolaraViz(model, components=[make_plot_component("ties")], model_params=params) is not None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"costt": 1}, "'costt'; did you mean 'cost'"),
        ({"cost": 3}, r"cost: 3 is out of range; allowed: a number in \[0, 2\] \(value per load\), in the lab"),
        ({"cost": float("nan")}, "cost: nan"),
        ({"cost": "0.3"}, "cost: '0.3' .str. is of the wrong type"),
        ({"agents": 100000}, "agents: 100000"),
        ({"agents": 20.5}, "agents: 20.5"),
        ({"generosity": "uniform:0:2"}, "value of generosity 'uniform:0:2'"),
        ({"world": "office"}, "world of the lab 'office'"),
        ([1], "settings: "),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(InputError, match=message):
        checked(settings)


def test_mesas_page_makes_a_model_for_every_visitor(monkeypatch):
    solara = pytest.importorskip("solara", reason="SolaraViz needs solara and altair")
    from simulation.lab import mesa_page

    made = []
    monkeypatch.setattr(mesa_page, "FollowerModel", lambda **given: made.append(given) or FollowerModel(**given))
    for _ in range(2):
        box, context = solara.render(mesa_page.Page(), handle_error=False)
        assert box.children
        context.close()
    assert made == [{"agents": 200}, {"agents": 200}]


def test_without_the_extra_mesas_page_says_what_is_missing(monkeypatch):
    from importlib.util import find_spec

    if find_spec("solara"):
        pytest.skip("it is installed")
    from simulation.lab import mesa_page

    with pytest.raises(InputError, match=r"pip install 'connectors\[solara\]'"):
        mesa_page.page()
    monkeypatch.setattr(mesa_page, "OFFLINE", {})
    with pytest.raises(SystemExit, match="Error: Mesa's page needs solara"):
        mesa_page.main()
