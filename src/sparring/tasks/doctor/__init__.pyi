from .diagnosis import Diagnosis as Diagnosis
from .diagnosis import Trouble as Trouble
from .job import diagnose as diagnose
from .loss_columns import Columns as Columns
from .loss_file import diagnose_losses as diagnose_losses
