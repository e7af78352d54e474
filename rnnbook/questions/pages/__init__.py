"""The questions, a module for each chapter, named after it: ``c11_lstm``."""
