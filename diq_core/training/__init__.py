"""Fine-tuning, thin over TRL and PEFT: knows neither selections nor the study."""
