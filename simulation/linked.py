"""How is a function compiled that only compiled code calls? It is put into its callers, and optimised with them.

Numba would optimise and translate it by itself as well, and load that. Of most functions of the engine nobody would run
it: a quarter of the time to compile. What is optimised twice, once without knowing its callers, is also slower.
"""

from __future__ import annotations

from typing import Any

from numba import _dynfunc  # type: ignore[attr-defined]
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.typed_passes import NativeLowering


class LinkedOnly(Compiler):
    """Numba's compiler, to be given to ``njit`` as ``pipeline_class`` of a function that only compiled code calls."""

    def define_pipelines(self) -> list[Any]:
        """Return numba's passes, but for the last: nothing is loaded."""
        self.state.flags.no_compile = True
        self.state.library = Ingredient(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        (passes,) = super().define_pipelines()
        passes.add_pass_after(NameForCallers, NativeLowering)
        passes.finalize()
        return [passes]


class Ingredient(JITCodeLibrary):
    """Code of a function that is linked into that of its callers as it was written, and never loaded by itself."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


@register_pass(mutates_CFG=False, analysis_only=True)
class NameForCallers(LoweringPass):
    """Give a function that is not loaded an object by which numba finds its code where another one calls it."""

    _name = "name_for_callers"

    def __init__(self) -> None:
        LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Enter the function among those that can be called; its code is not changed."""
        lowered, nowhere = state.cr, 0
        described = lowered.fndesc
        name = _dynfunc.make_function(described.lookup_module(), described.qualname, "", nowhere, lowered.env,
                                      (state.library,))  # fmt: skip
        state.targetctx.insert_user_function(name, described, [state.library])
        state.cr = lowered._replace(cfunc=name)
        return False
