"""Reading and writing files: what comes in becomes plain values, what goes out is whole or not there."""
