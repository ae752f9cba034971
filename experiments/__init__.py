"""Which claims of the essay hold in the model? One claim per file, always the same parts.

``CLAIM`` (words, reading, prediction), ``design()`` (the runs), ``measure()`` (one run -> numbers), ``effects()``
(runs -> effect sizes with intervals), ``figure()`` and ``verdict()``. `runner.run` does one of them from start to end.
"""
