from tests.support.eyes_fixtures import pictures, seeing, seeing_folder

__all__ = ["pictures", "seeing", "seeing_folder"]
