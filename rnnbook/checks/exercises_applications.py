"""Functions that the exercises of part 2, applications, ask for."""
