from tests.support.examined_fixtures import benchmark_file, model, model_folder

__all__ = ["benchmark_file", "model", "model_folder"]
