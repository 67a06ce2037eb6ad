"""What would be otherwise: scenarios on an assessment, reforms of a standard, and both beside the baseline; pure."""
