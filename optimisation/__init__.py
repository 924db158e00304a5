"""What to do about it: the staffing program, its proof and its simulation."""
