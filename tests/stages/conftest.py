from tests.support.eyes_fixtures import seeing_folder

__all__ = ["seeing_folder"]
