"""What is an own rule known by? Its source, for people; its code, to tell whether it has been compiled before."""

from __future__ import annotations

import inspect
import marshal
import textwrap
import tokenize
import types
from collections.abc import Callable
from typing import Any


def rule_source(rule: Any) -> str:
    """Return the source of a rule, or its code where the source cannot be found (an interactive session)."""
    code = getattr(rule, "__code__", None)  # a class has none
    try:
        source = inspect.getsource(rule)
        if code is None or _defines(source, code):
            return source
    except SyntaxError:
        if rule.__name__ == "<lambda>":  # part of a statement
            return source
    except (OSError, TypeError, tokenize.TokenError):
        pass
    return rule_code(rule).hex()


def _defines(source: str, code: types.CodeType) -> bool:
    """Return whether a source defines code like this: what stands in its file by now may be something else."""
    kind = code.co_flags & annotations.compiler_flag
    left = [compile(textwrap.dedent(source), "", "exec", flags=kind, dont_inherit=True)]
    while left:
        one = left.pop()
        if _outline(one) == _outline(code):
            return True
        left += [each for each in one.co_consts if isinstance(each, types.CodeType)]
    return False


def _outline(code: types.CodeType) -> tuple:
    """Return what is compared: names and numbers, not texts, whose lines are indented elsewhere as they stand."""
    constants = [getattr(each, "co_name", each) for each in code.co_consts if not isinstance(each, str)]
    return code.co_name, code.co_varnames, constants


def rule_code(rule: Callable) -> bytes:
    """Return what a rule does as it stands in memory, constants and defaults included: its source may have changed."""
    code = rule.__code__.replace(co_filename="", co_firstlineno=1, co_linetable=b"")
    return marshal.dumps(code, 2) + repr(rule.__defaults__).encode()  # a form that depends on nothing else
