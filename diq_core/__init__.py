"""DIQ Studio's core: score medical reasoning samples, choose the few worth fine-tuning on.

Importing this package loads neither torch nor transformers; nothing in it imports streamlit.
"""

from diq_core.data.sample import Sample
from diq_core.errors import DiqError, UserError
from diq_core.study import Study, create_study, open_study

__all__ = ["DiqError", "Sample", "Study", "UserError", "create_study", "open_study"]
__version__ = "0.1.0"
