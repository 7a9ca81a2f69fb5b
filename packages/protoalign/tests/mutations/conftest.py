"""Makes the mutation engine, the folder `mutants`, importable for the tests beside it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
