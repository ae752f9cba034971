"""What does one line of a table, or one field of it, say?"""

import csv

TRUE, FALSE = {"true", "t", "yes", "y"}, {"", "false", "f", "no", "n", "nan", "na", "none", "null"}


def split(line: str, separator: str) -> list[str]:
    """Return the fields of one line; the separator " " stands for any run of spaces and tabs."""
    if '"' in line:
        line = " ".join(line.split()) if separator == " " else line
        try:
            fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
        except csv.Error:  # a field beyond the csv module's limit: no id
            return []
    else:
        fields = line.split() if separator == " " else line.split(separator)
    return [text.strip() for text in fields]


def is_integer(text: str) -> bool:
    """Whether a text is a plainly written 64-bit integer, so that nothing is lost by reading it as a number."""
    try:
        number = int(text)
    except ValueError:
        return False
    return -(2**63) <= number < 2**63 and str(number) == text


def is_number(text: str) -> bool:
    """Whether a text is any number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def truth(text: str) -> bool | None:
    """Return what a flag says; None where it is neither a number nor a known word."""
    word = text.strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    return float(word) != 0 if is_number(word) else None


def no_truth(text: str) -> str:
    """Say why a flag cannot be used."""
    return f"{text!r} is neither true or false nor a number"


def separator_of(sample: list[str]) -> str:
    """Recognise the separator of most lines. Two integers before a space settle it, whatever comes later."""
    spaced = [line.split()[:2] for line in sample]
    if 2 * sum(len(two) == 2 and all(map(is_integer, two)) for two in spaced) > len(sample):
        tabbed = sum("\t" in line for line in sample)
        return "\t" if 2 * tabbed > len(sample) else " "
    return next((s for s in "\t;," if 2 * sum(s in line for line in sample) > len(sample)), " ")
