"""What does a user read when an input is wrong?

Every refusal is an `InputError` of one or two lines: it names the field, the value, what is allowed and, for a
misspelt name, the nearest valid one.
"""

import difflib
from collections.abc import Iterable

SHORTEST_PART = 4  # letters of a name by which it is still recognised


class InputError(ValueError):
    """An input that the model cannot take: an unknown name, a wrong type, a value out of range."""


def shown(value: object) -> str:
    """Return a value as an error prints it: on one line, at most 60 characters, arrays by their shape."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        if value.shape != ():
            return f"an array of shape {value.shape}"
        value = value.item() if hasattr(value, "item") else value
    try:
        text = " ".join(repr(value).split())
    except Exception:  # even a value that cannot be printed, as a number of 5000 digits, must not hide the error
        return f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."


def nearest(name: object, valid: Iterable[str]) -> str | None:
    """Return the valid name that looks most like this one, else the first that contains it, or None.

    Examples
    --------
    >>> print(nearest("churm", ["cost", "churn"]), nearest("homoph", ["growth", "homophily-in-degree"]))
    churn homophily-in-degree
    """
    by_lower_case = {each.lower(): each for each in valid}
    given = str(name).lower()
    close = difflib.get_close_matches(given, by_lower_case, n=1)
    parts = [each for each in by_lower_case if len(given) >= SHORTEST_PART and given in each]
    return by_lower_case[(close or parts)[0]] if close or parts else None


def unknown_name(what: str, name: object, valid: Iterable[str]) -> InputError:
    """Return the error for a name that does not exist.

    Parameters
    ----------
    what : str
        Kind of name: "parameter", "distribution".
    name : object
        The name as it was given.
    valid : iterable of str
        All names that exist, in the order in which they are listed.

    Examples
    --------
    >>> print(unknown_name("parameter", "churm", ["cost", "churn"]))
    unknown parameter 'churm'; did you mean 'churn'?
    Valid: cost, churn
    """
    valid = list(valid)
    guess = nearest(name, valid)
    hint = f"; did you mean {guess!r}?" if guess else ""
    return InputError(f"unknown {what} {shown(name)}{hint}\nValid: {', '.join(valid)}")


def out_of_range(field: str, value: object, allowed: str) -> InputError:
    """Return the error for a value of the right type that lies outside what is allowed.

    Examples
    --------
    >>> print(out_of_range("churn", 2, "a number in [0, 1]"))
    churn: 2 is out of range; allowed: a number in [0, 1]
    """
    return InputError(f"{field}: {shown(value)} is out of range; allowed: {allowed}")


def wrong_type(field: str, value: object, allowed: str) -> InputError:
    """Return the error for a value of the wrong type.

    Examples
    --------
    >>> print(wrong_type("churn", "often", "a number in [0, 1]"))
    churn: 'often' (str) is of the wrong type; allowed: a number in [0, 1]
    """
    return InputError(f"{field}: {shown(value)} ({type(value).__name__}) is of the wrong type; allowed: {allowed}")
