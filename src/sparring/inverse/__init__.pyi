from . import operators as operators
from .interface import solve as solve
from .presets import PRESETS as PRESETS
from .presets import Preset as Preset
from .presets import preset as preset
from .solution import Completion as Completion
