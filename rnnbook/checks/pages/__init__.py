"""The checks, a module for each chapter and each assignment, named after it.

``c11_lstm`` is of ``chapters/11-lstm.ipynb``, ``a_bptt`` is of the assignment
``bptt``. A check stands with the page that asks for it. What several pages need is in
the modules whose names begin with an underscore; they enter no check.
"""
