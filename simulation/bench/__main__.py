"""Which repetition is to be measured in this process? ``python -m simulation.bench NAME '{"agents": 1000}'``."""

import json
import sys

from . import measure

if __name__ == "__main__":
    name, arguments = sys.argv[1:]
    print(json.dumps(getattr(measure, name)(**json.loads(arguments))))
