"""What do the numbers of a record say? A record or a network in, numbers out."""

from .size import by_generosity, slope_on_generosity

__all__ = ["by_generosity", "slope_on_generosity"]
