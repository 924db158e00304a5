"""How a run goes: the only wing that touches files, MLflow and the terminal."""
