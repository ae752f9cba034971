"""What is an own rule known by? Its source, for people; its code, to tell whether it has been compiled before."""

from __future__ import annotations

import inspect
import marshal
import textwrap
import tokenize
import types
from collections.abc import Callable


def rule_source(rule: Callable) -> str:
    """Return the source of a rule, or its code where the source cannot be found (an interactive session)."""
    try:
        source = inspect.getsource(rule)
        left = [compile(textwrap.dedent(source), "", "exec")]
    except (OSError, TypeError, tokenize.TokenError):
        return rule_code(rule).hex()
    except SyntaxError:  # a lambda's line
        return source
    known = [getattr(rule.__code__, part) for part in ("co_name", "co_varnames", "co_consts")]
    while left:
        code = left.pop()
        if [code.co_name, code.co_varnames, code.co_consts] == known:
            return source
        left += [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return rule_code(rule).hex()  # what stands there now is something else


def rule_code(rule: Callable) -> bytes:
    """Return what a rule does as it stands in memory, constants and defaults included: its source may have changed."""
    code = rule.__code__.replace(co_filename="", co_firstlineno=1, co_linetable=b"")
    return marshal.dumps(code, 2) + repr(rule.__defaults__).encode()  # a form that depends on nothing else
