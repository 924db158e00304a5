"""What will happen: inflow, exits, the effect of effort. No files, no MLflow."""
